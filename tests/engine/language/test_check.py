"""What a call would find out too late."""

from __future__ import annotations

import pytest

from tests.engine.scenes import problems

ASK = """
stages:
  ask:
    role: opening
    say: 我是智能语音助手，有空吗？
    expect:
      - {hear: affirm, go: bye}
"""


def test_a_sound_script_has_no_problem() -> None:
    assert problems(ASK) == []


def test_a_script_without_stages() -> None:
    assert problems("script: s\ngoodbye: bye\nstages: {}\n") == [
        "2:10: no stage 'bye' (add it under 'stages:')",
        "1:1: the script has no stage to begin with (add one under 'stages:')",
    ]


def test_a_stage_nobody_reaches() -> None:
    assert problems(ASK + "  lonely: {role: pitch, say: 来吗？, expect: [{hear: affirm, go: bye}]}\n") == [
        "7:3: no call reaches stage 'lonely' (lead a branch to it with 'go:', or remove it)"
    ]


@pytest.mark.parametrize(
    "way",
    [
        "always: [{hear: goodbye, go: there}]",
        "answers: [{hear: ask_price, limit: 1, over: there, say: 八折。}]",
        "always: [{hear: want_human, transfer: desk, else: there}]",
        "limits: {then: there}",
        "refused: there",
        "silence: {then: there}",
        "no_match: {then: there}",
    ],
)
def test_every_way_to_a_stage_counts(way: str) -> None:
    text = f"script: s\ninclude: ends.yaml\ngoodbye: bye\n{ASK}  there: {{role: closing, say: 好。, end: yes}}\n{way}\n"
    assert problems(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "silence: {then: there}",
        "no_match: {then: there}",
        "skip: {if: {heard: ask_price}, go: there}",
        "recover: {say: 真的？, go: there}",
        "confirm: {say: 来吗？, unsure: there}",
        "recover: {say: 真的？, expect: [{hear: affirm, go: there}]}",
    ],
)
def test_every_way_out_of_a_stage_counts(line: str) -> None:
    text = ASK.replace("    expect:", f"    {line}\n    expect:") + "  there: {role: closing, say: 好。, end: yes}\n"
    assert problems(text) == []


def test_a_part_may_hold_more_than_is_used() -> None:
    part = "part: p\nstages:\n  spare: {role: closing, say: 好。, end: yes}\n"
    assert problems("script: s\ninclude: [ends.yaml, p.yaml]\ngoodbye: bye\n" + ASK, p=part) == []


def test_a_circle_of_stages_without_an_end() -> None:
    text = """
    stages:
      ask: {role: opening, say: 我是智能语音助手，来吗？, expect: [{hear: affirm, go: one}, {other: bye}]}
      one: {role: pitch, say: 一？, expect: [{other: two}]}
      two: {role: pitch, say: 二？, expect: [{other: one}]}
    """
    assert problems(text) == [
        "3:3: stage 'one' has no way out (no answer here leads to a stage with 'end: yes')",
        "4:3: stage 'two' has no way out (no answer here leads to a stage with 'end: yes')",
    ]


def test_a_rule_that_ends_the_call_is_a_way_out() -> None:
    assert problems(ASK.replace("go: bye", "say: 好。, end: yes")) == []
    assert problems(ASK.replace("go: bye", "say: 好。, end: busy")) == []


def test_a_cause_that_no_exchange_knows() -> None:
    told, *_ = problems(ASK.replace("go: bye", "say: 好。, end: buzy"))
    assert "expected 'normal', 'busy', 'no_answer'" in told
    assert "or yes or no, found 'buzy' (did you mean 'busy'?)" in told


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        ("say: 好？", "listens but expects nothing (give it 'expect:', or 'go:' to move on, or 'end: yes' to hang up)"),
        (
            "say: 好？, end: yes, expect: [{other: bye}]",
            "ends the call, so what it expects is never heard (drop 'end:')",
        ),
        ("say: 好？, end: yes, go: bye", "ends the call, so what it expects is never heard (drop 'end:')"),
        (
            "say: 好？, go: bye, expect: [{other: bye}]",
            (
                "goes on without listening, so what it expects is never heard "
                "(drop 'go:', or use the branch 'other:' to lead on)"
            ),
        ),
    ],
)
def test_stages_that_contradict_themselves(stage: str, problem: str) -> None:
    found = problems(ASK.replace("go: bye", "go: odd") + f"  odd: {{role: pitch, {stage}}}\n")
    assert f"7:3: stage 'odd' {problem}" in found


def test_stages_that_talk_for_ever() -> None:
    found = problems("""
    stages:
      ask: {role: opening, say: 我是智能语音助手。, go: two}
      two: {role: opening, say: 来吧。, go: ask}
    """)
    assert "2:3: stage 'ask' leads back to itself without listening (let one of them listen)" in found
    assert "3:3: stage 'two' leads back to itself without listening (let one of them listen)" in found


def test_the_last_word_must_end_the_call() -> None:
    text = "script: s\ngoodbye: ask\n" + ASK + "  bye: {role: closing, say: 再见, end: yes}\n"
    assert problems(text) == [
        (
            "5:3: stage 'ask' must end the call when a limit is reached "
            "(add 'end: yes' to it, or name another stage under 'goodbye:' or 'limits: then:')"
        )
    ]


def test_rules_in_each_others_shadow() -> None:
    text = (
        "script: s\ninclude: ends.yaml\ngoodbye: bye"
        + ASK
        + "      - {hear: affirm, go: bye}\n      - {hear: [affirm, refuse], go: bye}\n"
        + "      - {hear: [affirm, refuse], go: bye}\n      - {other: bye}\n      - {other: bye}\n"
    )
    assert problems(text) == [
        "10:9: this is never reached (line 9 takes the same words first)",
        "12:9: this is never reached (line 9 takes the same words first)",
        "14:9: a second 'other' is never reached (line 13 takes everything)",
    ]


def test_an_answer_in_the_shadow_of_another() -> None:
    text = "script: s\ninclude: ends.yaml\ngoodbye: bye" + ASK + "      - {other: bye}\n"
    answers = "answers:\n  - {hear: ask_price, say: 八折。}\n  - {hear: ask_price, say: 九折。}\n"
    assert problems(text + answers) == ["13:5: this is never reached (line 12 takes the same words first)"]
    assert problems(text + answers.replace("八折。}", "八折。, limit: 1}")) == []


def test_a_script_may_give_another_answer_than_the_part_it_includes() -> None:
    part = "part: shop\nanswers: [{hear: ask_price, say: 八折。}]\n"
    text = "script: s\ninclude: [ends.yaml, shop.yaml]\ngoodbye: bye" + ASK + "      - {other: bye}\n"
    assert problems(text + "answers: [{hear: ask_price, say: 九折。}]\n", shop=part) == []


@pytest.mark.parametrize(
    "first",
    [
        "{hear: refuse, if: {heard: ask_price}, go: bye}",
        "{hear: refuse, also: busy, go: bye}",
        "{hear: refuse, limit: 1, say: 真的？}",
        "{hear: refuse, answer: yes, go: bye}",
        "{other: {if: {heard: ask_price}, go: bye}}",
    ],
)
def test_a_rule_under_a_condition_hides_nothing(first: str) -> None:
    assert problems(ASK + f"      - {first}\n      - {{hear: refuse, go: bye}}\n      - {{other: bye}}\n") == []


def test_more_offers_than_the_limits_allow() -> None:
    text = ASK.replace("    expect:", "    recover: [一？, 二？, 三？]\n    expect:")
    assert problems(text) == [
        f"5:{column}: warning: this recovery of stage 'ask' is never said "
        "(limits allow 1; raise 'limits: recoveries_per_stage')"
        for column in (19, 23)
    ]
    assert problems("limits: {recoveries_per_stage: 3, recoveries: 3}\n" + text.lstrip("\n")) == []


def test_an_acceptance_without_confirmation() -> None:
    found = problems(ASK.replace("go: bye", "accept: yes, go: bye"))
    assert found == [
        (
            "6:9: warning: an acceptance without confirmation "
            "(add 'confirm:' with a closed question, so that a bare 嗯 does not count as an appointment)"
        )
    ]
    assert (
        problems(
            ASK.replace("go: bye", "accept: yes, go: bye").replace("    expect:", "    confirm: 来吗？\n    expect:")
        )
        == []
    )


def test_slots_that_cannot_be_asked_for_or_are_never_filled() -> None:
    slots = "slots: {when: {type: time}}\n" + ASK.lstrip("\n")
    assert problems(slots.replace("go: bye", "need: when, go: bye")) == [
        "7:9: slot 'when' is needed but has no question (add 'ask:' to slot 'when')"
    ]
    assert problems(slots.replace("go: bye", "do: {callback: when}, go: bye")) == [
        "7:9: nothing ever fills slot 'when' (add 'fill: when' to a stage or a rule)"
    ]


def test_a_transfer_needs_a_way_back() -> None:
    assert problems(ASK + "always: [{hear: want_human, transfer: desk}]\n") == [
        "7:10: a transfer may fail (add 'else:' with the stage to go to then)"
    ]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("我是智能语音助手。", "来吗？", True),
        ("我是机器人小星。", "来吗？", True),
        ("您好。", "我是AI助理，来吗？", True),
        ("您好。", "来吗？", False),
    ],
)
def test_callers_are_told_that_an_ai_speaks(first: str, second: str, told: bool) -> None:
    found = problems(f"""
    stages:
      hello: {{role: greeting, say: {first}, go: ask}}
      ask: {{role: opening, say: {second}, expect: [{{other: bye}}]}}
    """)
    warning = (
        "2:3: warning: the opening does not say that an AI is speaking "
        "(for example 我是…的智能语音助手; callers must be told at once)"
    )
    assert found == ([] if told else [warning])


def test_telling_it_after_the_pitch_is_too_late() -> None:
    assert len(problems(ASK.replace("智能语音助手", "小王").replace("go: bye", "go: late") +
                        "  late: {role: pitch, say: 我是智能语音助手。, go: bye}\n")) == 1  # fmt: skip


def test_a_prompt_of_which_every_wording_needs_a_slot() -> None:
    text = (
        "slots: {when: {type: time, ask: 何时？}}\n"
        + ASK.lstrip("\n").replace("go: bye", "fill: when, go: done")
        + "  done: {role: closing, say: '{when}见。', go: bye}\n"
    )
    assert problems(text) == [
        (
            "8:3: warning: every wording of stage 'done' needs a slot "
            "(add a wording without {when} for calls in which it was not told)"
        )
    ]
    assert problems(text.replace("fill: when", "need: when")) == []
    assert problems(text.replace("say: '{when}见。'", "say: ['{when}见。', 到时候见。]")) == []
    assert problems(text.replace("type: time", "type: words")) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("expect:", "confirm: '{when}可以吗？'\n    expect:", "3:3: warning: every wording of 'confirm' of stage 'ask'"),
        ("expect:", "silence: {say: [喂？, '{when}呢？']}\n    expect:", "3:3: warning: every wording of 'silence' of stage 'ask'"),
        ("go: bye}", "say: '好，{when}见。', go: bye}", "7:9: warning: every wording of branch ask.expect.1"),
        ("go: bye}", "tail: '{when}行吗？'}", "7:9: warning: every wording of branch ask.expect.1"),
        ("go: bye}", "need: [who, when], go: bye}", "7:9: warning: every wording of the question for slot 'who'"),
    ],
)  # fmt: skip
def test_the_other_prompts_that_may_name_a_slot(old: str, new: str, what: str) -> None:
    """A confirmation is asked for before what its branch needs, a question after those before it."""
    slots = "slots: {when: {type: time, ask: 何时？}, who: {type: name, ask: '{when}谁来？'}}\n"
    text = slots + ASK.lstrip("\n").replace("hear: affirm", "hear: affirm, accept: yes, fill: when").replace(old, new)
    found = [each for each in problems(text) if "needs a slot" in each]
    assert found == [f"{what} needs a slot (add a wording without {{when}} for calls in which it was not told)"]


@pytest.mark.parametrize(
    "branch",
    ["need: when, say: '好，{when}见。'", "need: [when, who]", "if: {filled: when}, say: '{when}见。'", "say: ['{when}见。', 好。]"],
)  # fmt: skip
def test_a_prompt_after_its_slot_was_told(branch: str) -> None:
    slots = "slots: {when: {type: time, ask: 何时？}, who: {type: name, ask: '{when}谁来？'}}\n"
    assert problems(slots + ASK.lstrip("\n").replace("go: bye", f"{branch}, go: bye")) == []


@pytest.mark.parametrize("more", ["transfer: desk, else: bye", "end: yes", "repeat: yes", "wait: 5s"])
def test_a_hold_is_followed_by_nothing_but_a_stage(more: str) -> None:
    assert "on hold, and then" in "".join(problems(ASK.replace("go: bye", f"say: 好。, hold: 20s, {more}")))


def test_a_hold_has_its_bounds() -> None:
    assert problems(ASK.replace("go: bye", "hold: 20s, go: bye")) == []
    assert "expected a duration from 1s to 2min" in problems(ASK.replace("go: bye", "hold: 5min, go: bye"))[0]
