"""The JSON Schemas are shipped as the code makes them, and take what the loader takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from server.content import SHIPPED, first_key, yaml_files
from server.schemas import SHAPES, schema_text
from tests.server.desk import GRAMMAR, SCHEME, SCRIPT, TESTS, huashu

SHIPPED_SCHEMAS = SHIPPED / "docs" / "schemas"
CONTENT = [
    path
    for path in yaml_files([SHIPPED / "scripts", SHIPPED / "grammars", SHIPPED / "tests"])
    if first_key(path.read_bytes()) in SHAPES
]
each_kind = pytest.mark.parametrize("kind", SHAPES)


def complaints(kind: str, text: str) -> list[str]:
    class Plain(yaml.SafeLoader):
        """Reads as an editor does: YAML 1.2, where `on` and `yes` are words."""

    Plain.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    document = yaml.load(text, Plain)  # noqa: S506
    validator = Draft202012Validator(json.loads(schema_text(kind)))
    return [f"{'/'.join(map(str, found.path))}: {found.message[:200]}" for found in validator.iter_errors(document)]


@each_kind
def test_a_schema_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text(kind)))


@each_kind
def test_the_shipped_schema_is_the_one_the_code_makes(kind: str) -> None:
    shipped = SHIPPED_SCHEMAS / f"{kind}.json"
    assert shipped.read_text(encoding="utf-8") == schema_text(kind), f"huashu schema {kind} > {shipped}"


@pytest.mark.parametrize("path", CONTENT, ids=lambda path: str(path.relative_to(SHIPPED)))
def test_shipped_content_fits_its_schema(path: Path) -> None:
    assert complaints(first_key(path.read_bytes()), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("kind", "text"), [("script", SCRIPT), ("grammar", GRAMMAR), ("scheme", SCHEME), ("conversations", TESTS)]
)
def test_content_of_an_author_fits(kind: str, text: str) -> None:
    assert complaints(kind, text) == []


@pytest.mark.parametrize(
    ("slip", "where"),
    [
        ("    say: 那", "    sya: 那"),
        ("role: opening", "role: opning"),
        ("accept: yes", "accept: perhaps"),
        ("script: shop", "scirpt: shop"),
    ],
)
def test_a_slip_of_the_pen_does_not(slip: str, where: str) -> None:
    assert complaints("script", SCRIPT.replace(slip, where))


def test_a_schema_is_printed(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "schema", "grammar")
    assert (ran.code, ran.out) == (0, schema_text("grammar"))


def test_a_kind_nobody_knows(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "schema", "scirpt")
    assert (ran.code, ran.out, ran.err) == (2, "", "huashu: no kind of file 'scirpt' (did you mean 'script'?)\n")
