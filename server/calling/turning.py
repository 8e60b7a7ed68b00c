"""A test call by HTTP, a turn a request: the platform's part, the person's part, and the time that both take.

Nothing sounds. A prompt lasts as long as its words take to say, and so does what the person says; the platform asks the
server when it would. As on any line the person waits for their turn, unless a step cuts in.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from engine.language.pace import speech_ms
from server.calling.following import Following
from server.calling.lines import UnreachableError, shown, unanswered
from server.calling.notes import Note
from server.calling.scenario import CUTTING_IN, HangUp, Press, Say, Scenario, Silence, Step, WaitPrompt
from server.gateways.far.platforms import FAR_PLATFORMS
from server.gateways.far.turns import Entered, Fact, FarCall, Joined, Keyed, Left, Over, Said
from server.gateways.platforms import PLATFORMS
from server.gateways.turns import Bye, Connect, GoOn, Hush, Next, Wait
from server.gateways.turns import Say as BotSays
from server.gateways.wire import WireError

THINK_MS = 500
"""From the end of a prompt to the caller's first sound."""
PICK_UP_MS = 2_000
"""Until a person takes a transferred call."""
RECORDING_MS = 3_000
"""A recording on the platform is taken to be so long."""
SECONDS = 10
"""For each answer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The clock of a call; `times` faster than real time where nobody listens."""

    times: float = 1.0

    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000 * self.times

    async def until(self, at_ms: float) -> None:
        await asyncio.sleep(max(0.0, at_ms - self.now_ms()) / 1000 / self.times)


@dataclass(slots=True)
class TurnCaller:
    """One call. `carry` it to its end, which is told as a note."""

    name: str
    """Of the platform."""
    url: str
    params: Mapping[str, str]
    scenario: Scenario
    tell: Callable[[Note], None]
    most_ms: float = 600_000
    pace: Pace = field(default_factory=Pace)
    _began_ms: float = 0.0
    _steps: deque[Step] = field(default_factory=deque)
    _prompt: tuple[float, float] = (0.0, 0.0)
    """When the prompt began, and when it has been said to its end."""
    _playing: bool = False
    _asks_ms: float | None = None
    """When the platform asks again if nothing is heard."""
    _listened_ms: float = 0.0
    _joins_ms: float | None = None
    _free_ms: float = 0.0
    """The caller has done with the last step."""
    _owed: bool = True
    _ended: bool = False

    async def carry(self, call_id: str, *, follow: bool = False) -> None:
        """`follow` also tells the grade, if the server lets us read along. Raises `UnreachableError`."""
        self._began_ms, self._steps = self.pace.now_ms(), deque(self.scenario.steps)
        far = FarCall(call_id, self.params, self._address(""))
        far.url = far.url if self.name == "xswitch" else ""
        self.tell(Note(0, "connected", self.name))
        following = self._follow(call_id) if follow else None
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            await self._ask(client, far, Entered())
            while not self._ended:
                await self._once(client, far)
        if following:
            await asyncio.to_thread(following.finish)
            await asyncio.sleep(0)  # the grade is told

    def _follow(self, call_id: str) -> Following:
        loop = asyncio.get_running_loop()

        def tell(words: str) -> None:
            loop.call_soon_threadsafe(lambda: self.tell(Note(self._now_ms, "words", words)))

        return Following(self.url, call_id, self.params.get("token", ""), tell, words=False)

    # --- time --------------------------------------------------------------------------------------------------------

    @property
    def _now_ms(self) -> float:
        return self.pace.now_ms() - self._began_ms

    async def _once(self, client: httpx.AsyncClient, far: FarCall) -> None:
        """The next thing that happens: the caller's step, the platform's question, or the end of patience."""
        due = {"ask": self._asks_ms, "join": self._joins_ms, "act": self._acts_ms(), "give up": self.most_ms}
        what, at_ms = min(((what, at) for what, at in due.items() if at is not None), key=lambda each: each[1])
        await self._pass(at_ms)
        match what:
            case "ask":
                await self._ask(client, far, Over(round(self._listened_ms)))
            case "join":
                self._joins_ms = None
                await self._ask(client, far, Joined(self.scenario.transfer_ok))
            case "act":
                await self._act(client, far, self._steps.popleft())
            case _:
                self._end("caller", f"no end within {self.most_ms / 1000:g} s", in_order=False)
                await self._ask(client, far, Left())

    async def _pass(self, at_ms: float) -> None:
        """Let time go by until then; a prompt may end in it."""
        if self._playing and self._prompt[1] <= at_ms:
            await self.pace.until(self._began_ms + self._prompt[1])
            self._stop("bot silent")
        await self.pace.until(self._began_ms + at_ms)

    def _acts_ms(self) -> float | None:
        """When the caller does the next step; None while it is not their turn."""
        if not self._steps:
            return None
        step, (began_ms, ends_ms) = self._steps[0], self._prompt
        into_ms = step.barge_in_ms if isinstance(step, CUTTING_IN) else None
        if into_ms is not None and self._playing and not self._owed:
            return max(self._free_ms, began_ms + into_ms)
        if isinstance(step, HangUp) and into_ms is None:
            return self._free_ms + step.after_ms
        quiet_ms = max(self._free_ms, ends_ms)
        return quiet_ms + (self.scenario.patience_ms if self._owed else THINK_MS)

    # --- the caller --------------------------------------------------------------------------------------------------

    async def _act(self, client: httpx.AsyncClient, far: FarCall, step: Step) -> None:
        self._free_ms = self._now_ms
        match step:
            case Say(words):
                await self._speak(client, far, words)
            case Press(digits):
                self.tell(Note(self._now_ms, "caller presses", digits))
                self._owed = True
                await self._ask(client, far, Keyed(digits))
            case Silence(for_ms):
                self._free_ms = max(self._prompt[1], self._free_ms - THINK_MS) + for_ms
            case HangUp():
                self._end("caller", "hung up")
                await self._ask(client, far, Left())
            case WaitPrompt():
                pass
            case _:
                self._free_ms += getattr(step, "for_ms", 0)

    async def _speak(self, client: httpx.AsyncClient, far: FarCall, words: str) -> None:
        """While the caller speaks nobody is silent, so the platform does not ask; some tell the words as they come."""
        began_ms, long_ms = self._now_ms, speech_ms(words)
        self.tell(Note(began_ms, "caller speaks", words, ms=long_ms))
        half = words[: len(words) // 2]
        if FAR_PLATFORMS[self.name].partial and half:
            await self._hear_out(client, far, began_ms + long_ms / 2)
            await self._ask(client, far, Said(half, final=False))
        await self._hear_out(client, far, began_ms + long_ms)
        if self._ended:
            return
        self._free_ms, self._owed = self._now_ms, True
        self.tell(Note(self._now_ms, "caller silent"))
        await self._ask(client, far, Said(words))

    async def _hear_out(self, client: httpx.AsyncClient, far: FarCall, at_ms: float) -> None:
        """The caller speaks until then. A prompt that ends meanwhile is told where the platform does."""
        tells = FAR_PLATFORMS[self.name].tells_end
        while tells and not self._ended and self._asks_ms is not None and self._asks_ms <= at_ms:
            await self._pass(self._asks_ms)
            await self._ask(client, far, Over())
        await self._pass(at_ms)

    # --- the platform ------------------------------------------------------------------------------------------------

    async def _ask(self, client: httpx.AsyncClient, far: FarCall, fact: Fact) -> None:
        self._asks_ms = None if isinstance(fact, Over) else self._asks_ms
        far.playing = self._playing
        far.played_ms = max(1, round(self._now_ms - self._prompt[0]))
        request = FAR_PLATFORMS[self.name].ask(fact, far)
        if request is None:
            return
        body = request.told if request.whole is None else request.whole
        by_form = PLATFORMS[self.name].by_form and request.whole is None
        sent: dict[str, Any] = {"data": body} if by_form else {"content": json.dumps(body, ensure_ascii=False).encode()}
        try:
            answer = await client.post(self._address(request.path), **sent)
        except httpx.HTTPError as error:
            raise unanswered(self.url, error) from None
        if answer.status_code != httpx.codes.OK:
            raise UnreachableError(f"{shown(self.url)} refuses: HTTP {answer.status_code}: {answer.text[:200]}")
        if not self._ended:
            self._obey(far, self._order(far, answer))

    def _order(self, far: FarCall, answer: httpx.Response) -> Next | None:
        try:
            return FAR_PLATFORMS[self.name].orders(answer.json(), far)
        except (WireError, ValueError) as error:
            why = error.reason if isinstance(error, WireError) else "not JSON"
            self._end("nobody", f"the server broke the protocol: {why}", in_order=False)
            return None

    def _obey(self, far: FarCall, order: Next | None) -> None:
        now_ms, platform = self._now_ms, FAR_PLATFORMS[self.name]
        match order:
            case BotSays(prompts, listen_ms):
                self._stop("bot cut")
                long_ms = sum(RECORDING_MS if each.endswith(".wav") else speech_ms(each) for each in prompts)
                self._prompt, self._playing, self._owed = (now_ms, now_ms + long_ms), True, False
                self._listened_ms = 0 if platform.tells_end else listen_ms
                self._asks_ms = self._prompt[1] + self._listened_ms
                self.tell(Note(now_ms, "bot speaks"))
                self.tell(Note(now_ms, "words", f"bot: {''.join(prompts)}"))
            case Wait(ms):
                self._listened_ms, self._asks_ms = ms, now_ms + ms
            case GoOn() if self._asks_ms is not None:
                if far.listen_ms is not None:
                    self._listened_ms, far.listen_ms = far.listen_ms, None
                    self._asks_ms = self._prompt[1] + self._listened_ms
                self._asks_ms = max(self._asks_ms, now_ms + self._listened_ms)
            case Hush():
                self._stop("bot cut")
                self._asks_ms = None
            case Connect(to):
                self.tell(Note(now_ms, "transfer", to))
                self._joins_ms, self._asks_ms = now_ms + PICK_UP_MS, None
            case Bye(reason):
                self._end("bot", reason)
        far.waiting = isinstance(order, Wait)

    def _stop(self, how: Literal["bot silent", "bot cut"]) -> None:
        """The prompt is over."""
        if self._playing:
            self._playing = False
            self._prompt = (self._prompt[0], self._now_ms)
            self.tell(Note(self._now_ms, how, ms=round(self._now_ms - self._prompt[0])))

    def _end(self, by: str, why: str, *, in_order: bool = True) -> None:
        self._stop("bot cut")
        self._ended = True
        self.tell(Note(self._now_ms, "ended", why, by=by, in_order=in_order))

    def _address(self, path: str) -> str:
        """The token and what the script shall know stand in the query, as they do on a platform."""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query)) | dict(self.params)
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path, query=urlencode(query)))
