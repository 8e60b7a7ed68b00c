"""What a vendor's question is answered, for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl
from xml.etree.ElementTree import fromstring

import pytest

from server.gateways.twiml import connect, hang_up, ncco, plivo, reject, texml


def test_a_call_is_connected_to_a_stream() -> None:
    assert connect("wss://bot.example/twilio", {"script": "renovation", "caller": "+8613800001234"}) == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Response><Connect><Stream url="wss://bot.example/twilio">'
        '<Parameter name="script" value="renovation" />'
        '<Parameter name="caller" value="+8613800001234" />'
        "</Stream></Connect></Response>"
    )


def test_whatever_is_passed_along_stays_text() -> None:
    nasty = {"name": "\"/><Hangup/>&amp;'王\0\ud800", "line": "a\nb"}
    stream = fromstring(connect("wss://bot.example/twilio/a&b", nasty))[0][0]  # noqa: S314
    assert stream.attrib == {"url": "wss://bot.example/twilio/a&b"}
    assert [(each.get("name"), each.get("value")) for each in stream] == [
        ("name", "\"/><Hangup/>&amp;'王"),
        ("line", "a\nb"),
    ]


def test_a_call_is_rejected() -> None:
    assert reject().endswith('<Response><Reject reason="busy" /></Response>')


PARAMS = {"caller": "+8613800001234", "name": "王 & <总>", "token": "once"}


@pytest.mark.parametrize("write", [texml, plivo])
def test_where_a_stream_has_no_parameters_its_address_bears_them(write: Callable[[str, dict[str, str]], str]) -> None:
    root = fromstring(write("wss://bot.example/x", PARAMS))  # noqa: S314  our own XML
    stream = root.find(".//Stream")
    assert stream is not None
    address = stream.get("url") or stream.text or ""
    assert address.startswith("wss://bot.example/x?caller=%2B8613800001234&")
    assert dict(parse_qsl(address.partition("?")[2])) == PARAMS


def test_telnyx_is_asked_to_play_what_comes_back() -> None:
    (stream,) = fromstring(texml("wss://bot.example/telnyx", {}))[0]  # noqa: S314
    assert (stream.get("codec"), stream.get("bidirectionalMode"), stream.get("bidirectionalCodec")) == (
        "PCMU",
        "rtp",
        "PCMU",
    )


def test_plivo_is_asked_for_both_ways_and_a_format() -> None:
    (stream,) = fromstring(plivo("wss://bot.example/plivo", {}))  # noqa: S314
    assert stream.attrib == {
        "bidirectional": "true",
        "keepCallAlive": "true",
        "contentType": "audio/x-mulaw;rate=8000",
    }
    assert hang_up().endswith('<Response><Hangup reason="busy" /></Response>')


def test_vonage_is_asked_for_a_socket() -> None:
    ((action,),) = [json.loads(ncco("wss://bot.example/vonage", PARAMS))]
    (endpoint,) = action["endpoint"]
    assert (action["action"], endpoint["type"], endpoint["uri"]) == ("connect", "websocket", "wss://bot.example/vonage")
    assert (endpoint["content-type"], endpoint["headers"]) == ("audio/l16;rate=8000", PARAMS)
