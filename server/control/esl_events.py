"""What FreeSWITCH tells of a channel, as what became of a call: the event socket's events in, the engine's out.

FreeSWITCH makes a cause of its own of every SIP status, and keeps the status, the phrase and the `Reason` header beside
it. Those are what the network said; its own cause is kept as its word, and as a number only where there was no SIP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from engine.calls.events import KEYS, Event, Failed, HungUp, Pressed, Side
from server.control.progress import Progress

NAMES = (
    "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_HANGUP_COMPLETE", "DTMF",
    "CHANNEL_UNHOLD", "BACKGROUND_JOB", "HEARTBEAT",
)  # fmt: skip
"""The events that are asked for."""
CUSTOM = ("mod_audio_stream::play", "mod_audio_stream::json")
OURS = "variable_huashu_"
"""Variables of a channel whose call is ours: `huashu_script`, `huashu_trunk`, those of the script."""
SUMMARY = "huashu_summary"
IN_ORDER = frozenset({"NORMAL_CLEARING", "NONE", "SUCCESS"})
"""Causes of an answered call that was ended in order, where no SIP tells by whom."""
BY_FAR_END: Mapping[str, Side] = {"recv_bye": "caller", "recv_cancel": "caller", "recv_refuse": "caller"}
_KEPT = {
    "Event-Name": "event", "Hangup-Cause": "cause", "variable_hangup_cause_q850": "q850",
    "variable_sip_term_status": "sip_term_status", "variable_proto_specific_hangup_cause": "proto_cause",
    "variable_sip_hangup_phrase": "phrase", "variable_sip_reason": "reason_header",
    "variable_sip_hangup_disposition": "disposition",
}  # fmt: skip


def uuid_of(event: Mapping[str, str]) -> str:
    return event.get("Unique-ID", "")


def raw(event: Mapping[str, str]) -> dict[str, str]:
    """FreeSWITCH's own words and codes, those that matter; none of a key that was pressed."""
    if event.get("Event-Name") == "DTMF":
        return {}
    return {short: event[name][:200] for name, short in _KEPT.items() if event.get(name)}


def params(event: Mapping[str, str]) -> dict[str, str]:
    """What whoever dialled has put on the channel for us; empty for a call that is none of ours."""
    found = {name.removeprefix(OURS): value for name, value in event.items() if name.startswith(OURS)}
    found.pop(SUMMARY.removeprefix("huashu_"), None)
    return found


def hear(progress: Progress, event: Mapping[str, str]) -> Event | None:
    """What this event makes of the call; None where it adds nothing."""
    match event.get("Event-Name"):
        case "CHANNEL_PROGRESS":
            return progress.rings()
        case "CHANNEL_ANSWER":
            return progress.answers()
        case "CHANNEL_HANGUP_COMPLETE":
            if event.get("Caller-Channel-Answered-Time", "0") not in ("", "0"):
                progress.answers()  # that was missed
            return progress.ends(_hung_up(event), _failed(event))
        case "DTMF":
            digit = event.get("DTMF-Digit", "").upper()
            return Pressed(0, digit) if digit in KEYS else None
    return None


def _hung_up(event: Mapping[str, str]) -> HungUp:
    by = BY_FAR_END.get(event.get("variable_sip_hangup_disposition", ""))
    in_order = event.get("Hangup-Cause", "") in IN_ORDER
    return HungUp(0, by or ("caller" if in_order else "network"), _q850(event))


def _failed(event: Mapping[str, str]) -> Failed:
    told = event.get("variable_proto_specific_hangup_cause", "")
    found = re.fullmatch(r"(?:sip:)?([3-6][0-9]{2})", told, re.IGNORECASE) or re.fullmatch(
        r"([3-6][0-9]{2})", event.get("variable_sip_term_status", "")
    )
    sip = int(found[1]) if found else None
    header = event.get("variable_sip_reason", "")[:500]
    return Failed(0, sip, None if sip else _q850(event), event.get("Hangup-Cause", ""), header)


def _q850(event: Mapping[str, str]) -> int | None:
    told = event.get("variable_hangup_cause_q850", "")
    return int(told) if re.fullmatch("[0-9]{1,3}", told) and 0 < int(told) < 128 else None


def file_of(event: Mapping[str, str]) -> str:
    """The file that `mod_audio_stream` has written for the caller to hear."""
    try:
        told = json.loads(event.get("_body", ""))
    except (ValueError, RecursionError):
        return ""
    found = told.get("file") if isinstance(told, dict) else ""
    return found if isinstance(found, str) and re.fullmatch(r"[^\s\x00-\x1f'\"{}\\]{1,500}", found) else ""
