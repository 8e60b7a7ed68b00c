"""Where content lies, and how it is found."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from engine.content.source import MAX_BYTES
from server.content import SHIPPED, Files, first_key, relative, shipped_grammars, undisturbed, yaml_files
from tests.server.desk import put, working_in


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert Files().read(str(put(tmp_path, "a.yaml", b"\xff\x00"))) == b"\xff\x00"


def test_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    assert Files().read(str(tmp_path / "none.yaml")) == f"no file '{tmp_path}/none.yaml'"
    assert str(Files().read(str(tmp_path))).startswith(f"'{tmp_path}' is a folder")
    assert str(Files().read(str(tmp_path / "a.yaml" / "b"))) == f"no file '{tmp_path}/a.yaml/b'"
    put(tmp_path, "plain", "")
    assert str(Files().read(str(tmp_path / "plain" / "b"))) == f"'{tmp_path}/plain/b' cannot be read: not a directory"


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    data = Files().read(str(put(tmp_path, "big.yaml", b"x" * (MAX_BYTES + 1000))))
    assert len(data) == MAX_BYTES + 1


def test_paths_count_from_the_file_that_names_them() -> None:
    files = Files()
    assert files.beside("scripts/a.yaml", "parts/b.yaml") == "scripts/parts/b.yaml"
    assert files.beside("scripts/a.yaml", "../rec/hi.wav") == "rec/hi.wav"
    assert files.beside("a.yaml", "./b.yaml") == "b.yaml"


def test_a_name_is_looked_for_beside_the_script_first(desk: Path) -> None:
    with working_in(desk):
        assert Files().find("grammars", "small", "scripts/shop.yaml") == "grammars/small.yaml"
        put(desk, "scripts/grammars/small.yaml", "")
        assert Files().find("grammars", "small", "scripts/shop.yaml") == "scripts/grammars/small.yaml"


def test_then_among_what_is_shipped(desk: Path) -> None:
    with working_in(desk):
        assert Files().find("grammars", "answers", "scripts/shop.yaml") == str(SHIPPED / "grammars/answers.yaml")
        names = Files().names("grammars", "scripts/shop.yaml")
    assert {"small", "answers"} <= set(names)
    assert names == sorted(names)


@pytest.mark.parametrize("name", ["", "none", "../scripts/shop", "a/b", ".hidden", "a\\b"])
def test_a_name_is_no_path(desk: Path, name: str) -> None:
    with working_in(desk):
        assert Files().find("grammars", name, "scripts/shop.yaml") == ""


def test_yaml_files_of_folders_each_once_in_order(desk: Path) -> None:
    put(desk, "scripts/notes.txt", "")
    put(desk, "scripts/b.yml", "")
    with working_in(desk):
        found = yaml_files([Path("scripts"), Path("scripts/shop.yaml"), Path("grammars/small.yaml")])
    assert [str(path) for path in found] == [
        "scripts/b.yml", "scripts/schemes/plain.yaml", "scripts/shop.yaml", "grammars/small.yaml",
    ]  # fmt: skip


def test_what_is_hidden_is_not_ours_unless_it_is_named(desk: Path) -> None:
    put(desk, ".venv/lib/a.yaml", "")
    put(desk, "scripts/.b.yaml", "")
    with working_in(desk):
        assert not [path for path in yaml_files([Path()]) if path.name in ("a.yaml", ".b.yaml")]
        assert yaml_files([Path(".venv"), Path("scripts/.b.yaml")]) == [
            Path(".venv/lib/a.yaml"),
            Path("scripts/.b.yaml"),
        ]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"script: a\n", "script"),
        (b"\xef\xbb\xbfscript: a", "script"),
        (b"# remark\n\n  # more\r\nscript : a", "script"),
        (b"---\nscript: a", "script"),
        (b'\xef\xbb\xbf# remark\r\n--- # begins\r\n\r\n"script": a\r\n', "script"),
        (b"# remark\rscript: a\r", "script"),
        (b"# remark\r\n" * 5_000 + b"- a", ""),
        (b"- script: a", ""),
        (b"", ""),
        ("话术: a".encode(), ""),
        (b"\xff\xfe", ""),
    ],
)
def test_the_first_key_tells_the_kind(data: bytes, key: str) -> None:
    assert first_key(data) == key


def test_paths_are_shown_as_people_type_them(tmp_path: Path) -> None:
    with working_in(tmp_path):
        assert relative(tmp_path / "a" / "b.yaml") == Path("a/b.yaml")
        assert relative(SHIPPED / "grammars") == SHIPPED / "grammars"


def test_the_shipped_grammars_are_sound_enough_to_use() -> None:
    assert {"answers", "interest"} <= {grammar.name for grammar in shipped_grammars()}


def test_garbage_is_searched_for_again_once_all_is_loaded() -> None:
    with undisturbed():
        assert not gc.isenabled()
        with undisturbed():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()  # the other tests throw away what they load
