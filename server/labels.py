"""What people say about recorded calls: that a grade is right or wrong, and what an utterance meant.

Labels stand in a file of their own beside the logs, one JSON object a line, and nothing ever overwrites what the
machine has found or what somebody said before; the latest word about a call, or about an utterance, counts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from engine.calls.actions import Matched
from engine.calls.log import Log
from engine.content.shape import suggest
from engine.trial.compare import LETTERS_AND_NONE
from server.content import shipped_intents
from server.logs import CORRECTIONS, logs_in
from server.output import OK, PROBLEMS, USAGE, error, present
from server.refusal import refusal

NO_INTENT = "none"
"""In place of intents: the utterance means nothing that there is an intent for."""


class WrongLabelError(ValueError):
    """What is said is no label; the message says why."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says, either about the grade of a call or about one utterance in it."""

    call_id: str
    by: str
    why: str
    at: str
    """RFC 3339."""
    grade: str = ""
    """That it should have; empty when an utterance is meant."""
    step: int | None = None
    """That of the utterance in the log."""
    intents: tuple[str, ...] = ()
    """That it carries."""


def as_line(label: Label) -> str:
    said = {"grade": label.grade} if label.step is None else {"step": label.step, "intents": list(label.intents)}
    about = {"call_id": label.call_id, **said, "by": label.by, "why": label.why, "at": label.at}
    return json.dumps(about, ensure_ascii=False) + "\n"


def label_from(value: object) -> Label:
    """Raises WrongLabelError."""
    try:
        label = Label(**value)  # type: ignore[arg-type]  # whatever it is: what does not fit is told
        label = Label(**{**asdict(label), "intents": tuple(label.intents)})
    except TypeError:
        raise WrongLabelError("not a label") from None
    texts = (label.call_id, label.by, label.why, label.at, label.grade, *label.intents)
    if not all(isinstance(text, str) for text in texts) or not isinstance(label.step, int | None):
        raise WrongLabelError("not a label")
    if label.step is None and label.grade not in LETTERS_AND_NONE:
        raise WrongLabelError(f"no grade '{label.grade}'")
    return label


@dataclass(slots=True)
class Labels:
    """All that was said, about any number of calls."""

    grades: dict[str, list[Label]] = field(default_factory=lambda: defaultdict(list))
    """By call, in the order they were given."""
    intents: dict[tuple[str, int], list[Label]] = field(default_factory=lambda: defaultdict(list))
    """By call and step."""

    def add(self, label: Label) -> None:
        if label.step is None:
            self.grades[label.call_id].append(label)
        else:
            self.intents[label.call_id, label.step].append(label)

    def grade_of(self, call_id: str) -> Label | None:
        """The latest word about it."""
        said = self.grades.get(call_id)
        return said[-1] if said else None

    def calls(self) -> frozenset[str]:
        return frozenset(self.grades).union(call_id for call_id, _ in self.intents)


def read_labels(file: Path) -> Iterator[Label | str]:
    """Each label of a file, or why a line is none, with its place. A file that is not there has none."""
    if not file.is_file():
        return
    for number, text in enumerate(file.read_bytes().splitlines(), 1):
        try:
            yield label_from(json.loads(text))
        except WrongLabelError as problem:
            yield f"{file}:{number}: {problem}"
        except (ValueError, RecursionError):
            yield f"{file}:{number}: not a label"


class LabelFiles:
    """The files of labels beside logs, each read once; what is wrong in them is told once."""

    def __init__(self) -> None:
        self._read: dict[Path, Labels] = {}
        self.wrong = 0

    def beside(self, log: Path) -> Labels:
        folder = log.parent
        if folder not in self._read:
            self._read[folder] = self.of([folder / CORRECTIONS])
        return self._read[folder]

    def all_read(self) -> Iterable[Labels]:
        return self._read.values()

    def of(self, files: Iterable[Path]) -> Labels:
        labels = Labels()
        for file in files:
            for label in read_labels(file):
                if isinstance(label, Label):
                    labels.add(label)
                else:
                    self.wrong += 1
                    error(label)
        return labels


# --- saying it -------------------------------------------------------------------------------------------------------


def correct(path: Path, letter: str, *, step: int | None, intents: str, by: str, why: str) -> int:
    """Note beside a log that its call deserves another grade, or that an utterance means something else."""
    if bool(letter) == (step is not None):
        error("say either which GRADE the call deserves, or with --step and --intents what an utterance means")
        return USAGE
    log = next(iter(logs_in([path])))[1] if path.is_file() else f"no log '{path}'"
    if isinstance(log, str):
        error(log)
        return PROBLEMS
    try:
        shipped = shipped_intents() if step is not None else frozenset[str]()
        label = Label(log.header.call_id, by, why, present(), letter, step, meant(log, step, intents, shipped))
        keep(path, [label])
    except (WrongLabelError, OSError) as problem:
        error(str(problem))
        return PROBLEMS
    about = label.call_id if step is None else f"step {step} of {label.call_id}"
    click.echo(f"{path.parent / CORRECTIONS}: {about} is {letter or ', '.join(label.intents) or 'nothing'}, says {by}")
    return OK


def keep(log: Path, labels: Iterable[Label]) -> None:
    """Write labels beside the log of their call. Raises OSError with a message for people."""
    file = log.parent / CORRECTIONS
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.writelines(map(as_line, labels))
    except OSError as problem:
        raise OSError(f"cannot write '{file}': {refusal(problem)}") from None


def meant(log: Log, step: int | None, intents: str, shipped: AbstractSet[str]) -> tuple[str, ...]:
    """The intents named, parted by commas or spaces, that the utterance of this step carries. Raises WrongLabelError
    where there is no such utterance, or no such intent among the shipped ones and those of the call.
    """
    if step is None:
        return ()
    utterances = utterances_in(log)
    if step not in utterances:
        places = f"utterances are at {', '.join(map(str, utterances))}" if utterances else "nobody said anything"
        raise WrongLabelError(f"no utterance at step {step} ({places})")
    names = intents.replace(",", " ").replace("，", " ").split()
    if not names:
        raise WrongLabelError(f"no intents (name them, or '{NO_INTENT}')")
    if names == [NO_INTENT]:
        return ()
    known = shipped | {hit.id for matched in utterances.values() for hit in matched.hits}
    for name in names:
        if name not in known:
            hint = suggest(name, known)
            raise WrongLabelError(f"no intent '{name}'{f' ({hint})' if hint else ''}")
    return tuple(dict.fromkeys(names))


def utterances_in(log: Log) -> Mapping[int, Matched]:
    """What was understood of each utterance, by its step."""
    return {entry.seq: action for entry in log.entries for action in entry.actions if isinstance(action, Matched)}
