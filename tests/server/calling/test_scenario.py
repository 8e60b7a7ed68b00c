from __future__ import annotations

from pathlib import Path

import pytest

from server.calling.scenario import (
    HangUp,
    Impairments,
    PlayWav,
    Press,
    Say,
    Scenario,
    Silence,
    Stall,
    WaitPrompt,
    load_scenario,
)
from server.content import Files
from tests.server.desk import put, working_in


def load(folder: Path, text: str) -> tuple[Scenario | None, list[str]]:
    put(folder, "caller.yaml", text)
    with working_in(folder):
        scenario, problems = load_scenario("caller.yaml", Files())
    return scenario, [str(problem) for problem in problems]


def test_ais_read_step_by_step(tmp_path: Path) -> None:
    put(tmp_path, "voices/price.wav", b"RIFF")
    scenario, problems = load(
        tmp_path,
        """\
scenario: cuts in to ask the price
line: {loss: 2, jitter_ms: 40, seed: 7}
patience_ms: 4000
transfer: failed
steps:
  - say: 喂你好
  - {wav: voices/price.wav, barge_in_ms: 800}
  - {digits: "12#"}
  - {silence_ms: 4000}
  - {wait_prompt: yes}
  - {stall_ms: 2000}
  - {hangup: yes, after_ms: 1500}
""",
    )
    assert problems == []
    assert scenario == Scenario(
        "cuts in to ask the price",
        (
            Say("喂你好"),
            PlayWav("voices/price.wav", 800),
            Press("12#"),
            Silence(4000),
            WaitPrompt(),
            Stall(2000),
            HangUp(1500),
        ),
        Impairments(2, 40, 7),
        4000,
        transfer_ok=False,
    )


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{}", "caller.yaml:3:5: this step does nothing (a step has one of: say, wav, digits, silence_ms, wait_prompt, stall_ms, hangup)"),
        ("{say: 你好, digits: 1}", "caller.yaml:3:15: two things happen in one step (make two steps of it, in their order)"),
        ("{silence_ms: 500, barge_in_ms: 3}", "caller.yaml:3:23: 'barge_in_ms' does not go with 'silence_ms' (it goes with say, wav, digits, stall_ms, hangup)"),
        ("{say: 你好, after_ms: 3}", "caller.yaml:3:15: 'after_ms' does not go with 'say' (it goes with hangup)"),
        ("{hangup: no}", "caller.yaml:3:6: 'hangup: no' does nothing (take the step out)"),
        ("{digits: 12x}", "caller.yaml:3:14: '12x' are not telephone keys (use 0-9, *, # and A-D)"),
        ("{wav: away.wav}", "caller.yaml:3:11: no recording 'away.wav' (looked for away.wav)"),
        ("{press: 1}", "caller.yaml:3:6: unknown key 'press' in caller step (did you mean 'digits'?)"),
        ("{stall_ms: 2s}", "caller.yaml:3:16: expected a whole number from 1 to 600000, found '2s'"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_is_told_with_its_place(tmp_path: Path, step: str, problem: str) -> None:
    scenario, problems = load(tmp_path, f"scenario: odd\nsteps:\n  - {step}\n")
    assert (scenario, problems) == (None, [problem])


def test_all_mistakes_are_told_in_one_run(tmp_path: Path) -> None:
    _, problems = load(tmp_path, "scenario: odd\nline: {loss: 120}\nsteps: [{digits: x}, {loss: 1}]\npatience: 3\n")
    assert len(problems) == 3
    _, problems = load(tmp_path, "scenario: odd\nsteps: [{digits: x}, {}]\n")
    assert len(problems) == 2


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with working_in(tmp_path):
        assert [str(problem) for problem in load_scenario("away.yaml", Files())[1]] == [
            "away.yaml:1:1: no file 'away.yaml'"
        ]
