"""Scripts on the shelf: taken up when they change, never replaced by a bad edit, kept for replay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from server.content import SHIPPED
from server.live.shelf import Shelf, Shelved

TINY = """\
script: tiny
title: 小话术
grammars: [answers]
goodbye: bye
stages:
  hello:
    role: greeting
    say: 您好，我是星河科技的智能语音助手。方便听我说一句吗？
    expect:
      - {other: bye}
  bye: {role: closing, say: 打扰您了，再见！, end: yes}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED / "scripts" / "schemes", tmp_path / "schemes")
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return tmp_path


def found(shelf: Shelf, name: str = "tiny") -> Shelved:
    shelved = shelf.find(name)
    assert isinstance(shelved, Shelved), shelved
    return shelved


def test_the_shipped_scripts_can_all_be_called() -> None:
    shelf = Shelf(SHIPPED / "scripts")
    assert shelf.load() == ["expo", "phone-robot", "renovation"]
    assert not shelf.problems


def test_a_script_is_taken_up_again_only_when_it_changed(folder: Path) -> None:
    shelf = Shelf(folder)
    assert shelf.load() == ["tiny"]
    first = found(shelf)
    assert shelf.load() == []
    assert found(shelf) is first
    (folder / "tiny.yaml").write_text(TINY.replace("打扰您了", "耽误您了"), encoding="utf-8")
    assert shelf.load() == ["tiny"]
    assert found(shelf).script.sha256 != first.script.sha256


def test_a_bad_edit_never_replaces_a_good_script(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.load()
    good = found(shelf)
    (folder / "tiny.yaml").write_text(TINY.replace("other: bye", "other: goodbye"), encoding="utf-8")
    assert shelf.load() == []
    assert found(shelf) is good
    assert shelf.problems["tiny"][0].mark.line == 10


def test_a_script_that_was_never_good_says_what_to_run(folder: Path) -> None:
    (folder / "tiny.yaml").write_text(TINY.replace("stages", "stage"), encoding="utf-8")
    shelf = Shelf(folder)
    shelf.load()
    assert shelf.find("tiny") == f"the script 'tiny' has problems; run: huashu check {folder}/tiny.yaml"


def test_an_unknown_name_is_told_with_those_that_are_there(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.load()
    assert shelf.find("huge") == "no script 'huge' (there are: tiny)"
