"""The messages of FreeSWITCH's event socket: the same in pieces of any size, and nothing that breaks the reader."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.control.esl_wire import EslError, Message, Reader, command

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True).filter(lambda name: name != "Content-Length")
values = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30)
headers = st.dictionaries(names, values, max_size=5)
bodies = st.binary(max_size=200)


def wire(told: dict[str, str], body: bytes) -> bytes:
    lines = [f"{name}: {value}" for name, value in told.items()]
    lines += [f"Content-Length: {len(body)}"] if body else ["Content-Type: command/reply"]
    return "\n".join(lines).encode() + b"\n\n" + body


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


@given(st.lists(st.tuples(headers, bodies), min_size=1, max_size=5), st.lists(st.integers(0, 10_000), max_size=20))
def test_in_pieces_of_any_size_the_messages_are_the_same(
    told: list[tuple[dict[str, str], bytes]], cuts: list[int]
) -> None:
    data = b"".join(wire(*each) for each in told)
    whole, cut = Reader(), Reader()
    messages = whole.feed(data)
    assert [message.body for message in messages] == [body for _, body in told]
    assert [{**told, **message.headers} for (told, _), message in zip(told, messages, strict=True)] == [
        dict(message.headers) for message in messages
    ]
    assert [found for piece in pieces(data, cuts) for found in cut.feed(piece)] == messages


def test_byte_by_byte() -> None:
    reader, data = Reader(), wire({"Content-Type": "api/response"}, "+OK 好\n".encode()) * 2
    found = [message for place in range(len(data)) for message in reader.feed(data[place : place + 1])]
    assert [message.reply for message in found] == ["+OK 好", "+OK 好"]


events = st.dictionaries(names, values, min_size=1, max_size=6)


@given(events, st.text(st.characters(codec="utf-8"), max_size=50))
def test_an_event_says_the_same_as_json_and_as_lines(told: dict[str, str], body: str) -> None:
    in_json = Message(
        {"Content-Type": "text/event-json"}, json.dumps(told | ({"_body": body} if body else {})).encode()
    )
    lines = "\n".join(f"{name}: {quote(value)}" for name, value in told.items())
    inner = f"{lines}\nContent-Length: {len(body.encode())}\n\n{body}" if body else f"{lines}\n\n"
    in_lines = Message({"Content-Type": "text/event-plain"}, inner.encode())
    assert {name: value for name, value in in_lines.event.items() if name != "Content-Length"} == in_json.event


def test_what_kinds_of_messages_there_are() -> None:
    asks, refuses, answers = Reader().feed(
        b"Content-Type: auth/request\n\n"
        b"Content-Type: command/reply\r\nReply-Text: -ERR invalid\r\n\r\n"
        b"\nContent-Type: api/response\nContent-Length: 4\n\n+OK\n"
    )
    assert (asks.kind, asks.reply, asks.event) == ("auth/request", "", {})
    assert (refuses.reply, answers.reply) == ("-ERR invalid", "+OK")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 5000, b"\xff\xfe"])
def test_an_event_that_is_none_is_empty(body: bytes) -> None:
    assert Message({"Content-Type": "text/event-json"}, body).event == {}


@pytest.mark.parametrize("length", ["-1", "many", "9999999999", "１"])
def test_a_length_that_cannot_be(length: str) -> None:
    with pytest.raises(EslError, match="bytes long"):
        Reader().feed(f"Content-Length: {length}\n\n".encode())


def test_headers_without_an_end() -> None:
    with pytest.raises(EslError, match="no end"):
        Reader().feed(b"a: b\n" * 20_000)


@given(st.text(max_size=60))
def test_a_command_is_one_command_whatever_is_in_it(text: str) -> None:
    sent = command(f"api {text}", Job_UUID="1")
    assert sent.count(b"\n\n") == 1
    assert sent.endswith(b"\nJob-UUID: 1\n\n")
    assert sent.count(b"\n") == 3


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_whatever_arrives_it_is_read_or_refused(data: list[bytes]) -> None:
    reader = Reader()
    try:
        for each in data:
            for message in reader.feed(each):
                assert isinstance(message.event, dict)
    except EslError:
        pass
