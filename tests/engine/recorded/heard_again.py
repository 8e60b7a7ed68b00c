"""What a recording of a logged call holds: who said what, from when to when, as a perfect recogniser hears it."""

from __future__ import annotations

from collections.abc import Callable

from engine.calls.actions import Play
from engine.calls.events import Answered, Heard, HungUp, NotHeard, PlaybackFinished, SpeechStarted, SpeechStopped
from engine.calls.log import Log
from engine.language.pace import speech_ms
from engine.recorded.utterance import Speaker, Utterance

DELAY_MS = 250
"""From the order to the first sound of a prompt."""


def heard_again(
    log: Log, garble: Callable[[str], str] = lambda text: text, *, mono: bool = False
) -> tuple[list[Utterance], int]:
    """The utterances since the answer, and when the call ended; `garble` is what the recogniser makes of a text."""
    answer = next((entry.event.at_ms for entry in log.entries if isinstance(entry.event, Answered)), None)
    assert answer is not None, "nobody answered"
    said: list[Utterance] = []
    playing: dict[int, tuple[int, str]] = {}
    voice = (0, 0)
    ends = log.entries[-1].event.at_ms - answer
    who: Callable[[Speaker], Speaker] = (lambda _: "unknown") if mono else lambda speaker: speaker
    for entry in log.entries:
        event, at_ms = entry.event, entry.event.at_ms - answer
        if isinstance(event, SpeechStarted):
            voice = (at_ms, at_ms)
        elif isinstance(event, SpeechStopped):
            voice = (max(0, at_ms - event.speech_ms), at_ms)
        elif isinstance(event, Heard | NotHeard) and (not isinstance(event, Heard) or event.final) and at_ms >= 0:
            text = event.text if isinstance(event, Heard) else ""
            start = min(voice[0] if voice[1] >= at_ms - 1000 else at_ms - 400, at_ms - 100)
            sure, others = (event.confidence, event.alternatives) if isinstance(event, Heard) else (None, ())
            said.append(Utterance(max(0, start), at_ms, text, who("caller"), sure, others))
        elif isinstance(event, HungUp):
            ends = at_ms
        stopped = [event.ref] if isinstance(event, PlaybackFinished) else []
        for ref in (*playing,) if isinstance(event, HungUp) else stopped:
            if ref not in playing:
                continue
            began, text = playing.pop(ref)
            whole = isinstance(event, PlaybackFinished) and event.completed
            share = 1.0 if whole else min(1.0, (at_ms - began) / max(1, speech_ms(text)))
            spoken = text[: round(share * len(text))]
            if spoken and at_ms > began:
                said.append(Utterance(min(began, at_ms - 60), at_ms, garble(spoken), who("bot"), 0.9))
        for action in entry.actions:
            if isinstance(action, Play):
                playing[action.ref] = (at_ms + (0 if isinstance(event, PlaybackFinished) else DELAY_MS), action.text)
    return sorted(said, key=lambda each: each.start_ms), ends
