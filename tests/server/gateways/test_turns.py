"""smartivr: each of its notifications, and each action it is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.turns import (
    LISTENING,
    PLATFORMS,
    Asked,
    Bye,
    Connect,
    GoOn,
    Hush,
    Next,
    Say,
    Told,
    Wait,
    Waited,
)
from server.gateways.wire import Digit, Ended, Oddity, Played, Started, Text, TransferResult, WireError

SMARTIVR = PLATFORMS["smartivr"]
ENTER = {
    "notify": "enter",
    "calleeid": "8888",
    "callerid": "13800001234",
    "origcallerid": "",
    "callid": "1fe74812",
    "errorcode": 0,
    "flowdata": None,
    "flowid": "abc",
}


def told(notify: str, **more: Any) -> tuple[Told, ...]:
    asked = SMARTIVR.read({**ENTER, "notify": notify, **more})
    assert asked.call_id == "1fe74812"
    return asked.told


def test_a_call_enters() -> None:
    started = Started("1fe74812", "abc", "13800001234", params={"caller": "13800001234"})
    assert SMARTIVR.read(ENTER) == Asked("1fe74812", (started,))


@pytest.mark.parametrize(
    ("notify", "more", "meaning"),
    [
        ("start_asr_result", {}, (Waited(),)),
        ("start_asr_result", {"errorcode": 3}, (Oddity("smartivr does not listen: errorcode 3"), Waited())),
        ("stop_asr_result", {}, (Waited(),)),
        ("asrprogress_notify", {"message": "1.你好;"}, (Text("你好", final=False),)),
        ("asrmessage_notify", {"message": "1.你好;2.什么事;", "speakms": "1162", "playstate": False}, (Text("你好，什么事"),)),
        ("asrmessage_notify", {"message": "1.3.5万;"}, (Text("3.5万"),)),
        ("asrmessage_notify", {"message": "你好"}, (Text("你好"),)),
        ("asrmessage_notify", {"message": "1.;"}, (Waited(),)),
        ("asrmessage_notify", {}, (Waited(),)),
        ("playback_result", {}, (Played("", cleared=False),)),
        ("wait_result", {}, (Waited(),)),
        ("getdtmf_result", {"message": "12#"}, (Digit("1"), Digit("2"), Digit("#"))),
        ("getdtmf_result", {"message": "好"}, (Waited(),)),
        ("bridge_result", {}, (TransferResult(ok=True),)),
        ("bridge_result", {"errorcode": 17}, (TransferResult(ok=False, reason="errorcode 17"),)),
        ("leave", {}, (Ended("leave", "caller"),)),
        ("sneeze", {}, (Oddity("unknown notify: sneeze"),)),
    ],
)  # fmt: skip
def test_what_is_told(notify: str, more: dict[str, Any], meaning: tuple[Told, ...]) -> None:
    assert told(notify, **more) == meaning


@pytest.mark.parametrize(
    ("what", "action"),
    [
        (
            Say("您好", first=True),
            {
                "action": "start_asr",
                "params": LISTENING,
                "after_action": "playback",
                "after_ignore_error": False,
                "after_params": {"prompt": "您好", "wait": 0, "retry": 0},
            },
        ),
        (Say("hello.wav"), {"action": "playback", "params": {"prompt": "hello.wav", "wait": 0, "retry": 0}}),
        (Hush(), {"action": "console_playback", "params": {"command": "pause"}}),
        (GoOn(), {"action": "noop", "params": {}}),
        (Wait(5000), {"action": "wait", "params": {"timeout": 5000}}),
        (Connect("sales"), {"action": "bridge", "params": {"number": "sales"}}),
        (Bye("goodbye"), {"action": "hangup", "params": {"cause": 0, "usermsg": "goodbye"}}),
    ],
)
def test_what_is_to_be_done(what: Next, action: dict[str, Any]) -> None:
    assert SMARTIVR.write(what) == action


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"callid": None}, "callid is missing"),
        ({"callid": ""}, "callid must have 1 to 256"),
        ({"notify": "asrmessage_notify", "message": ["你好"]}, "message must be a string"),
        ({"notify": "asrmessage_notify", "message": "好" * 2001}, "2000 characters at most"),
    ],
)
def test_what_no_platform_sends(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        SMARTIVR.read({**ENTER, **changed})


NOTIFIES = st.sampled_from([*"enter asrmessage_notify getdtmf_result bridge_result start_asr_result leave".split(), ""])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)


@pytest.mark.parametrize("name", PLATFORMS)
@given(notify=NOTIFIES, more=st.dictionaries(st.sampled_from(["callid", "message", "errorcode", "flowid"]), VALUES))
def test_whatever_comes_is_understood_or_refused_in_words(name: str, notify: str, more: dict[str, Any]) -> None:
    try:
        asked = PLATFORMS[name].read({**ENTER, "notify": notify, **more})
        str(asked).encode()
    except WireError as error:
        assert error.reason.isprintable()  # noqa: PT017
