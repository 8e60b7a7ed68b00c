"""The scorecard is a fair one, its page shows what comes out, and the peers are pinned."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import pages
from benchmarks.sentences import sentences
from engine.understanding.grammar import DISPOSITIONS, announced
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import NO, YES
from server.content import shipped_grammars
from server.scoring import read_sentences

ROOT = Path(__file__).parent.parent
SAID = sentences()
INTENTS = """
    affirm confirm neutral hesitate deny refuse do_not_call complain abuse busy wrong_number not_decision_maker
    has_vendor peer distrust ask_price ask_mode ask_effect ask_function ask_case ask_trial ask_address ask_company
    ask_line ask_data ask_deploy ask_service ask_time ask_contract ask_identity ask_robot ask_source ask_repeat
    want_wechat want_material want_human ask_wait greet goodbye give_time give_number give_name
""".split()
"""The intents that a script may rely on."""
SPOKEN = DISPOSITIONS - {"completed", "silent"}
"""What a call can become by somebody's words."""
ENOUGH = 12


@pytest.mark.parametrize("name", [*INTENTS, *sorted(map(announced, SPOKEN))])
def test_every_intent_is_tried_often_enough(name: str) -> None:
    assert sum(name in sentence.meant for sentence in SAID) >= ENOUGH


@pytest.mark.parametrize("number", range(1, 33))
def test_every_class_of_utterances_is_tried_often_enough(number: int) -> None:
    assert sum(sentence.about == f"U{number:02}" for sentence in SAID) >= ENOUGH


def test_a_hundred_sentences_mean_nothing_to_a_call() -> None:
    neutral = [sentence for sentence in SAID if sentence.kind == "neutral-talk"]
    assert len(neutral) >= 100
    assert not any(sentence.meant or sentence.may for sentence in neutral)


def test_no_sentence_counts_twice() -> None:
    twice = [key for key, count in Counter((sentence.say, sentence.role) for sentence in SAID).items() if count > 1]
    assert twice == []


def test_labels_name_what_there_is() -> None:
    problems: list[str] = []
    assert len(list(read_sentences([ROOT / "benchmarks/scorecard"], Lexicon(shipped_grammars()), problems))) == len(
        SAID
    )
    assert problems == []


def test_polarity_agrees_with_what_is_meant() -> None:
    for sentence in SAID:
        if sentence.meant & (YES | NO):
            said = {"yes" if name in YES else "no" for name in sentence.meant & (YES | NO)}
            assert sentence.polarity in said, sentence.place


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_comes_out_now() -> None:
    shown = (ROOT / "docs/scorecard.md").read_text(encoding="utf-8")
    assert shown == pages.scorecard_page(), "docs/scorecard.md is out of date: run `make docs`"


def test_the_tables_of_speeds_are_those_of_the_last_run() -> None:
    shown = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    assert shown == pages.performance_page(shown), "docs/performance.md is out of date: run `make docs`"


def test_the_table_leaves_the_rest_of_its_page_alone() -> None:
    page = pages.performance_page("# Performance\n\n## Grading\n\nFast.\n")
    assert page.startswith("# Performance\n\n## Grading\n\nFast.\n\n## Matching\n")
    assert pages.performance_page(page) == page


# --- the environment of the peers ------------------------------------------------------------------------------------


def test_the_lock_of_the_peers_pins_everything_by_version_and_hash_and_names_no_place() -> None:
    text = (ROOT / "benchmarks/requirements.txt").read_text()
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line
    assert not re.search(r"index[-_]url|find[-_]links|trusted[-_]host|\w://", text)


def test_peers_and_we_use_the_same_libraries() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    ours, theirs = pins("requirements/run.txt"), pins("benchmarks/requirements.txt")
    assert {name: theirs[name] for name in ours.keys() & theirs.keys()} == {
        name: ours[name] for name in ours.keys() & theirs.keys()
    }
    assert {"ahocorasick-rs", "rapidfuzz"} <= ours.keys() & theirs.keys()
