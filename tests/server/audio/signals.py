"""Signals of a telephone line as tests make them: tones with their rhythm, keys, melodies; then the line's damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from server.audio.g711 import from_pcm, to_pcm
from server.speech.ports import RATE_HZ
from tests.server.speech.scenes import pink

Wave = np.ndarray


def sine(hz: float, ms: float, phase: float = 0.0) -> Wave:
    return np.sin(2 * np.pi * hz * np.arange(int(RATE_HZ * ms / 1000)) / RATE_HZ + phase)


def rest(ms: float) -> Wave:
    return np.zeros(int(RATE_HZ * ms / 1000))


def rhythm(hz: float, on_ms: float, off_ms: float, total_ms: float) -> Wave:
    beat = np.concatenate([sine(hz, on_ms), rest(off_ms)])
    times = int(total_ms / (on_ms + off_ms)) + 1
    return np.tile(beat, times)[: int(RATE_HZ * total_ms / 1000)]


def information(shift_hz: float = 0.0) -> Wave:
    return np.concatenate([*(sine(hz + shift_hz, 330) for hz in (950, 1400, 1800)), rest(1000)])


def ansam() -> Wave:
    """A modem-like answer tone: 2100 Hz whose phase turns every 450 ms (ITU-T V.25)."""
    pieces = [sine(2100, 450, np.pi * (turn % 2)) for turn in range(7)]
    return np.concatenate([*pieces, rest(500)])


def keys(digits: str, on_ms: float = 120, off_ms: float = 120, twist_db: float = 0.0) -> Wave:
    """DTMF with one group stronger than the other."""
    rows, columns, names = (697, 770, 852, 941), (1209, 1336, 1477, 1633), "123A456B789C*0#D"
    pieces = []
    for digit in digits:
        place = names.index(digit)
        low, high = sine(rows[place // 4], on_ms), sine(columns[place % 4], on_ms)
        pieces += [low * 10 ** (-twist_db / 20) + high, rest(off_ms)]
    return np.concatenate(pieces)


def note(hz: float, ms: float, random: np.random.Generator) -> Wave:
    """As a string or pipe sounds: harmonics, an attack and a decay, perhaps some vibrato."""
    at = np.arange(int(RATE_HZ * ms / 1000)) / RATE_HZ
    vibrato = random.uniform(0, 0.006) * np.sin(2 * np.pi * random.uniform(4, 6) * at)
    angle = 2 * np.pi * hz * (at + vibrato / 5)
    strengths = [(0.7**n) * random.uniform(0.4, 1.0) for n in range(8)]
    sound = sum(strength * np.sin((n + 1) * angle) for n, strength in enumerate(strengths) if hz * (n + 1) < 3800)
    return sound * np.minimum(1, at / 0.015) * np.exp(-at * random.uniform(0.3, 2.0))


def melody(seconds: float, seed: int) -> Wave:
    """Chords and a tune above them, with a drum on the beat."""
    random = np.random.default_rng(seed)
    beat_ms = random.uniform(280, 600)
    scale = 220 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12) * 2 ** (random.integers(0, 12) / 12)
    bars = []
    while sum(map(len, bars)) < seconds * RATE_HZ:
        root = random.integers(0, 4)
        chord = sum(note(scale[(root + step) % 8] / 2, beat_ms * 4, random) for step in (0, 2, 4))
        tune = np.concatenate([note(random.choice(scale), beat_ms, random) for _ in range(4)])
        drum = np.zeros(len(tune))
        hit = random.standard_normal(400) * np.exp(-np.arange(400) / 80)
        for place in range(4):
            start = int(place * beat_ms * 8)
            drum[start : start + 400] += hit[: len(drum) - start]
        length = min(len(chord), len(tune))
        bars.append(0.5 * chord[:length] + tune[:length] + random.uniform(0, 0.6) * drum[:length])
    return np.concatenate(bars)[: int(seconds * RATE_HZ)]


@dataclass(frozen=True)
class Damage:
    """What a line does to a sound."""

    level_db: float = -20.0
    """Of its loudest part, below full scale."""
    snr_db: float | None = None
    colour: str = "white"
    law: str = ""
    clipped_ms: float = 0.0
    """Cut off at its beginning."""
    before_ms: float = 0.0
    seed: int = 0


def over_the_line(wave: Wave, damage: Damage) -> bytes:
    wave = np.concatenate([rest(damage.before_ms), wave[int(damage.clipped_ms * 8) :], rest(200)])
    wave = wave / np.abs(wave).max() * 10 ** (damage.level_db / 20)
    if damage.snr_db is not None:
        frames = wave[: len(wave) // 160 * 160].reshape(-1, 160)
        loud = np.sqrt((frames**2).mean(axis=1)).max()
        white = np.random.default_rng(damage.seed).standard_normal(len(wave))
        noise = white if damage.colour == "white" else pink(len(wave), damage.seed)
        wave = wave + noise * loud / 10 ** (damage.snr_db / 20)
    pcm = np.clip(wave * 32767, -32768, 32767).astype("<i2").tobytes()
    if damage.law:
        pcm = to_pcm(from_pcm(pcm, damage.law), damage.law)
    return pcm[: len(pcm) // 320 * 320]


def damage(random: np.random.Generator, most_clipped_ms: float = 0.0) -> Damage:
    """Some line, from good to bad."""
    level_db = random.uniform(-38, -5)
    return Damage(
        level_db=level_db,
        snr_db=random.choice([None, 30.0, 20.0, 15.0, 10.0]),
        colour=str(random.choice(["white", "pink"])),
        law=str(random.choice(["", "ulaw", "alaw"])),
        clipped_ms=float(random.uniform(0, most_clipped_ms)),
        before_ms=random.choice([0.0, random.uniform(0, 1500)]),
        seed=int(random.integers(1 << 30)),
    )


Make = Callable[[np.random.Generator], Wave]


def _hz(random: np.random.Generator, hz: float, off_hz: float = 25) -> float:
    return hz + random.uniform(-off_hz, off_hz)


def _about(random: np.random.Generator, ms: float, part: float = 0.08) -> float:
    return ms * random.uniform(1 - part, 1 + part)


SIGNALS: dict[str, tuple[Make, float]] = {
    "ringback": (lambda r: rhythm(_hz(r, 450), _about(r, 1000), _about(r, 4000), 11_500), 900),
    "busy": (lambda r: rhythm(_hz(r, 450), _about(r, 350), _about(r, 350), 4_000), 300),
    "congestion": (lambda r: rhythm(_hz(r, 450), _about(r, 700), _about(r, 700), 6_000), 600),
    "dial": (lambda r: sine(_hz(r, 450), 4_000), 600),
    "fax": (lambda r: rhythm(_hz(r, 1100), _about(r, 500), _about(r, 3000), 9_500), 400),
    "fax answering": (lambda r: np.concatenate([sine(_hz(r, 2100, 15), _about(r, 3000, 0.2)), rest(300)]), 600),
    "fax turning": (lambda _: ansam(), 300),
    "beep": (lambda r: np.concatenate([sine(_hz(r, 1000), r.uniform(200, 900)), rest(1200)]), 0),
    "sit": (lambda r: information(r.uniform(-20, 20)), 0),
}
"""How to make each kind, and how much of its beginning may be missing."""
