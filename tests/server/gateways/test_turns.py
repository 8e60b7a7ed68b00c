"""What the platforms tell, request by request, and the actions they are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.events import Failed as CallFailed
from server.gateways.platforms import PLATFORMS
from server.gateways.smartcall import reports
from server.gateways.smartivr import LISTENING
from server.gateways.turns import (
    Asked,
    Bye,
    Connect,
    GoOn,
    Hush,
    Next,
    Quiet,
    Say,
    Told,
    Wait,
    Waited,
)
from server.gateways.wire import Digit, Ended, Failed, Oddity, Played, Started, Text, TransferResult, WireError

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
    asked = SMARTIVR.read({**ENTER, "notify": notify, **more}, {})
    assert asked.call_id == "1fe74812"
    return asked.told


def test_a_call_enters() -> None:
    started = Started("1fe74812", "abc", "13800001234", params={"caller": "13800001234"})
    assert SMARTIVR.read(ENTER, {}) == Asked("1fe74812", (started,))


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
            Say(("您好",), first=True),
            {
                "action": "start_asr",
                "params": LISTENING,
                "after_action": "playback",
                "after_ignore_error": False,
                "after_params": {"prompt": "您好", "wait": 0, "retry": 0},
            },
        ),
        (Say(("hello.wav",)), {"action": "playback", "params": {"prompt": "hello.wav", "wait": 0, "retry": 0}}),
        (Hush(), {"action": "console_playback", "params": {"command": "pause"}}),
        (GoOn(), {"action": "noop", "params": {}}),
        (Wait(5000), {"action": "wait", "params": {"timeout": 5000}}),
        (Connect("sales"), {"action": "bridge", "params": {"number": "sales"}}),
        (Bye("goodbye"), {"action": "hangup", "params": {"cause": 0, "usermsg": "goodbye"}}),
        (Bye("goodbye", 17), {"action": "hangup", "params": {"cause": 17, "usermsg": "goodbye"}}),
    ],
)
def test_what_is_to_be_done(what: Next, action: dict[str, Any]) -> None:
    assert SMARTIVR.write(what, Asked("1fe74812", ()), {}) == action


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
        SMARTIVR.read({**ENTER, **changed}, {})


# --- cti_robot -------------------------------------------------------------------------------------------------------

ROBOT = PLATFORMS["cti_robot"]
CREATE = {
    "timestamp": 1658152564098414,
    "call_source": "queuedialer",
    "source_name": "autumn",
    "callid": "27d36dee",
    "appid": "451f16c4",
    "method": "create",
}
INPUT = {**CREATE, "method": "input", "input_type": "asr", "privatedata": "say:3500", "play_progress": 1200}


def test_a_robot_is_created() -> None:
    asked = ROBOT.read(CREATE, {"caller": "13800001234"})
    assert asked.told == (Started("27d36dee", "autumn", "13800001234"),)
    assert ROBOT.write(Say(("您好", "hello.wav"), 3500, first=True), asked, {"asr": "10.0.0.2:9988"}) == {
        "action": "cti_play_and_detect_speech",
        "argument": "'1' '32' '0' '0.3' '10.0.0.2:9988' '120' '800' '3500' '20000' '' '' '451f16c4' '0' '' 'wav'",
        "playbacks": ["您好", "hello.wav"],
        "privatedata": "say:3500",
        "tts": {"ttsurl": "http://127.0.0.1:9989/tts", "ttsvoicename": ""},
    }


@pytest.mark.parametrize(
    ("more", "meaning"),
    [
        ({"input_args": "S你"}, (Text("你", final=False),)),
        ({"input_args": "F你好", "play_progress": 0}, (Played("", cleared=False), Text("你好"))),
        ({"input_args": "D12#"}, (Digit("1"), Digit("2"), Digit("#"))),
        ({"input_args": "F"}, (Waited(),)),
        ({"input_args": "X1"}, (Oddity("unknown input: X"),)),
        ({"input_type": "complete", "input_args": "wait_speech_timeout"}, (Quiet(3500),)),
        ({"input_type": "complete", "input_args": "hangup NORMAL_CLEARING"}, (Ended("hangup NORMAL_CLEARING", "caller"),)),
        ({"input_type": "complete", "input_args": "asr error", "privatedata": None}, (Oddity("cti_robot: asr error"), Quiet(0))),
        ({"input_type": "complete", "input_args": "SUCCESS", "privatedata": "connect:0"}, (TransferResult(ok=True),)),
        (
            {"input_type": "complete", "input_args": "NO_ANSWER", "privatedata": "connect:0"},
            (TransferResult(ok=False, reason="NO_ANSWER"),),
        ),
        ({"method": "destory"}, (Ended("destory", "caller"),)),
        ({"method": "sing"}, (Oddity("unknown method: sing"),)),
    ],
)  # fmt: skip
def test_what_a_robot_is_told(more: dict[str, Any], meaning: tuple[Told, ...]) -> None:
    assert ROBOT.read({**INPUT, **more}, {}).told == meaning


def test_a_robot_goes_on_while_its_action_does() -> None:
    during = ROBOT.read({**INPUT, "input_args": "S你"}, {})
    after = ROBOT.read({**INPUT, "input_type": "complete", "input_args": ""}, {})
    assert "action" not in ROBOT.write(Wait(2000), during, {})
    assert "action" not in ROBOT.write(GoOn(), during, {})
    assert ROBOT.write(Wait(2000), after, {"silence": "quiet.wav"})["playbacks"] == ["quiet.wav"]
    assert ROBOT.write(Hush(), during, {}) == {
        "commands": ["uuid_cti_play_and_detect_speech_break_play 27d36dee"],
        "privatedata": "say:3500",
    }
    assert ROBOT.write(Connect("8001"), during, {})["argument"] == "8001"
    assert ROBOT.write(Bye("goodbye"), during, {}) == {"action": "hangup", "log": "goodbye"}


# --- XSwitch ---------------------------------------------------------------------------------------------------------

XSWITCH = PLATFORMS["xswitch"]
CHANNEL = {
    "uuid": "eb7d45e0",
    "url": "http://bot/xswitch?token=t",
    "cid_number": "13800001234",
    "dest_number": "8888",
    "call_status": "ringing",
    "direction": "inbound",
    "channel_data": {"Caller-Direction": "inbound"},
}
BACK = {"private_data": {"echo": "say:3500"}}
OVER = Played("", cleared=False)


@pytest.mark.parametrize(
    ("more", "meaning"),
    [
        ({"input_type": "detected_speech", "asr_result": {"err_no": 0, "result": ["你好。"]}}, (OVER, Text("你好。"))),
        ({"input_type": "detected_speech", "asr_result": "你好"}, (OVER, Text("你好"))),
        ({"input_type": "detected_speech", "asr_result": '{"payload": {"result": "你好"}}'}, (OVER, Text("你好"))),
        ({"input_type": "detected_speech", "asr_result": [{"nbest": [{"text": "你好"}]}]}, (OVER, Text("你好"))),
        ({"input_type": "detected_speech", "asr_result": {"err_no": 3301}}, (Quiet(3500),)),
        ({"input_type": "detected_speech", "asr_result": "{"}, (Quiet(3500),)),
        ({"input_type": "dtmf", "keys": "1#"}, (OVER, Digit("1"), Digit("#"))),
        ({}, (Quiet(3500),)),
        ({"private_data": None, "privateData": {"echo": "wait:700"}}, (Quiet(700),)),
        ({"call_status": "hangup"}, (Ended("hangup", "caller"),)),
        ({"private_data": {"echo": "connect:0"}}, (TransferResult(ok=False, reason="not told"),)),
        (
            {
                "private_data": {"echo": "connect:0"},
                "channel_data": {"variable_originate_disposition": "SUCCESS"},
            },
            (TransferResult(ok=True),),
        ),
    ],
)
def test_what_xswitch_tells(more: dict[str, Any], meaning: tuple[Told, ...]) -> None:
    assert XSWITCH.read({**CHANNEL, **BACK, **more}, {}).told == meaning


def test_a_call_of_xswitch_begins_without_anything_given_back() -> None:
    caller = {"caller": "13800001234"}
    started = Started("eb7d45e0", "", "13800001234", params=caller)
    assert XSWITCH.read(CHANNEL, {}).told == (started, Quiet(0))
    dialled = XSWITCH.read({**CHANNEL, "direction": "outbound", "call_status": "busy"}, {}).told
    assert dialled == (Started("eb7d45e0", "", "8888", params={"caller": "8888"}, early=True), Failed(reason="busy"))


def test_what_xswitch_is_to_do() -> None:
    asked = XSWITCH.read(CHANNEL, {})
    back = {"private_data": {"echo": "say:3500"}, "privateData": {"echo": "say:3500"}, "next": CHANNEL["url"]}
    listening = {"name": "keys", "asr-engine": "ifly", "asr-grammar": "default"}
    assert XSWITCH.write(Say(("您好",), 3500), asked, {"asr": "ifly"}) == {
        "action": "play",
        "file": "say:您好",
        "input-timeout": "3500",
        "digit-timeout": "2000",
        **listening,
        **back,
    }
    assert XSWITCH.write(Say(("a.wav",)), asked, {})["file"] == "a.wav"
    assert "asr-engine" not in XSWITCH.write(Say(("a.wav",)), asked, {})
    assert XSWITCH.write(Connect("sofia/gateway/a/8001"), asked, {})["data"] == "sofia/gateway/a/8001"
    assert XSWITCH.write(Bye(), asked, {})["cause"] == "NORMAL_CLEARING"
    assert XSWITCH.write(Bye("", 17), asked, {})["cause"] == "USER_BUSY"


# --- Aliyun ----------------------------------------------------------------------------------------------------------

SMARTCALL = PLATFORMS["smartcall"]
FORM = {"call_id": "100001616500^100001871490", "timestamp": "1504174341229", "content_type": "normal"}
STARTED = Started("100001616500^100001871490")


@pytest.mark.parametrize(
    ("kind", "content", "meaning"),
    [
        ("normal", '{"words": "你好", "dynamic_id": "say:3500"}', (OVER, Text("你好"))),
        ("normal", '{"words": "你好", "is_playing": "true", "dynamic_id": "say:1"}', (Text("你好"),)),
        ("normal", '{"role“: “B”, "words": "你好", "dynamic_id": "say:1"}', (OVER, Text("你好"))),
        ("normal", '{"words": "你好"}', (STARTED, OVER, Text("你好"))),
        ("timebreak", '{"words": "你", "dynamic_id": "say:1"}', (Text("你", final=False),)),
        ("mute", '{"dynamic_id": "say:3500"}', (Quiet(3500),)),
        ("dtmf", '{"dtmf_digits": "12", "dynamic_id": "say:1"}', (Digit("1"), Digit("2"))),
        ("parallel_transfer", '{"transfer_status": "success", "dynamic_id": "a:1"}', (TransferResult(ok=True),)),
        (
            "parallel_transfer",
            '{"transfer_status": "fail", "fail_cause": "busy", "dynamic_id": "a:1"}',
            (TransferResult(ok=False, reason="busy"),),
        ),
        (
            "callin",
            '{"caller": "13800001234", " callee": "0571"}',
            (Started(FORM["call_id"], "", "13800001234", params={"caller": "13800001234"}), Waited()),
        ),
        (
            "normal",
            '{"words": "您拨打的电话已关机", "current_media_code": "early_media"}',
            (Started(FORM["call_id"], early=True), Text("您拨打的电话已关机")),
        ),
        ("sing", '{"dynamic_id": "say:1"}', (Oddity("unknown content_type: sing"),)),
    ],
)
def test_what_aliyun_calls_back(kind: str, content: str, meaning: tuple[Told, ...]) -> None:
    assert SMARTCALL.read({**FORM, "content_type": kind, "content": content}, {}).told == meaning


def test_what_aliyun_is_answered() -> None:
    asked = SMARTCALL.read({**FORM, "content_type": "callin", "content": "{}"}, {})
    later = SMARTCALL.read({**FORM, "content": '{"dynamic_id": "say:1"}'}, {})
    answer = SMARTCALL.write(Say(("你好:3点", "a.wav", "再见"), 800), asked, {})
    assert (answer["result"], answer["code"]) == ("success", 200)
    assert answer["data"] == {
        "call_id": FORM["call_id"],
        "dynamic_id": "say:800",
        "action": "answer",
        "action_code": "$tts$,a.wav,$tts1$",
        "action_code_param": '{"tts": "你好，3点", "tts1": "再见"}',
        "mute_time": 1000,
    }
    assert SMARTCALL.write(Say(("好",), 3500), later, {})["data"]["action"] == "play"
    assert SMARTCALL.write(Wait(90_000), later, {})["data"]["mute_time"] == 20_000
    does = [SMARTCALL.write(what, later, {})["data"]["action"] for what in (Hush(), GoOn(), Connect("8001"), Bye())]
    assert does == ["break", "continue", "transfer", "hangup"]


def test_what_became_of_calls_is_reported_by_the_batch() -> None:
    told = [
        {"call_id": "c1", "status_code": "200010", "smart_status_code": "POWER_OFF"},
        {"call_id": "c2", "status_code": 200100},
        {"call_id": "c3", "status_code": "200000", "duration": "12"},
        {"call_id": "c4", "status_code": "200130"},
    ]
    found = list(reports(told))
    assert [type(each.event).__name__ for each in found] == ["Failed", "Answered", "HungUp", "Failed"]
    assert found[0].event == CallFailed(0, reason="powered_off")
    assert found[3].event == CallFailed(0, reason="200130")
    assert found[0].raw == {"status_code": "200010", "smart_status_code": "POWER_OFF"}
    for wrong in ("c", [1], [{}]):
        with pytest.raises(WireError):
            list(reports(wrong))


# --- all of them -----------------------------------------------------------------------------------------------------

NOTIFIES = st.sampled_from([*"enter asrmessage_notify getdtmf_result bridge_result start_asr_result leave".split(), ""])
KINDS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["create", "input", "destory"]),
        "input_type": st.sampled_from(["complete", "asr", "detected_speech", "dtmf"]),
        "content_type": st.sampled_from(["normal", "mute", "dtmf", "callin", "parallel_transfer"]),
    }
)
NAMES = st.sampled_from(
    "callid uuid call_id message errorcode flowid input_args privatedata play_progress asr_result keys private_data "
    "call_status channel_data content dynamic_id".split()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["result", "words", "echo"]), inner),
    max_leaves=4,
)


@pytest.mark.parametrize("name", PLATFORMS)
@given(notify=NOTIFIES, kinds=KINDS, more=st.dictionaries(NAMES, VALUES))
def test_whatever_comes_is_understood_or_refused_in_words(
    name: str, notify: str, kinds: dict[str, str], more: dict[str, Any]
) -> None:
    ids = {"callid": "c", "uuid": "c", "call_id": "c"}
    try:
        asked = PLATFORMS[name].read({**ENTER, **ids, **kinds, "notify": notify, **more}, {})
        str(asked).encode()
        json.dumps(PLATFORMS[name].write(Wait(1), asked, {})).encode()
    except WireError as error:
        assert error.reason.isprintable()  # noqa: PT017
