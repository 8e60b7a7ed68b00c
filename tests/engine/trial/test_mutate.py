from __future__ import annotations

from engine.trial.conversation import Suite, run
from engine.trial.mutate import Mutant, mutants, sample, trials
from tests.engine.scenes import HEAD, Shelf

SCRIPT = HEAD + """
limits: {recoveries: 1}
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊], go: day}
      - {hear: 没问题, say: 那太好了。, go: bye}
      - {press: "1", go: day}
    recover: 就看一眼，好吗？
  day:
    role: invitation
    say: 那星期六可以吗？
    confirm: 真来吗？
    expect: [{hear: affirm, accept: yes, go: bye}]
always:
  - {hear: want_wechat, also: affirm, if: {refusals: 0}, do: {wechat: yes}, go: bye}
answers: [{hear: ask_price, say: 八折。, limit: 2, over: bye}]
"""  # fmt: skip
SCHEME = """
scheme: standard
rules:
  - {id: A1, grade: A, when: {invitation: success, refusals: {at_most: 1}}}
  - {id: D1, grade: D, when: {any: [{refusals: {at_least: 1}}, {busy: yes}]}}
  - {id: C9, grade: C}
"""


def suite(*calls: str) -> Suite:
    text = "\n".join(["conversations: s.yaml", "calls:", *(f"  - {call}" for call in calls)])
    found = run("t", Shelf({"s.yaml": SCRIPT, "standard": SCHEME, "t": text}))
    assert not found.problems
    assert not [failure for tested in found.tested for failure in tested.failures]
    return found


def killed(*calls: str) -> dict[str, str]:
    """Each mutant's change with the test that notices it."""
    found = suite(*calls)
    assert found.script
    return {trial.mutant.change: trial.killed_by for trial in trials(mutants(found.script), found.tested)}


COMES = "{call: comes, talk: [{caller: 没问题啊, stage: day}, {caller: 好的}], ends: {grade: A}}"


def test_a_phrase_less_is_noticed_by_the_test_that_says_it() -> None:
    found = killed(COMES)
    assert found["ask.expect.1 no longer hears 没问题啊"] == "comes"
    assert found["ask.expect.1 no longer hears affirm"] == ""
    assert found["answers.1 no longer hears ask_price"] == ""


def test_branches_that_change_places() -> None:
    found = killed("{call: both, talk: [{caller: 没问题，好的, stage: day}]}")
    assert found["ask.expect.2 comes before ask.expect.1"] == "both"
    assert "ask.expect.3 comes before ask.expect.2" not in found, "keys and words never meet"


def test_thresholds() -> None:
    twice = "{call: twice, talk: [{caller: 多少钱}, {caller: 多少钱}, {caller: 多少钱, stage: bye}]}"
    recovered = "{call: recovered, talk: [{caller: 不用了, bot: 就看一眼}]}"
    found = killed(twice, recovered)
    assert found["answers.1: limit is 3 instead of 2"] == "twice"
    assert found["limits: recoveries is 0 instead of 1"] == "recovered"
    assert found["limits: turns is 23 instead of 24"] == ""


def test_conditions_taken_away() -> None:
    wechat = "{call: wechat, talk: [{caller: 加微信}], ends: {never: wechat}}"
    found = killed(wechat)
    assert found["always.1 without its 'also'"] == "wechat"
    assert found["always.1 without its 'if'"] == ""
    assert killed("{call: unsure, talk: [{caller: 好的}, {caller: 行, bot: 真来吗}]}")["day without its 'confirm'"]


def test_the_rules_of_the_grade() -> None:
    found = killed(COMES, "{call: never, talk: [{caller: 不用了}, {caller: 不用了}], ends: {grade: D}}")
    assert found["grade rule A1: without invitation"] == "", "no call with few refusals ends otherwise"
    assert found["grade rule D1: refusals at least 2 instead of 1"] == ""
    assert found["grade rule D1: refusals at least 0 instead of 1"] == ""
    assert found["grade rule A1: without refusals"] == ""
    polite = "{call: polite, talk: [{hangup: 0}], ends: {grade: C}}"
    found = killed(COMES, polite)
    assert found["grade rule D1: refusals at least 0 instead of 1"] == "polite"
    assert found["grade rule A1: without invitation"] == "polite"


def test_only_tests_that_come_there_are_run() -> None:
    found = suite(COMES, "{call: never, talk: [{caller: 不用了}, {caller: 不用了}]}")
    assert found.script
    tried = {trial.mutant.change: trial.tried for trial in trials(mutants(found.script), found.tested)}
    assert tried["ask.expect.1 no longer hears affirm"] == 1
    assert tried["answers.1 no longer hears ask_price"] == 0
    assert tried["limits: turns is 23 instead of 24"] == 2


def test_where_a_mutant_stands() -> None:
    found = suite(COMES)
    assert found.script
    places = {mutant.change: str(mutant.mark) for mutant in mutants(found.script)}
    assert places["ask.expect.1 no longer hears affirm"] == "s.yaml:11:9"
    assert places["grade rule D1: refusals at least 2 instead of 1"] == "standard:5:10"


def test_a_sample_is_even_and_always_the_same() -> None:
    found = suite(COMES)
    assert found.script
    every = mutants(found.script)
    some = sample(every, 5)
    assert [mutant.change for mutant in some] == [mutant.change for mutant in sample(mutants(found.script), 5)]
    assert len(some) == 5
    assert some[0] is every[0]
    assert sample(every, 1000) == every


def test_a_mutant_leaves_the_script_alone() -> None:
    found = suite(COMES)
    assert found.script
    before = repr(found.script.stages)
    list(trials(mutants(found.script), found.tested))
    assert repr(found.script.stages) == before
    assert all(isinstance(mutant, Mutant) and mutant.script is not found.script for mutant in mutants(found.script))
