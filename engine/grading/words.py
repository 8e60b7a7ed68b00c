"""The dispositions, and the words of gateways and vendors that mean one of them.

A word is looked up in small letters with `_` between its parts, so `Busy Line` is `busy_line`. Names of dispositions
are understood besides. Where a word fits two of them it has the milder one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Disposition = Literal[
    "completed",
    "busy", "no_answer", "unreachable", "unreachable_or_off", "rejected", "barred", "forward_failed", "congestion",
    "blocked",
    "powered_off", "suspended", "invalid_number", "number_changed",
    "voicemail", "assistant", "screening", "reminder", "switchboard", "fax", "silent",
    "caller_fault",
    "unknown",
]  # fmt: skip

WORDS: Mapping[str, Disposition] = {
    # FreeSWITCH, and who is built on it
    "user_busy": "busy",
    "noanswer": "no_answer",
    "no_user_response": "no_answer",
    "originator_cancel": "no_answer",
    "call_rejected": "rejected",
    "unallocated_number": "invalid_number",
    "subscriber_absent": "unreachable_or_off",
    "destination_out_of_order": "unreachable",
    "normal_circuit_congestion": "congestion",
    "invalid_number_format": "caller_fault",
    "outgoing_call_barred": "caller_fault",
    "incoming_call_barred": "barred",
    # Twilio, SignalWire, Telnyx, Vonage
    "canceled": "no_answer",  # we gave up waiting
    "cancelled": "no_answer",
    "cancel": "no_answer",
    "timeout": "no_answer",
    "ring_timeout": "no_answer",
    "unanswered": "no_answer",
    "declined": "rejected",
    "not_found": "invalid_number",
    "machine": "voicemail",  # a gateway that hangs up on machines
    # Plivo
    "busy_line": "busy",
    "busy_everywhere": "busy",
    "ring_timeout_reached": "no_answer",
    "forbidden": "barred",
    "spam_block": "blocked",
    "user_does_not_exist_anywhere": "invalid_number",
    "invalid_destination_address": "unreachable",  # no such number, or written in a form that Plivo does not take
    "destination_out_of_service": "unreachable",
    "endpoint_not_registered": "unreachable_or_off",
    "request_timeout": "congestion",
    "internal_server_error_from_carrier": "congestion",
    "network_congestion_from_carrier": "congestion",
    "network_error": "congestion",
    "internal_error": "congestion",
    "routing_error": "congestion",
    "canceled_(out_of_credits)": "caller_fault",
    "cancelled_(out_of_credits)": "caller_fault",
    "canceled_(simultaneous_dial_limit_reached)": "caller_fault",
    "destination_country_barred": "caller_fault",
    "destination_number_barred": "caller_fault",
    "destination_prefix_barred": "caller_fault",
    "unknown_caller_id": "caller_fault",
    "dno_caller_id": "caller_fault",
    "loop_detected": "caller_fault",
    "violates_media_anchoring": "caller_fault",
    "error_reaching_answer_url": "caller_fault",
    "invalid_answer_xml": "caller_fault",
    "machine_detected": "voicemail",
}
"""Those of Plivo are the names in its list of hangup causes."""
