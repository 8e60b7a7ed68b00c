"""Settings come from the environment, a file, or their defaults; a mistake is told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import SettingsError, load


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUASHU_PORT", "HUASHU_HOST", "HUASHU_CONFIG", "HUASHU_TOKEN", "HUASHU_DATA"):
        monkeypatch.delenv(name, raising=False)


def test_by_default_only_this_machine_is_served() -> None:
    settings = load()
    assert (settings.host, settings.port) == ("127.0.0.1", 8787)


def test_the_environment_beats_the_file_and_the_file_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "huashu.env"
    file.write_text('# our server\nHUASHU_PORT=9000\nHUASHU_TIMEZONE="Asia/Urumqi"\n\n')
    monkeypatch.setenv("HUASHU_PORT", "9001")
    settings = load(file)
    assert (settings.port, settings.timezone, settings.max_calls) == (9001, "Asia/Urumqi", 50)


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.env").write_text("HUASHU_MAX_CALLS=7")
    monkeypatch.setenv("HUASHU_CONFIG", str(tmp_path / "a.env"))
    assert load().max_calls == 7


def test_recordings_are_kept_for_ever_unless_days_are_told(tmp_path: Path) -> None:
    file = tmp_path / "huashu.env"
    file.write_text("HUASHU_RECORDINGS_KEPT_DAYS=")
    assert (load().recordings_kept_days, load(file).recordings_kept_days) == (None, None)
    assert load(file, recordings_kept_days="180").recordings_kept_days == 180


def test_a_secret_is_never_shown() -> None:
    assert "geheim" not in repr(load(token="geheim"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HUASHU_PROT=1", "no setting HUASHU_PROT (in {file}); did you mean HUASHU_PORT?"),
        ("HUASHU_PORT=many", "HUASHU_PORT: should be a valid integer, unable to parse string as an integer"),
        ("HUASHU_PORT=70000", "HUASHU_PORT: should be less than or equal to 65535"),
        (
            "HUASHU_RECORDINGS_KEPT_DAYS=7",
            "HUASHU_RECORDINGS_KEPT_DAYS: should be greater than or equal to 30",
        ),
        ("HUASHU_TIMEZONE=China/Moon", "HUASHU_TIMEZONE: no such time zone; it is a name such as Asia/Shanghai"),
        (
            "HUASHU_VOICE=siri",
            "HUASHU_VOICE: no voice 'siri'; write auto, kokoro[/NAME], plain (pyttsx3), or none (recordings only)",
        ),
        ("HUASHU_DETECTOR=vosk:model", "HUASHU_DETECTOR: no detector 'vosk:model'; write auto, silero or energy"),
        ("HUASHU_ARI_URL=asterisk:8088", "HUASHU_ARI_URL: should be an address such as http://127.0.0.1:8088"),
        ("HUASHU_ESL_ADDRESS=127.0.0.1", "HUASHU_ESL_ADDRESS: should be an address such as 127.0.0.1:8021"),
        ("HUASHU_TRANSFERS=sales", "HUASHU_TRANSFERS: should be NAME=VALUE pairs with commas between"),
        ("port 9000", "{file}:1: not a setting (write NAME=value)"),
    ],
)
def test_a_mistake_is_told_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "huashu.env"
    file.write_text(text)
    with pytest.raises(SettingsError) as told:
        load(file)
    assert str(told.value) == message.format(file=file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file or directory"):
        load(tmp_path / "none.env")


def test_whom_scripts_transfer_to() -> None:
    known = load(transfers="sales=PJSIP/6001, desk=600@agents").destinations
    assert known == {"sales": "PJSIP/6001", "desk": "600@agents"}
