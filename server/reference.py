"""The reference pages and schema files in `docs/`, written from the code that they describe.

`pages` maps each file to its text and writes nothing, so a test can ask whether what lies in `docs/` is still true.
`python -m server.reference` (`make docs`) writes the files.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from pydantic import SecretStr

from engine.content.shape import (
    Either,
    Field,
    Flag,
    Id,
    Lazy,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Shape,
    Words,
    records,
)
from engine.grading.condition import CONDITION, Bound
from engine.grading.facts import FACTS, About
from engine.grading.load_scheme import SCHEME
from engine.inspection.shapes import INSPECTION
from engine.language.keys import OUTCOME, PART, PIECE, PROMPT, SCRIPT, WORDING
from engine.personas.load_personas import PERSONAS
from engine.personas.persona import DEEDS, PLACES
from engine.trial.conversation import CONVERSATIONS
from engine.understanding.load_grammar import GRAMMAR
from engine.understanding.utterances import UTTERANCES
from server.calling.scenario import SCENARIO
from server.cli import app
from server.conformance.page import conformance_page
from server.reference_log import calls_page, log_page
from server.reference_shipped import shipped_inspections, shipped_intents, shipped_schemes
from server.reference_text import (
    CLI,
    CONDITIONS,
    CONVERSATION_FILES,
    GRAMMAR_FILES,
    INSPECTION_FILES,
    PERSONA_FILES,
    PROMPTS,
    SCENARIO_FILES,
    SCHEME_FILES,
    SCRIPT_FILES,
    SETTINGS,
    table,
    title,
)
from server.schemas import SHAPES, schema_text
from server.settings import PREFIX, Settings, written


def pages() -> dict[str, str]:
    """Every generated file under `docs/`, by its path there, with its text."""
    reference = {f"reference/{name}.md": write() for name, write in PAGES.items()}
    return reference | {f"schemas/{kind}.json": schema_text(kind) for kind in SHAPES}


# --- shapes ----------------------------------------------------------------------------------------------------------

CHAPTERS: dict[str, list[Record]] = {
    "grammar": records(GRAMMAR),
    "scheme": records(SCHEME),
    "conversations": records(CONVERSATIONS) + records(UTTERANCES),
    "scenario": records(SCENARIO),
    "personas": records(PERSONAS),
    "inspection": [record for record in records(INSPECTION) if record not in records(SCHEME)],
}
"""Page → the records it describes."""
_ELSEWHERE = {record.name: page for page, chapters in CHAPTERS.items() for record in chapters}
CHAPTERS["script"] = [record for record in records(SCRIPT) if record.name not in _ELSEWHERE]
HOMES = _ELSEWHERE | {record.name: "script" for record in CHAPTERS["script"]}
"""Record → its page."""


def holds(shape: Shape, page: str) -> str:
    """What a key may hold, in Markdown, with links to other records."""
    if shape is PROMPT:
        return "[prompt](#prompt)"
    match shape:
        case Record():
            home = "" if HOMES[shape.name] == page else f"{HOMES[shape.name]}.md"
            return f"[{shape.name}]({home}#{shape.name.replace(' ', '-')})"
        case Lazy():
            return holds(shape.shape(), page)
        case Bound():
            return holds(shape.item, page)
        case Words():
            return "text"
        case Id():
            return f"{shape.what} name"
        case Flag():
            return "`yes` or `no`"
        case OneOf():
            return " · ".join(f"`{value}`" for value in shape.values)
        case OneOrMany():
            return f"{holds(shape.item, page)}; or a list"
        case ListOf():
            return f"list of {holds(shape.item, page)}"
        case MapOf():
            return f"map from names to {holds(shape.item, page)}"
        case Either():
            return " or ".join(holds(each, page) for each in (shape.scalar, shape.map, shape.list) if each)
    return shape.expects


def chapter(record: Record, page: str) -> str:
    """One record: what it is, then a line for each key. Keys of another record that it takes over stand only there."""
    base = next((each for each in (OUTCOME, PIECE) if each is not record and _takes_over(record, each)), None)
    fields = {name: field for name, field in record.fields.items() if not (base and name in base.fields)}
    rows = [(_key(name, field), holds(field.shape, page), field.doc) for name, field in fields.items()]
    parts = [f"## {record.name}\n", f"{record.doc}\n" if record.doc else "", table(KEY_HEADS, rows)]
    parts += [f"And every key of {holds(base, page)}.\n"] if base else []
    return "\n".join(part for part in parts if part)


KEY_HEADS = ("key", "holds", "what it does")


def _takes_over(record: Record, base: Record) -> bool:
    return base.fields.items() <= record.fields.items()


def _key(name: str, field: Field) -> str:
    return f"`{name}` (required)" if field.required else f"`{name}`"


# --- pages -----------------------------------------------------------------------------------------------------------


def script_page() -> str:
    shared = ", ".join(f"`{name}`" for name in PART.fields if name != "part")
    part = f"## part\n\n{PART.doc} Its first key is `part`, its name;\nthe others are keys of a script: {shared}.\n"
    chapters = [chapter(record, "script") for record in CHAPTERS["script"]]
    where = next(place for place, record in enumerate(CHAPTERS["script"]) if record is WORDING)
    return "\n".join([title("Script files"), SCRIPT_FILES, *chapters[:where], PROMPTS, *chapters[where:], part])


def grammar_page() -> str:
    chapters = [chapter(record, "grammar") for record in CHAPTERS["grammar"]]
    return "\n".join([title("Grammar files"), GRAMMAR_FILES, *chapters, shipped_intents()])


def scheme_page() -> str:
    chapters = [chapter(record, "scheme") for record in CHAPTERS["scheme"] if record is not CONDITION]
    facts = [(f"`{name}`", _written(about), about.doc) for name, about in FACTS.items()]
    combined = [
        (f"`{name}`", holds(CONDITION.fields[name].shape, "scheme"), CONDITION.fields[name].doc) for name in _LOGIC
    ]
    condition = "\n".join(
        [
            CONDITIONS,
            table(("key", "holds", "meaning"), combined),
            "### Facts\n",
            table(("fact", "is compared with", "meaning"), facts),
        ]
    )
    parts = [title("Grade schemes and conditions"), SCHEME_FILES, *chapters[:2], condition, *chapters[2:]]
    return "\n".join([*parts, shipped_schemes()])


_LOGIC = tuple(name for name in CONDITION.fields if name not in FACTS)


def _written(about: About) -> str:
    """How a condition on such a fact is written."""
    values = " · ".join(f"`{value}`" for value in about.values)
    match about.kind:
        case "number":
            return "a number, or [number bounds](#number-bounds)"
        case "duration":
            return "a duration, or [time bounds](#time-bounds)"
        case "flag":
            return "`yes` or `no`"
        case "text":
            return "`yes` (there is one), `no`, or the text itself"
        case "word":
            return f"{values}; or a list"
        case "set":
            return f"a name, a list (any of them), or `{{all: […]}}`{': ' if values else ''}{values}"


def conversations_page() -> str:
    chapters = [chapter(record, "conversations") for record in CHAPTERS["conversations"]]
    return "\n".join([title("Test files"), CONVERSATION_FILES, *chapters])


def scenario_page() -> str:
    chapters = [chapter(record, "scenario") for record in CHAPTERS["scenario"]]
    return "\n".join([title("Scenarios of test calls"), SCENARIO_FILES, *chapters])


def inspection_page() -> str:
    chapters = [chapter(record, "inspection") for record in CHAPTERS["inspection"]]
    return "\n".join([title("Inspections"), INSPECTION_FILES, *chapters, shipped_inspections()])


def personas_page() -> str:
    chapters = [chapter(record, "personas") for record in CHAPTERS["personas"]]
    places = table(("place", "where it is"), [(f"`{name}`", what or "likewise") for name, what in PLACES.items()])
    deeds = table(("act", "what the caller does"), [(f"`{name}`", what) for name, what in DEEDS.items()])
    lists = f"## Places\n\n{places}\n## Acts that are no intents\n\n{deeds}"
    return "\n".join([title("Tables of personas"), PERSONA_FILES, *chapters, lists])


def settings_page() -> str:
    return "\n".join([title("Settings of the server"), SETTINGS, table(("setting", "default", "meaning"), _settings())])


def _settings() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        told = written(default)
        shown = "scripts that are shipped" if name == "scripts" else f"`{told}`" if told else ""
        yield f"`{PREFIX}{name.upper()}`", shown, field.description or ""


def cli_page() -> str:
    return "\n".join([title("The huashu command"), CLI, *_helps()])


def _helps() -> Iterator[str]:
    top = click.Context(app, info_name="huashu", terminal_width=100, **app.context_settings)
    for name, command in app.commands.items():
        context = click.Context(command, info_name=name, parent=top)
        texts = [command.get_help(context)]
        for inner_name, inner in command.commands.items() if isinstance(command, click.Group) else ():
            texts.append(inner.get_help(click.Context(inner, info_name=inner_name, parent=context)))
        yield f"## huashu {name}\n" + "".join(f"\n```text\n{text}\n```\n" for text in texts)


PAGES: dict[str, Callable[[], str]] = {
    "script": script_page,
    "grammar": grammar_page,
    "conversations": conversations_page,
    "scenario": scenario_page,
    "personas": personas_page,
    "inspection": inspection_page,
    "scheme": scheme_page,
    "log": log_page,
    "calls": calls_page,
    "settings": settings_page,
    "cli": cli_page,
    "conformance": conformance_page,
}


def main(folder: Path) -> None:
    """Write all pages below this folder."""
    for path, text in pages().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    click.echo(f"{len(pages())} files written below {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
