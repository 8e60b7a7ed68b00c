"""`huashu inspect`: a hundred calls with planted violations, each of which is found, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from server.content import SHIPPED
from tests.server.desk import huashu, put

SCRIPT = "scripts/phone-robot.yaml"


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred calls of simulated callers to a shipped script."""
    desk = tmp_path_factory.mktemp("desk")
    for folder in ("scripts", "grammars"):
        shutil.copytree(SHIPPED / folder, desk / folder)
    ran = huashu(
        desk, "simulate", SCRIPT, "--personas", "100", "--seed", "3", "--var", "company=星河科技", "--out", "logs"
    )
    assert ran.code == 0
    return desk


def violations(desk: Path, *words: str) -> dict[str, list[str]]:
    ran = huashu(desk, "inspect", *words, "--json")
    assert ran.err == ""
    found = {str(call["call_id"]): [each["rule"] for each in call["violations"]] for call in ran.json}  # type: ignore[attr-defined]
    assert ran.code == (1 if any(not call["passed"] for call in ran.json) else 0)
    return {call_id: rules for call_id, rules in found.items() if rules}


def test_the_shipped_script_complies_in_every_call(calls: Path) -> None:
    assert violations(calls, "logs") == {}


Steps = list[dict[str, Any]]


def _prompts(steps: Steps) -> list[dict[str, Any]]:
    return [
        part for step in steps for action in step["actions"] if action["type"] == "play" for part in action["parts"]
    ]


def _first(old: str, new: str) -> Callable[[dict[str, Any], Steps], None]:
    def change(_: dict[str, Any], steps: Steps) -> None:
        part = _prompts(steps)[0]
        assert old in part["text"]
        part["text"] = part["text"].replace(old, new)

    return change


def _last(text: str) -> Callable[[dict[str, Any], Steps], None]:
    return lambda _, steps: _prompts(steps)[-1].update(text=text)


def _at_night(header: dict[str, Any], _: Steps) -> None:
    header["started_at"] = "2026-01-05T22:30:00+08:00"


def _not_removed(_: dict[str, Any], steps: Steps) -> None:
    for step in steps:
        step["actions"] = [action for action in step["actions"] if action["type"] != "do_not_call"]


PLANTED: dict[str, tuple[str, Callable[[dict[str, Any], Steps], None]]] = {
    "ai-disclosed": ("greet", _first("的智能语音助手", "的小王")),
    "company-named": ("greet", _first("我是星河科技的智能语音助手", "我是智能语音助手")),
    "recording-notice": ("greet", _first("本次通话会录音", "打扰您一分钟")),
    "no-promises": ("greet", _last("我们保证收益，百分之百有效，再见！")),
    "not-a-human": ("greet", _last("您放心，我是真人，再见！")),
    "within-hours": ("greet", _at_night),
    "opt-out-kept": ("do_not_call", _not_removed),
}
"""By the rule that must find it: in a call where the caller says this, a change of its log."""


def test_each_planted_violation_is_found_and_nothing_else(calls: Path, tmp_path: Path) -> None:
    shutil.copytree(calls, tmp_path, dirs_exist_ok=True)
    planted: dict[str, list[str]] = {}
    for rule, (said, change) in PLANTED.items():
        path = next(
            path
            for path in sorted((tmp_path / "logs").glob("*.jsonl"))
            if _fits(path, said) and path.stem not in planted
        )
        header, *steps = map(json.loads, path.read_text("utf-8").splitlines())
        change(header, steps)
        path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in (header, *steps)), "utf-8")
        planted[path.stem] = [rule]
    assert violations(tmp_path, "logs") == planted


def _fits(path: Path, said: str) -> bool:
    """Did a person say this, and the bot more than a word?"""
    text = path.read_text("utf-8")
    return f'"id":"{said}"' in text and '"disposition"' not in text and text.count('"play"') > 1


def test_people_read_the_words(calls: Path, tmp_path: Path) -> None:
    shutil.copytree(calls, tmp_path, dirs_exist_ok=True)
    path = next(path for path in sorted((tmp_path / "logs").glob("*.jsonl")) if _fits(path, "greet"))
    path.write_text(path.read_text("utf-8").replace("本次通话会录音", "打扰您一分钟"), "utf-8")
    ran = huashu(tmp_path, "inspect", "logs", "--report", "page.html")
    assert ran.code == 1
    assert f"{path.relative_to(tmp_path)}: call {path.stem}: not passed, 80 points" in ran.lines
    assert "    recording-notice (major): 第一句话告知录音" in ran.lines
    shown = ran.lines[ran.lines.index("    recording-notice (major): 第一句话告知录音") + 1 :]
    assert any(
        "，我是星河科技的智能语音助手" in each and "  bot  “" in each and "”: not found here, step " in each
        for each in shown
    )
    assert ran.lines[-1] == "99 of 100 calls passed"
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "检查 100 通，合格 99 通（99.0\u00a0%）。" in page
    assert path.stem in page


def test_what_hangs_on_a_variable_that_was_not_given_is_not_told(desk: Path) -> None:
    """The bot said 我是〔company〕的智能语音助手, which names no company and breaks no rule either."""
    for folder in ("scripts", "grammars"):
        shutil.copytree(SHIPPED / folder, desk / folder, dirs_exist_ok=True)
    assert huashu(desk, "simulate", SCRIPT, "--personas", "3", "--out", "logs").code == 0
    ran = huashu(desk, "inspect", "logs", "--json")
    assert ran.err == (
        "huashu: 'company' was not given to 3 simulated calls, so what depends on it is not told"
        " (run huashu simulate with --var company=…)\n"
    )
    assert [each["violations"] for each in ran.json] == [[], [], []]
    assert ["company-named"] in [each["unknown"] for each in ran.json]
    log = next(path for path in (desk / "logs").glob("*.jsonl") if "本次通话会录音" in path.read_text("utf-8"))
    log.write_text(log.read_text("utf-8").replace("本次通话会录音", "打扰您一分钟"), "utf-8")
    (call,) = huashu(desk, "inspect", log, "--json").json
    assert [each["rule"] for each in call["violations"]] == ["recording-notice"]  # type: ignore[attr-defined]


def test_loudness_is_measured_where_there_is_a_recording(calls: Path, tmp_path: Path) -> None:
    shutil.copytree(calls, tmp_path, dirs_exist_ok=True)
    put(
        tmp_path,
        "loud.yaml",
        "inspection: loud\nrules: [{id: shouts, forbid: {loudness: {who: caller, more_than: -10}}}]\n",
    )
    log = next(path for path in sorted((tmp_path / "logs").glob("*.jsonl")) if _fits(path, "greet"))
    assert huashu(tmp_path, "inspect", log, "--rules", "loud.yaml", "--json").json[0]["unknown"] == ["shouts"]
    samples = np.zeros((8000 * 300, 2), np.float32)
    samples[:, 0] = 0.5 * np.sin(np.arange(len(samples)) * 0.3)
    soundfile.write(log.with_name("recording.wav"), samples, 8000)
    ran = huashu(tmp_path, "inspect", log, "--rules", "loud.yaml", "--json")
    assert [each["rule"] for each in ran.json[0]["violations"]] == ["shouts"]  # type: ignore[attr-defined]


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(calls: Path, tmp_path: Path) -> None:
    shutil.copytree(calls, tmp_path, dirs_exist_ok=True)
    put(tmp_path, "logs/broken.jsonl", "{}\n")
    ran = huashu(tmp_path, "inspect", "logs")
    assert ran.code == 1
    assert ran.err.startswith("huashu: logs/broken.jsonl:1: ")
    assert ran.lines[-1] == "100 of 100 calls passed"


def test_no_calls_have_not_passed(desk: Path) -> None:
    (desk / "empty").mkdir()
    ran = huashu(desk, "inspect", "empty", "--rules", str(SHIPPED / "scripts/inspections/compliance.yaml"))
    assert (ran.code, ran.out) == (1, "")
    assert "empty: no recorded calls are here" in ran.err


def test_an_inspection_that_is_not_there(calls: Path) -> None:
    ran = huashu(calls, "inspect", "logs", "--rules", "complience")
    assert (ran.code, ran.err) == (2, "huashu: no inspection 'complience' (did you mean 'compliance'?)\n")
    ran = huashu(calls, "inspect", "gone")
    assert (ran.code, ran.err) == (2, "huashu: no file or folder 'gone'\n")
