"""What a call keeps in memory, and how costs grow: with the turns of a call, with calls, with the size of a script, and
with phrases (`benchmarks.phrases`).

    python -m benchmarks.scale > benchmarks/results/scale.jsonl        # two minutes
    python -m benchmarks.scale smoke                                   # the same with small numbers, without peers

Growth is told as the exponent of size that fits best (least squares of the logarithms): 1 is linear. Times are of the
processor, medians of rounds. Where the environments of the peers are not there, their part is left out.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from transitions import Machine

from benchmarks.environments import FRAMEWORKS, LIBRARIES
from benchmarks.frameworks import PEERS, peer, talk, versions
from benchmarks.growth import growth
from benchmarks.media_servers import Stub
from benchmarks.surroundings import ROOT, surroundings, tell
from benchmarks.turns import ready, state_machine
from engine.calls.events import Answered, Heard, PlaybackFinished
from engine.dialogue.state import State
from engine.dialogue.step import begin, step
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import DEFAULT_NOW
from server.audio.line import Line
from server.audio.playout import Playout
from server.audio.recording import Recording
from server.content import Files, shipped_grammars
from server.gateways import wire
from server.live.media import Media
from server.speech.detector import detectors
from server.speech.listening import Listening
from server.speech.prompts import Prompts

MACHINE = "python-statemachine, a machine on the same script's graph"
LONG_SAY = "这一段我给您说明一下，您听听看。"


@dataclass(frozen=True)
class Sizes:
    idle_calls: int = 1000
    frameworks: int = 200
    """Their calls are larger; 0 leaves them and the phrases out."""
    turns: tuple[int, ...] = (25, 50, 100, 190)
    calls: tuple[int, ...] = (30, 100, 300, 1000)
    stages: tuple[int, ...] = (50, 100, 200, 500)
    rounds: int = 5


SMOKE = Sizes(20, 0, (3, 6), (2, 4), (5, 10), 1)


# --- scripts ---------------------------------------------------------------------------------------------------------


def chain(stages: int) -> str:
    """A script of so many stages, each with an answer of its own and the way to the next."""
    lines = ["script: chain", "goodbye: bye", "limits: {turns: 200, visits: 20, seconds: 3600}", "stages:"]
    for number in range(stages):
        following = f"s{number + 1}" if number + 1 < stages else "bye"
        text = f"您好，我是智能语音助手。{LONG_SAY}" if not number else f"第{number}步，{LONG_SAY}"
        lines += [
            f"  s{number}:",
            f"    role: {'opening' if not number else 'pitch'}",
            f"    say: {text}",
            f"    expect: [{{hear: [affirm, 第{number}步听懂了], go: {following}}}, {{other: {following}}}]",
        ]
    return "\n".join([*lines, "  bye: {role: closing, say: 再见, end: yes}", ""])


def loaded(path: Path) -> Script:
    script, problems = load_script(str(path), Files())
    if script is None:
        sys.exit("\n".join(map(str, problems)))
    return script


def talked(script: Script, turns: int) -> State:
    """A call that has come so far: every turn the bot speaks to its end and the caller answers."""
    state = begin(script, "c1", DEFAULT_NOW, {name: each.default or "星河" for name, each in script.variables.items()})
    at_ms = 0
    state, _ = step(script, state, Answered(at_ms))
    for _ in range(turns):
        at_ms += 2000
        while state.playing:
            state, _ = step(script, state, PlaybackFinished(at_ms, state.playing, 2000))
        state, _ = step(script, state, Heard(at_ms, "可以的"))
    return state


# --- memory ----------------------------------------------------------------------------------------------------------


def bytes_each(make: Callable[[int], object], count: int) -> int:
    """What one of them holds, once what they share is there."""
    first = make(0)
    gc.collect()
    tracemalloc.start()
    made = [make(number + 1) for number in range(count)]
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for each in (first, *made):
        if isinstance(each, Media):
            each.close(1000)
    return held // count


def memory(sizes: Sizes, folder: Path) -> dict[str, int]:
    script = loaded(ROOT / "scripts" / "phone-robot.yaml")
    table = [[f"on {trigger}", source, target] for source, trigger, target in script.edges()]
    machine = Machine(
        model=None, states=list(script.stages), initial=script.start, transitions=table, auto_transitions=False
    )

    class Model:
        """What a caller of `transitions` keeps of a call."""

    def model(_: int) -> object:
        each = Model()
        machine.add_model(each)
        return each

    def call(number: int) -> object:
        return talked(script, 1 + number % 3)

    found = {"dialogue": bytes_each(call, sizes.idle_calls)}
    found["transitions"] = bytes_each(model, sizes.idle_calls)
    found["media"] = asyncio.run(media_bytes(sizes.idle_calls, folder))
    return found


def frameworks(count: int) -> dict[str, int]:
    """What an idle call of each keeps, one to three turns after its beginning."""
    told = talk(*ready())
    found = {}
    for name, shown in PEERS.items():
        asked = peer(name, told)
        found[shown] = asked("memory", count)
        asked.close()
    return found


async def media_bytes(count: int, folder: Path) -> int:
    """Everything beside the dialogue that a call with sound has of its own, once a second of it has been heard."""
    detector, prompts, noise, said = detectors(), Prompts(None, folder), os.urandom(160), bytes(64_000)

    def media(number: int) -> object:
        recording = Recording(folder / f"{number}.wav")
        listening = Listening(Stub().open(lambda _: None), detector())
        each = Media(Playout(Line(wire.Format())), prompts, listening, recording)
        each.play(1)
        each.feed(1, said)  # all calls have the same samples of a prompt
        for frame in range(50):
            each.hear(noise, frame * 20)
            each.due(frame * 20)
        return each

    return bytes_each(media, count)


# --- growth ----------------------------------------------------------------------------------------------------------


def grown(sizes: Sizes, folder: Path) -> None:
    long = loaded(folder / f"{sizes.stages[-1]}.yaml")
    talked(long, 2)
    growth(sizes.turns, {"turns of a call": lambda turns: talked(long, turns)}, sizes.rounds)
    growth(sizes.calls, {"calls": lambda calls: [talked(long, 3) for _ in range(calls)]}, sizes.rounds)
    growth(sizes.stages, {"stages of a script": lambda size: loaded(folder / f"{size}.yaml")}, sizes.rounds)
    if not sizes.frameworks:
        return
    if LIBRARIES.there("scale"):
        subprocess.run([LIBRARIES.python, "-m", "benchmarks.phrases"], cwd=ROOT, check=True)  # noqa: S603


def checking(path: Path, rounds: int) -> dict[str, object]:
    """`huashu check`, from its start to its end."""
    walls: list[float] = []
    for _ in range(rounds):
        start = perf_counter()
        command = [sys.executable, "-c", "from server.cli import main; main()", "check", "--json", str(path)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
        walls.append(1000 * (perf_counter() - start))
    return {"median_ms": round(median(walls)), "min_ms": round(min(walls)), "max_ms": round(max(walls))}


def main(sizes: Sizes) -> None:
    about = surroundings("scale", shipped_grammars(), ("transitions",))
    about["versions"] |= versions(("pipecat-ai", "livekit-agents"))  # type: ignore[operator]
    machine = state_machine(ready()[0]) if sizes.frameworks and LIBRARIES.there("scale") else None
    if machine:
        about["versions"] |= {"python-statemachine": machine("version")}  # type: ignore[operator]
    tell({**about, "rounds": sizes.rounds})
    with TemporaryDirectory() as name:
        folder = Path(name)
        for stages in sizes.stages:
            (folder / f"{stages}.yaml").write_text(chain(stages), "utf-8")
        tell({"memory": memory(sizes, folder), "calls": sizes.idle_calls})
        kept = {MACHINE: machine("memory", sizes.frameworks)} if machine else {}
        if sizes.frameworks and FRAMEWORKS.there("scale"):
            kept |= frameworks(sizes.frameworks)
        if kept:
            tell({"frameworks": kept, "calls": sizes.frameworks})
        grown(sizes, folder)
        largest = sizes.stages[-1]
        tell({"check": largest, **checking(folder / f"{largest}.yaml", sizes.rounds)})


if __name__ == "__main__":
    main(SMOKE if "smoke" in sys.argv else Sizes())
