"""What a vendor's question about a call is answered: XML or JSON that joins the call to a stream, or turns it away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def connect(stream_url: str, params: Mapping[str, str]) -> str:
    """Twilio and SignalWire. The URL may bear no query, so what the stream should know are parameters."""
    response = Element("Response")
    stream = SubElement(SubElement(response, "Connect"), "Stream", url=_clean(stream_url))
    for name, value in params.items():
        SubElement(stream, "Parameter", name=_clean(name), value=_clean(value))
    return _written(response)


def texml(stream_url: str, params: Mapping[str, str]) -> str:
    """Telnyx, which plays nothing of ours unless it is asked for RTP."""
    response = Element("Response")
    codec = {"codec": "PCMU", "bidirectionalMode": "rtp", "bidirectionalCodec": "PCMU"}
    SubElement(SubElement(response, "Connect"), "Stream", {"url": _clean(_with(stream_url, params)), **codec})
    return _written(response)


def plivo(stream_url: str, params: Mapping[str, str]) -> str:
    """Plivo, whose pages disagree on the format where none is asked for."""
    response = Element("Response")
    how = {"bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000"}
    SubElement(response, "Stream", how).text = _clean(_with(stream_url, params))
    return _written(response)


def ncco(stream_url: str, params: Mapping[str, str]) -> str:
    """Vonage, whose socket has no name for the call but what we pass along."""
    endpoint = {"type": "websocket", "uri": stream_url, "content-type": "audio/l16;rate=8000", "headers": dict(params)}
    return json.dumps([{"action": "connect", "endpoint": [endpoint]}], ensure_ascii=False)


def dial(address: str) -> str:
    """Connect the call to a person, at a number or a SIP address."""
    return _dial("Sip" if address.startswith("sip:") else "Number", address)


def dial_by_plivo(address: str) -> str:
    return _dial("User" if address.startswith("sip:") else "Number", address)


def _dial(kind: str, address: str) -> str:
    response = Element("Response")
    SubElement(SubElement(response, "Dial"), kind).text = _clean(address)
    return _written(response)


def reject() -> str:
    """Take no call: the caller hears that the line is busy, and nobody pays."""
    response = Element("Response")
    SubElement(response, "Reject", reason="busy")
    return _written(response)


def hang_up() -> str:
    """The same for Plivo."""
    response = Element("Response")
    SubElement(response, "Hangup", reason="busy")
    return _written(response)


def _with(url: str, params: Mapping[str, str]) -> str:
    return f"{url}?{urlencode({name: _clean(value) for name, value in params.items()})}"


def _written(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)
