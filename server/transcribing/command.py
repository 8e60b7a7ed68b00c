"""`huashu transcribe`: what is asked for, checked before anything is loaded; then the recogniser, then the work.

What cannot be used is told by name and counted, and the rest goes on. Recordings that are done already are passed over;
stopping at any time leaves whole logs only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.content.shape import suggest
from engine.language.load import load_script
from engine.language.script import Script
from server.kept import FOLDER, keep
from server.live.shelf import Sources
from server.output import PROBLEMS, USAGE, error, usable_script
from server.refusal import refusal
from server.settings import Settings, SettingsError, load
from server.speech.detector import EnergyDetector, detectors
from server.speech.models import available
from server.speech.packaged import SPEECH, ModelError
from server.speech.ports import Recogniser
from server.speech.provide import listener
from server.speech.vocabulary import listened_for
from server.transcribing.hearing import Ears
from server.transcribing.job import Job
from server.transcribing.one import How
from server.transcribing.places import PlaceError, find


class UsageError(Exception):
    """Wrong use of the command; the message says what and what to do."""


def transcribe(
    sources: Iterable[str], script: Path | None, variables: Mapping[str, str], *, out: Path, caller: str, rate: int,
    began: str, again: bool, as_json: bool,
) -> int:  # fmt: skip
    try:
        settings = load()
        how = How(_script(script), _given(script, variables), caller, rate, _time(began), ZoneInfo(settings.timezone))
        _check(how)
        places = find(sources)
        if not places:
            raise UsageError(f"no recording in {', '.join(sources)}")
    except (SettingsError, PlaceError, UsageError) as problem:
        error(str(problem))
        return USAGE
    try:
        ears = ears_of(settings, how)
    except ModelError as problem:
        error(str(problem))
        return PROBLEMS
    try:
        if how.script and script:
            keep(out / FOLDER, how.script.sha256, script, sources_of(script))
        return Job(places, how, ears, out, settings.speech_threads, again=again, as_json=as_json).run()
    except OSError as problem:
        error(f"cannot write to '{out}': {refusal(problem)}")
        return PROBLEMS
    finally:
        ears.recogniser.close()


def sources_of(script: Path) -> dict[str, bytes]:
    """The files that a script is made of."""
    reading = Sources()
    load_script(str(script), reading)
    return reading.held


def _script(path: Path | None) -> Script | None:
    script = usable_script(path) if path else None
    if path and script is None:
        raise UsageError(f"the script {path} has problems")
    return script


def _given(script: Path | None, variables: Mapping[str, str]) -> Mapping[str, str]:
    if variables and script is None:
        raise UsageError("--var goes with --script")
    return variables


def _check(how: How) -> None:
    """Does the script know these variables?"""
    known = tuple(how.script.variables) if how.script else ()
    for name in how.given:
        if name not in known:
            near = suggest(name, known) or f"there are: {', '.join(known) or 'none'}"
            raise UsageError(f"--var {name}: the script has no such variable ({near})")


def _time(text: str) -> str:
    if not text:
        return ""
    with suppress(ValueError):
        if (began := datetime.fromisoformat(text.upper())).tzinfo:
            return began.isoformat()
    raise UsageError(f"--started-at {text}: write it as 2026-11-23T10:00:00+08:00")


def ears_of(settings: Settings, how: How) -> Ears:
    """The recogniser and the detector of the settings, loaded. Raises `ModelError`."""
    name = available(settings.data).recogniser if settings.recogniser == "auto" else settings.recogniser
    recogniser: Recogniser | None = listener(name, settings.speech_threads) if name else None
    if recogniser is None:
        raise ModelError(f"there is no recogniser here: {SPEECH}, or HUASHU_RECOGNISER=vosk:FOLDER")
    if how.script:
        recogniser.know(listened_for(how.script))
    return Ears(recogniser, EnergyDetector if settings.detector == "energy" else detectors())
