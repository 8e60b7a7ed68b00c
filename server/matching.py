"""`huashu match`: what utterances mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from unicodedata import east_asian_width

import click

from engine.content.shape import suggest
from engine.trial.caller import DEFAULT_NOW, moment
from engine.understanding.grammar import Hit, Understanding
from engine.understanding.lexicon import Lexicon
from server.content import shipped_grammars, undisturbed
from server.output import OK, PROBLEMS, USAGE, error, line, present, usable_script


def match_texts(texts: Sequence[str], script_path: Path | None, stage_name: str, now: str, *, explain: bool) -> int:
    if stage_name and not script_path:
        error("--stage needs --script")
        return USAGE
    if now and not moment(now):
        error(f"--now must be an RFC 3339 time such as {DEFAULT_NOW}, not '{now}'")
        return USAGE
    with undisturbed():
        understand = _matcher(script_path, stage_name, moment(now) or present())
    if isinstance(understand, int):
        return understand
    for text in _stdin() if tuple(texts) in ((), ("-",)) else texts:
        understood = understand(text)
        click.echo("\n".join(explained(understood))) if explain else line(as_json(understood))
    return OK


def _matcher(script_path: Path | None, stage_name: str, now: str) -> Callable[[str], Understanding] | int:
    """What understands as that stage does; or the exit code, when the reason is told."""
    if not script_path:
        return partial(Lexicon(shipped_grammars()).understand, now=now)
    script = usable_script(script_path)
    if script is None:
        return PROBLEMS
    if not stage_name:
        return partial(script.lexicon.understand, now=now, words=script.words)
    stage = script.stages.get(stage_name)
    if stage is None:
        error(f"no stage '{stage_name}' in {script_path} ({suggest(stage_name, script.stages) or 'see huashu draw'})")
        return USAGE
    return partial(script.lexicon.understand, now=now, role=stage.role, words=script.words | stage.words)


def _stdin() -> Iterator[str]:
    """One utterance a line, answered at once, so that another program can hold a conversation with this one."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="\n")
    for text in sys.stdin:
        yield text.rstrip("\r\n")
        sys.stdout.flush()


LONG = 48
"""A pattern that is longer is cut: its beginning shows which one it is."""
HOW = {"exact": "", "pattern": "pattern ", "pinyin": "sounds like ", "fuzzy": "nearly "}


def explained(understood: Understanding) -> Iterator[str]:
    """The utterance, then a line for each intent: what stands there, and why it counts or does not."""
    yield understood.text
    if understood.disposition:
        yield f"  = {_column(understood.disposition)} the words of a machine or a carrier"
    for hit in understood.hits:
        sign = "-" if hit.negated else "+"
        yield f"  {sign} {_column(hit.id)} {_why(understood.text, hit)}"
    for each in understood.told:
        yield f"  > {_column(each.type)} {each.said}: {each.value or 'no certain one'}"
    if not (understood.hits or understood.told or understood.disposition):
        yield "  nothing"


def _column(name: str) -> str:
    """Padded to one width; a Chinese character takes two columns."""
    return name + " " * (18 - sum(1 + (east_asian_width(char) in "WF") for char in name))


def _why(text: str, hit: Hit) -> str:
    start, end = hit.span
    said = text[start:end]
    phrase = hit.phrase if len(hit.phrase) <= LONG else f"{hit.phrase[: LONG - 1]}…"
    by = f" ({HOW[hit.how]}{phrase})" if hit.phrase != said else ""
    notes = [f"at {start}-{end}"]
    notes += [f"score {hit.score:.2f}"] if hit.score < 1 else []
    notes += ["weak: only goes along"] if hit.weak else []
    notes += ["denied by what stands around it, does not count"] if hit.negated else []
    return f"{said}{by}, {', '.join(notes)}"


def as_json(understood: Understanding) -> dict[str, object]:
    told: dict[str, object] = {}
    for each in understood.told:
        value = _time(each.value) if each.type == "time" else each.value
        if value:
            told.setdefault(each.type, value)
    found: dict[str, object] = {
        "text": understood.text,
        "intents": [_hit(hit) for hit in understood.hits],
        "slots": told,
    }
    if understood.disposition:
        found["disposition"] = understood.disposition
    return found


def _hit(hit: Hit) -> dict[str, object]:
    found: dict[str, object] = {
        "id": hit.id,
        "phrase": hit.phrase,
        "span": list(hit.span),
        "score": round(hit.score, 3),
        "how": hit.how,
        "negated": hit.negated,
    }
    return {**found, "weak": True} if hit.weak else found


def _time(value: str) -> object:
    """RFC 3339 as it is; a day as `{"date": …}`; an interval as `{"from": …, "to": …}`."""
    if "/" in value:
        start, end = value.split("/", 1)
        return {"from": start, "to": end}
    return value if "T" in value or not value else {"date": value}
