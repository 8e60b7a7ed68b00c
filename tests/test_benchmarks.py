"""The scorecard is a fair one, its page shows what comes out, and the peers are pinned."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from socket import create_connection, create_server, socket
from typing import Any

import numpy as np
import pytest

from benchmarks import frameworks, growth, media, pages, recognition, scale, talking, turns
from benchmarks.asked import Asked
from benchmarks.environments import FRAMEWORKS, LIBRARIES, Environment
from benchmarks.media_callers import mulaw
from benchmarks.media_servers import Stub
from benchmarks.ports import held_port
from benchmarks.sentences import sentences
from engine.dialogue.step import step
from engine.understanding.grammar import DISPOSITIONS, announced
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import NO, YES
from server.audio.g711 import from_pcm
from server.content import shipped_grammars
from server.scoring import read_sentences
from server.speech.ports import Reading

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


def test_the_figures_of_the_readme_are_those_of_the_last_run() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    assert shown == pages.readme(shown), "README.md is out of date: run `make docs`"


def test_a_readme_without_a_place_for_figures_is_told() -> None:
    with pytest.raises(ValueError, match="no place for its figures"):
        pages.readme("# huashu\n")


def test_the_charts_are_those_of_the_last_run() -> None:
    shown = (ROOT / "docs/performance.html").read_text(encoding="utf-8")
    assert shown == pages.charts(), "docs/performance.html is out of date: run `make docs`"


def test_the_table_leaves_the_rest_of_its_page_alone() -> None:
    page = pages.performance_page("# Performance\n\n## Grading\n\nFast.\n")
    assert page.startswith("# Performance\n\n## Grading\n\nFast.\n\n## Matching\n")
    assert pages.performance_page(page) == page


# --- the measurements still run --------------------------------------------------------------------------------------


TRIES = 10
"""As the benchmark itself tries again: a run in which the machine stood still tells of the machine."""


def went_on(row: dict[str, Any]) -> bool:
    """The three calls lasted, and of a second of the clock about a second of sound has come."""
    if (row["calls"], row["lost"]) != (3, 0):
        return False
    punctual = row["own_ms"]["p50"] < 1000 and row["core_percent_per_call"] >= 0
    return punctual and row["messages"] >= 10 and 0.8 < row["sound_share"] < 2


def test_three_calls_are_held(tmp_path: Path) -> None:
    with media.server("huashu, detector by loudness", tmp_path) as running:
        rows = [media.tried(running, 3, 1)]
        while not went_on(rows[-1]) and len(rows) < TRIES:
            rows.append(media.tried(running, 3, 1))
    assert went_on(rows[-1]), rows


def test_a_port_is_held_for_a_server_that_is_started_again_and_for_nobody_else() -> None:
    with held_port() as port:
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                create_connection(("127.0.0.1", port))
            with create_server(("127.0.0.1", port)) as server, create_connection(("127.0.0.1", port)) as caller:
                taken, near_end = server.accept()
                taken.close()
                assert near_end == caller.getsockname() != ("127.0.0.1", port)
        with pytest.raises(OSError, match="already in use"), socket() as another:
            another.bind(("127.0.0.1", port))


def test_a_number_is_held_only_if_everything_came_in_time() -> None:
    row = {"lost": 0, "sound_share": 1.0, "late_ms": {"p99": 9.9}, "answer_ms": {}}
    assert media.held(row)
    assert not media.held(row | {"lost": 1})
    assert not media.held(row | {"sound_share": 0.5})
    assert not media.held(row | {"late_ms": {"p99": 10.1}})
    assert not media.held(row | {"answer_ms": {"p99": 20.1}})


def test_the_search_grows_and_then_halves() -> None:
    each, tries = media.Server("x", 0, None, held=20), []  # type: ignore[arg-type]
    while calls := each.next():
        tries.append(calls)
        if calls <= 37:
            each.held = calls
        else:
            each.lost_at = calls
    assert tries == [40, 30, 35, 37]


def test_memory_and_growth_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    scale.main(scale.SMOKE)
    _, memory, *grown, check = map(json.loads, capsys.readouterr().out.splitlines())
    assert all(each > 0 for each in memory["memory"].values())
    assert [row["growth"] for row in grown] == ["turns of a call", "calls", "stages of a script"]
    assert check["median_ms"] > 0


def test_the_exponent_is_that_of_the_power() -> None:
    assert growth.exponent([10, 100, 1000], [3.0, 30.0, 300.0]) == pytest.approx(1)
    assert growth.exponent([1, 2, 4], [1.0, 4.0, 16.0]) == pytest.approx(2)


def test_of_the_rounds_the_median_is_told_and_the_lowest_and_the_highest() -> None:
    found = turns.figures([[1e-6, 2e-6, 9e-6], [3e-6, 5e-6, 7e-6], [1e-6, 4e-6, 5e-6]])
    assert (found["p50_us"], found["p50_us_rounds"]) == (4.0, [2.0, 5.0])


def test_another_process_is_asked_in_lines() -> None:
    code = "from benchmarks.asked import answer; answer(lambda first, second: first + second)"
    asked = Asked([sys.executable, "-c", code], folder=ROOT)
    assert [asked(1, 2), asked("话", "术")] == [3, "话术"]
    asked.close()


def test_what_has_broken_off_is_named() -> None:
    with pytest.raises(SystemExit, match="has broken off"):
        Asked([sys.executable, "-c", "input()"])(1)


with_matchers = pytest.mark.skipif(not LIBRARIES.is_built(), reason="make bench builds the environment of the matchers")
SEARCHING = """
from benchmarks import asked, contenders
some = contenders.sized(contenders.shipped(), 3_000)
phrases = [word.text for word in contenders.keywords(some)]
phrases = list(dict.fromkeys(phrases))
built = {name: contenders.SEARCHES[name](some) for name in contenders.FOUND}
def found(texts):
    each = {name: [sorted(set(contenders.FOUND[name](built[name](text), phrases))) for text in texts] for name in built}
    deaf = {**built, "google-re2": lambda text: ()}
    return {"found": each, "phrases": phrases, "all": [*contenders.SEARCHES], "wrong": contenders.differing(built, some, texts),
            "deaf": contenders.differing(deaf, some, texts)}
asked.answer(found)
"""


@with_matchers
def test_all_who_look_for_all_phrases_find_those_of_the_naive_loop() -> None:
    texts = [sentence.say for sentence in SAID[::5]]
    ask = Asked([LIBRARIES.python, "-c", SEARCHING], folder=ROOT)
    told = ask(texts)
    ask.close()
    wanted = [sorted(phrase for phrase in told["phrases"] if phrase in text) for text in texts]
    assert {"google-re2", "hyperscan", "ahocorasick-rs", "pyahocorasick"} <= told["found"].keys()
    assert {name: found == wanted for name, found in told["found"].items()} == dict.fromkeys(told["found"], True)
    assert sum(map(len, wanted)) > len(texts) / 2
    assert (told["wrong"], told["deaf"]) == ([], ["google-re2"])
    assert {*told["all"], "huashu, compiled"} == pages.DOES.keys()


@with_matchers
def test_a_state_machine_takes_the_edges_that_transitions_takes() -> None:
    script, calls = turns.ready()
    steps = turns.steps_of(script, [turn for each in calls for turn in each])
    led = {(source, f"on {trigger}"): target for source, trigger, target in script.edges()}
    machine = turns.state_machine(script)
    taken = machine("turns", steps)
    assert [where for _, where in taken] == [led.get((stage, on)) or led["*", on] for stage, on in steps]
    assert all(spent > 0 for spent, _ in taken)
    assert machine("memory", 3) > 1000
    assert machine("version")
    machine.close()


def test_the_floor_of_a_turn_makes_what_the_turn_makes() -> None:
    script, calls = turns.ready()
    taken = [turn for each in calls for turn in each]
    for turn, take in zip(taken, turns.floor(script, taken), strict=True):
        _, state, actions = take()  # type: ignore[misc]
        assert (state, actions) == step(script, *turn)


def test_a_framework_gets_the_moves_of_our_calls() -> None:
    script, calls = turns.ready()
    told = frameworks.talk(script, calls)
    moved = 0
    for each in told["calls"]:
        here = told["start"]
        for turn in each:
            assert turn["answer"]
            if turn["go"]:
                assert turn["go"] in told["stages"][here]["exits"]
                here, moved = turn["go"], moved + 1
    assert 0 < moved < sum(map(len, told["calls"])) == sum(map(len, calls))


@pytest.mark.skipif(not FRAMEWORKS.is_built(), reason="make bench builds the environment of the frameworks")
@pytest.mark.parametrize("name", frameworks.PEERS)
def test_a_framework_takes_the_turns_of_a_call(name: str) -> None:
    script, calls = turns.ready()
    peer = frameworks.peer(name, frameworks.talk(script, calls[:3]))
    assert len(peer("turns")) == sum(map(len, calls[:3]))
    assert peer("memory", 3) > 1000
    peer.close()


def test_without_their_environment_the_frameworks_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = replace(FRAMEWORKS, folder=tmp_path)
    monkeypatch.setattr(frameworks, "FRAMEWORKS", gone)
    assert not gone.there("turns")
    assert "not measured: make bench ONLY=turns" in capsys.readouterr().err
    assert frameworks.versions(["pipecat-ai"]) == {}


def test_an_environment_of_an_older_lock_is_not_used(tmp_path: Path) -> None:
    peers = Environment("peers", tmp_path, tmp_path / "lock.txt")
    for file in (peers.lock, peers.folder / "ready"):
        file.touch()
    os.utime(peers.lock, (1000, 1000))
    assert peers.is_built()
    os.utime(peers.folder / "ready", (999, 999))
    assert not peers.is_built()


def test_a_caller_says_the_same_in_every_run_and_another_says_something_else() -> None:
    said = recognition.mandarin()
    first, again, other = (talking.plan(said, number, 30) for number in (0, 0, 1))
    assert first == again != other
    assert len(said) == 19
    for before, after in pairwise(first):
        assert after.begin_ms - before.end_ms >= talking.GAP_MS[0]
    assert first[-1].end_ms < 30_000 - talking.LAST_MS


def test_what_callers_say_is_heard_and_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talking, "GAP_MS", (600, 800))
    monkeypatch.setattr(talking, "LAST_MS", 800)

    async def talked() -> talking.Talk:
        talk = talking.Talk(Stub(), str, recognition.mandarin()[:4], 2, 4)
        await talk.run()
        return talk

    row = recognition.told(asyncio.run(talked()))
    assert row["utterances"] >= 2
    assert (row["unheard"], row["early"], row["starved"]) == (0, 0, 0)
    assert row["delay_ms"]["p50"] > row["after_ms"]["p50"] >= 0
    assert row["decided_ms"] == row["delay_ms"]


def test_a_partial_reading_decides_if_it_means_what_the_final_one_does() -> None:
    saying = talking.Saying(talking.Utterance(b"", 900), 100, ended_ms=1500)
    texts = [(700, "再"), (1100, "再见"), (1600, "再见。")]
    saying.readings = [(at_ms, Reading(text, final=at_ms == 1600)) for at_ms, text in texts]
    assert saying.decided_ms(lambda text: text.strip("。")) == 1100
    assert saying.decided_ms(str) == saying.final_ms == 1600


def test_fairness_is_the_slowest_by_the_fastest_and_who_got_nothing_is_counted() -> None:
    assert recognition.fairness([[300, 400, 500], [800], []]) == {"fairness": 2.0, "starved": 1}


def test_mulaw_of_the_callers_is_that_of_everybody() -> None:
    samples = np.arange(0, 32000, 7)  # below zero, where steps meet, there are two customs
    assert mulaw(samples) == from_pcm(samples.astype("<i2").tobytes(), "ulaw")


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
