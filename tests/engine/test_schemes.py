"""Other people's grades: each shipped scheme says what its published definition says, clause by clause.

The sources stand in the head of each file of `scripts/schemes`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.source import parse
from engine.grading.facts import Facts
from engine.grading.fold import fold
from engine.grading.grade import Scheme, grade, plain
from engine.grading.load_scheme import scheme_from
from engine.language.load import load_script
from engine.trial.caller import parse_call
from engine.trial.simulate import simulate
from server.content import Files

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "scripts" / "schemes"
TOPICS = ("ask_price", "ask_effect", "ask_case", "ask_trial")
WALKED = ("opening", "pitch", "invitation", "closing")


@cache
def scheme(name: str) -> Scheme:
    path = FOLDER / f"{name}.yaml"
    node, problems = parse(path.read_bytes(), path.name)
    assert node
    read = scheme_from(node, problems)
    assert read
    assert not problems
    return read


def talk(turns: int = 5, topics: int = 0, seconds: float = 20, **facts: object) -> Facts:
    """An answered call with a human who has spoken; `topics` are different interest questions."""
    asked = TOPICS[:topics]
    known = Facts(answered_by="human", disposition="completed", spoke=True, end="caller")
    return known.but(turns=turns, interest=asked, heard=asked, talk_ms=round(seconds * 1000), **facts)


def failed(disposition: str) -> Facts:
    return Facts().but(disposition=disposition)


def rule(name: str, facts: Facts) -> str:
    return grade(scheme(name), facts).rule


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_scheme_is_named_like_its_file_and_says_why(path: Path) -> None:
    read = scheme(path.stem)
    assert read.name == path.stem
    assert all(rule.title and rule.reason for rule in read.rules)


# --- 小云AI ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "letter"),
    [
        # A: business questions >= 2 and refusals <= 0, or affirmations >= 2 and refusals <= 0
        (talk(topics=2), "A"),
        (talk(affirmations=2), "A"),
        (talk(topics=1, affirmations=1), "B"),
        (talk(topics=2, refusals=1), "B"),
        (talk(affirmations=2, refusals=1), "B"),
        # B: business questions >= 1 and refusals <= 1, or affirmations >= 1 and refusals <= 1
        (talk(topics=1), "B"),
        (talk(affirmations=1, refusals=1), "B"),
        (talk(turns=1, topics=1), "B"),
        # C: no business question and all answers negative, or refusals >= 2, or rounds <= 2
        (talk(negations=3), "C"),
        (talk(refusals=1), "C"),
        (talk(topics=3, refusals=2), "C"),
        (talk(turns=2), "C"),
        (talk(turns=0), "C"),
        # D: none of A, B, C, E
        (talk(turns=3), "D"),
        (talk(turns=9, hesitations=2), "D"),
        # E, the call was not connected
        (failed("busy"), "E"),
        (failed("invalid_number"), "E"),
        (Facts(answered_by="machine", disposition="voicemail"), "E"),
    ],
)
def test_xiaoyun(facts: Facts, letter: str) -> None:
    assert grade(scheme("xiaoyun"), facts).letter == letter


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 8))
def test_xiaoyun_is_its_formula(topics: int, affirmed: int, denied: int, refused: int, turns: int) -> None:
    facts = talk(turns, topics, affirmations=affirmed, negations=denied, refusals=refused)
    all_negative = topics == 0 and affirmed == 0 and denied + refused > 0
    if (topics >= 2 and refused <= 0) or (affirmed >= 2 and refused <= 0):
        letter = "A"
    elif (topics >= 1 and refused <= 1) or (affirmed >= 1 and refused <= 1):
        letter = "B"
    else:
        letter = "C" if all_negative or refused >= 2 or turns <= 2 else "D"
    assert grade(scheme("xiaoyun"), facts).letter == letter


# --- 艾达 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # A: the whole flow and two or more turns, or three different topics; and no refusal
        (talk(turns=2, roles=WALKED), "A"),
        (talk(turns=1, roles=WALKED), "D"),
        (talk(topics=3), "A"),
        (talk(topics=3, refusals=1), "B"),
        (talk(roles=WALKED, refusals=1), "C"),
        # B: a topic, or more than 45 seconds; at most one refusal
        (talk(topics=1), "B"),
        (talk(topics=2, refusals=1), "B"),
        (talk(seconds=45), "C"),
        (talk(seconds=45.1), "B"),
        (talk(seconds=46, refusals=2), "C"),
        # C: no topic, more than one turn; at most two refusals
        (talk(turns=2), "C"),
        (talk(turns=1), "D"),
        (talk(refusals=2), "C"),
        # D: no topic and many refusals
        (talk(refusals=3), "D"),
        (talk(topics=1, refusals=2), "D"),
        # E: busy, engaged, no answer, failed; F: suspended, not in service
        (talk(busy=True), "E2"),
        (talk(busy=True, topics=1), "B"),
        (failed("busy"), "E1"),
        (failed("no_answer"), "E1"),
        (failed("powered_off"), "E1"),
        (failed("suspended"), "F"),
        (failed("invalid_number"), "F"),
    ],
)
def test_aida_by_topics(facts: Facts, expected: str) -> None:
    assert rule("aida-topics", facts) == expected


def heard(*intents: str, **facts: object) -> Facts:
    return talk().but(heard=intents, **facts)


@pytest.mark.parametrize(
    ("facts", "score", "letter"),
    [
        (heard("ask_price", "ask_price", "ask_mode"), 90, "A"),  # every round counts
        (heard("ask_price", "ask_mode", "ask_case"), 80, "B"),
        (heard("ask_price", "ask_effect", "ask_case"), 70, "B"),
        (heard("ask_price", roles=("pitch", "invitation")), 50, "C"),
        (heard("ask_price", roles=("pitch",)), 40, "D"),
        (heard(invitation="success", roles=("pitch", "invitation")), 60, "C"),
        (heard("ask_price", invitation="success", roles=("pitch", "invitation")), 90, "A"),
        (heard("neutral"), 0, "D"),
        (failed("no_answer"), 0, "E"),
        (failed("suspended"), 0, "F"),
    ],
)
def test_aida_by_score(facts: Facts, score: int, letter: str) -> None:
    assert scheme("aida-score").score(facts) == score
    assert grade(scheme("aida-score"), facts).letter == letter


@given(st.lists(st.sampled_from(["ask_price", "ask_case"]), max_size=6))
def test_the_bands_of_aida(asked: list[str]) -> None:
    facts = heard(*asked)
    total = scheme("aida-score").score(facts)
    assert total == 30 * asked.count("ask_price") + 20 * asked.count("ask_case")
    letter = "A" if total >= 90 else "B" if total >= 70 else "C" if total >= 50 else "D"
    assert grade(scheme("aida-score"), facts).letter == letter


# --- keywords and seconds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (talk(topics=2, affirmations=1, roles=WALKED), "A"),
        (talk(topics=2, affirmations=1), "B"),
        (talk(topics=2), "C"),
        (talk(topics=2, roles=WALKED), "C"),
        (talk(affirmations=1, seconds=33), "C"),
        (talk(affirmations=1, seconds=32), "E"),
        (talk(topics=1, seconds=33), "D"),
        (talk(roles=WALKED), "D"),
        (talk(topics=1, seconds=30), "E"),
        (talk(seconds=30), "E"),
        (talk(seconds=29.9), "F2"),
        (talk(seconds=40, spoke=False), "F2"),
        (talk(topics=2, affirmations=1, refusals=1, tail_refusals=1), "F1"),
        (talk(topics=2, affirmations=1, refusals=1), "B"),
        (failed("busy"), "F1"),
    ],
)
def test_keywords_and_seconds(facts: Facts, expected: str) -> None:
    assert rule("keyword-seconds", facts) == expected


# --- 智齿 ------------------------------------------------------------------------------------------------------------


def test_zhichi_has_its_six_labels_with_their_names() -> None:
    names = {rule.grade: rule.title for rule in scheme("zhichi").rules}
    assert [names[letter] for letter in "ABCDEF"] == [  # type: ignore[index]
        *("意向较强", "意向一般", "待筛选", "意向较弱", "需再次跟进", "无需跟进"),
    ]


@pytest.mark.parametrize(
    ("facts", "letter"),
    [
        (talk(invitation="success"), "A"),
        (talk(wechat="given"), "A"),
        (talk(invitation="success", callback_at="2026-11-24"), "A"),
        (talk(topics=1), "B"),
        (talk(topics=1, refusals=1), "B"),
        (talk(), "C"),
        (talk(refusals=1, tail_refusals=1), "D"),
        (talk(spoke=False), "D"),
        (talk(busy=True), "E"),
        (talk(callback_at="2026-11-24"), "E"),
        (failed("no_answer"), "E"),
        (failed("invalid_number"), "F"),
        (talk(topics=2, do_not_call=True), "F"),
        (talk(refusals=2, tail_refusals=2), "F"),
    ],
)
def test_zhichi(facts: Facts, letter: str) -> None:
    assert grade(scheme("zhichi"), facts).letter == letter


# --- Baidu -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        (failed("busy"), "busy-line"),
        (failed("no_answer"), "busy-line"),
        (failed("powered_off"), "not-answered"),
        (talk(turns=3, seconds=30, bot_turns=4), "in-depth"),  # one sub-rule: all of its conditions
        (talk(turns=2, seconds=30, bot_turns=4), "long-talk"),
        (talk(turns=3, seconds=30, bot_turns=3), "long-talk"),
        (talk(turns=3, seconds=29, bot_turns=4), "some-talk"),
        (talk(turns=8, seconds=10), "in-depth"),  # or the other sub-rule
        (talk(turns=7, seconds=10), "some-talk"),
        (talk(turns=0, seconds=30), "long-talk"),  # the example of Baidu's own page: 30 seconds or more
        (talk(turns=0, seconds=29.9, bot_turns=3), "some-talk"),
        (talk(turns=0, seconds=10, bot_turns=2), "rest"),
    ],
)
def test_baidu(facts: Facts, label: str) -> None:
    assert rule("baidu", facts) == label


# --- on real calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_every_scheme_grades_the_example_calls_and_proves_it(name: str) -> None:
    script, _ = load_script(str(ROOT / "scripts" / "phone-robot.yaml"), Files())
    assert script
    lines = (ROOT / "tests" / "calls" / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    letters = set()
    for text in lines:
        call = parse_call(text, script)
        assert not isinstance(call, str)
        played = simulate(script, call)
        graded = grade(scheme(name), played.state.facts)
        letters.add(graded.letter)
        assert graded.scheme == name
        assert str(plain(graded)["at"]).startswith(f"{name}.yaml:")
        again = Facts()
        for entry in played.entries:
            again = fold(again, entry.seq, entry.event, entry.actions, script.interest)
        assert grade(scheme(name), again) == graded, "the log alone gives the same grade"
    assert len(letters) >= 4
