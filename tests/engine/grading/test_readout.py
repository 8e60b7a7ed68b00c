from __future__ import annotations

import pytest

from engine.grading.facts import FACTS, Evidence, Facts
from engine.grading.readout import readout, steps_of


def test_facts_read_out_as_plain_values() -> None:
    heard = ("affirm", "ask_price", "affirm")
    facts = Facts(talk_ms=12_500, heard=heard, interest=("ask_price",), stages=("a", "b", "a"))
    found = readout(facts)
    assert list(found) == list(FACTS)
    assert (found["talk_seconds"], found["played_seconds"]) == (12.5, None)
    assert found["heard"] == {"affirm": 2, "ask_price": 1}
    assert (found["interest_questions"], found["visited"]) == (1, ["a", "b", "a"])


def test_each_fact_tells_the_steps_that_made_it() -> None:
    made = (
        Evidence("interest", 2),
        Evidence("sms", 2),
        Evidence("refusals", 3),
        Evidence("sms", 4),
        Evidence("refusals", 5),
    )
    found = steps_of(Facts(interest=("ask_price",), sms="given", refusals=2, tail_refusals=1, evidence=made))
    assert found == {
        "asked": [2],
        "interest_questions": [2],
        "sms": [4],
        "refusals": [3, 5],
        "tail_refusals": [5],
    }


@pytest.mark.parametrize("name", FACTS)
def test_the_steps_of_all_facts_are_those_of_each(name: str) -> None:
    made = tuple(Evidence(about.field or key, seq) for seq, (key, about) in enumerate(FACTS.items(), 1))
    facts = Facts(refusals=1, tail_refusals=1, evidence=made + made[::-1])
    assert steps_of(facts).get(name, []) == [one.seq for one in facts.evidence_of(name)]
