"""The frameworks we are measured beside, each in a process of its own with an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from typing import Any

from benchmarks.asked import Asked
from benchmarks.environments import FRAMEWORKS
from engine.calls.events import Heard
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.script import Script
from engine.language.stage import Stage

PEERS = {
    "pipecat": "pipecat, one processor",
    "flows": "pipecat flows",
    "text": "livekit-agents, text",
    "tool": "livekit-agents, a tool call",
}
"""Each by its name in `benchmarks.peers.measure`."""
Turn = tuple[State, Heard]


def versions(names: Iterable[str]) -> dict[str, str]:
    """Of the packages in their environment."""
    if not FRAMEWORKS.is_built():
        return {}
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    return dict(json.loads(subprocess.check_output([FRAMEWORKS.python, "-c", code, *names], text=True)))  # noqa: S603


def peer(name: str, talk: dict[str, Any]) -> Asked:
    """One that is ready to be asked for `turns` or `memory` of these calls."""
    quiet = {**os.environ, "LOGURU_AUTOINIT": "False"}
    process = FRAMEWORKS.ask("measure", name, environment=quiet)
    process.tell(talk)
    return process


def talk(script: Script, calls: Iterable[list[Turn]]) -> dict[str, Any]:
    """The calls as a framework takes them: what the caller says, where the call goes, what is answered. Its model need
    not think: it does what huashu did.
    """
    exits: dict[str, set[str]] = {name: set() for name in script.stages}
    for source, _, target in script.edges():
        if source in exits and target in exits and source != target:
            exits[source].add(target)
    told: list[list[dict[str, str]]] = []
    for turns in calls:
        told.append([])
        here = script.start
        for state, heard in turns:
            after = step(script, state, heard)[0].stage
            told[-1].append({"say": heard.text, "go": "" if after == here else after, "answer": says(script, after)})
            if after != here:
                exits[here].add(after)
            here = after
    stages = {name: {"says": says(script, name), "exits": sorted(each)} for name, each in exits.items()}
    return {"start": script.start, "stages": stages, "calls": told}


def says(script: Script, name: str) -> str:
    stage: Stage = script.stages[name]
    return "".join(part.text for part in stage.say[0]) if stage.say else "好的。"
