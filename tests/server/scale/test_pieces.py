"""Logs out of folders, bundles and Parquet tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.scale.pieces import Piece, pieces_in

LOG = '{"call_id":"a"}\n{"seq":0}\n'
OTHER = '{"call_id":"b"}\n'


def lay(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(*paths: Path, no_logs: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(piece.name.name, piece.data.decode() or piece.problem) for piece in pieces_in(paths, no_logs)]


def test_a_folder_gives_its_logs_in_the_order_of_their_names(tmp_path: Path) -> None:
    lay(tmp_path, b_jsonl=OTHER, a__z_jsonl="z", a__c_jsonl="c", a_jsonl=LOG, readme_txt="no", lead_json="{}")
    assert [name for name, _ in found(tmp_path)] == ["c.jsonl", "z.jsonl", "a.jsonl", "b.jsonl"]
    paths = sorted(tmp_path.rglob("*.jsonl"))
    assert [piece.name for piece in pieces_in([tmp_path])] == paths, "as a list of all paths would be sorted"


def test_files_that_lie_beside_logs_are_passed_over_unless_named(tmp_path: Path) -> None:
    lay(tmp_path, a_jsonl=LOG, notes_jsonl="n")
    assert [name for name, _ in found(tmp_path, no_logs=frozenset({"notes.jsonl"}))] == ["a.jsonl"]
    assert found(tmp_path / "notes.jsonl", no_logs=frozenset({"notes.jsonl"})) == [("notes.jsonl", "n")]


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_bundle_has_a_log_in_each_line(tmp_path: Path) -> None:
    lines = [json.dumps({"log": LOG, "day": 3}), "", json.dumps({"log": OTHER}), "{}", '{"log": 3}', "{"]
    lay(tmp_path, all_jsonl="\n".join(lines) + "\n")
    told = "{}/all.jsonl:{}: no line of a bundle (an object whose 'log' is the text of a log)"
    assert found(tmp_path) == [
        ("all.jsonl#1", LOG),
        ("all.jsonl#3", OTHER),
        *((f"all.jsonl#{number}", told.format(tmp_path, number)) for number in (4, 5, 6)),
    ]


def test_a_header_with_a_variable_called_log_is_no_bundle(tmp_path: Path) -> None:
    header = json.dumps({"call_id": "a", "script_sha256": "0", "vars": {"log": "x"}, "log": "y"}) + "\n"
    lay(tmp_path, a_jsonl=header)
    assert found(tmp_path) == [("a.jsonl", header)]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert list(pieces_in([tmp_path / "gone.jsonl"])) == [
        Piece(tmp_path / "gone.jsonl", problem=f"cannot read '{tmp_path}/gone.jsonl': no such file or directory")
    ]


# --- Parquet ---------------------------------------------------------------------------------------------------------


def test_a_table_has_a_log_in_each_row(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra 'scale'")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"call_id": ["a", "b", "c"], "log": [LOG, None, OTHER]}), tmp_path / "calls.parquet")
    parquet.write_table(pa.table({"log": [LOG.encode()] * 600}), tmp_path / "more.parquet", row_group_size=100)
    rows = found(tmp_path)
    assert rows[:3] == [
        ("calls.parquet#1", LOG),
        ("calls.parquet#2", f"{tmp_path}/calls.parquet#2: the column 'log' holds no text here"),
        ("calls.parquet#3", OTHER),
    ]
    assert rows[3:] == [(f"more.parquet#{number}", LOG) for number in range(1, 601)]


def test_a_table_without_logs_is_told(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra 'scale'")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"call_id": ["a"], "text": ["b"]}), tmp_path / "calls.parquet")
    assert [piece.problem for piece in pieces_in([tmp_path])] == [
        f"{tmp_path}/calls.parquet: no column 'log' (there are: call_id, text)"
    ]


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs the extra 'scale'")
    (tmp_path / "calls.parquet").write_bytes(b"PAR1" + bytes(40))
    (piece,) = pieces_in([tmp_path])
    assert "calls.parquet" in piece.problem
    assert "\n" not in piece.problem
