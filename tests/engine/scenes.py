"""Small scripts as text, and calls through them that read like transcripts.

    talk(script, '''
        << 周末有空吗？
        >> 好的
        << 那给您留一张请柬。
        ** tag 请柬
        || bot: goodbye
    ''')

`>>` is the caller, `<<` the bot, `**` what is done beyond talking, `--` a prompt that was stopped, `~~` hold, `||` the end. The
caller's lines are played; then the whole transcript is compared with what happened. A caller may be `(silent)`, press
`[12#]`, cut in (`>> 不用了 @800`, milliseconds into the prompt), be hard to understand (`>> 行 ?40`, percent), hang up
`(hangup)`, and a transfer may come to `(transfer ok)` or `(transfer failed)`, a hold to `(hold failed)`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from textwrap import dedent
from typing import Any

from engine.calls.actions import FOLLOW_UPS, Action, HangUp, Hold, Play, StartTimer, StopPlayback, Unhold
from engine.calls.events import (
    Event,
    Heard,
    HoldEnded,
    HoldFailed,
    HungUp,
    PlaybackFinished,
    Pressed,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import to_json
from engine.content.source import Problem
from engine.dialogue.step import begin, step
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial import caller
from engine.trial.caller import DEFAULT_NOW, Call, Dtmf, Hangup, Say, Silence, Step, TransferOk
from engine.trial.simulate import Line

GRAMMAR = """
grammar: small
intents:
  affirm: {group: answers, phrases: [好的, 可以, 行]}
  confirm: {group: answers, phrases: [是的]}
  neutral: {group: answers, phrases: [嗯, 哦]}
  hesitate: {group: answers, phrases: [再看看, 考虑一下]}
  deny: {group: answers, phrases: [没有]}
  refuse: {group: answers, phrases: [不用了, 不需要, 没兴趣]}
  do_not_call: {group: leave_alone, phrases: [别再打了]}
  complain: {group: leave_alone, phrases: [投诉]}
  abuse: {group: leave_alone, phrases: [滚蛋]}
  wrong_number: {group: circumstances, phrases: [打错了]}
  busy: {group: circumstances, phrases: [在开会]}
  ask_price: {group: interest, phrases: [多少钱]}
  ask_mode: {group: interest, phrases: [怎么合作]}
  ask_case: {group: interest, phrases: [有案例]}
  ask_robot: {group: general, phrases: [你是机器人]}
  ask_repeat: {group: general, phrases: [没听清, 再说一遍]}
  ask_wait: {group: requests, phrases: [等一下]}
  want_human: {group: requests, phrases: [转人工]}
  want_wechat: {group: requests, phrases: [加微信]}
  want_material: {group: requests, phrases: [发资料]}
  greet: {group: talk, phrases: [你好]}
  goodbye: {group: talk, phrases: [再见]}
  side_talk: {group: talk, phrases: [吃饭了没]}
  give_number: {group: talk, phrases: [记个号码]}
  give_time: {group: talk, phrases: [约个时间]}
  powered_off: {group: announcement, phrases: [已关机]}
  suspended: {group: announcement, phrases: [已停机]}
  reminder: {group: announcement, phrases: [来电提醒]}
  voicemail: {group: announcement, phrases: [请留言]}
"""
ENDS = """
part: ends
stages:
  bye: {role: closing, say: 再见！, end: yes}
"""
SCHEME = "scheme: standard\nrules: [{id: A1, grade: A, when: {invitation: success}}, {id: D9, grade: D}]"
HEAD = "script: tiny\ninclude: ends.yaml\ngoodbye: bye\n"
"""Put before a script that does not begin with a head of its own."""


class Shelf:
    """A library of texts by file name; `sounds` are the recordings that exist."""

    def __init__(self, files: Mapping[str, str | bytes], sounds: frozenset[str] = frozenset()) -> None:
        self.files = {"small": GRAMMAR, "standard": SCHEME, "ends.yaml": ENDS, **files}
        self.sounds = sounds

    def read(self, path: str) -> bytes | str:
        if path not in self.files:
            return f"no file '{path}'"
        content = self.files[path]
        return content if isinstance(content, bytes) else content.encode()

    def beside(self, _file: str, path: str) -> str:
        return path

    def exists(self, path: str) -> bool:
        return path in self.sounds

    def find(self, folder: str, name: str, _file: str) -> str:
        return name if name in self.names(folder, "") else ""

    def names(self, folder: str, _file: str) -> list[str]:
        heading = {"grammars": "grammar:", "scripts/schemes": "scheme:"}[folder]
        return sorted(name for name, text in self.files.items() if str(text).lstrip().startswith(heading))


def with_head(text: str) -> str:
    text = dedent(text).lstrip("\n")
    return text if text.startswith("script:") else HEAD + text


def attempt(text: str, sounds: frozenset[str] = frozenset(), **parts: str) -> tuple[Script | None, list[Problem]]:
    """Load a script, together with parts given as `name="part: …"`."""
    files = {f"{name}.yaml": dedent(part).lstrip("\n") for name, part in parts.items()}
    return load_script("t.yaml", Shelf({"t.yaml": with_head(text), **files}, sounds))


@cache
def load(text: str, sounds: frozenset[str] = frozenset(), **parts: str) -> Script:
    script, problems = attempt(text, sounds, **parts)
    assert script, "\n".join(map(str, problems))
    return script


def problems(text: str, **parts: str) -> list[str]:
    """All problems, each as `line:column: message (hint)`; those of a part with the file's name before them. The line
    is that of `text` as given, without the head that was put before it."""
    given = dedent(text).lstrip("\n")
    shift = 0 if given.startswith("script:") else HEAD.count("\n")
    _, found = attempt(text, **parts)
    return [_shown(problem, shift) for problem in found]


def _shown(problem: Problem, shift: int) -> str:
    line = problem.mark.line - shift
    return str(problem).replace(f"t.yaml:{problem.mark.line}:", f"{line}:", 1)


# --- talking ---------------------------------------------------------------------------------------------------------


def talk(script: Script | str, transcript: str, **variables: str) -> Line:
    """Play the caller's lines of a transcript and compare it whole with what happened."""
    script = load(script) if isinstance(script, str) else script
    wanted = [line.strip() for line in transcript.strip().splitlines() if line.strip()]
    line = Line(script, Call("t1", vars=variables))
    line.begin()
    for each in wanted:
        if each.startswith(">>"):
            line.take(_step(each.removeprefix(">>").strip()))
    if any(each.startswith("||") for each in wanted):
        line.finish()
    else:
        line.settle()
    plain = [re.sub(r"( +[@?]\d+)+$", "", each) for each in wanted]
    happened = told(line)
    if plain != happened:
        raise AssertionError("the call went otherwise:\n" + "\n".join(difflib.ndiff(plain, happened)))
    return line


def _step(words: str) -> Step:
    words, over_ms = _split(words, "@")
    words, percent = _split(words, "?")
    if words in _SPECIAL:
        return _SPECIAL[words]
    if words.startswith("["):
        return Dtmf(words.strip("[]"), over_ms)
    return Say(words, None if percent is None else percent / 100, over_ms)


_SPECIAL: Mapping[str, Step] = {
    "(silent)": Silence(True),
    "(hangup)": Hangup(True),
    "(transfer ok)": TransferOk(True),
    "(transfer failed)": TransferOk(False),
    "(hold failed)": caller.Hold("failed"),
    "(hold ended)": caller.Hold("ended"),
}


def _split(words: str, mark: str) -> tuple[str, int | None]:
    found = re.search(rf" +\{mark}(\d+)$", words)
    return (words[: found.start()], int(found[1])) if found else (words, None)


def told(line: Line) -> list[str]:
    """What happened on a line, as a transcript; keys pressed one after the other stand together."""
    found: list[str] = []
    waiting: set[int] = set()
    for entry in line.entries:
        still_speaking = all(isinstance(action, StartTimer) for action in entry.actions)
        heard: Iterable[str] = (
            () if still_speaking and isinstance(entry.event, TimerFired) else _of_event(entry.event, waiting)
        )
        if isinstance(entry.event, HoldEnded) and any(isinstance(action, Unhold) for action in entry.actions):
            heard = (">> (hold ended)",)  # by the network: what we ordered had to be
        for each in (*heard, *_of_actions(entry.actions, waiting)):
            if each.startswith(">> [") and found and found[-1].startswith(">> ["):
                found[-1] = found[-1][:-1] + each[4:]
            else:
                found.append(each)
    return found


def _of_event(event: Event, waiting: set[int]) -> Iterator[str]:
    if isinstance(event, Heard) and event.final:
        yield f">> {event.text}"
    elif isinstance(event, Pressed):
        yield f">> [{event.digit}]"
    elif isinstance(event, TimerFired) and event.ref in waiting:
        yield ">> (silent)"
    elif isinstance(event, TransferSucceeded | TransferFailed):
        yield f">> (transfer {'ok' if isinstance(event, TransferSucceeded) else 'failed'})"
    elif isinstance(event, HoldFailed):
        yield ">> (hold failed)"
    elif isinstance(event, HungUp) and event.by != "bot":
        yield ">> (hangup)"
        yield f"|| {event.by}"


def _of_actions(actions: tuple[Action, ...], waiting: set[int]) -> Iterator[str]:
    for action in actions:
        if isinstance(action, Play):
            yield f"<< {spoken(action)}"
        elif isinstance(action, StopPlayback):
            yield "--"
        elif isinstance(action, Hold):
            yield f"~~ hold {action.most_ms // 1000}s"
        elif isinstance(action, Unhold):
            yield "~~ unhold"
        elif isinstance(action, HangUp):
            yield f"|| bot: {action.reason}"
        elif isinstance(action, FOLLOW_UPS):
            form = to_json(action, masked=False)
            yield " ".join(["**", *(str(value) for key, value in form.items() if key != "ref")])
        elif isinstance(action, StartTimer) and action.timer == "no_input":
            waiting.add(action.ref)


def spoken(play: Play) -> str:
    """A prompt as one line: recordings as `<file>`, keys as `[12#]`, pauses as `(500 ms)`."""
    parts = (
        (f"<{part.audio}>" if part.audio else part.text)
        + (f"[{part.keys}]" if part.keys else "")
        + (f"({part.pause_ms} ms)" if part.pause_ms else "")
        for part in play.parts
    )
    return "".join(parts)


class Wire:
    """A call fed event by event, for what a well-behaved line never does."""

    def __init__(self, script: Script | str, **variables: str) -> None:
        self.script = load(script) if isinstance(script, str) else script
        self.state = begin(self.script, "w1", DEFAULT_NOW, variables)
        self.actions: tuple[Action, ...] = ()

    def feed(self, *happened: Event) -> tuple[Action, ...]:
        """What the last of these events led to."""
        for event in happened:
            self.state, self.actions = step(self.script, self.state, event)
        return self.actions

    def finish_prompt(self) -> tuple[Action, ...]:
        return self.feed(PlaybackFinished(0, self.state.playing))

    def hear(self, text: str, **more: Any) -> tuple[Action, ...]:
        return self.feed(Heard(0, text, **more))

    @property
    def bot(self) -> str:
        """What the bot began to say in the last step."""
        return "".join(spoken(action) for action in self.actions if isinstance(action, Play))
