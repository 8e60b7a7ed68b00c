"""One message over a real socket: signed, once, and what each answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import aiohttp
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from benchmarks.ports import held_port
from server.outbox import sending
from server.outbox.sending import Verdict, judge, new_secret, receivers, send, signers, wait_s
from server.outbox.store import Row
from tests.server.live.clocks import Clock, run
from tests.server.outbox.receiver import SECRET, Receiver, receiving

ROW = Row(
    "2026-11-26/CA1:1:0", "sms", "2026-11-26/CA1", "", "", '{"type":"sms","data":{"text":"资料"}}', "pending", 0, 0, ""
)
NOW = 1_800_000_000.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def sent(url: str, secrets: str = SECRET, now_s: float = NOW, clock: Clock | None = None) -> Verdict:
    (receiver,) = receivers(url)

    async def post() -> Verdict:
        async with aiohttp.ClientSession() as client:
            return await send(client, receiver, ROW, signers(secrets), now_s)

    return run(clock or Clock(), post())


def test_a_receiver_verifies_with_the_library(receiver: Receiver) -> None:
    assert sent(receiver.url, now_s=datetime.now(UTC).timestamp()) == Verdict("done", "200")
    (came,) = receiver.came
    assert Webhook(SECRET).verify(came.body, dict(came.headers)) == {"type": "sms", "data": {"text": "资料"}}
    assert (came.headers["webhook-id"], came.headers["content-type"]) == (ROW.id, "application/json; charset=utf-8")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(came.body.replace("资料", "彩票"), dict(came.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret(b"another secret")).verify(came.body, dict(came.headers))


def test_while_a_secret_is_changed_both_are_good(receiver: Receiver) -> None:
    new = new_secret(b"x" * 24)
    sent(receiver.url, f"{new} {SECRET}")
    assert all(receiver.came[0].is_signed_with(each) for each in (new, SECRET))
    assert not receiver.came[0].is_signed_with(new_secret(b"y" * 24))


@pytest.mark.parametrize(
    ("status", "what"),
    [(200, "done"), (202, "done"), (204, "done"), (301, "again"), (307, "again"), (400, "dead"), (401, "dead"), (404, "dead"),
     (408, "again"), (409, "dead"), (410, "gone"), (422, "dead"), (425, "again"), (429, "again"), (500, "again"), (503, "again")],
)  # fmt: skip
def test_what_an_answer_means(receiver: Receiver, status: int, what: str) -> None:
    assert sent(receiver.says(status).url).what == what
    assert len(receiver.came) == 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    assert sent(receiver.says(302, location=receiver.url).url) == Verdict("again", "302")
    assert len(receiver.came) == 1


def test_the_answer_is_kept_with_numbers_masked_and_not_for_ever(receiver: Receiver) -> None:
    said = "unknown lead\n 13800001234 " + "x" * 100_000
    verdict = sent(receiver.says(400, said).url)
    assert verdict.why.startswith("400 unknown lead 138****1234 xxx")
    assert len(verdict.why) < 600


@pytest.mark.parametrize(
    ("told", "after_s"),
    [("120", 120.0), ("Fri, 15 Jan 2027 08:10:00 GMT", 600.0), ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
     ("99999999", 86400.0), ("soon", None), ("", None), ("-5", None), ("１２０", None)],
)  # fmt: skip
def test_a_receiver_says_when_it_wants_to_be_asked_again(told: str, after_s: float | None) -> None:
    assert judge(503, {"retry-after": told}, "", NOW).after_s == after_s


def test_nobody_there_is_tried_again() -> None:
    with held_port() as port:
        verdict = sent(f"http://127.0.0.1:{port}/hook")
    assert (verdict.what, verdict.why.partition(":")[0]) == ("again", "ClientConnectorError")


def test_a_receiver_that_never_answers_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TRY_SECONDS", 0.2)
    receiver.answer = lambda _: None
    assert sent(receiver.url) == Verdict("again", "no answer within 0.2 s")


def test_a_receiver_behind_a_proxy(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", receiver.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert sent("http://crm.example/hook?key=7") == Verdict("done", "200")
    assert [came.path for came in receiver.came] == ["http://crm.example/hook?key=7"]
    assert sent(receiver.url) == Verdict("done", "200")
    assert receiver.came[-1].path == "/hook"


def test_messages_to_one_receiver_share_a_connection(receiver: Receiver) -> None:
    async def post() -> None:
        async with aiohttp.ClientSession() as client:
            for status in (204, 200, 503, 200):
                receiver.says(status, "" if status == 204 else '{"ok":true}')
                await send(client, *receivers(receiver.url), ROW, signers(SECRET), NOW)

    asyncio.run(post())
    assert len(receiver.came) == 4
    assert len({each.connection for each in receiver.came}) == 1


def test_a_yes_that_never_comes_to_its_end_is_a_yes(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TRY_SECONDS", 0.2)
    receiver.says(200, "accepted, and", content_length="400")
    clock = Clock()
    clock.pace = lambda: float(receiver.answered)  # a receiver that is slow to say so has said nothing yet
    assert sent(receiver.url, clock=clock) == Verdict("done", "200")


def test_waits_grow_and_end() -> None:
    again = Verdict("again")
    assert [wait_s(tries, again, 0.5) for tries in range(1, 9)] == [5, 30, 120, 600, 3600, 21600, 86400, None]
    assert (wait_s(1, again, 0.0), wait_s(1, again, 1.0)) == (4, 6)
    assert wait_s(1, Verdict("again", after_s=77.0), 0.5) == 77
    assert wait_s(5, Verdict("again", after_s=77.0), 0.5) == 3600


def test_who_is_told_what() -> None:
    (all_,) = receivers("https://crm.example/hook?key=a=b")
    assert (all_.url, all_.name) == ("https://crm.example/hook?key=a=b", "crm.example")
    assert {"sms", "do_not_call", "call_ended"} <= set(all_.types)
    one, two = receivers("sms=https://sms.example/?k=v, wechat=https://sms.example/?k=v, https://crm.example")
    assert {one.name: one.types, two.name: two.types}["sms.example"] == ("sms", "wechat")
    assert "sms" not in {one.name: one.types, two.name: two.types}["crm.example"]
    assert receivers("") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("crm.example/hook", "should be a URL"),
        ("ftp://crm.example", "should be a URL"),
        ("https://", "should be a URL"),
        ("smss=https://a.example", "'smss' is no type of message"),
        ("https://a.example,https://b.example", "two URLs for the rest"),
        ("sms=https://a.example,sms=https://b.example", "two URLs for sms"),
    ],
)
def test_a_receiver_that_cannot_be_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        receivers(text)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_ä", "whsec_a"])
def test_a_secret_that_cannot_be_is_told(secret: str) -> None:
    with pytest.raises(ValueError, match="should be whsec_ and base64"):
        signers(secret)
