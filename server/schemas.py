"""JSON Schemas of the content files, written from the shapes that read them."""

from __future__ import annotations

import json

import click

from engine.content.shape import Shape, schema, suggest
from engine.grading.load_scheme import SCHEME
from engine.grading.load_trunks import TRUNKS
from engine.inspection.shapes import INSPECTION
from engine.language.keys import PART, SCRIPT
from engine.personas.load_personas import PERSONAS
from engine.trial.conversation import CONVERSATIONS
from engine.understanding.load_grammar import GRAMMAR
from engine.understanding.utterances import UTTERANCES
from server.calling.scenario import SCENARIO
from server.output import OK, USAGE, error

SHAPES: dict[str, Shape] = {
    "script": SCRIPT,
    "part": PART,
    "grammar": GRAMMAR,
    "scheme": SCHEME,
    "conversations": CONVERSATIONS,
    "utterances": UTTERANCES,
    "scenario": SCENARIO,
    "trunks": TRUNKS,
    "personas": PERSONAS,
    "inspection": INSPECTION,
}


def schema_text(kind: str) -> str:
    """The schema file of a kind, as it is shipped in `docs/schemas/`."""
    return json.dumps(schema(SHAPES[kind], f"huashu {kind}"), ensure_ascii=False, indent=2) + "\n"


def print_schema(kind: str) -> int:
    if kind not in SHAPES:
        error(f"no kind of file '{kind}' ({suggest(kind, SHAPES) or 'there are: ' + ', '.join(SHAPES)})")
        return USAGE
    click.echo(schema_text(kind), nl=False)
    return OK
