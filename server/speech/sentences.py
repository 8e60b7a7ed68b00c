"""A text as the sentences in which it is spoken: each is synthesised, cached and sent alone, the first one first."""

from __future__ import annotations

import re

BREATH_MS = 250
"""Between two sentences of one text."""
LONGEST = 60
"""Characters. A longer sentence is spoken in clauses: nobody has so much breath, and the model so much room."""

_SENTENCE = re.compile(r"[^。！？!?；;…\n]*[。！？!?；;…\n]+[”’」』）)\"']*|[^。！？!?；;…\n]+")
_CLAUSE = re.compile(r"[^，,、：:]*[，,、：:]+|[^，,、：:]+")
_WORD = re.compile(r"\w")


def sentences(text: str) -> list[str]:
    """Joined again they are the text, but for blanks around sentences and what has no words."""
    found = (piece.strip() for sentence in _SENTENCE.findall(text) for piece in _clauses(sentence.strip()))
    return [piece for piece in found if _WORD.search(piece)]


def clauses(sentence: str) -> list[str]:
    """Each with its comma: what a sentence with a name in it shares with the same sentence to somebody else."""
    return [piece for piece in map(str.strip, _CLAUSE.findall(sentence)) if _WORD.search(piece)]


def _clauses(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST:
        return [sentence]
    pieces: list[str] = []
    for clause in _CLAUSE.findall(sentence):
        if pieces and len(pieces[-1]) + len(clause) <= LONGEST:
            pieces[-1] += clause
        else:
            pieces += [clause[at : at + LONGEST] for at in range(0, len(clause), LONGEST)]
    return pieces
