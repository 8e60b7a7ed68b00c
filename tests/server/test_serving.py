"""`huashu serve`, as far as it goes without a call: what it would use, and why it does not start."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from socket import create_server

import pytest
import structlog

from server.serving import set_up_logs, with_token
from server.settings import Settings
from tests.server.desk import huashu, process, put

USES = ("serve", "--check", "--scripts", "scripts")
SHOP = {"HUASHU_SCRIPT": "shop"}


def test_a_check_tells_the_scripts_and_writes_nothing(desk: Path) -> None:
    before = sorted(desk.rglob("*"))
    ran = process(desk, *USES, **SHOP)
    assert (ran.code, ran.err) == (0, "")
    assert "# scripts: shop; calls that name none begin with shop" in ran.lines
    assert sorted(desk.rglob("*")) == before


def test_a_check_writes_settings_as_a_file_of_them_has_them(desk: Path) -> None:
    ran = process(desk, *USES, **SHOP, HUASHU_TRUNKS="", HUASHU_VOICE="none", HUASHU_RECOGNISER="none")
    assert (ran.code, ran.err) == (0, "")
    assert {"HUASHU_TRUNKS=", "HUASHU_RECORD=true", "HUASHU_SCRIPT=shop"} <= set(ran.lines)
    assert ran.lines[-1].startswith("# heard by none, spoken by none, ")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"HUASHU_SCRIPT": "shpo"}, "huashu: scripts: no script 'shpo' (there are: shop) "),
        ({**SHOP, "HUASHU_SCRIPTS": "gone"}, "huashu: gone: no script 'shop' (there are: none) "),
        ({**SHOP, "HUASHU_TRUNKS": "gone.yaml"}, "gone.yaml"),
        (
            {**SHOP, "HUASHU_INSPECTION": "complaince"},
            "huashu: no inspection 'complaince' (did you mean 'compliance'?)",
        ),
    ],
)
def test_a_check_tells_what_is_not_there(desk: Path, settings: dict[str, str], told: str) -> None:
    ran = process(desk, "serve", "--check", **{"HUASHU_SCRIPTS": "scripts", **settings})
    assert ran.code == 1
    assert told in ran.err


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = huashu(tmp_path, "serve", "--port", str(port), "--data", "data")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"huashu: cannot listen on 127.0.0.1:{port}: address already in use (HUASHU_HOST and HUASHU_PORT say where)\n"
    )


def test_a_setting_that_is_wrong_is_told_by_its_name(desk: Path) -> None:
    put(desk, "huashu.env", "HUASHU_PORT=９００１\n")
    put(desk, "typo.env", "HUASHU_PROT=9001\n")
    for arguments, told in (
        (("--config", "huashu.env"), "HUASHU_PORT: should be a valid integer"),
        (("--config", "typo.env"), "no setting HUASHU_PROT"),
        (("--config", "gone.env"), "cannot read gone.env: no such file or directory"),
        (("--port", "99999"), "HUASHU_PORT: should be less than or equal to 65535"),
    ):
        ran = huashu(desk, "serve", "--check", *arguments)
        assert (ran.code, ran.out) == (1, "")
        assert told in ran.err
        assert ran.err.count("\n") == 1


def test_a_number_that_nobody_masked_is_not_whole_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    try:
        raise KeyError("13800001234")
    except KeyError:
        structlog.get_logger().exception("call_failed", call="tel-13800001234", sha256="123456789abc", calls=12345678)
    finally:
        structlog.reset_defaults()
    told = json.loads(capsys.readouterr().err)
    assert told["call"] == "tel-138****1234"
    assert told["exception"].endswith("KeyError: '138****1234'")
    assert (told["sha256"], told["calls"]) == ("123456789abc", 12345678)
    assert datetime.fromisoformat(told["timestamp"])


def test_a_token_is_made_once_and_again_where_it_was_not_written(tmp_path: Path) -> None:
    (tmp_path / "token").touch(0o600)
    settings = Settings(data=tmp_path)
    made = with_token(settings).token.get_secret_value()
    assert len(made) > 20
    assert with_token(settings).token.get_secret_value() == made
