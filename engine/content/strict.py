"""YAML that is read here, by libyaml, and not everywhere: what editors and other programs would stumble over.

Of this kind is a bare `?` in brackets. PyYAML without libyaml takes it for the sign of a key wherever it stands, as
YAML 1.1 may be read; libyaml takes it for a letter.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.content.mend import advice
from engine.content.source import Node, Problem

MESSAGE = "some YAML readers stop at a '?' in an unquoted text within brackets"


def strict(node: Node, *, bracketed: bool = False) -> Iterator[Problem]:
    """Warnings about the texts in this node, which stands in brackets itself where it is `bracketed`."""
    if node.kind == "scalar":
        if bracketed and "?" in node.text and not node.quoted:
            yield Problem(node.mark, MESSAGE, advice(node.text), "warning")
        return
    for each in (*node.items, *(side for entry in node.entries for side in entry)):
        yield from strict(each, bracketed=bracketed or node.flow)
