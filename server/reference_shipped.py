"""What is shipped, as the reference lists it: the intents of the grammars, the schemes, the inspections."""

from __future__ import annotations

from collections.abc import Iterator

from engine.content.source import Node, parse
from engine.grading.load_scheme import scheme_from
from engine.inspection.load_inspection import inspection_from
from engine.understanding.grammar import GROUPS, Grammar
from engine.understanding.load_grammar import grammar_from
from server.content import SHIPPED
from server.reference_text import SHIPPED_INSPECTIONS, SHIPPED_INTENTS, SHIPPED_SCHEMES, STANDARD, table


def _nodes(folder: str) -> Iterator[Node]:
    for path in sorted((SHIPPED / folder).glob("*.yaml")):
        node, _ = parse(path.read_bytes(), path.name)
        if node:
            yield node


def _grammars() -> list[Grammar]:
    return [grammar for node in _nodes("grammars") if (grammar := grammar_from(node, []))]


def shipped_intents() -> str:
    intents = [intent for grammar in _grammars() for intent in grammar.intents]
    rows = [
        (f"`{group}`", f"`{intent.id}`", intent.title)
        for group in GROUPS
        for intent in intents
        if intent.group == group
    ]
    return f"{SHIPPED_INTENTS}\n{table(('group', 'intent', 'title'), rows)}"


def shipped_schemes() -> str:
    schemes = [scheme for node in _nodes("scripts/schemes") if (scheme := scheme_from(node, []))]
    listed = [(f"`{scheme.name}`", scheme.title, f"{len(scheme.rules)}") for scheme in schemes]
    rules = next(scheme.rules for scheme in schemes if scheme.name == "standard")
    told = [(f"`{rule.id}`", rule.grade or "none", rule.title, rule.reason) for rule in rules]
    parts = [SHIPPED_SCHEMES, table(("scheme", "title", "rules"), listed)]
    return "\n".join([*parts, STANDARD, table(("rule", "grade", "title", "reason"), told)])


def shipped_inspections() -> str:
    intents = {intent.id for grammar in _grammars() for intent in grammar.intents}
    parts = [SHIPPED_INSPECTIONS]
    for node in _nodes("scripts/inspections"):
        if inspection := inspection_from(node, [], intents):
            rows = [(f"`{rule.id}`", rule.severity, rule.title) for rule in inspection.rules]
            parts += [f"### The rules of `{inspection.name}`\n", table(("rule", "severity", "title"), rows)]
    return "\n".join(parts)
