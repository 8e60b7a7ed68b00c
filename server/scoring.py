"""`huashu score`: how well the shipped grammars understand labelled sentences.

Figures alone, unless sentences are asked for: a set that is to stay unseen can be scored without being read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import click

from engine.understanding.grammar import DISPOSITIONS, announced
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import (
    Heard,
    Scorecard,
    Sentence,
    Slip,
    Tally,
    heard_by,
    score,
    sentence_from,
)
from engine.understanding.utterances import NOW
from server.content import shipped_grammars
from server.output import OK, PROBLEMS, USAGE, all_there, error, line
from server.refusal import refusal

HEADS = ("precision", "recall", "F1", "sentences")


def score_files(paths: list[Path], *, slips: bool, as_json: bool) -> int:
    """Score the sentences of these files and folders, together."""
    if not all_there(paths, "name files of labelled sentences"):
        return USAGE
    lexicon = Lexicon(shipped_grammars())
    problems: list[str] = []
    sentences = list(read_sentences(paths, lexicon, problems))
    for problem in problems:
        error(problem)
    if not sentences:
        error(f"no sentences in {', '.join(map(str, paths))}")
        return PROBLEMS
    card = score(sentences, partial(hear, lexicon))
    _tell_json(card, slips=slips) if as_json else _tell(card, slips=slips)
    return PROBLEMS if problems else OK


def hear(lexicon: Lexicon, sentence: Sentence) -> Heard:
    """What the matcher makes of a sentence, said on a Monday morning."""
    return heard_by(lexicon.understand(sentence.say, role=sentence.role, now=NOW))


def read_sentences(paths: Iterable[Path], lexicon: Lexicon, problems: list[str]) -> Iterator[Sentence]:
    """The labelled sentences of all JSON lines among and below these paths; what is wrong goes to `problems`."""
    known = lexicon.ids | {announced(name) for name in DISPOSITIONS}
    for path in paths:
        for file in sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]:
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                problems.append(f"cannot read '{file}': not UTF-8")
                continue
            except OSError as problem:
                problems.append(f"cannot read '{file}': {refusal(problem)}")
                continue
            for number, each in enumerate(text.split("\n"), 1):
                place = f"{file}:{number}"
                try:
                    if each.strip():
                        yield sentence_from(json.loads(each), place, known)
                except json.JSONDecodeError as problem:
                    problems.append(f"{place}: not JSON at character {problem.pos + 1}: {problem.msg}")
                except RecursionError:
                    problems.append(f"{place}: nested too deeply")
                except ValueError as problem:
                    problems.append(f"{place}: {problem}")


# --- telling ---------------------------------------------------------------------------------------------------------


def _tell(card: Scorecard, *, slips: bool) -> None:
    for title, tallies in (("intent", card.intents), ("class", card.classes), ("kind", card.kinds)):
        click.echo(f"{title:<30}" + "".join(f"{head:>11}" for head in HEADS))
        for tally in tallies:
            click.echo(f"{tally.name:<30}" + "".join(f"{cell:>11}" for cell in cells(tally)))
        click.echo()
    click.echo(f"sentences: {card.sentences}, of which {card.opinionated} say yes or no")
    click.echo(
        f"macro recall {percent(card.macro_recall)}, precision {percent(card.macro_precision)}, "
        f"F1 {percent(card.macro_f1)}"
    )
    for title, found in (
        ("polarity flips (no heard as yes, or yes as no)", card.flips),
        ("neither, heard as yes or no", card.invented),
        ("not understood as labelled", card.slips),
    ):
        click.echo(f"{title}: {len(found)}")
        for slip in found if slips else ():
            click.echo(f"  {slip.sentence.place}: {told(slip)}")


def told(slip: Slip) -> str:
    """What went wrong with a sentence, in one line."""
    sentence, heard = slip.sentence, slip.heard
    parts = [f"'{sentence.say}'"]
    if heard.polarity not in ("none", sentence.polarity):
        said = f"says {sentence.polarity}" if sentence.polarity != "none" else "says neither"
        parts.append(f"{said}, heard {heard.polarity}")
    parts.append(f"means {', '.join(sorted(sentence.meant)) or 'nothing'}, heard {', '.join(heard.ids) or 'nothing'}")
    return " ".join((parts[0], "; ".join(parts[1:])))


def _tell_json(card: Scorecard, *, slips: bool) -> None:
    for kind, tallies in (("intent", card.intents), ("class", card.classes), ("kind", card.kinds)):
        for tally in tallies:
            line({kind: tally.name, **figures(tally)})
    line(totals(card))
    listed = {"flip": card.flips, "invented": card.invented, "slip": card.slips}
    for kind, found in listed.items() if slips else ():
        for slip in found:
            line({kind: _slip_json(slip)})


def totals(card: Scorecard) -> dict[str, object]:
    """The figures of the whole set; ratios 0..1."""
    return {
        "sentences": card.sentences,
        "opinionated": card.opinionated,
        "macro_recall": round(card.macro_recall, 4),
        "macro_precision": round(card.macro_precision, 4),
        "macro_f1": round(card.macro_f1, 4),
        "flips": len(card.flips),
        "invented": len(card.invented),
        "slips": len(card.slips),
    }


def figures(tally: Tally) -> dict[str, object]:
    """The figures of one row; ratios 0..1."""
    return {
        "precision": round(tally.precision, 4),
        "recall": round(tally.recall, 4),
        "f1": round(tally.f1, 4),
        "count": tally.count,
    }


def _slip_json(slip: Slip) -> dict[str, object]:
    sentence = slip.sentence
    return {
        "at": sentence.place,
        "say": sentence.say,
        "role": sentence.role,
        "is": sorted(sentence.meant),
        "polarity": sentence.polarity,
        "heard": list(slip.heard.ids),
        "heard_polarity": slip.heard.polarity,
        "missed": list(slip.missed),
        "wrong": list(slip.wrong),
    }


def cells(tally: Tally) -> tuple[str, str, str, str]:
    """A row of a table, as people read it."""
    return percent(tally.precision), percent(tally.recall), percent(tally.f1), str(tally.count)


def percent(ratio: float) -> str:
    """0.9535 is 95.3 %, never rounded up to a 100 that it is not."""
    return f"{int(ratio * 1000) / 10:.1f} %"
