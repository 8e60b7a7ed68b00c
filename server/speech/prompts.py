"""What the bot says, as sound: recordings first, then sentences spoken before, then the voice.

A call bot plays the same lines all day, so each sentence is spoken once and kept, and what is fixed in a script is
spoken when the script is loaded. Of a sentence with a variable in it the other clauses are kept too, so that in the
call only 王总您好 has to be spoken, and not what follows it.
"""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine.calls.actions import Part
from engine.language.places import places
from engine.language.prompts import GAP
from engine.language.script import Script
from server.speech.cache import DISK_BYTES, MEMORY_BYTES, Disk, Memory, key_of
from server.speech.ports import Voice, VoiceError
from server.speech.recordings import UnplayableError, load
from server.speech.sentences import BREATH_MS, clauses, sentences
from server.speech.sound import silence

log = logging.getLogger(__name__)


class Prompts:
    """Of one server. `beside` gives the same for a script in another folder. Used on the event loop alone."""

    def __init__(
        self,
        voice: Voice | None,
        folder: Path,
        *,
        rate: float = 1.0,
        memory_bytes: int = MEMORY_BYTES,
        disk_bytes: int = DISK_BYTES,
    ) -> None:
        self._voice = voice
        self._rate = rate
        self._disk = Disk(folder, disk_bytes)
        self._memory = Memory(memory_bytes)
        self._coming: dict[str, asyncio.Future[bytes]] = {}
        """What is being read or spoken now, so that two calls do not ask for the same twice."""
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voice")
        self._recordings = Path()
        """The folder of the script."""

    def beside(self, folder: Path) -> Prompts:
        """The same voice and cache; recordings are looked for in `folder`."""
        other = copy.copy(self)
        other._recordings = folder  # noqa: SLF001 its own kind
        return other

    def ready(self, part: Part) -> bytes | None:
        """The samples, where all of them are at hand. Returns at once."""
        if part.audio:
            return self._memory.get(self._recording_key(part))
        found = [self._at_hand(sentence) for sentence in sentences(part.text)]
        if None in found:
            return None
        return silence(BREATH_MS).join(pcm for pcm in found if pcm) + silence(part.pause_ms)

    def _at_hand(self, sentence: str) -> bytes | None:
        whole = self._memory.get(self._key(sentence))
        if whole is not None:
            return whole
        pieces = [self._memory.get(self._key(clause)) for clause in clauses(sentence)]
        return None if None in pieces else b"".join(pcm for pcm in pieces if pcm)

    async def fetch(self, part: Part) -> AsyncIterator[bytes]:
        """The samples as they come, the first sentence first. Raises `VoiceError`."""
        if part.audio:
            yield await self._recording(part)
            return
        if part.pause_ms:
            yield silence(part.pause_ms)
        for number, sentence in enumerate(sentences(part.text)):
            for place, piece in enumerate(self._pieces(sentence)):
                pcm = await self._sentence(piece)
                yield silence(BREATH_MS) + pcm if number and not place else pcm

    def _pieces(self, sentence: str) -> list[str]:
        """The clauses of a sentence of which only some have to be spoken; else the sentence, which sounds better."""
        pieces = clauses(sentence)
        kept = any(self._memory.get(self._key(piece)) is not None for piece in pieces)
        return pieces if kept and self._memory.get(self._key(sentence)) is None else [sentence]

    async def fill(
        self,
        script: Script,
        progress: Callable[[int, int], None] | None = None,
        known: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Speak now whatever is fixed in a script; what was not possible, a line each. `progress` hears how many of
        how many are done; `known` are variables that are the same in every call. A call in the meantime waits for one
        sentence at most.
        """
        fixed = list(dict.fromkeys(_fixed(parts_of(script), known or {})))
        problems: list[str] = []
        for number, part in enumerate(fixed, 1):
            try:
                await (self._recording(part) if part.audio else self._sentence(part.text))
            except VoiceError as error:
                problems.append(str(error))
            if progress:
                progress(number, len(fixed))
        return problems

    def close(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)
        let_go = getattr(self._voice, "close", None)  # of its process, if it has one
        if let_go is not None:
            let_go()

    # --- recordings --------------------------------------------------------------------------------------------------

    def _recording_key(self, part: Part) -> str:
        return f"recording:{self._recordings / part.audio}"

    async def _recording(self, part: Part) -> bytes:
        """Where the recording is lost the words may still be spoken."""
        try:
            return await self._get(self._recording_key(part), lambda: load(self._recordings / part.audio))
        except UnplayableError as error:
            if not (part.text and self._voice):
                raise VoiceError(str(error)) from error
            log.warning("%s: the text is spoken instead", error)
        spoken = [await self._sentence(sentence) for sentence in sentences(part.text)]
        return silence(BREATH_MS).join(spoken)

    # --- sentences ---------------------------------------------------------------------------------------------------

    def _key(self, sentence: str) -> str:
        return key_of(sentence, self._voice.name if self._voice else "", self._rate)

    async def _sentence(self, sentence: str) -> bytes:
        key = self._key(sentence)
        return await self._get(key, lambda: self._kept_or_spoken(key, sentence))

    def _kept_or_spoken(self, key: str, sentence: str) -> bytes:
        """In the worker."""
        if self._voice is None:
            raise VoiceError(f"there is no voice, and no recording of '{sentence}'")
        if kept := self._disk.get(key):
            return kept
        pcm = self._voice.speak(sentence, self._rate)
        self._disk.put(key, pcm, self._voice.name, sentence)
        return pcm

    async def _get(self, key: str, make: Callable[[], bytes]) -> bytes:
        if (held := self._memory.get(key)) is not None:
            return held
        if key not in self._coming:
            self._coming[key] = coming = asyncio.get_running_loop().run_in_executor(self._worker, make)
            coming.add_done_callback(lambda done: self._come(key, done))
        return await asyncio.shield(self._coming[key])

    def _come(self, key: str, done: asyncio.Future[bytes]) -> None:
        self._coming.pop(key, None)
        if not done.cancelled() and done.exception() is None:
            self._memory.put(key, done.result())


def parts_of(script: Script) -> Iterator[Part]:
    """Every part of every prompt of a script, wherever it stands; the beginning of a call first."""
    opening = script.stages[script.start].say
    prompts = (opening, *(place.prompt for place in places(script)))
    return (part for prompt in prompts for wording in prompt for part in wording)


def _fixed(parts: Iterable[Part], known: Mapping[str, str]) -> Iterator[Part]:
    """What does not change from call to call: whole sentences, and the clauses around what does change."""
    for part in parts:
        text = GAP.sub(lambda gap: known.get(gap[1]) or gap[0], part.text)
        if part.audio and text == part.text and not GAP.search(text):
            yield part
            continue
        for sentence in sentences(text):
            pieces = clauses(sentence) if GAP.search(sentence) else [sentence]
            yield from (Part(text=piece) for piece in pieces if not GAP.search(piece))
