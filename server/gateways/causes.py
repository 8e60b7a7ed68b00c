"""Causes of Q.850 as FreeSWITCH writes them, and what is built on it."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[int, str] = {
    1: "UNALLOCATED_NUMBER",
    16: "NORMAL_CLEARING",
    17: "USER_BUSY",
    19: "NO_ANSWER",
    21: "CALL_REJECTED",
    27: "DESTINATION_OUT_OF_ORDER",
    42: "SWITCH_CONGESTION",
}
"""Those with which scripts hang up."""
