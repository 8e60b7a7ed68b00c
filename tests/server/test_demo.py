"""`huashu demo`, as far as it needs no voice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.desk import huashu


def test_a_table_of_lines_that_cannot_be_used_is_told_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lines.yaml").write_text("trunks:\n  gz: {sip: {480: asleep}}\n", encoding="utf-8")
    monkeypatch.setenv("HUASHU_TRUNKS", "lines.yaml")
    monkeypatch.setenv("HUASHU_DATA", str(tmp_path / "data"))
    ran = huashu(tmp_path, "demo", "--once")
    assert ran.code == 1
    assert "lines.yaml:" in ran.err
    assert "Traceback" not in ran.err
