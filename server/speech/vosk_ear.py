"""Vosk as the recogniser of calls: streaming, with any model folder that the user names.

Each call has a recogniser of its own, 15 MB beside the shared model. Its audio is decoded in a lane, so in order and by
one thread at a time. Where only the expected phrases may be said, a grammar makes a small model as sure as a large one
and twenty times as fast; elsewhere it would turn every other word into one of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vosk import KaldiRecognizer, Model, SetLogLevel

from server.speech.lanes import Lane, Lanes
from server.speech.packaged import ModelError
from server.speech.ports import RATE_HZ, OnReading, Reading

CHUNK_BYTES = RATE_HZ // 10 * 2
"""100 ms: often enough for partial readings, seldom enough for the threads."""
WAITING = 100
"""Chunks of one call not yet decoded; more are dropped and counted."""
ALTERNATIVES = 5
_WORD_CHARS = 12
UNKNOWN = "[unk]"
_HAN_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")


class Vosk:
    """See `ports.Recogniser`."""

    streaming = True

    def __init__(self, folder: Path, *, threads: int = 2, only_expected: bool = False) -> None:
        self.name = f"vosk/{folder.name}"
        self.only_expected = only_expected
        """Let the expected phrases be a limit, not a hint."""
        self.model = _load(folder)
        self.lanes: Lanes[Reading] = Lanes(threads, "vosk")
        self._words: dict[str, tuple[str, ...]] = {}

    def know(self, phrases: Iterable[str]) -> None:
        """A Vosk model knows its own words alone; what is expected is told utterance by utterance."""

    def open(self, on_reading: OnReading) -> VoskEar:
        return VoskEar(self, on_reading)

    @property
    def alive(self) -> bool:
        return self.lanes.alive

    def close(self) -> None:
        self.lanes.close()

    def grammar(self, expected: Iterable[str]) -> str:
        """The phrases that consist of words the model knows, as JSON; empty when there are none."""
        known = [" ".join(words) for phrase in expected if (words := self._in_words(phrase))]
        if known and self._knows(UNKNOWN):
            known.append(UNKNOWN)
        return json.dumps(known, ensure_ascii=False) if known else ""

    def _in_words(self, phrase: str) -> tuple[str, ...]:
        if phrase not in self._words:
            self._words[phrase] = tuple(word for piece in phrase.split() for word in self._segmented(piece))
        words = self._words[phrase]
        return words if "".join(words) == "".join(phrase.split()) else ()

    def _segmented(self, piece: str) -> list[str]:
        """The longest known words from the left; what is unknown is left out."""
        words = []
        while piece:
            sizes = range(min(len(piece), _WORD_CHARS), 0, -1)
            size = next((size for size in sizes if self._knows(piece[:size])), 0)
            words += [piece[:size]] if size else []
            piece = piece[size or 1 :]
        return words

    def _knows(self, word: str) -> bool:
        return bool(self.model.vosk_model_find_word(word) >= 0)


def _load(folder: Path) -> Model:
    if not any((folder / file).is_file() for file in ("am/final.mdl", "final.mdl")):
        raise ModelError(f"no Vosk model in '{folder}': name its folder, or get one with huashu models fetch")
    SetLogLevel(-1)
    try:
        return Model(str(folder))
    except Exception as error:  # its own class is no other
        raise ModelError(f"the Vosk model in '{folder}' is damaged: get it again with huashu models fetch") from error


@dataclass(eq=False)
class Heard:
    """One utterance as it is decoded. `dropped` is set on the loop; the rest belongs to the lane."""

    number: int
    grammar: str
    dropped: bool = False
    pieces: list[list[tuple[str, float]]] = field(default_factory=list)
    """The readings of each stretch between two silences, likeliest first, with their scores."""
    told: str = ""


class VoskEar:
    """See `ports.Ear`."""

    def __init__(self, owner: Vosk, on_reading: OnReading) -> None:
        self.dropped = 0
        """Chunks of audio that nobody had time for."""
        self._owner = owner
        self._tell = on_reading
        self._lane: Lane[Reading] = owner.lanes.open(WAITING * 2)
        self._count = 0
        self._heard: Heard | None = None
        self._chunk = bytearray()
        self._recogniser: KaldiRecognizer | None = None
        """Touched only in the lane."""
        self._grammar = ""

    def begin(self, expected: Sequence[str] = ()) -> None:
        self.drop()
        self._count += 1
        self._heard = Heard(self._count, self._owner.grammar(expected) if self._owner.only_expected else "")
        self._lane.submit(partial(self._prepare, self._heard), _nothing)

    def push(self, pcm: bytes) -> None:
        if self._heard is not None:
            self._chunk += pcm
            if len(self._chunk) >= CHUNK_BYTES:
                self._flush(self._heard)

    def end(self) -> None:
        heard, self._heard = self._heard, None
        if heard is None:
            return
        self._flush(heard)
        if not self._lane.submit(partial(self._finish, heard), partial(self._final, heard)):
            self._lane.soon(self._final, heard, None)

    def drop(self) -> None:
        self._chunk.clear()
        if self._heard is not None:
            self._heard.dropped = True
            self._heard = None

    def close(self) -> None:
        self.drop()
        self._lane.close()

    # --- on the loop -------------------------------------------------------------------------------------------------

    def _flush(self, heard: Heard) -> None:
        pcm = bytes(self._chunk)
        self._chunk.clear()
        if pcm and self._lane.waiting >= WAITING:
            self.dropped += 1
        elif pcm:
            self._lane.submit(partial(self._decode, heard, pcm), partial(self._partial, heard))

    def _partial(self, heard: Heard, reading: Reading | None) -> None:
        if heard is self._heard and reading is not None:
            self._tell(reading)

    def _final(self, heard: Heard, reading: Reading | None) -> None:
        self._tell(reading or Reading("", utterance=heard.number))

    # --- in the lane -------------------------------------------------------------------------------------------------

    def _prepare(self, heard: Heard) -> None:
        """A recogniser for the utterance: the last one, if it listens for the same."""
        if heard.dropped:
            return
        if self._recogniser is not None and heard.grammar == self._grammar:
            self._recogniser.Reset()
            return
        grammar = [heard.grammar] if heard.grammar else []
        self._recogniser = KaldiRecognizer(self._owner.model, RATE_HZ, *grammar)
        self._recogniser.SetMaxAlternatives(ALTERNATIVES)
        self._grammar = heard.grammar

    def _decode(self, heard: Heard, pcm: bytes) -> Reading | None:
        """Only a change is worth telling."""
        if heard.dropped or self._recogniser is None:
            return None
        now = ""
        if self._recogniser.AcceptWaveform(pcm):
            heard.pieces.append(_readings(self._recogniser.Result()))
        else:
            now = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        text = plain(" ".join([*(piece[0][0] for piece in heard.pieces if piece), now]))
        if text == heard.told:
            return None
        heard.told = text
        return Reading(text, final=False, utterance=heard.number)

    def _finish(self, heard: Heard) -> Reading:
        if self._recogniser is not None:
            heard.pieces.append(_readings(self._recogniser.FinalResult()))
        return reading(heard)


def _nothing(_: object) -> None:
    """Nobody waits for that."""


def _readings(result: str) -> list[tuple[str, float]]:
    found = json.loads(result).get("alternatives", [])
    return [(str(each.get("text", "")), float(each.get("confidence", 0))) for each in found]


def plain(text: str) -> str:
    """As people write: no blanks between Chinese characters, no marks for unknown words."""
    return _HAN_GAP.sub("", " ".join(text.replace(UNKNOWN, " ").split()))


def reading(heard: Heard) -> Reading:
    """The likeliest of each piece, joined; the alternatives are those of the last piece that has words."""
    pieces = [piece for piece in heard.pieces if piece and plain(piece[0][0])]
    if not pieces:
        return Reading("", utterance=heard.number)
    before = [piece[0][0] for piece in pieces[:-1]]
    texts = [plain(" ".join([*before, text])) for text, _ in pieces[-1]]
    shares = [math.exp(score - pieces[-1][0][1]) for _, score in pieces[-1]]
    whole = sum(shares)
    told: dict[str, float] = {}
    for text, share in zip(texts, shares, strict=True):
        told[text] = told.get(text, 0.0) + share / whole
    (best, confidence), *others = told.items()
    alternatives = tuple((text, round(share, 3)) for text, share in others if text)
    return Reading(best, round(min(1.0, confidence), 3), alternatives=alternatives, utterance=heard.number)
