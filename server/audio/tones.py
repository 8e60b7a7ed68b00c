"""Which tones are on the line: ring-back, busy, congestion, dial tone, fax, a mailbox's beep, special information.

A tone is one frequency alone, held steadily. So each 20 ms are looked at for one peak that nothing else comes near;
keys (two frequencies at once) and voices (many) have none. What remains is rhythm: how long the tone was on, and how
quiet it was in between. China's signals are all of 450 Hz and differ in rhythm only (GB/T 3380), fax machines are told
by ITU-T T.30, special information tones by ITU-T E.180.

Frames are looked at five at a time, which numpy does for little more than the price of one. Of an x86-64 core with
numpy 2.4 a second of speech takes 0.4 ms, of ring-back tone 0.15, of silence 0.03.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calls.events import ToneKind
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ

BATCH = 5
"""Frames looked at together: a tone is told up to 100 ms later for it."""
FAINTEST = 10 ** (-50 / 10)
"""Power of a tone, of full scale, that is worth hearing: -50 dB."""
ALONE = 10 ** (-11 / 10)
"""Nothing else may be stronger than this part of the peak. Of a key's two tones the weaker has a sixth at least."""
SAME_HZ = 15
OFF_HZ = 32
"""A tone may be 25 Hz beside what the book says, and be measured a little beside what it is."""
TURNING_HZ = 120
"""Where the phase of a tone turns, as that of some answering faxes does, one frame seems to be of another tone."""
BRIDGED_MS = 40
"""Lost in the middle of a tone."""
SHORTEST_MS, SOUNDING_MS = 60, 100
"""What is steady for less is a voice or a noise; for the longer of the two there is a tone, whatever follows."""
QUIET = 10 ** (-5 / 10)
"""A pause has at most this part of the tone's power: with noise 10 dB below it, a tenth."""
TOLERANCE = 0.2
"""By how much a tone or pause may be longer or shorter than the book says."""
AGAIN_MS = 10_000
"""The same tone is told again when it has been away for so long."""

RING_MS, RING_PAUSE_MS = 1000, 1000
"""450 Hz for one second, and of the four seconds of silence the first."""
DIAL_MS = 2500
"""450 Hz for longer than any other signal has it."""
ANSWERING_FAX_MS = 1000
"""Of 2100 Hz, which lasts about three seconds (CED); a calling machine's 1100 Hz has a rhythm (CNG)."""
BEEP_HZ = (600, 1500)
BEEP_MS = (160, 1200)
BEEP_PAUSE_MS = 600
"""A mailbox falls silent after its beep and waits."""
INFORMATION_HZ = (950, 1400, 1800)
INFORMATION_MS = (200, 450)

Samples = NDArray[np.float32]

_WINDOW = np.hanning(RATE_HZ * FRAME_MS // 1000 + 1)[:-1].astype(np.float32)
_SCALE = np.float32(1 / 32768)
_QUANTUM = 1 / 32768**2
"""Power of the smallest sample, of full scale."""
_BIN_HZ = 1000 // FRAME_MS
_FIRST, _LAST = 200 // _BIN_HZ, 3500 // _BIN_HZ
"""The band of a telephone line; below it hum, above it nothing."""
_BINS = np.arange(_LAST - _FIRST)


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone that comes and goes."""

    kind: ToneKind
    hz: int
    on_ms: int
    off_ms: int
    times: int
    """How often it must have been on. The first time may be clipped."""


CADENCES = (
    Cadence("busy", 450, 350, 350, 3),
    Cadence("congestion", 450, 700, 700, 2),
    Cadence("fax", 1100, 500, 3000, 2),
)


@dataclass(slots=True)
class _Beat:
    """A tone that was on, and the pause after it."""

    hz: float
    power: float
    on_ms: int = FRAME_MS
    off_ms: int = 0
    off_power: float = 0.0
    """Sum over the frames of the pause."""
    behind_ms: int = AGAIN_MS
    """The pause before it."""

    @property
    def quiet(self) -> bool:
        return self.off_power * FRAME_MS <= QUIET * self.power * self.off_ms

    def goes_on(self, hz: float, power: float) -> None:
        """What was missed in between was not a pause."""
        self.on_ms += self.off_ms + FRAME_MS
        self.off_ms, self.off_power = 0, 0.0
        self.hz += 0.2 * (hz - self.hz)
        self.power += 0.2 * (power - self.power)

    def pauses(self, power: float, ms: int = FRAME_MS) -> None:
        self.off_ms += ms
        self.off_power += power


class Tones:
    """One call's. Give it every frame in order."""

    def __init__(self) -> None:
        self._waiting = b""
        self._beats: deque[_Beat] = deque(maxlen=4)
        self._now_ms = 0
        self._told: dict[ToneKind, int] = {}
        """When each was heard last."""

    def reset(self) -> None:
        """Another part of the call begins, in which the same tone is news again."""
        self._told.clear()

    @property
    def sounding(self) -> bool:
        """There is a tone just now, whichever it may turn out to be."""
        return bool(self._beats) and not self._beats[-1].off_ms and self._beats[-1].on_ms >= SOUNDING_MS

    def hear(self, frames: bytes) -> tuple[ToneKind, ...]:
        """What has become certain with these frames of 20 ms."""
        self._waiting += frames
        if len(self._waiting) < BATCH * FRAME_BYTES:
            return ()
        whole = len(self._waiting) - len(self._waiting) % FRAME_BYTES
        sound = np.frombuffer(self._waiting[:whole], "<i2").astype(np.float32)
        self._waiting = self._waiting[whole:]
        if self._rests(float(sound @ sound) * _QUANTUM / len(_WINDOW), whole // FRAME_BYTES * FRAME_MS):
            return ()
        heard = [self._frame(hz, power) for hz, power in _look(sound.reshape(-1, len(_WINDOW)) * _SCALE)]
        return tuple(kind for kind in heard if kind and self._news(kind))

    def _rests(self, power: float, ms: int) -> bool:
        """Most of a call: no frame can be loud enough for a tone, and nothing is told by a pause that has become so
        long. `power` is the sum over the frames.
        """
        beat = self._beats[-1] if self._beats else None
        if power >= FAINTEST or (beat and beat.off_ms <= RING_PAUSE_MS):
            return False
        self._now_ms += ms
        if beat:
            beat.pauses(power, ms)
        return True

    def _news(self, kind: ToneKind) -> bool:
        last_ms, self._told[kind] = self._told.get(kind, -AGAIN_MS), self._now_ms
        return self._now_ms - last_ms >= AGAIN_MS

    def _frame(self, hz: float, power: float) -> ToneKind | None:
        """20 ms: of one tone, or of none (0 Hz)."""
        self._now_ms += FRAME_MS
        beat = self._beats[-1] if self._beats else None
        if beat and beat.off_ms < BRIDGED_MS and SAME_HZ < abs(hz - beat.hz) < TURNING_HZ:
            hz = 0.0
        if beat is None or (hz and not (beat.off_ms <= BRIDGED_MS and abs(hz - beat.hz) <= SAME_HZ)):
            if hz:
                self._beats.append(_Beat(hz, power, behind_ms=beat.off_ms if beat else AGAIN_MS))
            return None
        if hz:
            beat.goes_on(hz, power)
            return held(self._beats)
        beat.pauses(power)
        if beat.off_ms == BRIDGED_MS + FRAME_MS and beat.on_ms < SHORTEST_MS:
            self._forget(beat)
            return None
        return ended(self._beats)

    def _forget(self, beat: _Beat) -> None:
        """It was no tone: part of the pause before it."""
        self._beats.pop()
        if self._beats:
            self._beats[-1].pauses(beat.off_power + beat.power * beat.on_ms / FRAME_MS, beat.on_ms + beat.off_ms)


def held(beats: Sequence[_Beat]) -> ToneKind | None:
    """A tone that is told while it lasts."""
    beat = beats[-1]
    if beat.on_ms >= DIAL_MS and near(beat.hz, 450):
        return "dial"
    if beat.on_ms >= ANSWERING_FAX_MS and near(beat.hz, 2100):
        return "fax"
    if beat.on_ms >= INFORMATION_MS[0] and near(beat.hz, INFORMATION_HZ[-1]) and _is_information(list(beats)[-3:]):
        return "sit"
    return None


def _is_information(three: list[_Beat]) -> bool:
    """Three tones one above the other, without a pause."""
    return len(three) == len(INFORMATION_HZ) and all(
        near(beat.hz, hz) and beat.on_ms <= INFORMATION_MS[1] and (place == 0 or beat.behind_ms <= 2 * BRIDGED_MS)
        for place, (beat, hz) in enumerate(zip(three, INFORMATION_HZ, strict=True))
    )


def ended(beats: Sequence[_Beat]) -> ToneKind | None:
    """A tone that is told by when it ends, and by what follows."""
    beat = beats[-1]
    if beat.off_ms == BRIDGED_MS + FRAME_MS:
        return next((cadence.kind for cadence in CADENCES if _beats_so(list(beats)[-cadence.times :], cadence)), None)
    if beat.off_ms == RING_PAUSE_MS and near(beat.hz, 450) and about(beat.on_ms, RING_MS) and beat.quiet:
        return "ringback"
    if beat.off_ms == BEEP_PAUSE_MS and beat.quiet and _is_beep(beat):
        return "beep"
    return None


def _is_beep(beat: _Beat) -> bool:
    """One tone by itself, not a fax's, and not one of a melody."""
    alone = beat.behind_ms >= RING_PAUSE_MS
    between = BEEP_HZ[0] <= beat.hz <= BEEP_HZ[1] and BEEP_MS[0] <= beat.on_ms <= BEEP_MS[1]
    return alone and between and not near(beat.hz, 1100)


def _beats_so(beats: list[_Beat], cadence: Cadence) -> bool:
    if len(beats) < cadence.times or not all(near(beat.hz, cadence.hz) for beat in beats):
        return False
    clipped, *whole = beats
    return (
        clipped.on_ms <= cadence.on_ms * (1 + TOLERANCE)
        and all(about(beat.on_ms, cadence.on_ms) for beat in whole)
        and all(about(beat.off_ms, cadence.off_ms) and beat.quiet for beat in beats[:-1])
    )


def near(hz: float, wanted_hz: int) -> bool:
    return abs(hz - wanted_hz) <= OFF_HZ


def about(ms: int, wanted_ms: int) -> bool:
    return abs(ms - wanted_ms) <= TOLERANCE * wanted_ms


def _look(sound: Samples) -> Iterable[tuple[float, float]]:
    """Frequency and power of the one tone in each frame; 0 Hz and the power of the frame where there is none."""
    power = np.einsum("ij,ij->i", sound, sound) / sound.shape[1]
    if power.max() < FAINTEST:  # spectra are dear
        return [(0.0, each) for each in power.tolist()]
    spectrum = np.abs(np.fft.rfft(sound * _WINDOW, axis=1)[:, _FIRST:_LAST])
    rows = np.arange(len(sound))
    peak = np.clip(spectrum.argmax(axis=1), 2, spectrum.shape[1] - 3)
    height = spectrum[rows, peak]
    lower, upper = spectrum[rows, peak - 1], spectrum[rows, peak + 1]
    beside = np.maximum(lower, upper)
    rest = np.where(np.abs(_BINS - peak[:, None]) > 2, spectrum, 0).max(axis=1)
    alone = (rest**2 <= ALONE * height**2) & (power >= FAINTEST)
    # Where the peak lies between two bins, by the shape of the window (Hann).
    ratio = beside / np.maximum(height, 1e-9)
    hz = (peak + _FIRST + np.where(upper > lower, 1, -1) * (2 * ratio - 1) / (1 + ratio)) * _BIN_HZ
    return zip(np.where(alone, hz, 0.0).tolist(), power.tolist(), strict=True)
