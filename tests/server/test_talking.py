"""`huashu talk`, through a pipe and in a real terminal."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from engine.trial.caller import Dtmf, Hangup, Say, Silence, Step, TransferOk
from server.talking import Wrong, parse_command
from tests.server.desk import SCRIPT, huashu, process, put

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Python says so of pexpect, from 3.12 on, where an earlier test has left a thread."""
SHOP = "scripts/shop.yaml"


def test_a_call_through_a_pipe(desk: Path) -> None:
    ran = huashu(desk, "talk", SHOP, "--var", "name=王姐", stdin="多少钱\n可以\n可以\n\n")
    assert (ran.code, ran.err) == (0, "")
    for told in (
        "bot     王姐好，我是机器人，周末有空吗？",
        "caller  多少钱",
        "= ask_price",
        "bot     八折。周末有空吗？",
        "[day]",
        "> tag 请柬",
        "the bot hung up (goodbye)",
        "grade A by rule A1",
    ):
        assert told in ran.out, told


def test_the_state_of_the_call_is_shown(desk: Path) -> None:
    ran = huashu(desk, "talk", SHOP, stdin="多少钱\n")
    (status,) = [line for line in ran.lines if "interest_questions 1" in line]
    assert "stage ask" in status
    assert "grade so far D (D9)" in status


def test_a_caller_who_stops_typing_has_hung_up(desk: Path) -> None:
    assert "the caller hung up" in huashu(desk, "talk", SHOP, stdin="").out


def test_silence_keys_and_cutting_in(desk: Path) -> None:
    out = huashu(desk, "talk", SHOP, stdin="/cut 500 多少钱啊\n/press 1\n\n").out
    assert "caller  多少钱啊" in out
    assert "caller  key 1" in out
    assert "caller  (silence)" in out


@pytest.mark.parametrize(("taken", "told"), [("ok", "a person has taken the call"), ("failed", "nobody took the call")])
def test_a_transfer(desk: Path, taken: str, told: str) -> None:
    assert told in huashu(desk, "talk", SHOP, stdin=f"转人工\n/transfer {taken}\n").out


ON_HOLD = """\
script: shop
goodbye: bye
stages:
  ask:
    role: opening
    say: 您好，我是机器人，您想问什么？
    expect: [{hear: ask_price, say: 我查一下。, hold: 20s, go: day, else: bye}, {other: bye}]
  day: {role: pitch, say: 查到了，八折。, go: bye}
  bye: {role: closing, say: 再见, end: yes}
"""


@pytest.mark.parametrize(
    ("typed", "told", "stage"),
    [("/hold failed", "not put on hold", "bye"), ("/hold ended", "off hold", "day"), ("", "off hold", "day")],
)
def test_a_hold(desk: Path, typed: str, told: str, stage: str) -> None:
    put(desk, "scripts/hold.yaml", ON_HOLD)
    lines = huashu(desk, "talk", "scripts/hold.yaml", stdin=f"多少钱\n{typed}\n").lines
    after = lines[next(place for place, line in enumerate(lines) if "> hold 20s" in line) :]
    assert any(told in line for line in after)
    assert next(line for line in after if "  [" in line).endswith(f"[{stage}]")


def test_a_command_nobody_knows_is_answered_with_those_there_are(desk: Path) -> None:
    out = huashu(desk, "talk", SHOP, stdin="/help\n/facts\n/hangup\n").out
    assert "/press KEYS" in out
    assert "invitation: none" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--var", "nmae=王"], "huashu: unknown variable 'nmae' (the script's variables: name)\n"),
        (["--var", "name=王1"], "huashu: variable 'name' is not a name: '王1' (the script's variables: name)\n"),
        (["--now", "soon"], "huashu: --now must be an RFC 3339 time such as 2026-01-05T10:00:00+08:00, not 'soon'\n"),
    ],
)
def test_wrong_use(desk: Path, arguments: list[str], told: str) -> None:
    ran = huashu(desk, "talk", SHOP, *arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", told)


def test_lines_out_of_a_file_of_any_editor(desk: Path) -> None:
    ran = process(desk, "talk", SHOP, stdin="\ufeff/press 1\r\n可以\r\n".encode())
    assert ran.code == 0
    assert "caller  key 1\n" in ran.out
    assert "caller  可以\n" in ran.out


def test_bytes_that_are_no_text_are_no_end(desk: Path) -> None:
    ran = process(desk, "talk", SHOP, stdin=b"\xff\xfe\n" + "可以\n".encode())
    assert ran.code == 0
    assert "[day]" in ran.out


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        ("", Silence(True)),
        ("你好", Say("你好")),
        ("/hangup", Hangup(True)),
        ("/press 12#", Dtmf("12#")),
        ("/transfer ok", TransferOk(True)),
        ("/transfer failed", TransferOk(False)),
        ("/cut 800 不用了 谢谢", Say("不用了 谢谢", barge_in_ms=800)),
    ],
)
def test_what_is_typed(typed: str, step: Step) -> None:
    assert parse_command(typed) == step


@pytest.mark.parametrize(
    "typed", ["/", "/press", "/press x", "/transfer", "/transfer maybe", "/cut", "/cut 5", "/cut a 好"]
)
def test_what_makes_no_sense(typed: str) -> None:
    assert isinstance(parse_command(typed), Wrong)


# --- in a terminal ---------------------------------------------------------------------------------------------------


def terminal(desk: Path, *arguments: str) -> pexpect.spawn[str]:
    code = "from server.cli import main; main()"
    environment = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"}
    return pexpect.spawn(
        sys.executable, ["-c", code, "talk", *arguments], cwd=str(desk), encoding="utf-8", timeout=300,
        dimensions=(40, 200), env=environment, preexec_fn=_heeds_ctrl_c,  # type: ignore[arg-type]
    )  # fmt: skip


def _heeds_ctrl_c() -> None:
    """What a shell runs in the background does not, and its children neither."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_conversation_in_a_terminal(desk: Path) -> None:
    child = terminal(desk, SHOP)
    child.expect("An empty line is silence")
    child.expect("您好，我是机器人，周末有空吗？")
    child.expect("you> ")
    child.sendline("多少钱")
    child.expect("八折。周末有空吗？")
    child.expect("interest_questions 1")
    child.expect("you> ")
    child.sendline("可以")
    child.expect(r"\[day\]")
    child.expect("you> ")
    child.sendline("嗯")
    child.expect("真来吗？")
    child.expect("you> ")
    child.sendline("可以")
    child.expect("再见！")
    child.expect("you> ")
    child.sendline("")
    child.expect("grade A by rule A1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_fact_is_told_as_conditions_write_it_and_words_that_no_rule_takes_as_such(desk: Path) -> None:
    out = huashu(desk, "talk", SHOP, stdin="别再打了\n\n").out
    assert "= do_not_call\n" in out
    assert "= no rule fits\n" in out
    assert "· do_not_call yes ·" in out


def test_a_default_serves_for_a_variable_that_is_needed(desk: Path) -> None:
    put(desk, SHOP, SCRIPT.replace("{type: name, default: 您}", "{type: name, required: yes, default: 李哥}"))
    assert "李哥好，我是机器人" in huashu(desk, "talk", SHOP, stdin="").out


@pytest.mark.parametrize(
    ("kind", "stands_in"), [("text", "〔name〕"), ("name", "王女士"), ("number", "3"), ("phone", "138")]
)
def test_where_nobody_can_be_asked_a_sample_stands_in_for_what_is_needed(desk: Path, kind: str, stands_in: str) -> None:
    put(desk, SHOP, SCRIPT.replace("{type: name, default: 您}", f"{{type: {kind}, required: yes}}"))
    ran = huashu(desk, "talk", SHOP, stdin="")
    assert (ran.code, ran.err) == (0, "")
    assert f"bot     {stands_in}" in ran.out


def test_a_variable_that_is_needed_is_asked_for(desk: Path) -> None:
    put(desk, SHOP, SCRIPT.replace("{type: name, default: 您}", "{type: name, required: yes}"))
    child = terminal(desk, SHOP)
    child.expect("name: ")
    child.sendline("李哥")
    child.expect("李哥好，我是机器人")
    child.expect("you> ")
    child.sendeof()
    child.expect("the caller hung up")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_leaving_at_the_question_for_a_variable(desk: Path) -> None:
    put(desk, SHOP, SCRIPT.replace("{type: name, default: 您}", "{type: name, required: yes}"))
    child = terminal(desk, SHOP)
    child.expect("name: ")
    child.sendeof()
    child.expect("huashu: no value was given")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert "Traceback" not in (child.before or "")


def test_interrupting_hangs_up(desk: Path) -> None:
    child = terminal(desk, SHOP)
    child.expect("you> ")
    child.send("\x03\n")  # Ctrl-C between the prompt and the wait for a line would be seen at the end of the line
    child.expect("the caller hung up")
    child.expect("grade D by rule D9")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
