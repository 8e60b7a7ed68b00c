"""The declaration of the language against itself: what it documents is read, what it advises exists."""

from __future__ import annotations

import pytest

from engine.content.shape import Field, Record, records, schema
from engine.language.keys import ANSWER, BRANCH, DO, PART, PIECE, RULE, SCRIPT, STAGE, WORDING
from tests.engine.scenes import attempt, load, problems

RECORDS = {record.name: record for record in [*records(SCRIPT), *records(PART)]}
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())


@every_record
def test_every_key_is_documented_for_people(record: Record) -> None:
    for name, field in record.fields.items():
        assert isinstance(field, Field)
        assert field.doc.endswith("."), f"{record.name}.{name}"
        assert field.doc[0].isupper() or field.doc[0] == "`", f"{record.name}.{name}: {field.doc}"


@every_record
def test_every_alias_leads_to_a_key(record: Record) -> None:
    for wrong, advice in record.aliases.items():
        assert wrong not in record.fields, f"'{wrong}' is a key of {record.name} and an alias too"
        assert " " in advice or advice in record.fields, f"{record.name}: '{wrong}' leads to '{advice}'"


def test_a_part_knows_what_a_script_knows_but_its_settings() -> None:
    assert set(SCRIPT.fields) - set(PART.fields) == {
        "script", "language", "grammars", "grading", "start", "goodbye", "refused", "refusal",
    }  # fmt: skip
    assert set(PART.fields) - set(SCRIPT.fields) == {"part"}


def test_rules_differ_only_in_what_they_listen_for() -> None:
    assert set(BRANCH.fields) - set(RULE.fields) == {"other", "silence"}
    assert set(ANSWER.fields) - set(RULE.fields) == {"in"}
    assert set(WORDING.fields) - set(PIECE.fields) == {"parts"}


def test_the_schema_names_every_record_once() -> None:
    assert set(schema(SCRIPT)["$defs"]) == {record.name.replace(" ", "_") for record in records(SCRIPT)}  # type: ignore[call-overload]


EVERYTHING = """
script: everything
title: 样样都有
language: zh-CN
include: more.yaml
grammars: small
grading: standard
start: ask
goodbye: bye
refused: bye
refusal: [refuse, deny]
variables: {name: {type: name, default: 您, title: 称呼}, age: {type: number, required: no}}
slots: {when: {type: time, ask: [何时？, 哪天？], tries: 3, title: 时间}, no: {type: digits, ask: 号码？}}
intents: {party: {group: talk, title: 聚会, phrases: [聚会], priority: 60, vetoes: [不聚会], examples: [来聚会]}}
silence: {after: 4s, say: [在吗？, 喂？], then: bye}
no_match: {short: 3, say: 没听清。, then: bye}
barge_in: {after: 5, only: [affirm], never: neutral, always: [refuse]}
limits: {turns: 20, seconds: 200, visits: 4, recoveries: 3, recoveries_per_stage: 2, then: bye}
stages:
  ask:
    role: invitation
    say: [我是机器人，来吗？, {text: 您来吗？, pause: 1s, keys: "1"}, {parts: [来, {text: 吗？}, {pause: 200ms}]}]
    reprompt: 来吗？
    skip: [{if: {visited: ask, filled: [when]}, go: bye}]
    except: [ask_case]
    fill: when
    confirm: {say: 真来吗？, unsure: bye}
    recover: [真不来？, {say: 送礼呢？, go: bye, do: {tag: 送礼}, expect: [{hear: affirm, go: bye}]}]
    silence: {after: 2s, say: 喂？, then: bye}
    no_match: {say: 您说？, short: 0, then: bye}
    barge_in: any
    do: {note: "{name}", tag: [甲, 乙]}
    expect:
      - hear: [affirm, party]
        also: give_number
        if: {turns: {at_most: 3}}
        accept: yes
        fill: when
        need: [when, no]
        go: bye
      - press: [1, "2"]
        contact: requested
        do: {sms: 好, wechat: yes, send: 图册, callback: when, do_not_call: no}
        go: bye
      - {hear: hesitate, say: 不急。, then: stay, wait: 10s, ignore: 1, limit: 3, over: bye}
      - {hear: ask_repeat, repeat: yes}
      - {hear: want_human, say: 好。, transfer: desk, else: bye}
      - {press: "9", hold: 20s, go: bye, else: bye}
      - {hear: interest, answer: yes, tail: 来吗？}
      - {silence: {say: 再见。, end: yes}}
      - {other: bye}
always:
  - {hear: do_not_call, do: {do_not_call: yes}, go: bye}
answers:
  - {hear: ask_price, in: [ask, pitch], say: 八折。}
"""
MORE = "part: more\ntitle: 更多\nstages:\n  bye: {role: closing, say: 再见, end: yes}\n"


def used(fields: object) -> set[tuple[str, str]]:
    """Every key in a text, by a rough reading of its words."""
    return {(record.name, key) for record in RECORDS.values() for key in record.fields if f"{key}:" in str(fields)}


def test_a_script_may_say_everything_at_once() -> None:
    script, found = attempt(EVERYTHING, more=MORE)
    assert [str(problem) for problem in found if problem.severity == "error"] == []
    assert script
    for record in (STAGE, BRANCH, DO):
        missing = set(record.fields) - {key for name, key in used(EVERYTHING) if name == record.name}
        assert missing <= {"end", "go"}, f"{record.name}: {missing} stands nowhere in the text"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("promt: 好", "unknown key 'promt' in stage (did you mean 'say'?)"),
        ("next: bye", "unknown key 'next' in stage (did you mean 'go'?)"),
        ("hangup: yes", "unknown key 'hangup' in stage (did you mean 'end'?)"),
        ("silence: {after: soon}", "expected a duration from 500ms to 1min, found 'soon'"),
        ("barge_in: maybe", "expected 'off' or 'any'"),
        ("no_match: {short: many}", "expected a whole number from 0 to 20, found 'many'"),
        ("no_match: {short: 99}", "expected a whole number from 0 to 20, found '99'"),
        ("role: opening", "key 'role' is given twice"),
    ],
)
def test_slips_of_the_pen_are_answered_with_what_was_meant(line: str, problem: str) -> None:
    found = problems(f"""
    stages:
      ask: {{role: opening, say: 我是机器人，来吗？, expect: [{{other: odd}}]}}
      odd: {{role: opening, say: 来？, expect: [{{other: bye}}], {line}}}
    """)
    assert found[0].startswith("3:"), found
    assert problem in found[0]


def test_a_wrong_word_in_an_outcome_is_answered_with_a_word_of_outcomes() -> None:
    (found,) = problems("stages:\n  ask: {role: opening, say: 机器人？, expect: [{other: {goto: bye}}]}\n")
    assert found.endswith("unknown key 'goto' in outcome (did you mean 'go'?)")


def test_the_traps_of_yaml() -> None:
    unquoted = problems(
        "stages:\n  ask: {role: opening, say: 我是机器人, expect: [{hear: affirm, say: {name}, go: bye}]}\n"
    )
    assert any("quote" in problem for problem in unquoted), unquoted
    begins = problems(
        "variables: {name: {default: 您}}\nstages:\n  ask:\n    role: opening\n    say: {name}好，机器人\n    go: bye\n"
    )
    assert begins == ['5:10: an unquoted text cannot begin with {…} (quote this prompt: "{name}好，机器人")']


def test_yes_and_no_are_words_like_any_other() -> None:
    script = load("""
    stages:
      yes: {role: opening, say: 来吗？, expect: [{hear: affirm, go: no}, {hear: [no, off], go: bye}]}
      no: {role: closing, say: 好, end: yes}
    intents: {no: {phrases: [唔来]}, off: {phrases: [下班]}}
    """)
    assert list(script.stages) == ["yes", "no", "bye"]
    assert script.stages["yes"].expect[1].hear == {"no", "off"}
