"""Music of our own for callers on hold: four broken chords, plucked, over and over. Nobody has to license it.

Made when it is first needed. Soft, and without anything above 1.4 kHz, so that it comes well through a telephone line.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from server.speech.ports import RATE_HZ

CHORDS_HZ = (
    (261.6, 329.6, 392.0, 523.3),
    (220.0, 261.6, 329.6, 440.0),
    (174.6, 220.0, 261.6, 349.2),
    (196.0, 246.9, 293.7, 392.0),
)
"""C, A minor, F, G."""
ORDER = (0, 1, 2, 3, 2, 1)
"""In which the notes of a chord are plucked."""
NOTE_MS = 400
LOUDNESS = 0.1
"""Of full scale: below the bot's voice."""
DECAY_MS = 700
PARTIALS = ((1, 1.0), (2, 0.35), (3, 0.12))
"""Of a note: multiples of its frequency, and how strong."""


@cache
def melody() -> bytes:
    """Once through it, some ten seconds; its end leads to its beginning."""
    notes = [chord[place] for chord in CHORDS_HZ for place in ORDER]
    step = NOTE_MS * RATE_HZ // 1000
    long = 4 * DECAY_MS * RATE_HZ // 1000
    time_s = np.arange(long) / RATE_HZ
    fades = np.exp(-time_s * 1000 / DECAY_MS) * np.minimum(1, time_s * 1000 / 8)
    whole = np.zeros(step * len(notes))
    for number, hz in enumerate(notes):
        note = fades * sum(strength * np.sin(2 * np.pi * hz * times * time_s) for times, strength in PARTIALS)
        np.add.at(whole, (number * step + np.arange(long)) % len(whole), note)  # what rings on at the end begins it
    samples = whole / np.abs(whole).max() * LOUDNESS * 32767
    return bytes(samples.astype("<i2").tobytes())
