"""The command as people use it, and a call of the real voice heard by the real recogniser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from engine.calls.actions import Matched
from engine.calls.events import Heard
from engine.calls.log import read
from server.cli import app
from server.output import usable_script
from server.settings import load
from server.transcribing import command
from server.transcribing.command import _time, ears_of
from server.transcribing.one import How
from tests.server.desk import furnish
from tests.server.transcribing.tones import Tuned, write

SAID = Path(__file__).parents[2] / "audio" / "calls"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["transcribe", *map(str, arguments)])


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write(tmp_path / "x1.wav", np.zeros(8000, np.float32))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("s3://calls",), "s3://calls: its store is not installed here"),
        (("--started-at", "yesterday"), "--started-at yesterday: write it as 2026-11-23T10:00:00+08:00"),
        (("--started-at", "2026-11-23T10:00:00"), "--started-at 2026-11-23T10:00:00: write it as"),
        (("--var", "a=b"), "--var goes with --script"),
        (("--script", "scripts/phone-robot.yaml", "--var", "nam=王"), "the script has no such variable (did you mean"),
        (("--script", "scripts/none.yaml"), "the script scripts/none.yaml has problems"),
    ],
)
def test_wrong_use_is_one_line_and_2(sound: Path, arguments: tuple[str, ...], problem: str) -> None:
    result = run(sound, *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("told", ["2026-11-23T10:00:00+08:00", "2026-11-23t10:00:00+08:00", "2026-11-23 10:00+08:00"])
def test_however_a_time_is_told_a_log_has_it_as_rfc_3339(told: str) -> None:
    assert _time(told) == "2026-11-23T10:00:00+08:00"


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert (result.exit_code, result.stderr) == (2, f"huashu: no recording in {tmp_path}\n")


def test_without_a_recogniser_it_says_how_to_get_one(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASHU_RECOGNISER", "none")
    result = run(sound)
    assert result.exit_code == 1
    assert "there is no recogniser here: pip install 'huashu[speech]'" in result.stderr


def test_the_recogniser_knows_what_the_script_waits_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned = Tuned([])
    monkeypatch.setattr(command, "listener", lambda *_: tuned)
    script = usable_script(furnish(tmp_path) / "scripts" / "shop.yaml")
    ears_of(load(recogniser="whisper", detector="energy"), How(script))
    assert {"多少钱", "没问题啊"} <= tuned.known, "of its own grammar, and of one stage"


def test_a_caller_is_heard(tmp_path: Path) -> None:
    """What a caller has said in a spoken call: Kokoro's voice, after a telephone, on the left of a stereo recording."""
    import soundfile  # noqa: PLC0415  of this test alone

    pause = np.zeros(6400, np.float32)
    lines = [soundfile.read(SAID / f"yunyang_{number:02}.wav", dtype="float32")[0] for number in (2, 7)]
    left = np.concatenate([pause, lines[0], pause, lines[1], pause])
    path = write(tmp_path / "x1.ogg", left, np.zeros_like(left))
    began = ("--started-at", "2026-11-23T10:00:00+08:00")
    result = run(path, "--out", tmp_path / "logs", "--script", "scripts/phone-robot.yaml", *began)
    assert result.exit_code == 0, result.output
    assert "no prompt of the script 'phone-robot' was recognised" in result.output
    log = read((tmp_path / "logs" / "x1.jsonl").read_bytes())
    assert (tmp_path / "logs" / "scripts" / f"{log.header.script_sha256}.zip").is_file()
    entries = log.entries
    assert len([entry for entry in entries if isinstance(entry.event, Heard)]) == 2
    meant = [hit.id for entry in entries for each in entry.actions if isinstance(each, Matched) for hit in each.hits]
    assert {"ask_price", "give_time"} <= set(meant), [entry.event for entry in entries]
