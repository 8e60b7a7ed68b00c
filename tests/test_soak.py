"""A short soak: calls on a real server that is killed in the middle. And the judges: each of them can say no."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from socket import SHUT_WR, create_connection
from typing import Any

import pytest

from benchmarks.soak import soak
from benchmarks.soaking import figures, judge
from benchmarks.soaking.page import SHORT, soak_table
from benchmarks.soaking.receiver import Receiver
from benchmarks.soaking.scripts import PROMPTS, SCRIPTS
from benchmarks.soaking.sounds import CODES, WORDS, Ear, heard_in, prompt, prompt_name, spoken, words
from benchmarks.soaking.supervise import Life, Sample
from benchmarks.surroundings import surroundings
from server.speech.ports import FRAME_BYTES

Row = dict[str, Any]


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    folder = tmp_path_factory.mktemp("soak")
    rows, _ = soak(0.2, 12, 1, folder)
    return folder, rows


def told(folder: Path) -> list[Row]:
    """What callers told of calls that were taken."""
    lines = (folder / "callers-0.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row.get("taken")]


def test_calls_outlive_a_server_that_is_killed(soaked: tuple[Path, list[Row]]) -> None:
    folder, rows = soaked
    late = "the server's clock is late"  # which is the machine's
    assert [row for row in rows if row["what"] == "problem" and not row["problem"].startswith(late)] == []
    found = next(row for row in rows if row["what"] == "figures")
    assert found["records"] >= found["taken"] == len(told(folder)) >= 12
    assert found["deaths"]["server"] == 1
    assert found["cut_off"] > 0
    assert found["prompts_heard"] > 0
    assert len(found["starts_s"]) == 2
    about = surroundings("soak", (), ("uvicorn",))
    assert "| not as it should be |" in soak_table(about, rows)
    short = [row | {"growth": {}} if row is found else row for row in rows]
    assert SHORT in soak_table(about, short)
    wrong = {"what": "problem", "call": "abc", "problem": "it has two records"}
    assert "\n- abc: it has two records\n" in soak_table(about, [*rows, wrong])


@pytest.fixture
def spoilt(soaked: tuple[Path, list[Row]], tmp_path: Path) -> tuple[Path, Row]:
    """The records once more, and a call that was heard to its second prompt, and whose words were heard."""
    shutil.copytree(soaked[0] / "data", tmp_path / "data")
    kept, _ = judge.records(tmp_path / "data/calls")
    rows = ((kept[row["call_id"]].folder, row) for row in told(soaked[0]))
    return next((record, row) for record, row in rows if len(row["heard"]) > 1 and said(row) in log(record))


def log(record: Path) -> str:
    return (record / "log.jsonl").read_text(encoding="utf-8")


def said(row: Row) -> str:
    """How each sentence of this caller ends."""
    return f"，{row['code']}"


def problems(record: Path, row: Row, outages: tuple[tuple[float, float], ...] = ()) -> list[str]:
    kept, unreadable = judge.records(record.parent.parent)
    mine = {name: each for name, each in kept.items() if name == row["call_id"]}
    return [each.what for each in (*unreadable, *judge.calls([row], mine, outages))]


def test_a_record_that_is_lost_is_missed(spoilt: tuple[Path, Row]) -> None:
    record, row = spoilt
    shutil.rmtree(record)
    assert problems(record, row | {"in_order": True}) == ["it was taken, and there is no record of it"]


def test_a_step_that_is_lost_is_missed(spoilt: tuple[Path, Row]) -> None:
    record, row = spoilt
    lines = log(record).splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if row["heard"][1] in line)
    (record / "log.jsonl").write_text("".join(lines[:first]), encoding="utf-8")
    assert any(what.startswith("the caller heard") for what in problems(record, row))


def test_words_of_another_call_are_noticed(spoilt: tuple[Path, Row]) -> None:
    record, row = spoilt
    (record / "log.jsonl").write_text(log(record).replace(said(row), "，kkk"), encoding="utf-8")
    assert any(what.startswith("words of nobody in this call") for what in problems(record, row))


def test_an_end_out_of_order_needs_a_reason(spoilt: tuple[Path, Row]) -> None:
    record, row = spoilt
    row |= {"in_order": False, "fate": "well", "why": "closed with 1006"}
    assert problems(record, row) == [f"(well, {row['gateway']}) it ended out of order: closed with 1006"]
    assert problems(record, row, ((row["began"], row["at"]),)) == []
    assert problems(record, row | {"fate": "breaks"}) == []


def test_a_connection_that_a_killed_server_resets_is_no_mistake_and_any_other_trouble_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    receiver = Receiver()
    for trouble in (ConnectionResetError(), BrokenPipeError(), KeyError("a mistake")):
        try:
            raise trouble
        except (OSError, KeyError):
            receiver.handle_error(None, receiver.server_address)
    receiver.close()
    told = capsys.readouterr().err
    assert told.count("Traceback") == 1
    assert "a mistake" in told


def test_half_a_message_has_not_come() -> None:
    receiver = Receiver()
    head = b"POST / HTTP/1.1\r\nhost: x\r\nwebhook-id: a:1:0\r\ncontent-length: 9\r\n\r\n"
    for sent, answered in ((head + b"half", b""), (head + b"all of it", b"HTTP/1.1 204")):
        with create_connection(receiver.server_address) as line:
            line.sendall(sent)
            line.shutdown(SHUT_WR)
            assert line.recv(12) == answered
    receiver.close()
    assert dict(receiver.came) == {"a:1:0": 1}


def test_a_promise_is_kept_once(spoilt: tuple[Path, Row]) -> None:
    record, row = spoilt
    kept = {row["call_id"]: judge.records(record.parent.parent)[0][row["call_id"]]}
    ids = dict.fromkeys(judge._promised(kept[row["call_id"]]), "done")
    came = dict.fromkeys(ids, 1)
    one = next(iter(ids))

    def wrong(outbox: dict[str, str], came: dict[str, int]) -> list[str]:
        return [each.what for each in judge.promises(kept, outbox, came, ())]

    assert wrong(ids, came) == []
    assert wrong(ids | {one: "dead"}, came) == [f"never delivered: {one} is dead"]
    assert wrong({name: "done" for name in ids if name != one}, came)[0].startswith("promised, and not in the outbox")
    assert wrong(ids, {name: 1 for name in came if name != one}) == [f"called delivered, and never came: {one}"]


def test_a_traceback_in_the_log_is_a_fault_unless_we_have_killed_the_recogniser() -> None:
    ours = "ERROR lanes a piece of speech was lost\nTraceback (most recent call last):\nReaderDiedError\n"
    theirs = '{"event": "call_failed", "call": "c1", "level": "error", "exception": "Traceback\\nKeyError: 1"}\n'
    assert judge.faults(ours.splitlines(keepends=True))[1] == []
    (fault,) = judge.faults(theirs.splitlines(keepends=True))[1]
    assert (fault.call, fault.what) == ("c1", "call_failed: KeyError: 1")
    assert [each.what for each in judge.faults(["ERROR uvicorn.error it does not go\n"])[1]] == [
        "in the server's log: ERROR uvicorn.error it does not go … ERROR uvicorn.error it does not go"
    ]


# --- what grows ------------------------------------------------------------------------------------------------------


def life(leak_bytes: float = 0.0, leaked: int = 0) -> Life:
    """Half an hour with 50 calls or so, a call a second; so much stays of each, and so many descriptors a minute."""
    found = Life(0.0, ended=1800.0)
    for second in range(0, 1800, 10):
        calls = 50 + second % 7
        values = {"rss_bytes": 3e8 + 2e5 * calls + leak_bytes * second, "fds": 20 + 3 * calls + leaked * second / 60}
        found.samples.append(Sample(second, {**values, "tasks": 7, "calls": calls, "ended": second}, {}, 10))
    return found


def test_what_comes_and_goes_with_calls_does_not_grow() -> None:
    trends, grown = figures.growth(life())
    assert grown == []
    assert abs(trends["rss_bytes"].grown) < 1


def test_what_stays_of_calls_grows() -> None:
    (of_memory,) = figures.growth(life(leak_bytes=20_000))[1]
    assert of_memory.what.startswith("rss_bytes grows")
    (of_files,) = figures.growth(life(leaked=1))[1]
    assert of_files.what.startswith("fds grows")


def test_a_short_life_says_nothing_of_growth() -> None:
    short = life(leak_bytes=20_000)
    short.ended, short.samples = 60.0, [replace(each, at=each.at / 30) for each in short.samples]
    assert figures.growth(short) == ({}, [])


def test_what_is_left_without_calls_is_told() -> None:
    first = life().samples[0]
    assert list(figures.left_over(first, first)) == []
    (left,) = figures.left_over(first, replace(first, values={**first.values, "tasks": 12}))
    assert left.what == "tasks: 5 more than before the first call, with no call left"


# --- chords ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(0, CODES, 37))
def test_a_chord_is_read_though_frames_are_lost(number: int) -> None:
    for word in range(len(WORDS)):
        pcm = spoken(number, word)
        left = b"".join(pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES) if at // FRAME_BYTES % 9)
        assert heard_in(bytes(58) + left) == words(number, word)


def test_no_prompt_is_heard_as_another() -> None:
    for script in range(SCRIPTS):
        ear = Ear()
        for note, (_, _, ms) in enumerate(PROMPTS):
            pcm = prompt(script, note, ms) + bytes(FRAME_BYTES * 5)
            for at in range(0, len(pcm), FRAME_BYTES):
                ear.hear(pcm[at : at + FRAME_BYTES])
        assert ear.heard == [prompt_name(script, note) for note in range(len(PROMPTS))]
