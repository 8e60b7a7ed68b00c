"""The documentation is true: what it shows is what happens, what is generated is up to date, links lead somewhere."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from engine.calls.log import ACTIONS, EVENTS
from engine.content.shape import records
from engine.dialogue.decide import DOUBTFUL_BELOW
from engine.dialogue.moves import TRANSFER_MS, UNHOLD_MS
from engine.dialogue.step import UNHEARD_BELOW
from engine.grading.load_scheme import SCHEME
from engine.inspection.shapes import INSPECTION
from engine.language.build import STOP_WORDS
from engine.language.keys import PART, SCRIPT
from engine.language.load import load_script
from engine.language.stage import BargeIn, NoMatch
from engine.personas.load_personas import PERSONAS
from engine.trial.conversation import CONVERSATIONS
from engine.understanding.load_grammar import GRAMMAR
from engine.understanding.utterances import UTTERANCES
from server.audio.playout import AHEAD_MS
from server.calling.scenario import SCENARIO
from server.cli import app
from server.commands import authoring
from server.conformance.table import CASES, GATEWAYS
from server.content import Files
from server.control import placing
from server.control.rest import PERSON_SECONDS, RING_SECONDS
from server.gateways.vosk import LONGEST_S
from server.live import dialling, watching, webhooks
from server.live.doorman import Doorman
from server.live.ending import LAST_READING_MS
from server.live.network import LATE_DAYS
from server.outbox import routes as outbox_routes
from server.outbox.lane import PLACES
from server.outbox.outbox import MOST_PER_S
from server.outbox.sending import TRY_SECONDS
from server.reference import pages
from server.scale.running import MANY as MANY_TO_GRADE
from server.settings import Settings
from server.speech.cache import DISK_BYTES
from tests.doc_pages import DOCS, ROOT, WRITTEN_BY_HAND, pieces, play

GENERATED = pages()
MARKDOWN = sorted({*WRITTEN_BY_HAND, *(DOCS / "reference").glob("*.md")})


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_hand_written = pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=shown)


# --- what is generated -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_what_the_code_says_now(name: str) -> None:
    file = DOCS / name
    assert file.exists(), f"docs/{name} is missing: run `make docs`"
    assert file.read_text(encoding="utf-8") == GENERATED[name], f"docs/{name} is out of date: run `make docs`"


def test_no_generated_file_is_left_over() -> None:
    here = {
        path.relative_to(DOCS).as_posix() for folder in ("reference", "schemas") for path in (DOCS / folder).iterdir()
    }
    by_hand = {path.relative_to(DOCS).as_posix() for path in WRITTEN_BY_HAND if path.is_relative_to(DOCS)}
    assert here - by_hand == GENERATED.keys(), "remove what nobody writes any more"


SHAPES = [SCRIPT, PART, GRAMMAR, SCHEME, CONVERSATIONS, UTTERANCES, SCENARIO, PERSONAS, INSPECTION]
RECORDS = {record.name: record for shape in SHAPES for record in records(shape)}


def section(name: str) -> str:
    """What the reference says under the heading of a record."""
    reference = "".join(text for path, text in GENERATED.items() if path.endswith(".md"))
    assert f"\n## {name}\n" in reference, f"no reference page describes '{name}'"
    return reference.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", RECORDS)
def test_every_key_is_documented(name: str) -> None:
    own = section(name)
    taken_over = "".join(section(other) for other in re.findall(r"And every key of \[(\w+)\]", own))
    for key, field in RECORDS[name].fields.items():
        assert f"`{key}`" in own + taken_over, f"'{key}' of {name} is in no table"
        assert field.doc, f"nothing says what '{key}' of {name} does"


def test_every_event_and_action_is_documented() -> None:
    log = GENERATED["reference/log.md"]
    assert not [name for name in (*EVENTS, *ACTIONS) if f"\n### {name}\n" not in log]


def test_every_command_is_documented() -> None:
    reference = GENERATED["reference/cli.md"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in app.commands.items():
        assert f"\n## huashu {name}\n" in reference
        assert f"| `huashu {name}` |" in readme, f"README.md has no line for `huashu {name}`"
        for parameter in command.params:
            assert all(option in reference for option in parameter.opts if option.startswith("--"))


_SHELL = re.compile(r"^```sh\n(.*?)^```$|^((?:    [^\n]+\n)+)", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(huashu [a-z][^`]*)`")


def shell_commands(page: str) -> Iterator[list[str]]:
    """The arguments of every `huashu` that a page tells to type, without what a shell takes for itself."""
    for block in _SHELL.finditer(page):
        for line in (block[1] or block[2]).replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True) if re.search(r"(^|[ /])huashu ", line) else []
            start = next((n for n, word in enumerate(words) if re.fullmatch(r"([^\s=]*/)?huashu", word)), None)
            if start is not None and all("=" in word for word in words[:start]):
                stop = next((n for n, word in enumerate(words) if word in ("|", "||", "&&", ">", "&")), None)
                yield words[start + 1 : stop]


def command_of(arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The verb that they name, and what is left for it."""
    command: click.Command = app
    while isinstance(command, click.Group) and arguments and arguments[0] in command.commands:
        command, arguments = command.commands[arguments[0]], arguments[1:]
    return command, arguments


@each_hand_written
def test_every_command_for_a_shell_can_be_typed_as_it_stands(path: Path) -> None:
    """Those in console blocks are run; these would serve, call somebody or need a cluster, so they are only read."""
    for arguments in shell_commands(path.read_text(encoding="utf-8")):
        command, rest = command_of(arguments)
        with contextlib.suppress(click.exceptions.Exit):  # of --help and --version, which do what they say
            command.make_context("huashu", list(rest))
            assert command is not app, f"there is no `huashu {' '.join(arguments)}`"


@each_hand_written
def test_options_in_running_text_are_options_of_their_command(path: Path) -> None:
    for shown_there in _INLINE.findall(path.read_text(encoding="utf-8")):
        command, rest = command_of(shown_there.split()[1:])
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        unknown = [word for word in rest if word.startswith("--") and word not in known]
        assert command is not app, f"there is no `{shown_there}`"
        assert not unknown, f"`{shown_there}` has no {', '.join(unknown)}"


# --- schemas and content ---------------------------------------------------------------------------------------------


class PlainLoader(yaml.SafeLoader):
    """YAML as editors read it: a time without quotes stays a text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def pattern(_: Any, wanted: str, value: object, __: Any) -> Iterator[ValidationError]:
    r"""Patterns are ECMAScript's, where \p{L} is a letter of any script; Python writes that otherwise."""
    if isinstance(value, str) and not re.search(wanted.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d"), value):
        yield ValidationError(f"{value!r} does not match {wanted!r}")


Validator = extend(Draft202012Validator, {"pattern": pattern})


def first_key(path: Path) -> str:
    found = re.search(r"^(\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{shown(path)} begins with no key"
    return found[1]


CONTENT = [
    *sorted((ROOT / "scripts").rglob("*.yaml")),
    *sorted((ROOT / "grammars").glob("*.yaml")),
    *sorted((ROOT / "tests").rglob("*.yaml")),
]


def schema_of(kind: str) -> Any:
    return json.loads((DOCS / "schemas" / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", sorted(path.stem for path in (DOCS / "schemas").glob("*.json")))
def test_a_schema_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind), format_checker=FormatChecker(()))  # Python is no judge of \\p{L}


@pytest.mark.parametrize("path", CONTENT, ids=shown)
def test_shipped_content_fits_its_schema(path: Path) -> None:
    content = yaml.load(path.read_bytes(), PlainLoader)  # noqa: S506  # a SafeLoader without timestamps
    errors = Validator(schema_of(first_key(path))).iter_errors(content)
    assert not [f"{error.json_path}: {error.message[:200]}" for error in errors]


@pytest.mark.parametrize(
    "content",
    [
        {"script": "x", "goodbye": "bye"},
        {"script": "x", "goodbye": "bye", "stages": {"bye": {"role": "closing", "says": "再见", "end": True}}},
        {"script": "x", "goodbye": "bye", "stages": {"bye": {"role": "ending", "say": "再见", "end": True}}},
        {"script": "x", "goodbye": "bye", "stages": {}, "limits": {"turns": 0}},
    ],
    ids=["no stages", "a misspelt key", "an unknown role", "a number out of range"],
)
def test_the_script_schema_refuses(content: object) -> None:
    assert list(Validator(schema_of("script")).iter_errors(content))


# --- what the pages show ---------------------------------------------------------------------------------------------


@each_hand_written
def test_a_page_shows_what_really_happens(path: Path, tmp_path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    played = play(page, tmp_path)
    assert played.splitlines() == page.splitlines(), "see what `make docs` makes of it"


def test_the_program_that_embeds_the_engine_prints_what_its_page_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (DOCS / "howto" / "embed.md").read_text(encoding="utf-8")
    program, printed = (
        re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL) for language in ("python", "text")
    )
    monkeypatch.chdir(ROOT)
    exec(compile("".join(program), "embed.md", "exec"), {})  # noqa: S102  what it does is what is tested
    assert capsys.readouterr().out == "".join(printed)


BASE = "phone-robot.yaml"
OPENING = (
    "script: recipe\ninclude: [base.yaml, parts/manners.yaml]\nstart: hello\ngoodbye: bye-later\nrefused: bye-refused\n"
)


def as_recipe(piece: str, folder: Path) -> Path:
    """A piece of a script as a script: what it leaves out comes from the shipped one, included as a part."""
    for name in ("base.yaml", "parts/manners.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
    shipped = (ROOT / "scripts" / BASE).read_text(encoding="utf-8")
    part = re.sub(r"^(include|goodbye|refused|grading|start):.*\n", "", shipped, flags=re.MULTILINE)
    (folder / "base.yaml").write_text(re.sub(r"^script:", "part:", part, flags=re.MULTILINE), encoding="utf-8")
    manners = ROOT / "scripts" / "parts" / "manners.yaml"
    (folder / "parts" / "manners.yaml").write_bytes(manners.read_bytes())
    stages = "" if "\nstages:" in f"\n{piece}" else "stages: {}\n"
    (folder / "recipe.yaml").write_text(OPENING + stages + piece, encoding="utf-8")
    return folder / "recipe.yaml"


PIECES = [
    pytest.param(piece, id=f"{shown(path)}-{number}")
    for path in MARKDOWN
    for number, piece in enumerate(pieces(path.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_of_a_script_is_sound(piece: str, tmp_path: Path) -> None:
    _, problems = load_script(str(as_recipe(piece, tmp_path)), Files())
    assert not [str(problem) for problem in problems if not problem.message.startswith("no call reaches")]


def test_the_readme_names_the_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert re.search(rf"^make {target}\b", readme, re.MULTILINE)
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


NUMBERS = {1: "a", 2: "two", 3: "three", 5: "five"}
FIGURES = [
    ("explanation.md", f"{DOUBTFUL_BELOW * 100:.0f} % sure"),
    ("explanation.md", f"at most {NUMBERS[AHEAD_MS // 1000]} second ahead"),
    ("explanation.md", f"still recognised, for up to {NUMBERS[LAST_READING_MS // 1000]} seconds"),
    ("howto/actions.md", f"At most {PLACES} messages are under way to one receiver, and {MOST_PER_S} begun a second"),
    ("howto/actions.md", f"Answer within {TRY_SECONDS:g} seconds"),
    ("howto/barge-in.md", f"less than {UNHEARD_BELOW * 100:.0f} % sure"),
    ("howto/commands.md", f"told within {TRANSFER_MS // 1000} seconds"),
    ("howto/commands.md", f"or {NUMBERS[UNHOLD_MS // 1000]} seconds after it was ordered to"),
    ("howto/grade-many.md", f"From {MANY_TO_GRADE:,} logs on"),
    ("howto/outcomes.md", f"found for {NUMBERS[LATE_DAYS]} days"),
    ("howto/serve.md", f"{Settings.model_fields['max_calls'].default} calls at a time (`HUASHU_MAX_CALLS`)"),
    ("howto/speech.md", f"more than {DISK_BYTES >> 20} MB"),
    ("howto/telnyx.md", f"when nobody does within {RING_SECONDS} seconds"),
    ("howto/telnyx.md", f"nothing is told within {PERSON_SECONDS:g} seconds"),
    (
        "howto/test-a-script.md",
        f"for each script ({next(p.default for p in authoring.test.params if p.name == 'most')})",
    ),
    ("howto/vosk.md", f"A message holds {NUMBERS[LONGEST_S]} seconds of sound at most"),
    ("reference/gateway.md", f"at most {NUMBERS[AHEAD_MS // 1000]} second ahead"),
]


@pytest.mark.parametrize(("page", "says"), FIGURES)
def test_a_number_in_the_prose_is_that_of_the_code(page: str, says: str) -> None:
    assert says in " ".join((DOCS / page).read_text(encoding="utf-8").split())


def test_the_defaults_in_the_prose_are_those_of_the_code() -> None:
    explanation = (DOCS / "explanation.md").read_text(encoding="utf-8")
    assert (NoMatch().short_chars, "up to four characters" in explanation) == (4, True)
    barge_in = (DOCS / "howto" / "barge-in.md").read_text(encoding="utf-8")
    assert (BargeIn().after_chars, "at least four characters" in barge_in) == (4, True)
    assert not [intent for intent in STOP_WORDS if f"`{intent}`" not in barge_in]


def test_the_recipe_counts_the_cases_that_the_kit_has() -> None:
    page = (DOCS / "howto" / "conformance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z_, ]+) \| (\d+)(?: each)? \|", page, re.MULTILINE)
    told = {name: int(count) for names, count in rows for name in names.split(", ")}
    assert told == {name: sum(name in case.gateways for case in CASES) for name in GATEWAYS}


def test_the_guide_to_the_server_lists_what_can_be_asked_by_http() -> None:
    doorman = Doorman(Settings(), lambda: 0.0)
    routers = [each.router(None, doorman) for each in (watching, outbox_routes, dialling, placing)]  # nobody asks
    served = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    page = (DOCS / "howto" / "serve.md").read_text(encoding="utf-8").replace("<call>", "{name}")
    assert served
    assert not [path for path in sorted(served | {webhooks.OUTCOME}) if path not in page]


# --- links -----------------------------------------------------------------------------------------------------------

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(path: Path) -> str:
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(prose(path)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{shown(path)}: no file {link}"
        assert not anchor or anchor in anchors(target), f"{shown(path)}: no heading for {link}"


def test_every_page_is_listed_in_the_index() -> None:
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall(prose(DOCS / "index.md"))}
    missing = [shown(path) for path in MARKDOWN if path.is_relative_to(DOCS) and path not in listed]
    assert not [page for page in missing if page != "docs/index.md"]
