"""The pages that show measurements: `docs/scorecard.md`, scored anew, and the tables of the last runs in
`docs/performance.md`, with charts in `docs/performance.html`.

`python -m benchmarks.pages` (`make docs`) writes them; `make bench` measures and then does the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.again import compare_all
from benchmarks.again_tables import again_table
from benchmarks.charted import performance_html
from benchmarks.load_tables import LOADS
from benchmarks.sentences import UNSEEN, sentences
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
for (`may`), what it must not (`not`), and whether it says yes, no or neither (`polarity`). Two sets, and they answer
different questions. *Unseen*: {unseen:,} sentences that were written by somebody who had not seen the grammars, and by
which no grammar was mended ([how, and what to expect of freer ones](../benchmarks/unseen/README.md)). *Scorecard*:
{sentences:,} sentences in [benchmarks/scorecard](../benchmarks/scorecard) at which the grammars were worked on until
hardly one was missed; it shows that nothing is lost again. {known} of them stand in a grammar word for word, as a
phrase or an example.

All were invented at a desk; they are no recordings, and people on the telephone speak less tidily. `huashu score`
prints the figures for any files of this form, `huashu score --slips` every sentence that was not understood. The
labels of the scorecard were gone over twice after its first run, where a sentence did say what had been heard and the
label had left it out (不用了，谢谢 does take leave). To keep the sets a fair test, do not add a phrase to a grammar
because a sentence of theirs was missed: mend what the class lacks.

{both}
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
What each does: **huashu** all of its work: spelling, {patterns} patterns besides the phrases, sounds, near misses,
scope and times. **huashu, compiled**: the same engine [made faster](howto/make-it-faster.md), in a process of its own.
**ahocorasick-rs**, **pyahocorasick**: find all places of all phrases, and nothing else. **one re**: one alternation of
all phrases, leftmost first. **naive loop**: `if phrase in text`, phrase by phrase. **hassil**: compare the whole text
with each phrase as a sentence template. The phrases are drawn from the shipped grammars; beyond
their number, more are made up from halves of shipped ones.

{machine}, {system}, Python {python}; {versions}. Measured {date},
grammars {grammars}, while {load:g} tasks on average wanted a core: read it as ratios. `make bench` measures again.
"""
GRADING = """\
What grading a recorded call again takes, in time of the processor: **read** its log, **fold** the facts out of it,
**grade** them with all reasons, and **tell** it as a line of JSON with its turns. Callers say sentences of the
scorecard to the shipped script `{script}`; the median of {rounds} rounds. *First* is all four in the first round: logs
hold the same prompts and timers again and again, which are read once, and until then it takes longer. Of real logs
less recurs than here in the later rounds, since their callers have more names.

{table}
The whole command on {calls:,} simulated callers, by the clock, its start included. *Ray* is a cluster of two machines
with a core each, both on this one. All wrote {same}.

{commands}
{machine}, {system}, Python {python}; {versions}. Measured {date},
while {load:g} tasks on average wanted a core. `make bench` measures again.
"""
GRADING_FLOORS = """
For comparison, what Python itself takes for a call of {turns} turns: to read its JSON and make nothing of it, to make
its events of values that are there, to look at each of them once, to write a result that is there.

{table}"""
GRADING_HEADS = ("", "turns", "steps", "calls", "read", "fold", "grade", "tell", "calls a second", "first")
BEGIN = "<!-- {name}: written by `make docs` from benchmarks/results -->\n"
END = "<!-- end of {name} -->\n"


def scorecard_page() -> str:
    """The page about the scorecard, as of now."""
    grammars, said = shipped_grammars(), sentences()
    texts = _texts(grammars)
    lexicon = Lexicon(grammars)
    card = score(said, partial(hear, lexicon))
    unseen = score(sentences(UNSEEN), partial(hear, lexicon))
    known = sum(spelled(sentence.say) in texts for sentence in said)
    parts = [
        SCORECARD.format(sentences=card.sentences, unseen=unseen.sentences, known=known, both=_both(unseen, card)),
        _tables(card),
        FLIPS.format(listed=_listed(card.flips)),
        INVENTED.format(listed=_listed(card.invented)),
        _peers(),
    ]
    return "\n".join(parts)


def _both(unseen: Scorecard, card: Scorecard) -> str:
    rows: list[tuple[str, Callable[[Scorecard], str]]] = [
        ("sentences", lambda each: f"{each.sentences:,}"),
        ("macro recall, over all intents", lambda each: f"**{percent(each.macro_recall)}**"),
        ("macro precision", lambda each: percent(each.macro_precision)),
        ("macro F1", lambda each: percent(each.macro_f1)),
        ("polarity flips, of those that say yes or no", lambda each: f"**{len(each.flips)}** of {each.opinionated}"),
        ("heard as yes or no, of those that say neither", _invented),
    ]
    return table(("", "unseen", "scorecard"), [(name, show(unseen), show(card)) for name, show in rows])


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
    about, rows = _results("matching")
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
    return MATCHING.format(**{**about, "table": table(heads, lines), "versions": versions})


def grading_tables() -> str:
    """The tables of the last run of `benchmarks.grading`."""
    about, rows = _results("grading")
    parts = ("read", "fold", "grade", "tell")
    lines = [
        (
            row["contender"], *(f"{row[name]}" for name in ("turns", "steps", "calls")),
            *(f"{row[part]} µs" for part in parts), f"{1e6 / sum(row[part] for part in parts):,.0f}",
            f"{1e6 / row['first']:,.0f}",
        )
        for row in rows if "turns" in row
    ]  # fmt: skip
    floors = [row for row in rows if "floor" in row]
    least = table(("", "a call"), [(row["floor"], f"{row['microseconds']:g} µs") for row in floors])
    under = GRADING_FLOORS.format(turns=floors[0]["of_turns"], table=least) if floors else ""
    commands = [row for row in rows if "command" in row]
    whole = [(row["command"], f"{row['per_second']:,}") for row in commands]
    same = "the same bytes" if all(row["same"] for row in commands) else "something else, which is a fault"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    measured = table(GRADING_HEADS, lines) + under
    more = {"table": measured, "commands": table(("", "calls a second"), whole), "same": same}
    return GRADING.format(**{**about, **more, "versions": versions, "calls": commands[0]["calls"]})


def _written(name: str, write: Callable[[Row, list[Row]], str]) -> str:
    return write(*_results(name))


SECTIONS: dict[str, tuple[str, Callable[[], str]]] = {
    "matching": ("Matching", matching_table),
    "grading": ("Grading recorded calls", grading_tables),
    "soak": ("For a long time, with everything going wrong", lambda: soak_table(*_results("soak"))),
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
        if not (compare_all() if name == "again" else (RESULTS / f"{name}.jsonl").exists()):
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


def main() -> None:
    performance = ROOT / "docs" / "performance.md"
    (ROOT / "docs" / "scorecard.md").write_text(scorecard_page(), encoding="utf-8")
    before = performance.read_text(encoding="utf-8") if performance.exists() else ""
    performance.write_text(performance_page(before), encoding="utf-8")
    performance.with_suffix(".html").write_text(charts(), encoding="utf-8")


if __name__ == "__main__":
    main()
