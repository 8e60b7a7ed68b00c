"""Two runs are held against each other: what has changed is found, what one of them lacks is passed over, and a run of
another day is kept.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import again, charted, runs
from benchmarks.again import compare
from benchmarks.again_tables import again_table
from benchmarks.ratios import BUSY, READERS
from benchmarks.runs import Run
from benchmarks.surroundings import ROOT, surroundings

Row = dict[str, Any]
RATES = {"huashu": 18_000, "huashu, compiled": 30_000, "pyahocorasick": 1_200_000, "hassil": 1_200}


def matching(date: str, rates: dict[str, int] = RATES, **about: object) -> Run:
    """A run of two sizes, in which rounds differ by a tenth."""
    rows = [
        {"contender": name, "phrases": size, "texts": "hit", "median": rate, "min": 0.95 * rate, "max": 1.05 * rate}
        for name, rate in rates.items()
        for size in (1_000, 10_000)
    ]
    return {"what": "matching", "date": date, "engine": "0f2b8b56", **about}, rows


def written(path: Path, run: Run) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in (run[0], *run[1])), "utf-8")


# --- what has changed ------------------------------------------------------------------------------------------------


def test_the_same_ratios_on_a_machine_half_as_fast_are_the_same() -> None:
    halved = {name: rate // 2 for name, rate in RATES.items()}
    found = compare("matching", matching("2026-11-26"), matching("2026-11-27", halved))
    assert [(pair.change, pair.is_within) for pair in found.ratios] == [(0, True)] * 8
    assert {round(pair.change, 6) for pair in found.figures} == {-0.5}
    assert not found.is_same_day


def test_a_ratio_that_has_moved_by_a_third_is_found_and_comes_first() -> None:
    then, now = matching("2026-11-26"), matching("2026-11-27")
    now[1][1]["median"] *= 1.3  # huashu, 10,000 phrases
    found = compare("matching", then, now)
    assert [(pair.who, pair.what, pair.percent) for pair in found.beyond] == [
        ("huashu ÷ pyahocorasick", "10,000 phrases, hit", "+30.0 %"),
        ("huashu ÷ hassil", "10,000 phrases, hit", "+30.0 %"),
    ]
    assert found.ratios[:2] == found.beyond
    page = again_table([found])
    assert "Of 8 ratios in these runs, **6** are within 20 %" in page
    assert "- matching: huashu ÷ hassil, 10,000 phrases, hit: 15 then, 19.5 now (+30.0 %)" in page


def test_a_peer_that_is_slower_by_a_third_is_found_too() -> None:
    found = compare("matching", matching("2026-11-26"), matching("2026-11-27", RATES | {"hassil": 900}))
    assert {pair.who for pair in found.beyond} == {"huashu ÷ hassil", "huashu, compiled ÷ hassil"}


def test_a_fifth_is_within_and_a_little_more_is_not() -> None:
    then = matching("2026-11-26", {"huashu": 300, "pipecat": 80})
    fifth, more = (matching("2026-11-27", {"huashu": rate, "pipecat": 80}) for rate in (360, 361))
    assert not compare("matching", then, fifth).beyond
    assert compare("matching", then, more).beyond


def test_how_far_rounds_of_a_peer_lie_apart_is_told() -> None:
    then, now = matching("2026-11-26"), matching("2026-11-27")
    now[1][-1]["max"] = 1.35 * now[1][-1]["median"]  # hassil, 10,000 phrases
    lines = list(again.told([compare("matching", then, now)]))
    assert any("huashu ÷ hassil, 10,000" in line and "rounds of one run differ by 40 %" in line for line in lines)
    assert any("huashu ÷ hassil, 1,000" in line and "rounds of one run differ by 10 %" in line for line in lines)


# --- what cannot be compared -----------------------------------------------------------------------------------------


def test_a_peer_that_is_in_one_run_only_is_passed_over_and_said_to_be() -> None:
    without = {name: rate for name, rate in RATES.items() if name != "hassil"}
    found = compare("matching", matching("2026-11-26", without), matching("2026-11-27", RATES | {"google-re2": 9}))
    assert {pair.who for pair in found.ratios} == {"huashu ÷ pyahocorasick", "huashu, compiled ÷ pyahocorasick"}
    assert found.passed_over == ("hassil: only now", "google-re2: only now")
    assert "- matching: hassil: only now; google-re2: only now\n" in again_table([found])


def test_a_size_that_is_in_one_run_only_is_named() -> None:
    then, now = matching("2026-11-26"), matching("2026-11-27")
    now[1][-1]["phrases"] = 30_000
    assert compare("matching", then, now).passed_over == (
        "hassil, 10,000 phrases, hit: only then",
        "hassil, 30,000 phrases, hit: only now",
    )


def test_what_a_busy_machine_has_delayed_is_not_compared() -> None:
    def run(others: int) -> Run:
        rows = [
            {"recogniser": name, "callers": 4, "others_percent": others, "delay_ms": {"p50": 320, "p95": 340}}
            for name in ("whisper-base", "vosk/model")
        ]
        return {"what": "recognition", "date": "2026-11-26", "engine": ""}, rows

    assert len(compare("recognition", run(3), run(0)).ratios) == 2
    busy = compare("recognition", run(95), run(0))
    assert busy.ratios == ()
    assert busy.passed_over == (f"huashu, 2 figures: {BUSY} then", f"vosk/model, 2 figures: {BUSY} then")


def test_what_else_was_different_is_told() -> None:
    then = matching("2026-11-26", versions={"hassil": "3.12.1", "rapidfuzz": "3.14.6"}, load=0.3)
    now = matching("2026-11-26", versions={"hassil": "3.13.0", "rapidfuzz": "3.14.6"}, load=9.3, time="10:33")
    found = compare("matching", then, now)
    assert (found.differs, found.then, found.now) == (("hassil 3.12.1 → 3.13.0",), "2026-11-26", "2026-11-26 10:33")
    assert "of the **same day**" in again_table([found])
    del now[0]["engine"]
    assert compare("matching", then, now).differs[-1] == "which engine: not told by both"


# --- all parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", READERS)
def test_the_last_run_of_each_part_is_read_and_is_the_same_as_itself(part: str) -> None:
    run = runs.read(runs.path_of(part))
    found = compare(part, run, run)
    assert all(pair.change == 0 for pair in found.ratios + found.figures)
    assert found.figures
    assert bool(found.ratios) == any(not each.is_ours for each in READERS[part](run[1]))  # live has no peer
    assert len({(pair.who, pair.what) for pair in found.figures}) == len(found.figures)


def test_calls_held_are_compared_with_a_detector_and_without() -> None:
    def tried(server: str, calls: int, *, held: bool) -> Row:
        return {"server": server, "calls": calls, "held": held}

    rows = [
        *(tried("huashu", 360, held=True), tried("huashu", 390, held=False), tried("huashu, detector", 195, held=True)),
        *(tried("pipecat", 80, held=True), tried("pipecat", 85, held=False), tried("pipecat, detector", 30, held=True)),
    ]
    run = {"what": "media", "date": "2026-11-26"}, rows
    found = {pair.what: (pair.now, pair.spread) for pair in compare("media", run, run).ratios}
    assert found == {"calls held": (4.5, 30 / 360), "calls held, with a detector": (6.5, 0)}


def test_the_chart_shows_the_largest_change_of_each_part() -> None:
    found = compare("matching", matching("2026-11-26"), matching("2026-11-27", RATES | {"hassil": 900}))
    page = charted.performance_html({}, [found])
    assert "4 of 8 ratios" in page
    assert "+33.3 %" in page


# --- the runs that are kept ------------------------------------------------------------------------------------------


def days(folder: Path) -> tuple[str, ...]:
    """Of the last run, and of the one before."""
    return tuple(
        runs.read(path)[0]["date"] for path in (folder / "matching.jsonl", folder / "earlier/matching.jsonl")
        if path.exists()
    )  # fmt: skip


def test_the_last_run_of_another_day_is_kept(tmp_path: Path) -> None:
    kept = []
    for hour, date in enumerate(("26", "26", "27", "27", "28")):
        written(tmp_path / "matching.new", matching(date, hour=hour))
        runs.keep("matching", tmp_path)
        kept.append(days(tmp_path))
    assert kept == [("26",), ("26", "26"), ("27", "26"), ("27", "26"), ("28", "27")]
    assert [run[0]["hour"] for run in runs.two("matching", tmp_path) or ()] == [3, 4]
    assert not (tmp_path / "matching.new").exists()


def test_as_long_as_there_is_no_other_day_the_run_before_is_kept(tmp_path: Path) -> None:
    for hour in range(3):
        written(tmp_path / "matching.new", matching("26", hour=hour))
        runs.keep("matching", tmp_path)
    assert [run[0]["hour"] for run in runs.two("matching", tmp_path) or ()] == [1, 2]


def test_a_run_says_when_it_was_and_of_which_engine() -> None:
    about = surroundings("matching", (), ())
    assert len(str(about["time"])) == len("13:37")
    assert len(str(about["engine"])) == 8
    assert about["commit"].rstrip("+") == known_to_git()


def known_to_git() -> str:
    """The commit; nothing where there is no git, or where it takes this folder for somebody else's."""
    if (git := shutil.which("git")) is None:
        return ""
    asked = subprocess.run([git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return asked.stdout.strip()


def test_the_exit_code_is_1_when_a_ratio_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    last = runs.read(runs.path_of("matching"))
    written(tmp_path / "matching.jsonl", last)
    monkeypatch.setattr(sys, "argv", ["again", "matching", "--than", str(tmp_path)])
    again.main()
    assert "BEYOND" not in capsys.readouterr().out
    for row in last[1]:
        row["median"] *= 1.3 if row.get("contender") == "hassil" else 1
    written(tmp_path / "matching.jsonl", last)
    with pytest.raises(SystemExit, match="ratios have changed by more than a fifth"):
        again.main()
    assert "BEYOND matching     huashu ÷ hassil" in capsys.readouterr().out


def test_without_an_earlier_run_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["again", "--than", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"There is no earlier run in .*: make bench on another day"):
        again.main()
