"""Whole runs over folders of tones: logs out, what cannot be used told, the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import fsspec
import pytest

from engine.calls.events import Heard, Overheard
from engine.calls.log import Log, read
from engine.grading.grade import grade
from engine.trial.compare import facts_of
from server.transcribing.hearing import Ears
from server.transcribing.job import Job
from server.transcribing.one import How
from server.transcribing.places import find
from tests.engine.recorded.calls import ASK, BYE, DAY, GIVEN, NOTE, script
from tests.server.transcribing.tones import Line, Loud, Tuned, side, write

WORDS = [ASK, DAY, NOTE, BYE, "好的", "可以", "多少钱"]
BOT: list[Line] = [(0.3, 3.3, ASK), (5.0, 7.0, DAY), (9.0, 10.5, NOTE), (11.2, 13.0, BYE)]
CALLER: list[Line] = [(3.8, 4.4, "好的"), (7.6, 8.2, "可以")]
HOW = How(script(), GIVEN, began="2026-11-23T10:00:00+08:00")


def recording(path: Path, *, swapped: bool = False, mono: bool = False, seconds: float = 15.0) -> Path:
    sides = [side(CALLER, WORDS, seconds), side(BOT, WORDS, seconds)]
    if mono:
        return write(path, sides[0] + sides[1])
    return write(path, *reversed(sides)) if swapped else write(path, *sides)


class Desk:
    """A folder of recordings and one of logs, and the command's work on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.recordings, self.logs = folder / "calls", folder / "logs"
        self.capsys = capsys
        self.tuned = Tuned(WORDS)

    def run(self, *sources: str, how: How = HOW, again: bool = False, as_json: bool = False) -> int:
        places = find(sources or [str(self.recordings)])
        return Job(places, how, Ears(self.tuned, Loud), self.logs, again=again, as_json=as_json).run()

    def told(self) -> tuple[list[str], list[str]]:
        out, err = self.capsys.readouterr()
        return [line.replace(str(self.recordings.parent), "…") for line in out.splitlines()], err.splitlines()

    def log(self, name: str) -> Log:
        return read((self.logs / name).read_bytes())

    def left(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.logs.iterdir())}


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def letter(log: Log) -> str:
    return grade(script().scheme, facts_of(log, script().interest)).letter or "none"


def test_a_recording_becomes_a_log_that_is_graded_like_any(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav")
    assert desk.run() == 0
    assert desk.told()[0] == [
        "…/calls/x1.wav: …/logs/x1.jsonl, 15 s, 4 by the bot, 2 by the caller",
        "1 transcribed, 0 skipped, 0 not usable",
    ]
    log = desk.log("x1.jsonl")
    header = log.header
    assert (header.call_id, header.source, header.started_at) == ("x1", "recording", "2026-11-23T10:00:00+08:00")
    assert (header.script, header.script_sha256, header.vars) == ("fair", script().sha256, GIVEN)
    assert letter(log) == "A"


def test_the_sides_do_not_matter_where_the_script_tells_them(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav", swapped=True)
    assert desk.run() == 0
    assert letter(desk.log("x1.jsonl")) == "A"
    assert desk.told()[0][1].strip() == "the caller is on the right, as the prompts on the other side tell"


def test_one_channel_is_split_by_the_prompts(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav", mono=True)
    assert desk.run() == 0
    assert letter(desk.log("x1.jsonl")) == "A"


def test_one_channel_without_a_script_gives_the_caller_nothing(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav", mono=True)
    assert desk.run(how=How()) == 0
    kinds = {type(entry.event) for entry in desk.log("x1.jsonl").entries}
    assert Overheard in kinds
    assert Heard not in kinds
    assert desk.told()[0][-1] == "1 transcribed, 0 skipped, 0 not usable; of 6 utterances 6 on an unknown side"


def test_what_cannot_be_used_is_told_and_the_rest_goes_on(desk: Desk) -> None:
    whole = recording(desk.recordings / "good.wav").read_bytes()
    for name, data in {"empty.wav": b"", "text.mp3": b"no sound", "cut.wav": whole[: len(whole) // 2]}.items():
        (desk.recordings / name).write_bytes(data)
    (desk.recordings / "mislabelled.mp3").write_bytes(
        write(desk.recordings / "b.flac", side(BOT, WORDS, 14)).read_bytes()
    )
    assert desk.run(str(desk.recordings), str(desk.recordings / "none.wav")) == 1
    out, err = desk.told()
    assert out[-1] == "2 transcribed, 1 skipped, 4 not usable"
    assert "    is FLAC whatever its name says" not in out  # it is the same sound as b.flac
    assert [line.rpartition("/")[2].partition(" (")[0] for line in err] == [
        "cut.wav is cut off after 7.5 of 15.0 s", "empty.wav is empty", "text.mp3 is no recording that can be read",
        "none.wav'",
    ]  # fmt: skip
    assert "good.jsonl" in desk.left()


def test_a_second_run_hears_nothing_and_changes_nothing(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav")
    recording(desk.recordings / "x2.wav", mono=True)
    assert desk.run() == 0
    before, heard = desk.left(), desk.tuned.read
    assert desk.run() == 0
    assert desk.tuned.read == heard
    assert desk.told()[0][-1] == "0 transcribed, 2 skipped, 0 not usable"
    assert desk.run(again=True) == 0
    assert desk.tuned.read == 2 * heard
    assert desk.left() == before


def test_another_way_of_hearing_is_another_log(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav")
    desk.run(how=How())
    assert desk.log("x1.jsonl").header.script == ""
    desk.run()
    assert desk.log("x1.jsonl").header.script == "fair"
    assert list(desk.left()) == ["transcribed.jsonl", "x1.jsonl"]


def test_a_run_that_was_stopped_goes_on_where_it_stood(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        recording(desk.recordings / f"x{number}.wav", seconds=15 + number)
    tell, told = Job._tell, []

    def stop_after_two(job: Job, outcome: object) -> None:
        tell(job, outcome)  # type: ignore[arg-type]
        told.append(outcome)
        if len(told) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Job, "_tell", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    monkeypatch.undo()
    left = desk.left()
    assert {"x0.jsonl", "x1.jsonl"} <= left.keys()
    assert all(name.endswith(".jsonl") and not name.startswith(".") for name in left)
    assert desk.told()[1][-1].startswith("huashu: stopped: 2 transcribed")
    assert desk.run() == 0
    assert {name for name in desk.left() if name != "transcribed.jsonl"} == {f"x{n}.jsonl" for n in range(4)}
    assert desk.left()["x0.jsonl"] == left["x0.jsonl"]


def test_two_of_one_name_and_two_of_one_sound(desk: Desk) -> None:
    recording(desk.recordings / "a" / "call.wav")
    recording(desk.recordings / "b" / "call.wav", mono=True)
    (desk.recordings / "c.wav").write_bytes((desk.recordings / "a" / "call.wav").read_bytes())
    assert desk.run() == 0
    assert len(desk.left()) == 3
    out, _ = desk.told()
    assert out[-1] == "2 transcribed, 1 skipped, 0 not usable"
    assert any("the same sound as" in line for line in out)


def test_a_store_elsewhere(desk: Desk) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/x1.wav", recording(desk.recordings / "x1.wav").read_bytes())
    assert desk.run("memory://bucket") == 0
    assert letter(desk.log("x1.jsonl")) == "A"
    store.rm("/bucket", recursive=True)


def test_a_log_that_cannot_be_written(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav")
    desk.logs.write_text("a file")
    assert desk.run() == 1
    assert "cannot write its log 'x1.jsonl'" in desk.told()[1][0]


def test_for_programs(desk: Desk) -> None:
    recording(desk.recordings / "x1.wav")
    (desk.recordings / "y.wav").touch()
    assert desk.run(as_json=True) == 1
    first, second, whole = map(json.loads, desk.told()[0])
    assert (first["result"], first["call_id"], first["channels"], first["seconds"]) == ("transcribed", "x1", 2, 15.0)
    assert first["utterances"] == {"bot": 4, "caller": 2, "unknown": 0}
    assert (second["result"], second["why"].rpartition("/")[2]) == ("failed", "y.wav is empty")
    assert whole == {
        "recordings": 2, "transcribed": 1, "skipped": 0, "failed": 1,
        "utterances": {"bot": 4, "caller": 2, "unknown": 0},
    }  # fmt: skip
