"""`huashu call`: place test calls and tell what happens in them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from server.audio.recording import Recording, RecordingError
from server.calling.caller import Caller
from server.calling.lines import UnreachableError, with_advice
from server.calling.notes import Note, note_json, note_line
from server.calling.report import Summary, load_json, load_lines, summarise, summary_json, summary_lines
from server.calling.running import Dial, call_name, place
from server.calling.scenario import PlayWav, Say, Scenario, Step, load_scenario
from server.calling.sounds import SoundError, sounds, unspoken
from server.calling.turning import TurnCaller
from server.content import Files
from server.gateways.far.table import FAR_ENDS
from server.gateways.platforms import PLATFORMS
from server.gateways.table import at
from server.output import OK, PROBLEMS, USAGE, error, line, report
from server.speech.packaged import KOKORO, ModelError
from server.speech.plain_voice import PlainVoice
from server.speech.ports import Voice, VoiceError
from server.speech.provide import speaker


@dataclass(frozen=True, slots=True)
class Wish:
    """The command as it was given."""

    words: tuple[str, ...]
    """What stands outside of options: the address, and texts or files that follow an option's first one."""
    gateway: str | None = None
    says: tuple[str, ...] = ()
    wavs: tuple[Path, ...] = ()
    scenario: Path | None = None
    token: str = ""
    script: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    voice: str = "auto"
    record: Path | None = None
    most_seconds: float = 600
    calls: int = 1
    stagger_ms: int = 100
    as_text: bool = False
    as_json: bool = False


ADDRESSES = ("ws://", "wss://", "http://", "https://")
BY_HTTP = frozenset({*PLATFORMS, "audiosocket"})
"""Called at an http address; AudioSocket buys its ticket there."""
CALLER = "kokoro/zm_yunyang"
"""Who speaks when nobody else is asked for: not the voice in which the bot speaks by default."""


class UsageError(Exception):
    """The command cannot mean anything; the message says why."""


def call(words: tuple[str, ...], **options: Any) -> int:
    wish = Wish(words, **options)
    try:
        dial, steps = _dial(wish), _steps(wish)
    except UsageError as mistake:
        error(str(mistake))
        return USAGE
    scenario, problems = load_scenario(str(wish.scenario), Files()) if wish.scenario else (Scenario(steps=steps), [])
    if scenario is None:
        return report(problems)
    try:
        spoken = _sounds(wish, dial, scenario.steps)
        if wish.calls > 1:
            return asyncio.run(_many(wish, dial, scenario, spoken))
        return asyncio.run(_one(wish, dial, scenario, spoken))
    except (SoundError, RecordingError, UnreachableError) as trouble:
        error(str(trouble))
        return PROBLEMS


# --- what was asked for ----------------------------------------------------------------------------------------------


def _dial(wish: Wish) -> Dial:
    urls = [word for word in wish.words if word.startswith(ADDRESSES)]
    if len(urls) != 1:
        found = f"{len(urls)} are given" if urls else f"not '{wish.words[-1]}'"
        raise UsageError(f"call where? One address such as {_example(wish.gateway)} is needed, {found}")
    scheme, path = _scheme_and_path(urls[0])
    gateway = wish.gateway or _gateway_at(path)
    if _example(gateway).partition(":")[0] not in (scheme, scheme.removesuffix("s")):
        raise UsageError(f"{gateway} is called at an address such as {_example(gateway)}")
    if gateway in PLATFORMS and (wish.wavs or wish.record):
        raise UsageError(f"{gateway} carries words and no sound: --wav and --record do not go with it")
    if wish.as_text and gateway != "huashu" and gateway not in PLATFORMS:
        raise UsageError(f"--text goes with --gateway huashu, {gateway} carries no words")
    if wish.record and wish.calls > 1:
        raise UsageError("--record goes with one call, not with --calls")
    params = {"script": wish.script, "token": wish.token or own_token(urls[0]), **wish.variables}
    brought = {name: value for name, value in params.items() if value}
    return Dial(urls[0], gateway, brought, round(wish.most_seconds * 1000))


def _scheme_and_path(url: str) -> tuple[str, str]:
    """Of an address that is one: what is wrong is told without it, since it may have a password in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as problem:
        why = f"{str(problem)[:1].lower()}{str(problem)[1:]}"
        raise UsageError(f"the address is none: {why} (write it as {_example(None)})") from None
    return parts.scheme, parts.path


def _gateway_at(path: str) -> str:
    """The gateway to which this path belongs."""
    told, asked = at(path), path.strip("/").partition("/")[0]
    return told[0].name if told else asked if asked in BY_HTTP else "twilio"


def _example(gateway: str | None) -> str:
    return f"{'http' if gateway in BY_HTTP else 'ws'}://127.0.0.1:8787/{gateway or 'twilio'}"


def own_token(url: str) -> str:
    """The token that a server here has made for itself, for calls that do not leave this machine."""
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return ""
    with suppress(OSError):
        return (Path(os.environ.get("HUASHU_DATA", "huashu-data")) / "token").read_text(encoding="utf-8").strip()
    return ""


def _steps(wish: Wish) -> tuple[Step, ...]:
    more = [word for word in wish.words if not word.startswith(ADDRESSES)]
    if sum(map(bool, (wish.says, wish.wavs, wish.scenario))) > 1:
        raise UsageError("--say, --wav and --scenario exclude each other: put words and recordings into a scenario")
    if more and not (wish.says or wish.wavs):
        raise UsageError(f"what is '{more[0]}'? Words go with --say, recordings with --wav")
    if wish.wavs:
        return tuple(PlayWav(str(path)) for path in (*wish.wavs, *more))
    return tuple(Say(words) for words in (*wish.says, *more) if wish.says)


def _sounds(wish: Wish, dial: Dial, steps: tuple[Step, ...]) -> Mapping[Step, bytes]:
    if wish.as_text or dial.gateway in PLATFORMS:
        return unspoken(steps)
    with ExitStack() as afterwards:
        return sounds(steps, cache(partial(_voice, wish.voice, afterwards)))


def _voice(name: str, afterwards: ExitStack) -> Voice:
    """The voice that is asked for; by default the best one here, and another person than the bot usually is."""
    if name == "auto":
        name = "plain" if KOKORO.missing() else CALLER
    if sys.stderr.isatty():
        click.echo("making the caller's voice …", err=True)
    try:
        voice = speaker(name)
    except (ModelError, VoiceError) as problem:
        raise SoundError(f"words need a voice, recordings (--wav) do not: {problem}") from None
    if voice is None:
        raise SoundError(f"no voice '{name}': there are auto, kokoro, kokoro/NAME and plain")
    if isinstance(voice, PlainVoice):
        afterwards.callback(voice.close)
    return voice


# --- calls -----------------------------------------------------------------------------------------------------------


async def _place(
    wish: Wish,
    dial: Dial,
    scenario: Scenario,
    spoken: Mapping[Step, bytes],
    notes: list[Note],
    *,
    recording: Recording | None = None,
    quiet: bool = False,
) -> Sequence[float]:
    """One call, as sound or a turn at a time. Returns how late each frame was."""

    def tell(note: Note) -> None:
        notes.append(note)
        if not quiet:
            _print(note, as_json=wish.as_json)

    if dial.gateway in PLATFORMS:
        turns = TurnCaller(dial.gateway, dial.url, dial.params, scenario, tell, dial.most_ms)
        await turns.carry(call_name(), follow=not quiet)
        return ()
    caller = Caller(FAR_ENDS[dial.gateway](), scenario, spoken, tell, as_text=wish.as_text)
    return await place(dial, caller, recording, follow=not quiet)


def _print(note: Note, *, as_json: bool) -> None:
    if as_json:
        line(note_json(note))
    elif told := note_line(note):
        click.echo(told)
    sys.stdout.flush()


async def _one(wish: Wish, dial: Dial, scenario: Scenario, spoken: Mapping[Step, bytes]) -> int:
    notes: list[Note] = []
    if wish.record:
        with suppress(OSError):  # why it cannot be written will be told by the recording
            wish.record.unlink()
    recording = Recording(wish.record, producer="huashu call") if wish.record else None
    try:
        late_ms = await _place(wish, dial, scenario, spoken, notes, recording=recording)
    finally:
        if recording:
            recording.close()
    summary = summarise(notes, late_ms)
    if wish.as_json:
        line(summary_json(summary))
    else:
        click.echo("\n".join(["", *summary_lines(summary)]))
    if not summary.ended.in_order:
        error(with_advice(f"the call did not end in order: {summary.ended.text}"))
    return OK if summary.ended.in_order else PROBLEMS


async def _many(wish: Wish, dial: Dial, scenario: Scenario, spoken: Mapping[Step, bytes]) -> int:
    """Calls side by side, each with losses of its own; what they have in common is told in the end."""

    async def one(number: int) -> Summary | str:
        await asyncio.sleep(number * wish.stagger_ms / 1000)
        notes: list[Note] = []
        line_ = replace(scenario.line, seed=scenario.line.seed + number)
        try:
            late_ms = await _place(wish, dial, replace(scenario, line=line_), spoken, notes, quiet=True)
            return summarise(notes, late_ms)
        except UnreachableError as trouble:
            return str(trouble)

    done: Sequence[Summary | str] = await asyncio.gather(*(one(number) for number in range(wish.calls)))
    told = load_json(
        [each for each in done if isinstance(each, Summary)], [each for each in done if isinstance(each, str)]
    )
    if wish.as_json:
        line(told)
    else:
        click.echo("\n".join(load_lines(told)))
    return OK if told["in_order"] == wish.calls else PROBLEMS
