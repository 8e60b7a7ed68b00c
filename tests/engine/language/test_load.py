"""From files to a script: what cannot be read, what is included, what the defaults are."""

from __future__ import annotations

import pytest

from engine.calls.events import Answered
from engine.language.load import load_part, load_script
from engine.understanding.grammar import Grammar
from tests.engine.scenes import HEAD, Shelf, Wire, attempt, load, problems, talk

STAGE = """
stages:
  ask: {role: opening, say: 我是智能语音助手，有空吗？, expect: [{hear: affirm, go: bye}]}
"""


# --- files that are no scripts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("脚本".encode("gbk"), "t.yaml:1:1: the file is not UTF-8"),
        (b"script: a\nsay: \xff\n", "t.yaml:2:6: the file is not UTF-8"),
        (b"", "t.yaml:1:1: the file is empty"),
        (b"# nothing yet\n", "t.yaml:1:1: the file is empty"),
        (b"x" * 5_000_001, "t.yaml:1:1: the file has more than 5,000,000 bytes"),
        (b"script: a\nstages: &s {}\nmore: *s\n", "t.yaml:2:9: anchors"),
        (b"- a\n- b\n", "t.yaml:1:1: expected"),
        (b"just words\n", "t.yaml:1:1: expected"),
        (b"script: \x00\n", "t.yaml:1:9: "),
    ],
)
def test_one_located_message(content: bytes, problem: str) -> None:
    script, found = load_script("t.yaml", Shelf({"t.yaml": content}))
    assert script is None
    assert len(found) == 1, found
    assert str(found[0]).startswith(problem)


def test_a_file_that_is_not_there() -> None:
    script, found = load_script("none.yaml", Shelf({}))
    assert (script, [str(problem) for problem in found]) == (None, ["none.yaml:1:1: no file 'none.yaml'"])


# --- what is included ------------------------------------------------------------------------------------------------

MANNERS = """
part: manners
variables: {company: {default: 星河}}
slots: {when: {type: words}}
intents: {party: {phrases: [聚会]}}
silence: {say: 喂？, after: 2s}
limits: {turns: 7}
stages:
  bye: {role: closing, say: "{company}祝您愉快。", end: yes}
  unused: {role: closing, say: 没人来, end: yes}
always: [{hear: do_not_call, go: bye}]
answers: [{hear: ask_price, say: 部分说贵。}]
"""


def test_a_part_brings_all_it_has() -> None:
    script = load("script: s\ninclude: manners.yaml\ngoodbye: bye\n" + STAGE, manners=MANNERS)
    assert list(script.stages) == ["ask", "bye", "unused"]
    assert (set(script.variables), set(script.slots)) == ({"company"}, {"when"})
    assert (script.stages["ask"].silence.after_ms, script.limits.turns) == (2000, 7)
    assert "party" in script.lexicon.ids
    talk(script, """
        << 我是智能语音助手，有空吗？
        >> 好的
        << 星河祝您愉快。
    """)  # fmt: skip


def test_the_scripts_own_comes_first_and_replaces_what_is_included() -> None:
    own = """
script: s
include: manners.yaml
goodbye: bye
variables: {company: {default: 明月}}
silence: {after: 9s}
limits: {turns: 3}
stages:
  ask: {role: opening, say: 有空吗？, expect: [{hear: affirm, go: bye}, {hear: party, go: bye}]}
  bye: {role: closing, say: "{company}再会。", end: yes}
answers: [{hear: ask_price, say: 自己说便宜。}]
"""
    script = load(own, manners=MANNERS)
    assert list(script.stages) == ["ask", "bye", "unused"]
    assert script.limits.turns == 3
    silence = script.stages["ask"].silence
    assert (silence.after_ms, silence.say[0][0].text) == (9000, "喂？")
    assert [rule.mark.file for rule in script.answers] == ["t.yaml", "manners.yaml"]
    talk(script, """
        << 有空吗？
        >> 多少钱
        << 自己说便宜。有空吗？
        >> 聚会
        << 明月再会。
    """)  # fmt: skip


def test_parts_may_include_parts_and_each_counts_once() -> None:
    outer = "part: outer\ninclude: [ends.yaml, inner.yaml]\n"
    inner = "part: inner\ninclude: ends.yaml\nstages:\n  thanks: {role: closing, say: 谢谢, end: yes}\n"
    script = load(
        "script: s\ninclude: [outer.yaml, inner.yaml, ends.yaml]\ngoodbye: bye\n" + STAGE, outer=outer, inner=inner
    )
    assert list(script.stages) == ["ask", "bye", "thanks"]


def test_a_circle_of_parts_is_told_where_it_closes() -> None:
    head = "script: s\ninclude: [ends.yaml, a.yaml]\ngoodbye: bye\n"
    found = problems(head + STAGE, a="part: a\ninclude: b.yaml\n", b="part: b\ninclude: a.yaml\n")
    assert found == ["b.yaml:2:10: 'a.yaml' includes itself (t.yaml → a.yaml → b.yaml → a.yaml)"]


def test_two_parts_with_the_same_stage() -> None:
    more = "part: more\nstages:\n  bye: {role: closing, say: 再会！, end: yes}\n"
    assert problems("script: s\ninclude: [ends.yaml, more.yaml]\ngoodbye: bye\n" + STAGE, more=more) == [
        "more.yaml:3:3: stage 'bye' is included twice (first from ends.yaml:4:3)"
    ]


def test_a_part_that_is_not_there_is_told_where_it_is_asked_for() -> None:
    assert problems("script: s\ninclude: [ends.yaml, nedns.yaml]\ngoodbye: bye\n" + STAGE) == [
        "2:22: no file 'nedns.yaml' (paths count from the folder of the file in which they stand)"
    ]


def test_what_a_missing_part_would_have_brought_is_not_missed_as_well() -> None:
    script = """
script: s
include: maners.yaml
goodbye: bye
refused: bye-refused
stages:
  ask:
    role: opening
    say: "{company}有空吗？"
    expect: [{hear: party, go: bye}, {hear: affirm, fill: when, go: day}, {silence: bye-silent}]
"""
    assert [each.partition(" (")[0] for each in problems(script, manners=MANNERS)] == ["2:10: no file 'maners.yaml'"]


def test_one_mistake_in_a_stage_is_one_problem() -> None:
    bad = STAGE + "  bye: {role: closing, say: 再见, end: yes}\n"
    head = "script: s\ngoodbye: bye\n"
    found = problems(head + bad.replace("bye: {role: closing, say: 再见, end: yes}", "bye: 再见"))
    assert found == ["6:8: expected the keys of a stage, found '再见'"]
    assert problems("script: s\ngoodbye: bye\nstages:\n") == ["3:1: 'stages' has no value (expected a map of stages)"]


def test_a_script_is_no_part() -> None:
    other = "script: other\ngoodbye: bye\nstages: {}\n"
    found = problems("script: s\ninclude: [ends.yaml, other.yaml]\ngoodbye: bye\n" + STAGE, other=other)
    assert found[0].startswith("other.yaml:1:1: ")


def test_mistakes_of_a_part_are_told_in_its_file() -> None:
    part = MANNERS.replace("{hear: do_not_call, go: bye}", "{hear: do_not_cal, go: bey}").replace(
        "{company}祝", "{compny}祝"
    )
    assert problems("script: s\ninclude: manners.yaml\ngoodbye: bye\n" + STAGE, manners=part) == [
        "manners.yaml:8:29: no variable or slot 'compny' (did you mean 'company'?)",
        "manners.yaml:10:17: no intent 'do_not_cal' (did you mean 'do_not_call'?)",
        "manners.yaml:10:33: no stage 'bey' (did you mean 'bye'?)",
    ]


def test_a_part_by_itself_is_checked_as_far_as_it_goes() -> None:
    shelf = Shelf({"p.yaml": "part: p\nstagse: {}\nstages:\n  a: {role: opening, say: 好, go: elsewhere}\n"})
    assert [str(problem) for problem in load_part("p.yaml", shelf)] == [
        "p.yaml:2:1: unknown key 'stagse' in part (did you mean 'stages'?)"
    ]


# --- grammars and schemes --------------------------------------------------------------------------------------------


def test_grammars_by_name() -> None:
    script, found = load_script(
        "t.yaml",
        Shelf({
            "t.yaml": "script: s\ninclude: ends.yaml\ngoodbye: bye\ngrammars: other\n"
            "stages:\n  ask: {role: opening, say: 智能语音助手，来吗？, expect: [{hear: yea, go: bye}]}\n",
            "other": "grammar: other\nintents:\n  yea: {group: answers, phrases: [中]}\n"
            "  refuse: {phrases: [不中]}\n  deny: {phrases: [没]}\n",
        }),
    )  # fmt: skip
    assert script, found
    assert script.lexicon.ids == {"yea", "refuse", "deny"}


def test_an_unknown_grammar_and_an_unknown_scheme() -> None:
    head = "script: s\ninclude: ends.yaml\ngoodbye: bye\ngrammars: [smal]\ngrading: standrad\n"
    found = problems(head + STAGE)
    assert found == [
        "4:12: no grammar 'smal' (did you mean 'small'?)",
        "5:10: no scheme 'standrad' (did you mean 'standard'?)",
    ]


def test_mistakes_in_a_grammar_make_the_script_unusable() -> None:
    bad = "grammar: bad\nintents: {yes: {group: answesr, phrases: [好]}}\n"
    script, found = load_script("t.yaml", Shelf({"t.yaml": HEAD + STAGE, "bad": bad}))
    assert script is None
    assert any(problem.mark.file == "bad" for problem in found)


# --- defaults, settings, identity ------------------------------------------------------------------------------------


def test_a_script_that_says_nothing_more_has_sound_defaults() -> None:
    script = load(STAGE)
    stage = script.stages["ask"]
    assert (script.start, script.refused, script.limits.then, script.language) == ("ask", "bye", "bye", "zh-CN")
    assert (script.limits.turns, script.limits.seconds, script.limits.visits) == (24, 300, 3)
    assert (script.limits.recoveries, script.limits.recoveries_per_stage) == (2, 1)
    assert (stage.silence.after_ms, stage.silence.then, stage.no_match.short_chars, stage.no_match.then) == (
        3500, "bye", 4, "bye",
    )  # fmt: skip
    assert stage.barge_in.after_chars == 4
    assert stage.barge_in.never == {"neutral"}
    assert {"refuse", "ask_wait", "do_not_call"} <= stage.barge_in.always
    assert stage.refusal == {"refuse", "deny"}
    assert script.title == "tiny"
    assert script.scheme.name == "standard"


def test_start_refused_and_limits_can_be_named() -> None:
    script = load(
        "start: second\nrefused: no\nlimits: {then: no}\nrefusal: refuse\n"
        + STAGE
        + "  second: {role: opening, say: 来吗？, expect: [{other: ask}]}\n  no: {role: closing, say: 好。, end: yes}\n"
    )
    assert (script.start, script.refused, script.limits.then) == ("second", "no", "no")
    assert script.stages["ask"].refusal == {"refuse"}


def test_the_digest_names_the_content_whichever_file_it_is_in() -> None:
    head = "script: s\ninclude: manners.yaml\ngoodbye: bye\n"
    digests = {
        load(head + STAGE, manners=MANNERS).sha256,
        load(head + STAGE.replace("有空吗", "在吗"), manners=MANNERS).sha256,
        load(head + STAGE, manners=MANNERS.replace("部分说贵", "部分说便宜")).sha256,
    }
    assert len(digests) == 3
    assert load(head + STAGE + "", manners=MANNERS + "").sha256 in digests


def test_a_warning_does_not_stop_a_script() -> None:
    script, found = attempt(STAGE.replace("智能语音助手", "小王"))
    assert script
    assert [problem.severity for problem in found] == ["warning"]


def test_a_missing_recording_is_told_where_it_is_named() -> None:
    text = STAGE.replace(
        "say: 我是智能语音助手，有空吗？", "say: {text: 我是智能语音助手，有空吗？, audio: rec/hi.wav}"
    )
    assert problems(text) == ["2:58: no recording 'rec/hi.wav' (looked for rec/hi.wav)"]
    assert load(text, frozenset({"rec/hi.wav"})).stages["ask"].say[0][0].audio == "rec/hi.wav"


def test_a_script_that_is_changed_while_calls_run_touches_none_of_them() -> None:
    text = STAGE + "  day: {role: invitation, say: 那星期六？, expect: [{hear: affirm, go: bye}]}\n"
    text = text.replace("hear: affirm, go: bye}]}\n  day", "hear: affirm, go: day}]}\n  day")
    wire = Wire(text)
    wire.feed(Answered(0))
    wire.finish_prompt()
    renamed = Wire(text.replace("day", "date").replace("affirm", "confirm"))
    renamed.feed(Answered(0))
    renamed.finish_prompt()
    assert (wire.hear("好的"), wire.state.stage, wire.bot) == (wire.actions, "day", "那星期六？")
    renamed.hear("是的")
    assert (renamed.state.stage, renamed.bot) == ("date", "那星期六？")
    wire.finish_prompt()
    wire.hear("好的")
    assert wire.bot == "再见！"


# --- grammars --------------------------------------------------------------------------------------------------------


MORE = "grammar: more\nintents: {party: {group: talk, phrases: [聚会]}}\n"


def test_scripts_share_a_grammar_as_long_as_it_stays_as_it_is() -> None:
    def loaded(grammar: str) -> Grammar:
        script, _ = load_script("t.yaml", Shelf({"t.yaml": HEAD + STAGE, "more": grammar}))
        assert script is not None
        return next(grammar for grammar in script.grammars if grammar.name == "more")

    grammar = loaded(MORE)
    assert loaded(MORE) is grammar
    assert loaded(MORE + "# changed\n") is not grammar


def test_what_is_wrong_in_a_shared_grammar_is_told_of_every_script() -> None:
    wrong = Shelf({"t.yaml": HEAD + STAGE, "more": MORE.replace("聚会", "聚会, 聚会")})
    (told,), (again,) = load_script("t.yaml", wrong)[1], load_script("t.yaml", wrong)[1]
    assert str(told) == str(again)
    assert "more:2:" in str(told)
