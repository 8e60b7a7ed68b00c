"""What a voice webhook of Twilio is answered, and what its status callback tells: TwiML out, forms in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""
_RAW = ("CallStatus", "SipResponseCode", "ErrorCode", "ErrorMessage", "AnsweredBy", "CallDuration", "Direction")


def answer(stream_url: str, query: Mapping[str, str], form: Mapping[str, str], token: str) -> str:
    """Join a call to a stream of this server. What the URL of the webhook has in its query goes to the script, so a
    number of Twilio chooses its script there. `caller` is the person: who calls us, or whom we call.
    """
    outbound = form.get("Direction", "").startswith("outbound")
    person = form.get("To" if outbound else "From", "")
    return connect(stream_url, {"caller": person, **query, "token": token})


def connect(stream_url: str, params: Mapping[str, str]) -> str:
    """Join the call to a stream both ways. The URL may bear no query, so what the stream should know are params."""
    response = Element("Response")
    stream = SubElement(SubElement(response, "Connect"), "Stream", url=_clean(stream_url))
    for name, value in params.items():
        SubElement(stream, "Parameter", name=_clean(name), value=_clean(value))
    return _written(response)


def reject() -> str:
    """Take no call: the caller hears that the line is busy, and nobody pays."""
    response = Element("Response")
    SubElement(response, "Reject", reason="busy")
    return _written(response)


def _written(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


# --- the status callback ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a call, as Twilio tells it."""

    call_id: str
    event: Event | None
    """The same for the engine; None for what it need not know."""
    raw: Mapping[str, str]
    """Twilio's own words and codes, those that matter."""


def status(form: Mapping[str, str], at_ms: int) -> Status:
    """A form of the status callback, of a call that began `at_ms` ago."""
    tell = _EVENTS.get(form.get("CallStatus", ""))
    raw = {name: form[name][:200] for name in _RAW if form.get(name)}
    return Status(form.get("CallSid", ""), tell(form, at_ms) if tell else None, raw)


def _answered(form: Mapping[str, str], at_ms: int) -> Event:
    by = form.get("AnsweredBy", "")
    return Answered(at_ms, "human" if by == "human" else "machine" if by.startswith(("machine", "fax")) else "unknown")


def _failed(form: Mapping[str, str], at_ms: int) -> Event:
    return Failed(at_ms, sip=_code(form.get("SipResponseCode", "")), reason=form["CallStatus"])


def _code(told: str) -> int | None:
    """A SIP status that is final and no success."""
    return int(told) if re.fullmatch("[3-6][0-9][0-9]", told) else None


_EVENTS: Mapping[str, Callable[[Mapping[str, str], int], Event]] = {
    "initiated": lambda _, at_ms: Dialed(at_ms),
    "ringing": lambda _, at_ms: Ringing(at_ms),
    "in-progress": _answered,
    "completed": lambda _, at_ms: HungUp(at_ms),
    "busy": _failed,
    "no-answer": _failed,
    "failed": _failed,
    "canceled": _failed,
}
"""By `CallStatus`. `completed` does not tell who hung up; whoever ended the call on our side knows better, so it is
taken for the caller. `queued` is not yet a call."""
