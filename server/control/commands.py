"""The commands of one call: each a task of its own, bounded in time, whose result comes back as an event.

Nothing here holds up the reader of the call's socket, and nothing that goes wrong here ends the call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

import structlog

from engine.calls.mask import mask
from engine.dialogue.moves import TRANSFER_MS
from server.control.port import Command, Control, ControlError
from server.gateways import wire

log = structlog.get_logger()

TRANSFER_SECONDS = TRANSFER_MS / 1000 - 1
"""A person has so long to answer: until just before the engine gives up."""
COMMAND_SECONDS = 5.0
"""Any other command."""
LAST_SECONDS = 2.0
"""A stream that ends while a person is being called, or without a word, waits so long for the network's."""


class Commands:
    """`told` is given what comes of a command, as if the gateway had said it."""

    def __init__(self, control: Control | None, call: wire.Started, told: Callable[[wire.Incoming], None]) -> None:
        self.can = control.can(call) if control else frozenset()
        self._control = control
        self._call = call
        self._told = told
        self._transfer: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()
        self._changed = asyncio.Event()
        self.handed_over = False
        """A person has the call."""
        self._over = False
        """It is ours no longer."""

    @property
    def tells(self) -> bool:
        """Will the network tell how this call ends?"""
        return self._control is not None and self._control.tells and bool(self.can)

    @property
    def transferring(self) -> bool:
        return self._transfer is not None

    def give(self, command: Command) -> None:
        """Have it carried out. A call that a person has taken over is not hung up."""
        if self._over or self._control is None or type(command) not in self.can:
            return
        if isinstance(command, wire.Transfer):
            self.no_transfer()
            self._transfer = self._start(self._connect(self._control, command))
            return
        if isinstance(command, wire.HangUp):
            self._over = True
            self.no_transfer()
        self._start(self._do(self._control, command))

    def no_transfer(self) -> None:
        """The person being called is not wanted any more."""
        transfer, self._transfer = self._transfer, None
        if transfer:
            transfer.cancel()

    async def last_word(self, ended: Callable[[], bool]) -> None:
        """The stream has ended: wait a moment for what becomes of a transfer, or for how the call `ended`."""
        try:
            async with asyncio.timeout(LAST_SECONDS):
                while not ended() and (self.transferring or self.tells):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return

    def changed(self) -> None:
        """Something has come from the network: whoever waits for the last word looks again."""
        self._changed.set()

    async def finish(self) -> None:
        """No more commands; those that are on their way, such as the one to hang up, may arrive."""
        self._over = True
        self.no_transfer()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=COMMAND_SECONDS)
        self._told = lambda _: None

    # --- carrying out ------------------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _connect(self, control: Control, command: wire.Transfer) -> None:
        why = await self._why_not(control, command, TRANSFER_SECONDS)
        self._transfer = None
        self.handed_over = self._over = not why
        self._told(wire.TransferResult(not why, why))

    async def _do(self, control: Control, command: Command) -> None:
        async with contextlib.nullcontext() if isinstance(command, wire.HangUp) else self._in_order:
            why = await self._why_not(control, command, COMMAND_SECONDS)
        if isinstance(command, wire.Hold):
            self._told(wire.Held("failed" if why else "began", why))
            return
        if why:
            self._told(wire.Oddity(f"{type(command).__name__}: {why}"))
        if isinstance(command, wire.Unhold):
            self._told(wire.Held("ended"))

    async def _why_not(self, control: Control, command: Command, seconds: float) -> str:
        """Have it carried out; why it was not, empty when it was."""
        try:
            async with asyncio.timeout(seconds):
                await control.carry_out(self._call, command)
        except ControlError as problem:
            why = str(problem)
        except TimeoutError:
            why = f"no answer within {seconds:g} s"
        except Exception as fault:
            log.exception("command_failed", call=mask(self._call.call_id))
            why = f"internal error: {type(fault).__name__}"
        else:
            return ""
        log.warning("command_not_done", call=mask(self._call.call_id), command=type(command).__name__, why=mask(why))
        return why
