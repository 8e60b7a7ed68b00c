"""A file of results, continued after whatever has happened to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.scale.continuing import NotOursError, continued, digest, head

NAMES = ("logs/a.jsonl", 'logs/"王".jsonl', "logs/c\\d.jsonl")
LINES = [head(Path(name), digest(name.encode())) + '"call_id": "x"}' for name in NAMES]


def fill(file: Path) -> None:
    with continued(file) as kept:
        for name, line in zip(NAMES, LINES, strict=True):
            if digest(name.encode()) not in kept:
                kept.write(line + "\n")


def test_a_digest_tells_its_parts_apart() -> None:
    assert len({digest(b"ab", b"c"), digest(b"a", b"bc"), digest(b"abc"), digest(b"abc", b"")}) == 4


def test_a_file_cut_off_anywhere_is_filled_up_to_what_it_would_have_been(tmp_path: Path) -> None:
    file = tmp_path / "grades.jsonl"
    fill(file)
    whole = file.read_bytes()
    assert whole.decode().splitlines() == LINES
    for length in range(len(whole) + 1):
        file.write_bytes(whole[:length])
        fill(file)
        assert file.read_bytes() == whole


@pytest.mark.parametrize(
    "held", ["shopping list", "shopping list\n", '{"call_id": "x"}\n', '{"log": "x", "of": "1"}\n']
)
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, held: str) -> None:
    file = tmp_path / "mine.txt"
    file.write_text(held)
    with pytest.raises(NotOursError, match="no line of ours"), continued(file):
        pass
    assert file.read_text() == held
