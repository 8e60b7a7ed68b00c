"""The pages that show measurements: `docs/scorecard.md`, scored anew, and the tables of the last runs in
`docs/performance.md`, with charts in `docs/performance.html`, and a few of their figures in the README.

`python -m benchmarks.pages` (`make docs`) writes them; `make bench` measures and then does the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.again import compare_all
from benchmarks.again_tables import again_table
from benchmarks.charted import performance_html
from benchmarks.first_look import with_figures
from benchmarks.grading_tables import grading_tables
from benchmarks.load_tables import LOADS
from benchmarks.sentences import FREER, UNSEEN, sentences
from benchmarks.soaking.page import soak_table
from benchmarks.turn_tables import TURNS
from engine.understanding.grammar import Grammar
from engine.understanding.lexicon import Lexicon
from engine.understanding.normalise import spelled
from engine.understanding.score import Scorecard, score
from server.content import shipped_grammars
from server.reference_text import table
from server.scoring import cells, hear, percent, told

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
TABLE_HEADS = ("precision", "recall", "F1", "sentences")
Row = dict[str, Any]

SCORECARD = """\
<!-- Written by `make docs` from benchmarks/scorecard. A change here is lost. -->
# Scorecard

How well the shipped grammars understand labelled sentences: each says what it means (`is`), what it might also be taken
for (`may`), what it must not (`not`), and whether it says yes, no or neither (`polarity`). Three sets, and they answer
different questions. By the first two no grammar was ever mended; who wrote them had not seen the grammars. *Freer*:
{freer:,} sentences as people speak them, with detours, reasons and colour, a part of them traps
([how](../benchmarks/freer/README.md)): expect this of callers. *By the book*: {unseen:,} that keep close to how the
classes are described ([how](../benchmarks/unseen/README.md)). *Worked on*: {sentences:,} in
[benchmarks/scorecard](../benchmarks/scorecard), at which the grammars were worked on until hardly one was missed; it
shows that nothing is lost again. {known} of them stand in a grammar word for word, as a phrase or an example.

All were invented at a desk; they are no recordings, and people on the telephone speak less tidily. `huashu score`
prints the figures for any files of this form, `huashu score --slips` every sentence that was not understood. The
labels of the scorecard were gone over twice after its first run, where a sentence did say what had been heard and the
label had left it out (不用了，谢谢 does take leave). To keep the sets a fair test, do not add a phrase to a grammar
because a sentence of theirs was missed: mend what the class lacks.

{sets}
An intent that a sentence does not name counts against precision. 嗯 and 你好, heard besides another meaning, do not.
A flip is a "no" whose strongest answer is heard as "yes", or the other way round. The matcher hears a sentence by
itself, in the role of a stage where the sentence names one; in a call, the stage's own phrases help it further.
"""
FLIPS = "## Polarity flips\n\n{listed}\n"
INVENTED = "## Neither, heard as yes or no\n\n{listed}\n"
PEERS = """\
## The same sentences, other means

Each got the same {phrases:,} plain phrases of the shipped grammars and our priorities, by which the strongest intent is
told. What they lack beside huashu are its patterns, sounds, scope rules and times. *naive loop* is `if phrase in text`
over all phrases; an Aho-Corasick automaton finds the same, only faster. *one re* is one regular expression, leftmost
and longest. *hassil* matches whole sentences: with phrases as its sentence templates it hears a text only if that is
one of them word for word. It is at its best with templates written for it, which nobody has written for these intents.

{table}
*False alarms* are the sentences, of 100 that mean nothing to a call, in which an intent was heard all the same.

Measured {date}, hassil {hassil}, grammars {grammars}. `make bench` measures again.
"""
MATCHING = """\
Utterances understood per second of one core's time, median of {rounds} interleaved rounds (slowest–fastest). *Hit* are
200 sentences of the [scorecard](scorecard.md), *no hit* 100 that mean nothing to a call; both have about 8 characters.

{table}
What each does:

{does}
The phrases are drawn from the shipped grammars; beyond their number, more are made up from halves of shipped ones.
{sounds}
{machine}, {system}, Python {python}; {versions}. Measured {date},
grammars {grammars}, while {load:g} tasks on average wanted a core: read it as ratios. `make bench` measures again.
"""
MATCHING_SOUNDS = """
How a text sounds, which is a part of that: {huashu:.2g} µs by our table of characters, {pypinyin:.2g} µs by
`lazy_pinyin` of pypinyin, which looks at the words around for a character's reading.
"""
DOES = {
    "huashu": "all of its work: spelling, {patterns} patterns besides the phrases, sounds, near misses, scope, times.",
    "huashu, compiled": "the same engine [made faster](howto/make-it-faster.md), in a process of its own.",
    "ahocorasick-rs": "finds all places of all phrases, and nothing else.",
    "pyahocorasick": "finds all places of all phrases, and nothing else.",
    "hyperscan": "finds all places of all phrases, by their ends, and nothing else (Vectorscan, block mode, UTF-8).",
    "google-re2": "its `Set` tells which phrases occur, not where. It gets 64 MB: its 8 would not do for 30,000.",
    "one re": "one alternation of all phrases, leftmost first.",
    "naive loop": "`if phrase in text`, phrase by phrase. Whoever looks for all phrases must have found the same.",
    "hassil": "compares the whole text with each phrase as a sentence template.",
}
"""A sentence or two about each contender, for those that a run has measured."""
BEGIN = "<!-- {name}: written by `make docs` from benchmarks/results -->\n"
END = "<!-- end of {name} -->\n"


def scorecard_page() -> str:
    """The page about the scorecard, as of now."""
    grammars, said = shipped_grammars(), sentences()
    texts = _texts(grammars)
    lexicon = Lexicon(grammars)
    card = score(said, partial(hear, lexicon))
    freer, unseen = (score(sentences(folder), partial(hear, lexicon)) for folder in (FREER, UNSEEN))
    known = sum(spelled(sentence.say) in texts for sentence in said)
    parts = [
        SCORECARD.format(
            sentences=card.sentences,
            freer=freer.sentences,
            unseen=unseen.sentences,
            known=known,
            sets=_sets({"freer": freer, "by the book": unseen, "worked on": card}),
        ),
        _tables(card),
        FLIPS.format(listed=_listed(card.flips)),
        INVENTED.format(listed=_listed(card.invented)),
        _peers(),
    ]
    return "\n".join(parts)


def _sets(cards: Mapping[str, Scorecard]) -> str:
    rows: list[tuple[str, Callable[[Scorecard], str]]] = [
        ("sentences", lambda each: f"{each.sentences:,}"),
        ("macro recall, over all intents", lambda each: f"**{percent(each.macro_recall)}**"),
        ("macro precision", lambda each: percent(each.macro_precision)),
        ("macro F1", lambda each: percent(each.macro_f1)),
        ("polarity flips, of those that say yes or no", lambda each: f"**{len(each.flips)}** of {each.opinionated}"),
        ("heard as yes or no, of those that say neither", _invented),
    ]
    return table(("", *cards), [(name, *map(show, cards.values())) for name, show in rows])


def _invented(card: Scorecard) -> str:
    return f"{len(card.invented)} of {card.sentences - card.opinionated:,}"


def _texts(grammars: tuple[Grammar, ...]) -> set[str]:
    """All phrases and examples, spelled as the matcher spells them."""
    intents = [intent for grammar in grammars for intent in grammar.intents]
    phrases = {phrase.text for intent in intents for phrase in intent.phrases if not phrase.pattern}
    return {spelled(text) for text in phrases.union(*(intent.examples for intent in intents))}


def _tables(card: Scorecard) -> str:
    tables = {
        "By intent": ("intent", card.intents),
        "By class of utterances": ("class", card.classes),
        "By what makes them hard": ("kind", card.kinds),
    }
    return "\n".join(
        f"## {title}\n\n" + table((name, *TABLE_HEADS), [(f"`{each.name}`", *cells(each)) for each in tallies])
        for title, (name, tallies) in tables.items()
    )


def _listed(slips: tuple[Any, ...]) -> str:
    return "\n".join(f"- {told(slip)} ({slip.sentence.place})" for slip in slips) or "None."


def _peers() -> str:
    about, rows = _results("scorecard")
    heads = ("", "macro recall", "macro precision", "macro F1", "flips", "neither heard as yes or no", "false alarms")
    lines = [
        (
            row["contender"],
            *(percent(row[name]) for name in ("macro_recall", "macro_precision", "macro_f1")),
            *(f"{row[name]}" for name in ("flips", "invented", "alarms")),
        )
        for row in rows
    ]
    return PEERS.format(
        table=table(heads, lines),
        phrases=about["phrases"],
        date=about["date"],
        hassil=about["versions"]["hassil"],
        grammars=about["grammars"],
    )


def matching_table() -> str:
    """The table of the last run, with where it was made."""
    about, told = _results("matching")
    rows, sounds = [[row for row in told if kind in row] for kind in ("contender", "sounds")]
    columns = [(size, texts) for size in sorted({row["phrases"] for row in rows}) for texts in ("hit", "no hit")]
    by_name: dict[str, dict[tuple[int, str], Row]] = {}
    for row in rows:
        by_name.setdefault(row["contender"], {})[row["phrases"], row["texts"]] = row
    heads = ("", *(f"{size:,} phrases, {texts}" for size, texts in columns))
    lines = [
        (name, *(f"{row['median']:,} ({row['min']:,}–{row['max']:,})" for row in (found[column] for column in columns)))
        for name, found in by_name.items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    does = "".join(f"- **{name}**: {DOES[name].format(**about)}\n" for name in by_name)
    us = {row["sounds"]: 1e6 / row["median"] for row in sounds}
    more = {"does": does, "versions": versions, "sounds": MATCHING_SOUNDS.format(**us) if us else ""}
    return MATCHING.format(**{**about, "table": table(heads, lines), **more})


def soaks() -> Iterator[str]:
    """One for each number of lines, the most first."""
    for path in sorted(RESULTS.glob("soak-*.jsonl"), key=lambda path: -int(path.stem.partition("-")[2])):
        yield soak_table(*_results(path.stem))


def _written(name: str, write: Callable[[Row, list[Row]], str]) -> str:
    return write(*_results(name))


SECTIONS: dict[str, tuple[str, Callable[[], str]]] = {
    "matching": ("Matching", matching_table),
    "grading": ("Grading recorded calls", lambda: grading_tables(*_results("grading"))),
    "soak": ("For a long time, with everything going wrong", lambda: "\n".join(soaks())),
    **{name: (heading, partial(_written, name, write)) for name, (heading, write) in (TURNS | LOADS).items()},
    "again": ("Measured again", lambda: again_table(compare_all())),
}
"""The generated parts of the page: the name in its marks, its heading, and what writes it. A part that was not measured
yet is left out.
"""


def performance_page(page: str) -> str:
    """The page with the tables in their places; the rest of it stays."""
    page = page or "# Performance\n"
    for name, (heading, write) in SECTIONS.items():
        if not (compare_all() if name == "again" else any(RESULTS.glob(f"{name}*.jsonl"))):
            continue
        begin, end = BEGIN.format(name=name), END.format(name=name)
        if begin not in page:
            page = f"{page}\n## {heading}\n\n{begin}{end}"
        written = write()
        page = re.sub(
            f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", lambda _, text=written: text, page, flags=re.DOTALL
        )
    return page


def _results(name: str) -> tuple[Row, list[Row]]:
    about, *rows = [json.loads(line) for line in (RESULTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return about, rows


def charts() -> str:
    """All that was measured, with charts."""
    results = {name: _results(name) for name in SECTIONS if (RESULTS / f"{name}.jsonl").exists()}
    return performance_html(results, compare_all())


def readme(page: str) -> str:
    """The README with the figures of the last runs; the scorecard it names is the one that lies in `docs/`."""
    return with_figures(page, (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8"), _results)


def main() -> None:
    performance = ROOT / "docs" / "performance.md"
    (ROOT / "docs" / "scorecard.md").write_text(scorecard_page(), encoding="utf-8")
    before = performance.read_text(encoding="utf-8") if performance.exists() else ""
    performance.write_text(performance_page(before), encoding="utf-8")
    performance.with_suffix(".html").write_text(charts(), encoding="utf-8")
    front = ROOT / "README.md"
    front.write_text(readme(front.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
