"""What many calls come to, as counts.

`figures_of` counts one call, and `Figures.take` adds the counts of others. Adding is associative and commutative, and
the figures can be pickled, so calls may be counted by many processes or machines and added up in any order: the sum
is the same. Nothing is rounded and nothing is forgotten here, except that texts are bounded and times are counted in
steps of 10 ms; shares and percentiles are taken by `server.reports.report`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from engine.calls.actions import Entered, NoInput, Play, StopPlayback, Unmatched
from engine.calls.events import Heard, PlaybackFinished, Pressed, SpeechStarted
from engine.calls.log import Entry, Header, Log
from engine.grading.facts import Facts
from engine.grading.grade import Grade
from engine.trial.compare import NO_GRADE
from server.reports.text import cut
from server.suggesting import unknown_in

NOT_GRADED = "?"
"""A call whose rules are not here; `NO_GRADE` is one that they give no letter, such as for a fault of our line."""
LONGEST_PROMPT = 160
LONGEST_SAID = 120
STEP_MS = 10
EXAMPLE_LINES = 3


class Place(NamedTuple):
    """A prompt where it was said."""

    script: str
    stage: str
    prompt: str = ""
    """Its words, with `{name}` for what differs from call to call."""


class Rule(NamedTuple):
    """A rule that decided."""

    scheme: str
    rule: str
    grade: str


@dataclass(frozen=True, order=True, slots=True)
class Example:
    """A call as an example; the least of several is kept."""

    log: str
    call_id: str
    title: str = ""
    reason: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    """What was said, and what it proves."""


@dataclass(slots=True)
class Figures:
    """All calls that were counted."""

    calls: int = 0
    grades: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By script, its hash and the letter."""
    sources: Counter[str] = field(default_factory=Counter)
    days: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By the day on which the call began, as its log has it, `2026-11-23`, and the letter."""
    dispositions: Counter[str] = field(default_factory=Counter)
    came_to: Counter[str] = field(default_factory=Counter)
    """How many calls have what is named in `CAME_TO`."""
    intents: Counter[str] = field(default_factory=Counter)
    """Calls in which each was heard."""
    utterances: Counter[str] = field(default_factory=Counter)
    """Utterances with each."""
    rules: Counter[Rule] = field(default_factory=Counter)
    examples: dict[Rule, Example] = field(default_factory=dict)
    torn: int = 0
    """Logs whose end is missing."""
    # of calls that a human answered:
    talk_ms: Counter[int] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    entered: Counter[Place] = field(default_factory=Counter)
    """Calls that came to each stage."""
    closing: Counter[Place] = field(default_factory=Counter)
    """Of these, where the stage has the role of a closing."""
    ended: Counter[tuple[Place, str]] = field(default_factory=Counter)
    """Calls that ended in a stage, by how they did (`engine.grading.facts.End`)."""
    hung_up: Counter[tuple[Place, int]] = field(default_factory=Counter)
    """The caller hung up so many ms into this prompt; -1 when it had been said to its end."""
    said: Counter[Place] = field(default_factory=Counter)
    """Prompts begun."""
    cut: Counter[tuple[Place, int]] = field(default_factory=Counter)
    """The caller cut in so many ms into this prompt."""
    whole: Counter[str] = field(default_factory=Counter)
    """Prompts heard to their end, by their words, and how long they took together."""
    whole_ms: Counter[str] = field(default_factory=Counter)
    no_input: Counter[Place] = field(default_factory=Counter)
    no_match: Counter[Place] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What was said that no intent covers, with the stage."""
    delays: Counter[tuple[str, int]] = field(default_factory=Counter)
    """The parts of the time in which the bot answered, by the names of `PARTS`."""

    def take(self, other: Figures) -> None:
        """Add what another has counted."""
        self.calls += other.calls
        self.torn += other.torn
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for rule, example in other.examples.items():
            self.examples[rule] = min(example, self.examples.get(rule, example))


_COUNTERS = tuple(one.name for one in fields(Figures) if one.name not in ("calls", "torn", "examples"))

CAME_TO: Mapping[str, Callable[[Facts], bool]] = {
    "human": lambda facts: facts.answered_by == "human",
    "machine": lambda facts: facts.answered_by == "machine",
    "invited": lambda facts: facts.invitation == "success",
    "callback": lambda facts: bool(facts.callback_at),
    "transferred": lambda facts: facts.transfer == "ok",
    "contact": lambda facts: "given" in (facts.sms, facts.wechat),
    "do_not_call": lambda facts: facts.do_not_call,
    "complaint": lambda facts: facts.complaint,
    "at_once": lambda facts: facts.ended_in_opening,
    "cut_in": lambda facts: facts.barge_ins > 0,
}  # fmt: skip
"""What a call may have, each by its test."""

PARTS: Mapping[str, tuple[str, str]] = {
    "answer": ("speech_end_ms", "audio_ms"),
    "words": ("speech_end_ms", "text_ms"),
    "decision": ("text_ms", "decided_ms"),
    "sound": ("decided_ms", "audio_ms"),
}
"""The delay of an answer, then what it is made of; each from one moment of `server.live.measures.Delays` to another."""


def figures_of(
    log: Log, facts: Facts, graded: Grade | None, where: str = "", delays: Sequence[Mapping[str, int | None]] = ()
) -> Figures:
    """The counts of one call. `graded` is None where its rules are not here; `delays` are those of its summary."""
    header = log.header
    letter = NOT_GRADED if graded is None else graded.letter or NO_GRADE
    found = Figures(calls=1, torn=int(bool(log.torn)))
    found.grades[header.script, header.script_sha256, letter] = 1
    found.sources[header.source or "live"] = 1
    found.days[header.started_at[:10], letter] = 1
    found.dispositions[facts.disposition] = 1
    found.came_to.update(name for name, has in CAME_TO.items() if has(facts))
    found.utterances.update(facts.heard)
    found.intents.update(set(facts.heard))
    if graded:
        rule = Rule(graded.scheme, graded.rule, letter)
        found.rules[rule] = 1
        found.examples[rule] = _example(header, graded, where)
    for delay in delays:
        found.delays.update(_parts(delay))
    if facts.answered_by == "human":
        _count_talk(found, log, facts)
    return found


def _example(header: Header, graded: Grade, where: str) -> Example:
    lines = [
        (cut(one.words), f"{proof.fact}{' → ' if one.value else ''}{one.value}")
        for proof in graded.evidence
        for one in proof.evidence
        if one.words
    ]
    kept = tuple(dict.fromkeys(lines))[:EXAMPLE_LINES]
    return Example(where, header.call_id, graded.title, graded.reason, kept)


def _parts(delay: Mapping[str, int | None]) -> Iterator[tuple[str, int]]:
    for part, (start, end) in PARTS.items():
        since, until = delay.get(start), delay.get(end)
        if since is not None and until is not None:
            yield part, _rounded(until - since)


def _rounded(ms: int) -> int:
    return round(ms / STEP_MS) * STEP_MS


# --- the talk of one call --------------------------------------------------------------------------------------------


def _count_talk(found: Figures, log: Log, facts: Facts) -> None:
    script = log.header.script
    found.talk_ms[_rounded(facts.talk_ms)] = 1
    found.turns[facts.turns] = 1
    for stage in set(facts.stages):
        found.entered[Place(script, stage)] = 1
    last = facts.ended_in_stage or (facts.stages[-1] if facts.stages else "")
    found.ended[Place(script, last), facts.end] = 1
    if facts.end == "caller":
        prompt = Place(script, last, nameless(facts.prompt_words, log.header))
        found.hung_up[prompt, -1 if facts.played_ms is None else _rounded(facts.played_ms)] = 1
    found.unknown.update((cut(each.text, LONGEST_SAID), each.stage) for each in unknown_in(log))
    walk = _Walk(found, log.header)
    for entry in log.entries:
        walk.step(entry)


class _Walk:
    """Through the steps of a call, with the prompts in progress."""

    def __init__(self, found: Figures, header: Header) -> None:
        self._found = found
        self._header = header
        self._playing: dict[int, tuple[Place, int]] = {}
        self._stage = ""

    def step(self, entry: Entry) -> None:
        event = entry.event
        if isinstance(event, PlaybackFinished) and event.ref in self._playing:
            place, _ = self._playing.pop(event.ref)
            if event.completed and event.played_ms > 0:
                self._found.whole[place.prompt] += 1
                self._found.whole_ms[place.prompt] += event.played_ms
        for action in entry.actions:
            if isinstance(action, Entered):
                self._stage = action.stage
                self._found.closing[self._here] |= action.role == "closing"
            elif isinstance(action, Play):
                self._play(action, event.at_ms)
            elif isinstance(action, StopPlayback):
                self._stop(action, entry)
            elif isinstance(action, NoInput):
                self._found.no_input[self._here] += 1
            elif isinstance(action, Unmatched):
                self._found.no_match[self._here] += 1

    @property
    def _here(self) -> Place:
        return Place(self._header.script, self._stage)

    def _play(self, order: Play, at_ms: int) -> None:
        place = self._here._replace(prompt=nameless(order.text, self._header))
        self._playing[order.ref] = (place, at_ms)
        self._found.said[place] += 1

    def _stop(self, order: StopPlayback, entry: Entry) -> None:
        if order.ref in self._playing and isinstance(entry.event, Heard | SpeechStarted | Pressed):
            place, since_ms = self._playing[order.ref]
            self._found.cut[place, _rounded(entry.event.at_ms - since_ms)] += 1


FORMS_OF_ADDRESS = frozenset("您你")
"""Values of variables that stand for no name, and would be found everywhere."""


def nameless(prompt: str, header: Header) -> str:
    """The words of a prompt without the values of the call's variables, so that calls can be counted together."""
    for name, value in sorted(header.vars.items(), key=lambda item: (-len(item[1]), item[0])):
        if value and value not in FORMS_OF_ADDRESS:
            prompt = prompt.replace(value, f"{{{name}}}")
    return cut(prompt, LONGEST_PROMPT)
