"""The shipped scripts: clean, tested, and grading the example calls as a person would.

The conversation files beside this one are the tests; each is named after its script. `tests/calls/examples.jsonl` are
56 calls for `huashu simulate`, one for each way a call can go; each line carries the grade and rule it must get.
"""

import json
from pathlib import Path

import pytest

from engine.calls.actions import Entered
from engine.language.load import load_script
from engine.language.pace import prompt_ms
from engine.language.script import Script
from engine.trial.caller import parse_call
from engine.trial.conversation import Suite, run
from engine.trial.simulate import simulate
from server.content import Files

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("*.yaml"))
CONVERSATIONS = sorted(Path(__file__).parent.glob("*.yaml"))
EXAMPLES = (ROOT / "tests" / "calls" / "examples.jsonl").read_text(encoding="utf-8").splitlines()

BIG_WORDS = ("最好", "最低", "最高", "最优惠", "第一", "唯一", "保证", "百分之百", "绝对", "包您")
"""What advertising law and good manners keep out of a call."""


def title(line: str) -> str:
    return str(json.loads(line)["call_id"])


@pytest.fixture(scope="session")
def phone_robot() -> Script:
    script, problems = load_script(str(ROOT / "scripts" / "phone-robot.yaml"), Files())
    assert script, [str(problem) for problem in problems]
    return script


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_shipped_script_is_without_a_single_problem(path: Path) -> None:
    script, problems = load_script(str(path), Files())
    assert [str(problem) for problem in problems] == []
    assert script is not None
    assert script.name == path.stem


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_shipped_script_says_at_once_that_an_ai_of_the_company_calls(path: Path) -> None:
    script, _ = load_script(str(path), Files())
    assert script is not None
    for wording in script.stages[script.start].say:
        sentence = "".join(part.text for part in wording).split("。")[0]
        assert "{company}" in sentence
        assert "智能语音助手" in sentence
        assert "录音" in sentence
        assert any(purpose in sentence for purpose in ("介绍", "活动", "确认")), "what the call is about"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_shipped_script_promises_nothing_it_cannot_keep(path: Path) -> None:
    script, _ = load_script(str(path), Files())
    assert script is not None
    prompts = [stage.say for stage in script.stages.values()] + [rule.say for rule in script.rules.values()]
    spoken = "".join(part.text for prompt in prompts for wording in prompt for part in wording)
    assert [word for word in BIG_WORDS if word in spoken] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_nobody_has_to_listen_for_a_quarter_of_a_minute(path: Path) -> None:
    script, _ = load_script(str(path), Files())
    assert script is not None
    prompts = [stage.say for stage in script.stages.values()] + [rule.say for rule in script.rules.values()]
    prompts += [recovery.say for stage in script.stages.values() for recovery in stage.recover]
    long = [wording for prompt in prompts for wording in prompt if prompt_ms(wording) >= 15_000]
    assert long == []


def test_every_script_has_its_conversations() -> None:
    assert {path.name for path in SCRIPTS} <= {path.name for path in CONVERSATIONS}


@pytest.fixture(scope="session")
def suites() -> dict[str, Suite]:
    return {path.stem: run(str(path), Files()) for path in CONVERSATIONS}


@pytest.mark.parametrize("name", [path.stem for path in CONVERSATIONS])
def test_the_conversations_go_as_written(name: str, suites: dict[str, Suite]) -> None:
    suite = suites[name]
    assert [str(problem) for problem in suite.problems] == []
    assert suite.tested
    assert [f"{tested.name}: {failure}" for tested in suite.tested for failure in tested.failures] == []


@pytest.mark.parametrize("name", [path.stem for path in CONVERSATIONS])
def test_the_conversations_reach_every_stage_of_the_script_itself(name: str, suites: dict[str, Suite]) -> None:
    suite = suites[name]
    assert suite.script is not None
    own = {stage for stage, found in suite.script.stages.items() if Path(found.mark.file).stem == name}
    visited = {
        action.stage
        for tested in suite.tested
        for entry in tested.entries
        for action in entry.actions
        if isinstance(action, Entered)
    }
    assert own <= visited


def test_there_are_56_examples_each_under_its_own_name() -> None:
    assert [title(line)[:2] for line in EXAMPLES] == [f"{number:02}" for number in range(1, 57)]


@pytest.mark.parametrize("line", EXAMPLES, ids=title)
def test_an_example_call_gets_its_grade(line: str, phone_robot: Script) -> None:
    call = parse_call(line, phone_robot)
    assert not isinstance(call, str), call
    grade = simulate(phone_robot, call).grade
    assert {"grade": grade.letter or "none", "rule": grade.rule} == json.loads(line)["expect"]
