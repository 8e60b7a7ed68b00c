"""Telephone audio: companding, resampling, framing, pacing, recording. Inside it is 16-bit mono at 8 kHz."""
