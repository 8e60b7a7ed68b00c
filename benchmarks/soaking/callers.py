"""The callers of a soak: a process with so many lines, on each of which one call follows the other.

    python -m benchmarks.soaking.callers --url ws://127.0.0.1:8797 --token … --lines 0:50 --frozen 45

Each call has a fate of its own, drawn by its number. What its caller was told, said and heard goes to stdout as a JSON
line when it is over; at the end, how late the callers were themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
import uvloop

from benchmarks.soaking.scripts import SCRIPTS, VOICED
from benchmarks.soaking.sounds import CODES, LETTERS, Ear, code_of, spoken, words
from server.calling.caller import Caller
from server.calling.lines import Line, LineClosedError, UnreachableError
from server.calling.notes import Note
from server.calling.running import Dial, place
from server.calling.scenario import HangUp, Impairments, Press, Say, Scenario, Silence, Stall, Step
from server.gateways.far.table import FAR_ENDS

YES, PRICE, NO, NEVER, WHAT = range(5)
SAID_MS = 700
BY_TWILIO = 0.4
VOICED_SHARE = 0.05
SLOW_SECONDS = 0.2
"""From one message that a slow reader takes to the next: sound comes as fast, and what is late waits in the socket."""
MOST_MS = 180_000
AGAIN_SECONDS = 0.5
"""After a call that was not taken."""
NAMES = "王李张刘陈杨赵黄周吴"
BUCKETS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a call beside its words."""

    share: float
    steps: Callable[[Random, list[Step]], list[Step]] = lambda _, steps: steps
    loss_percent: int = 0
    jitter_ms: int = 0
    slow: bool = False
    ends: str = ""
    """`breaks`: the socket goes without a word; `freezes`: it stays, and nothing comes or is taken any more."""


def _hangs_up(chance: Random, steps: list[Step]) -> list[Step]:
    return [*steps[: chance.randrange(3)], HangUp(after_ms=chance.randrange(100, 4000))]


def _cuts_in(chance: Random, steps: list[Step]) -> list[Step]:
    return [Say(each.words, chance.randrange(200, 800)) if isinstance(each, Say) else each for each in steps]


def _stalls(chance: Random, steps: list[Step]) -> list[Step]:
    return [steps[0], Stall(chance.randrange(1500, 4000), barge_in_ms=300), *steps[1:]]


FATES: Mapping[str, Fate] = {
    "well": Fate(0.32),
    "lossy": Fate(0.18, loss_percent=3, jitter_ms=60),
    "cuts in": Fate(0.10, _cuts_in),
    "hangs up": Fate(0.10, _hangs_up),
    "breaks": Fate(0.10, ends="breaks"),
    "freezes": Fate(0.04, ends="freezes"),
    "stalls": Fate(0.06, _stalls),
    "slow": Fate(0.06, slow=True),
    "silent": Fate(0.04, lambda chance, steps: [Silence(chance.randrange(4000, 9000)), *steps[: chance.randrange(2)]]),
}


class Faulty:
    """A line on which a fate is fulfilled."""

    def __init__(self, line: Line, fate: Fate, after_s: float, frozen_s: float) -> None:
        self.more = line.more
        self.taken = False
        """Something has come from the server."""
        self._line, self._fate, self._frozen_s = line, fate, frozen_s
        self._ends_at = asyncio.get_running_loop().time() + after_s if fate.ends else None

    @property
    def _is_over(self) -> bool:
        return self._ends_at is not None and asyncio.get_running_loop().time() >= self._ends_at

    async def receive(self) -> str | bytes:
        if self._fate.slow:
            await asyncio.sleep(SLOW_SECONDS)
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._line.receive()
        except TimeoutError:
            await asyncio.sleep(self._frozen_s if self._fate.ends == "freezes" else 0)
            self._line.break_off()
            raise LineClosedError(1006, self._fate.ends) from None
        self.taken = True
        return message

    async def send(self, message: str | bytes) -> None:
        if not self._is_over:
            await self._line.send(message)

    def break_off(self) -> None:
        self._line.break_off()

    async def close(self) -> None:
        await self._line.close()


class Listener:
    """In the place of a recording: which prompts were heard."""

    def __init__(self) -> None:
        self.ear = Ear()

    def caller(self, pcm: bytes, at_ms: int) -> None:
        """The caller knows what they say."""

    def bot(self, pcm: bytes, at_ms: int) -> None:  # noqa: ARG002  their order is enough
        self.ear.hear(pcm)


@dataclass(slots=True)
class Callers:
    url: str
    token: str
    lines: range
    seed: int
    frozen_s: float
    is_over: bool = False
    """No more calls are begun."""
    late: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))

    def stop(self) -> None:
        self.is_over = True

    async def run(self) -> None:
        """Until SIGTERM; calls in progress come to their end."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stop)
        _tell({"here": True})
        async with asyncio.TaskGroup() as tasks:
            for line in self.lines:
                tasks.create_task(self._keep_calling(line))
        _tell({"late": self.late})

    async def _keep_calling(self, line: int) -> None:
        """One call after the other, the first ones not all at once."""
        chance, number = Random(f"{self.seed} {line}"), 0  # noqa: S311  repeatable, as a test should be
        await asyncio.sleep(chance.uniform(0, 0.1 * len(self.lines)))
        while not self.is_over:
            number += 1
            try:
                await self._call(chance, line, number)
            except UnreachableError as trouble:
                _tell({"at": time.monotonic(), "unreached": str(trouble)})
                await asyncio.sleep(AGAIN_SECONDS)
            await asyncio.sleep(chance.uniform(0.05, 0.5))

    async def _call(self, chance: Random, line: int, number: int) -> None:
        name = chance.choices(list(FATES), [fate.share for fate in FATES.values()])[0]
        fate, by_text = FATES[name], chance.random() >= BY_TWILIO
        script = VOICED if chance.random() < VOICED_SHARE else chance.randrange(SCRIPTS - 1)
        call_id = f"{code_of(line)}-{_letters(number)}"
        steps, sounds = _steps(chance, fate, line, by_text=by_text)
        scenario = Scenario(name, tuple(steps), Impairments(fate.loss_percent, fate.jitter_ms, chance.getrandbits(30)))
        notes: list[Note] = []
        gateway = "huashu" if by_text else "twilio"
        caller = Caller(FAR_ENDS[gateway](), scenario, sounds, notes.append, as_text=by_text)
        dial = Dial(f"{self.url}/{gateway}", gateway, self._params(chance, script, line), MOST_MS)
        listener, faulty, after_s = Listener(), [], chance.uniform(0.3, 8)

        def through(open_line: Line) -> Line:
            faulty.append(Faulty(open_line, fate, after_s, self.frozen_s))
            return faulty[0]

        began = time.monotonic()
        late_ms = await place(dial, caller, listener, call_id=call_id, through=through)
        listener.ear.finish()
        for bucket in np.searchsorted(BUCKETS_MS, late_ms).tolist():
            self.late[bucket] += 1
        known = {
            "call_id": call_id,
            "code": code_of(line),
            "script": f"soak-{script}",
            "gateway": gateway,
            "fate": name,
        }
        _tell(
            {
                **known,
                "began": began,
                "at": time.monotonic(),
                "taken": faulty[0].taken,
                **_came(caller, notes, listener),
            }
        )

    def _params(self, chance: Random, script: int, line: int) -> dict[str, str]:
        name = "".join(chance.choices(NAMES, k=3))
        number = f"1390{chance.randrange(10**7):07}"
        return {"token": self.token, "script": f"soak-{script}", "caller": number, "code": code_of(line), "name": name}


def _letters(number: int) -> str:
    """A number without figures, which a log would mask."""
    return f"{number:o}".translate(str.maketrans("01234567", LETTERS))


def _steps(chance: Random, fate: Fate, line: int, *, by_text: bool) -> tuple[list[Step], dict[Step, bytes]]:
    """What the caller does, and the sound of it."""
    said = chance.choices(((YES, YES), (PRICE, YES, YES), (WHAT, YES, YES), (NO,), (NEVER,)), (5, 2, 1, 1, 1))[0]
    steps: list[Step] = [Say(words(line, word)) for word in said]
    if chance.random() < 0.1:
        steps[-1] = Press("1")
    steps = fate.steps(chance, steps)
    by_words = {words(line, word): word for word in range(5)}
    sounds: dict[Step, bytes] = {
        step: bytes(SAID_MS * 16) if by_text else spoken(line, by_words[step.words], SAID_MS)
        for step in steps
        if isinstance(step, Say)
    }
    return steps, sounds


def _came(caller: Caller, notes: Sequence[Note], listener: Listener) -> dict[str, object]:
    ended = caller.ended
    assert ended
    said = [note.text for note in notes if note.kind in ("caller speaks", "caller presses")]
    return {
        "heard": listener.ear.heard,
        "said": said,
        "ended_by": ended.by,
        "in_order": ended.in_order,
        "why": ended.text,
    }


def _tell(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser()
    for name in ("--url", "--token", "--lines"):
        options.add_argument(name, required=True)
    options.add_argument("--frozen", type=float, required=True)
    options.add_argument("--seed", type=int, default=1)
    told = options.parse_args()
    lines = range(*map(int, told.lines.split(":")))
    assert lines.stop <= CODES, f"there are codes for {CODES} lines"
    uvloop.run(Callers(told.url, told.token, lines, told.seed, told.frozen).run())


if __name__ == "__main__":
    main()
