"""Words that go as text: what a gateway that recognises speech itself tells while the caller speaks, and in the end."""

from __future__ import annotations

PARTIAL_FRAMES = 15
"""From one beginning of an utterance to a longer one, as streaming recognisers give them."""


class Dictation:
    """One utterance of so many frames."""

    def __init__(self, words: str, frames: int) -> None:
        self._words, self._frames = words, frames

    def told(self, left: int) -> tuple[str, bool] | None:
        """What is recognised when so many frames are left, and whether it is final; None for nothing new."""
        if left == 0:
            return self._words, True
        spoken = self._frames - left
        if spoken % PARTIAL_FRAMES or not spoken:
            return None
        return self._words[: max(1, len(self._words) * spoken // self._frames)], False
