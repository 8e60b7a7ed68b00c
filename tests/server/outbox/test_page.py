"""docs/howto/actions.md shows what is really sent, and its receiver really receives.

`python -m tests.server.outbox.test_page` writes the samples anew.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.ports import held_port
from server.live.private import Private, lead_of
from server.outbox.message import TYPES, message
from server.outbox.outbox import wall_s
from server.outbox.sending import WAITS_SECONDS
from tests.server.live.phone import Phone
from tests.server.live.serving import wait_for
from tests.server.outbox.calls import SMS, Office
from tests.server.outbox.receiver import SECRET

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "actions.md"
SHOWN = ("wechat", "call_ended")
SAYS = ("你好", "你说", "这个多少钱", "加我微信吧", "不是，你记一下，13912345678")
FACTS = ("asked", "wechat", "refusals", "do_not_call", "ended_in_stage")


def samples() -> dict[str, str]:
    """What a call to 13800001234 sends, from the engine's decisions to the body."""
    bodies: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        phone = Phone(Path(folder))
        record = phone.call.record
        lead = lead_of(record.folder, record.header, "13800001234", {"lead_id": "7788990011"})
        record.private = Private(
            record.folder,
            lead,
            lambda lead, lines: bodies.update((str(line["type"]), message(lead, line).body) for line in lines),
        )
        record.private.begin()
        phone.answer().say(*SAYS).until_over()
        phone.close()
    return {kind: pretty(bodies[kind]) for kind in SHOWN}


def pretty(body: str) -> str:
    told = json.loads(body)
    if "facts" in told["data"]:
        told["data"]["facts"] = {name: told["data"]["facts"][name] for name in FACTS}
    text = json.dumps(told, ensure_ascii=False, indent=2)
    return (
        re.sub(
            r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text
        )
        + "\n"
    )


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_samples_are_what_a_call_sends() -> None:
    assert dict(zip(SHOWN, blocks("json"), strict=True)) == samples(), "python -m tests.server.outbox.test_page"


def test_the_page_knows_every_type_and_every_wait() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert not [kind for kind in TYPES if f"`{kind}`" not in page]
    assert WAITS_SECONDS == (5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600, 24 * 3600)
    assert "5 s, 30 s, 2 min, 10 min, 1 h, 6 h and 24 h" in page


@pytest.fixture
def port() -> Iterator[int]:
    with held_port() as held:
        yield held


def test_the_receiver_of_the_page_takes_a_message_once(tmp_path: Path, port: int) -> None:
    (source,) = blocks("python")
    command = [sys.executable, "-W", "ignore", "-c", source, str(port), SECRET]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603

    async def twice() -> None:
        await asyncio.to_thread(wait_for, lambda: is_up(port))
        office = Office(tmp_path, f"http://127.0.0.1:{port}/hook")
        office.clock.now_s = wall_s()
        office.call().decides(SMS)
        await office.go()
        await office.restart(store_lost=True)
        await office.go()
        await office.close()

    try:
        asyncio.run(twice())
    finally:
        running.terminate()
        out, _ = running.communicate()
    (line,) = out.decode().splitlines()
    kind, data = line.split(" ", 1)
    assert (kind, json.loads(data)["to"]) == ("sms", "13800001234")


def is_up(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    found, page = iter(samples().values()), PAGE.read_text(encoding="utf-8")
    new = re.sub(r"^```json\n.*?^```$", lambda _: f"```json\n{next(found)}```", page, flags=re.MULTILINE | re.DOTALL)
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
