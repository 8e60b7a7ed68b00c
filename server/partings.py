"""Where recorded calls part from what a script decides now, and why: many calls put together.

Calls part at the same place when the script stood in the same stage after the same prompt, took the same rules and
decided the same, then and now. What comes after the first difference is not looked at: the caller answered a prompt
that would not have been said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from engine.calls.actions import Action, Entered, Matched, Play, Took, Unmatched
from engine.calls.log import Header, to_json
from engine.personas.proof import tell
from engine.trial.compare import felt
from engine.trial.replay import Divergence
from server.reports.figures import nameless

Outcome = Literal["same", "differs", "recording", "unreadable"]
"""Of a log that was replayed: it is the same or not; a log that is made of a recording decides nothing and so cannot
be replayed; and one that cannot be read, or whose script is not here.
"""
OUTCOMES: tuple[Outcome, ...] = ("same", "differs", "recording", "unreadable")
EXAMPLES = 3
NOTHING = "(nothing)"
REFERENCES = frozenset({"type", "ref", "line"})
"""Fields that tell nothing of what was decided."""


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where calls part, and what was decided there."""

    stage: str
    """Empty before the answer."""
    prompt: str
    """What the bot had said last, with `{name}` for what differs from call to call."""
    rule: str
    """That decided then."""
    rule_now: str
    then: str
    now: str
    noticed: bool
    """Would the caller have noticed?"""


@dataclass(frozen=True, slots=True)
class Example:
    log: str
    call_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place with the calls that part there."""

    place: Place
    calls: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """What is decided otherwise now, wherever that is."""

    then: str
    now: str
    noticed: bool
    calls: int
    stages: Mapping[str, int]
    """Calls that part there by it, the most first."""
    example: Example


@dataclass(slots=True)
class Summary:
    """All calls that were replayed."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    _places: dict[Place, tuple[int, tuple[Example, ...]]] = field(default_factory=dict)

    @property
    def logs(self) -> int:
        return self.outcomes.total()

    @property
    def replayed(self) -> int:
        return self.outcomes["same"] + self.outcomes["differs"]

    def take(self, outcome: Outcome, place: Place | None = None, example: Example | None = None) -> None:
        self.outcomes[outcome] += 1
        if place and example:
            calls, examples = self._places.get(place, (0, ()))
            self._places[place] = calls + 1, (*examples, example)[:EXAMPLES]

    def crossings(self) -> tuple[Crossing, ...]:
        """What a caller would have noticed first; among these the most frequent first."""
        found = (Crossing(place, *counted) for place, counted in self._places.items())
        return tuple(sorted(found, key=lambda each: (not each.place.noticed, -each.calls, each.place)))

    def reasons(self) -> tuple[Reason, ...]:
        """In the same order."""
        found: dict[tuple[str, str, bool], list[Crossing]] = {}
        for each in self.crossings():
            found.setdefault((each.place.then, each.place.now, each.place.noticed), []).append(each)
        reasons = (_reason(there) for there in found.values())
        return tuple(sorted(reasons, key=lambda each: (not each.noticed, -each.calls, each.then, each.now)))

    def stages(self) -> Mapping[str, int]:
        """How many calls part in each stage, the most first."""
        counts = Counter[str]()
        for place, (calls, _) in self._places.items():
            counts[place.stage] += calls
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _reason(there: list[Crossing]) -> Reason:
    stages, place = Counter[str](), there[0].place
    for each in there:
        stages[each.place.stage] += each.calls
    return Reason(
        place.then, place.now, place.noticed, stages.total(), dict(stages.most_common()), there[0].examples[0]
    )  # fmt: skip


def as_json(summary: Summary) -> dict[str, object]:
    return {
        "logs": summary.logs,
        **{outcome: summary.outcomes[outcome] for outcome in OUTCOMES},
        "noticed": sum(each.calls for each in summary.crossings() if each.place.noticed),
        "stages": summary.stages(),
        "reasons": [asdict(each) for each in summary.reasons()],
        "places": [
            {**asdict(each.place), "calls": each.calls, "examples": [asdict(one) for one in each.examples]}
            for each in summary.crossings()
        ],
    }


# --- one call --------------------------------------------------------------------------------------------------------


def place_of(parting: Divergence, header: Header) -> Place:
    before, after = felt(parting.recorded), felt(parting.computed)
    noticed = before != after
    then, now = _told_apart(before, after) if noticed else map(_decided, sides(parting))
    prompt, then, now = (nameless(text, header) for text in (parting.prompt, then, now))
    return Place(
        parting.stage, prompt, _rule(parting.recorded), _rule(parting.computed), then, now, noticed,
    )  # fmt: skip


def sides(parting: Divergence) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """What the two runs do, without what they share."""
    recorded = tuple(action for action in parting.recorded if action not in parting.computed)
    return recorded, tuple(action for action in parting.computed if action not in parting.recorded)


def _told_apart(before: Iterable[Action], after: Iterable[Action]) -> tuple[str, str]:
    """What the caller would have noticed, without what is the same before and after it: one answer within a prompt of
    three parts is one and the same change, whatever the bot goes on to say.
    """
    one, other = ([piece for action in actions for piece in _pieces(action)] for actions in (before, after))
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    then, now = ("".join(text for _, text in side[start : len(side) - end]) for side in (one, other))
    return then or NOTHING, now or NOTHING


def _pieces(action: Action) -> list[tuple[object, str]]:
    """A prompt by its parts, another action whole; each with its words."""
    if isinstance(action, Play):
        return [(part, part.text or part.audio or part.keys or f"[{part.pause_ms} ms]") for part in action.parts]
    return [(action, tell([action]))]


def _common(one: list[tuple[object, str]], other: list[tuple[object, str]]) -> int:
    """How many pieces both begin with."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _rule(actions: Iterable[Action]) -> str:
    return next((each.rule for each in actions if isinstance(each, Took)), "")


def _decided(actions: Iterable[Action]) -> str:
    """Decisions in words that are the same for all calls that decide the same."""
    return ", ".join(dict.fromkeys(map(_in_words, actions))) or NOTHING


def _in_words(action: Action) -> str:
    match action:
        case Took():
            return f"rule {action.rule}"
        case Entered():
            return f"stage {action.stage}"
        case Matched():
            meant = [f"not {hit.id}" if hit.negated else hit.id for hit in action.hits]
            return f"understood {' '.join(dict.fromkeys(meant)) or action.disposition or 'nothing'}"
        case Unmatched():
            return "understood nothing"
    form = to_json(action, masked=True)
    return " ".join([str(form["type"]), *(str(value) for name, value in form.items() if name not in REFERENCES)])
