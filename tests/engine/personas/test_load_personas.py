from __future__ import annotations

import pytest

from engine.personas.persona import Noise
from tests.engine.personas.crowds import attempt_table, standard, table

ONE = """
personas: mine
noise: {sound: 2}
fillers: [嗯，]
callers:
  shopper:
    title: 逛街的
    share: 3
    does: {any: {affirm: 2, ask_price+ask_mode: 1}, goodbye: {hang_up: 1}}
    leaves: 40s
    noise: {wrong: 9}
  nobody: {share: 1, line: {busy: 2, no_answer: 1}}
"""


def test_a_table() -> None:
    found = table(ONE.lstrip())
    shopper = found.personas["shopper"]
    assert (found.name, found.noise, found.fillers) == ("mine", Noise(sound=2), ("嗯，",))
    assert (shopper.share, shopper.leaves_ms, shopper.noise) == (3, 40_000, Noise(wrong=9))
    assert shopper.does == {"any": {"affirm": 2, "ask_price+ask_mode": 1}, "goodbye": {"hang_up": 1}}
    assert found.personas["nobody"].line == {"busy": 2, "no_answer": 1}
    assert str(shopper.mark) == "t.yaml:5:3"


def test_the_shipped_table_has_everybody() -> None:
    people = standard().personas
    assert people.keys() >= {
        "interested", "busy", "price-driven", "refusing", "rude", "silent", "talkative", "distrustful", "has-vendor",
        "wants-a-person", "wrong-number", "assistant", "mailbox", "not-reached",
    }  # fmt: skip
    assert all(each.title and each.share for each in people.values())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("callers: {a: {share: 1}}", "t.yaml:2:11: persona 'a' does nothing"),
        ("callers: {a: {share: 1, does: {any: {affirm: 0}}}}", "all weights of 'any' of persona 'a' are 0"),
        ("callers: {a: {does: {any: {affirm: 1}}}}", "no persona of this table has a share"),
        (
            "callers: {a: {share: 1, does: {any: {affirm: 1}}, line: {busy: 1}}}",
            "persona 'a' both talks and is not reached",
        ),
        ("callers: {a: {share: 1, does: {any: {announcement: 1}}}}", "announces something and is no machine"),
        ("callers: {a: {share: 1, does: {anywhere: {affirm: 1}}}}", "found 'anywhere'"),
        ("callers: {a: {share: 1, line: {bussy: 1}}}", "did you mean 'busy'?"),
        ("callers: {a: {share: 1, line: {busy: 1}}}\nnoise: {homofone: 1}", "unknown key 'homofone' in noise"),
        ("callers: {a: {share: 1, line: {busy: 1}}}\nnoise: {sound: 200}", "t.yaml:3:16"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, told: str) -> None:
    _, problems = attempt_table(f"personas: t\n{text}\n")
    assert told in "\n".join(map(str, problems))
