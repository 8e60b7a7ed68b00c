"""What the reference pages say beside their tables: an opening for each page, in words for script authors."""

from __future__ import annotations

from collections.abc import Iterable

_NOTICE = "<!-- Written by `make docs` from the code. A change here is lost; change the code. -->"


def title(text: str) -> str:
    return f"{_NOTICE}\n# {text}\n"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table. A bar within a cell is escaped, since it would end the cell."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in lines)


SCRIPT_FILES = """\
A script is a YAML file whose first key is `script`. This page lists every key. For a first script read the
[tutorial](../tutorial.md); for the order in which rules are tried, the [explanation](../explanation.md).

Where a table says *stage name*, a stage of that name must exist; the same holds for slots. A duration is written
`3.5s`, `500ms` or `2min`; a bare number counts seconds. Names may be in letters of any language, without spaces.

What a rule hears (`hear`) is one of three things: the id of an intent (`ask_price`), the name of a group of intents
(`interest`), or words as the caller says them (没有团队). Ids and groups are in the
[list of shipped intents](grammar.md#shipped-intents).
"""

PROMPTS = """\
## prompt

What the bot says: a text, a [wording](#wording), or a list of these. The wordings of a list are taken in turn, one each
time the prompt is said. `{name}` in a text stands for a variable or a slot; a wording with a slot that is not filled
yet is passed over as long as there is another. A text that begins with `{` must be quoted.
"""

GRAMMAR_FILES = """\
A grammar is a YAML file whose first key is `grammar`. It holds intents: what a caller may mean, each with the phrases
that mean it. A script uses all shipped grammars unless it names some under `grammars`, and looks for a grammar first
in a `grammars/` folder beside itself or up to two folders above.

Phrases are compared after spelling is made one: width, case, traditional characters, and characters that only
dialects write (冇 is 没, 佢 is 他, 咗 is 了) make no difference, nor do spaces between words; between longer pieces
(不是 你打错电话了) a space is a pause, as every mark of punctuation is. A longer phrase beats a shorter one inside it;
a stage's own word is heard inside a longer phrase too, unless that may deny it. A phrase of one character
counts only when a clause says nothing else. A phrase that is denied by its surroundings (不是不需要) is kept as an
explanation and never acted on.

## Patterns

A pattern is a small part of regular expressions, without anything that repeats for ever:

| written | means |
| --- | --- |
| `(不\\|没)` | one of these |
| `太?` · `(怎么)?` | this or nothing |
| `[你您]` | one of these characters |
| `.{0,3}` | up to three characters within a clause |
| `<ask>` | the term `ask` of this grammar |
| `^` · `$` | start and end of a clause, particles aside |

A pattern must name characters that occur in every utterance it fits, and may not fit in too many ways; `huashu check`
says so with the place.
"""

INSPECTION_FILES = """\
An inspection is a YAML file whose first key is `inspection`, in the folder `scripts/inspections`. Each of its rules
says what a call must have (`require`) or must not have (`forbid`); `if` says which calls it is about. All lines of a
condition must hold.

Every test on utterances takes a place: `who` says them; the `first` or `last` so many; `after`, `before`, `around` or
`at` another utterance, at most `reach` utterances from it. Where a log does not tell (nobody measured how long somebody
spoke, there is no recording), a rule is neither kept nor violated: it is counted as unknown.
"""

SCHEME_FILES = """\
A scheme is a YAML file whose first key is `scheme`, in the folder `scripts/schemes`. Its rules are tried from the top;
the first whose condition holds gives the grade, and every grade names its rule and its evidence. Letters compare only
within one scheme.
"""

CONDITIONS = """\
## condition

One language for a script's `if` and a scheme's `when`. A condition is a map; all of its lines must hold. It reads
nothing but the facts below, so a misspelt fact is found when the file is checked.

```yaml
always:
  - hear: interest
    if:
      interest_questions: {at_least: 2}      # a number within bounds, both included
      invitation: [none, pending]            # one of these words
      not: {visited: invite}                 # none of these lines holds
      any:                                   # at least one of these conditions holds
        - {heard: ask_price}
        - {talk_seconds: {at_least: 60s}}
    go: invite
```
"""

SHIPPED_INTENTS = """\
## Shipped intents

A rule may name an intent, or a group for all of its intents.
"""

SHIPPED_SCHEMES = """\
## Shipped schemes

They lie in `scripts/schemes`. A script takes one by `grading: NAME`, and `huashu grade --scheme NAME` grades by it. All
but `standard` follow what others have published; where, their files say.
"""

STANDARD = """\
### The rules of `standard`

In this order; the first that holds decides.
"""

SHIPPED_INSPECTIONS = """\
## Shipped inspections

They lie in `scripts/inspections`; `huashu inspect --rules NAME` holds calls against one.
"""

CONVERSATION_FILES = """\
Tests are YAML files, read by `huashu test`. The first key tells the kind: `conversations` for whole calls through a
script, `utterances` for what single utterances mean. What a test does not mention is not tested. How to write them is
in the [recipe](../howto/test-a-script.md).
"""

SCENARIO_FILES = """\
A scenario says what the test caller of `huashu call --scenario` does in a call. Its first key is `scenario`. How to
place test calls is in the [recipe](../howto/try-a-call.md).

A step waits for its turn: what is said, played or pressed waits until the bot has answered the step before and has been
silent for 0.3 s; in the beginning, for its greeting. With `barge_in_ms` it begins so far into the prompt instead.
`stall_ms` and `hangup` wait for nobody. When the steps are done, the caller stays silent until the bot ends the call.
"""

PERSONA_FILES = """\
A table of personas says who calls in `huashu simulate --personas`, and what such people do. Its first key is
`personas`, its name. The one that is shipped is `scripts/personas/standard.yaml`; `--table` takes another. How to use
it is in the [recipe](../howto/simulate-callers.md).

What somebody does is chosen by weights, anew at each turn, out of what makes sense there: an act that cannot be said at
the present stage is passed over, and a question that was asked twice is not asked again. An act is an intent or a group
of intents (of which one is taken that was not brought up yet), or a phrase of the script; several joined by `+` are
said in one breath. Words are phrases of the grammars that the script really understands as that intent at that stage.
"""

SETTINGS = """\
Each stands in the environment, in a file of `NAME=value` lines (`huashu serve --config FILE`, or `HUASHU_CONFIG`), or
has its default; the environment goes before the file. `huashu serve --check` prints what would be used, and whether the
recogniser and the voice are there. How to run the server is in the [recipe](../howto/serve.md).
"""

CLI = """\
Exit codes, unless a command says otherwise: 0 fine; 1 problems were found or input could not be read; 2 the command
was used wrongly. Results are on standard output, errors on standard error, one line each.
"""

LOG = """\
A log is one call in JSON lines, UTF-8. The first line is the [header](#header). Every later line is one step: `seq`,
the step's number; `event`, what happened; `actions`, what was decided. An event or action has its `type`, then its
fields; a field that has its default is left out. A reader passes over fields it does not know.

Telephone numbers are masked: in every text the middle of a run of seven or more digits becomes `*`. Of four to six
digits said alone, which may be a piece of a number, only the first stays. Of the keys pressed for a number the first
three stay; the others are `?`, as is a key that nobody asked for. Names, codes and times that the program itself wrote
stay as they are. A call replays from its masked log.
"""

EVENTS = """\
## Events

What happened, in the past tense. Every event has `at_ms`: milliseconds since the call was created. It never goes
backwards.
"""

ORDERS = """\
## Orders

Actions that somebody carries out. An order with a `ref` is answered by an event that returns it.
"""

NOTES = """\
## Notes

Actions that nobody carries out: they say what was understood and decided.
"""

CALLS = """\
What `huashu simulate` reads and prints, one JSON object a line. Time is virtual: a call is played as fast as the
machine computes it, and the same input gives the same output.

```json
{"call_id": "x1", "now": "2026-11-23T10:00:00+08:00", "vars": {"company": "星河科技"},
 "steps": [{"say": "喂你好", "confidence": 0.9}, {"silence": true}, {"say": "不用了", "barge_in_ms": 800}]}
```

(Shown on two lines; in a file each call is one line.) Steps happen in order. `say` waits until the bot has finished,
unless `barge_in_ms` says how far into the prompt the caller cuts in. A call that does not begin with `early_media`,
`failed` or `answered` counts as answered at once. When the steps run out, the caller stays silent until the bot ends
the call; steps left over after the end are ignored. A line that cannot be read is reported by its number, the others
are played, and the exit code is 1. A variable that a live call needs and a line does not bring is given by `--var`;
else a sample of its type stands in for it, which is told.
"""

RESULTS: tuple[tuple[str, str], ...] = (
    ("call_id", "as given"),
    ("disposition", "what became of the call technically"),
    ("grade", "A to F, or null for none"),
    ("rule", "id of the rule of the scheme that gave it"),
    ("scheme", "the scheme's name"),
    ("title", "the rule's short name"),
    ("reason", "the rule's reason, in a sentence"),
    ("at", "where the rule stands: file, line and column"),
    ("evidence", "the facts the grade rests on, each with the steps (`seq`) and the words that made it"),
    ("missed", "for each better grade, its nearest rule and what it lacked"),
    ("ended_by", "`caller`, `bot` or `network`"),
    ("stages", "stages visited, in order"),
    ("turns", "what was said: `bot`, `caller`, `intents`, `stage`"),
    ("facts", "every fact by the name that conditions use"),
    ("fact_steps", "for each fact the steps of the log (`seq`) that made it"),
    ("actions", "what is to be done beyond talking, each with its `type`"),
)
"""Keys of a result of `huashu simulate` and `huashu grade`, and what they hold."""
