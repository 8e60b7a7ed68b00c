"""What each platform asks when something happens in a call, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.cti_robot import SILENCE as ROBOT_SILENCE
from server.gateways.far.turns import Entered, Fact, FarCall, FarPlatform, Joined, Keyed, Left, Over, Request, Said
from server.gateways.smartcall import LEAST_MUTE_MS, MOST_MUTE_MS
from server.gateways.turns import Bye, Connect, GoOn, Hush, Next, Say, Wait
from server.gateways.wire import WireError
from server.gateways.xswitch import KEYS
from server.gateways.xswitch import SILENCE as XSWITCH_SILENCE

NUMBER = "01012345678"
"""Our own."""

# --- smartivr --------------------------------------------------------------------------------------------------------


def _smartivr_asks(fact: Fact, call: FarCall) -> Request | None:
    told: dict[str, Any]
    match fact:
        case Entered():
            told = {"notify": "enter"}
        case Said(text, final):
            notify = "asrmessage_notify" if final else "asrprogress_notify"
            told = {"notify": notify, "message": f"1.{text};", "playstate": call.playing}
        case Keyed(keys):
            told = {"notify": "getdtmf_result", "message": keys}
        case Over():
            told = {"notify": "wait_result" if call.waiting else "playback_result"}
        case Joined(ok):
            told = {"notify": "bridge_result", "errorcode": 0 if ok else 17}
        case _:
            told = {"notify": "leave"}
    whose = {"callid": call.call_id, "callerid": call.caller, "calleeid": NUMBER, "flowid": "huashu"}
    return Request({"errorcode": 0, "flowdata": None, **whose, **told})


def _smartivr_does(answer: Mapping[str, Any], _: FarCall) -> Next:
    action, params = fields.kind(answer, "action"), fields.child(answer, "params")
    if action == "start_asr":
        action, params = fields.kind(answer, "after_action"), fields.child(answer, "after_params")
    match action:
        case "playback":
            return Say((fields.text(params, "prompt"),))
        case "console_playback" if params.get("command") == "pause":
            return Hush()
        case "wait":
            return Wait(fields.number(params, "timeout"))
        case "bridge":
            return Connect(fields.text(params, "number"))
        case "hangup":
            return Bye(fields.text(params, "usermsg", ""))
        case "noop":
            return GoOn()
    raise WireError(f"smartivr knows no action {action[:40]!r}")


# --- cti_robot -------------------------------------------------------------------------------------------------------


def _robot_asks(fact: Fact, call: FarCall) -> Request | None:
    if isinstance(fact, Entered | Over | Joined):
        call.app += 1
    about = {"timestamp": 1658152564098414, "callid": call.call_id, "appid": f"{call.call_id}-{call.app}"}
    if isinstance(fact, Entered):
        return Request({**about, "call_source": "queuedialer", "source_name": "huashu", "method": "create"})
    if isinstance(fact, Left):
        return Request({**about, "method": "destory"})
    kind, heard = _robot_heard(fact)
    progress = call.played_ms if call.playing else 0
    told = {"privatedata": call.echo, "input_type": kind, "input_args": heard, "play_progress": progress}
    return Request({**about, "method": "input", **told})


def _robot_heard(fact: Fact) -> tuple[str, str]:
    match fact:
        case Said(text, final):
            return "asr", ("F" if final else "S") + text
        case Keyed(keys):
            return "dtmf", "D" + keys
        case Joined(ok):
            return "complete", "success" if ok else "no_answer"
        case _:
            return "complete", "wait_speech_timeout"


def _robot_does(answer: Mapping[str, Any], call: FarCall) -> Next:
    call.echo = answer.get("privatedata", call.echo)
    commands = answer.get("commands")
    if commands:
        if commands != [f"uuid_cti_play_and_detect_speech_break_play {call.call_id}"]:
            raise WireError("no command that this call knows")
        return Hush()
    match fields.kind(answer, "action"):
        case "cti_play_and_detect_speech":
            return _robot_plays(answer)
        case "bridge":
            return Connect(fields.text(answer, "argument"))
        case "hangup":
            return Bye(fields.text(answer, "log", ""))
        case "":
            return GoOn()
    raise WireError(f"cti knows no action {fields.kind(answer, 'action')[:40]!r}")


_ARGUMENTS = 15


def _robot_plays(answer: Mapping[str, Any]) -> Next:
    given = fields.text(answer, "argument").strip("'").split("' '")
    prompts = answer.get("playbacks")
    if len(given) != _ARGUMENTS or not given[7].isdecimal():
        raise WireError("the arguments are not those of cti_play_and_detect_speech")
    if not isinstance(prompts, list) or not prompts or not all(isinstance(each, str) for each in prompts):
        raise WireError("something must be played")
    return Wait(int(given[7])) if prompts == [ROBOT_SILENCE] else Say(tuple(prompts), int(given[7]))


# --- XSwitch ---------------------------------------------------------------------------------------------------------


def _xswitch_asks(fact: Fact, call: FarCall) -> Request | None:
    about = {
        "uuid": call.call_id, "url": call.url, "hostname": "xswitch", "cid_number": call.caller, "dest_number": NUMBER,
        "call_status": "hangup" if isinstance(fact, Left) else "answered", "direction": "inbound",
    }  # fmt: skip
    data: dict[str, str] = {"Caller-Direction": "inbound"}
    more: dict[str, Any] = {}
    match fact:
        case Said(_, False):
            return None
        case Said(text):
            more = {"input_type": "detected_speech", "asr_result": {"err_no": 0, "result": [f"{text}。"]}}
        case Keyed(keys):
            more = {"input_type": "dtmf", KEYS: keys}
        case Joined(ok):
            data["variable_originate_disposition"] = "SUCCESS" if ok else "NO_ANSWER"
    given = {"private_data": call.echo} if call.echo else {}
    return Request({**about, **more, "channel_data": data, **given})


def _xswitch_does(answer: Mapping[str, Any], call: FarCall) -> Next:
    call.echo = answer.get("private_data")
    if call.url and answer.get("next") != call.url:
        raise WireError("next is not the address of the call")
    match fields.kind(answer, "action"):
        case "play":
            file, listen_ms = fields.text(answer, "file"), fields.number(answer, "input-timeout", 0)
            if listen_ms and not fields.kind(answer, "asr-engine"):
                raise WireError("nobody listens without asr-engine")
            return Wait(listen_ms) if file == XSWITCH_SILENCE else Say((file.removeprefix("say:"),), listen_ms)
        case "pause":
            return Wait(fields.number(answer, "milliseconds"))
        case "execute" if answer.get("application") == "bridge":
            return Connect(fields.text(answer, "data"))
        case "hangup":
            return Bye(fields.text(answer, "cause", ""))
    raise WireError(f"mod_ai knows no action {fields.kind(answer, 'action')[:40]!r}")


# --- Aliyun ----------------------------------------------------------------------------------------------------------


def _smartcall_asks(fact: Fact, call: FarCall) -> Request | None:
    if isinstance(fact, Left):
        report = {"call_id": call.call_id, "status_code": "200000", "duration": "42", "hangup_direction": "2"}
        return Request({}, "/report", [report])
    playing = {"is_playing": "true" if call.playing else "false"}
    content: dict[str, Any] = {}
    match fact:
        case Entered():
            kind, content = "callin", {"caller": call.caller, "callee": NUMBER}
        case Said(_, False):
            return None
        case Said(text):
            kind, content = "normal", {"role": "B", "identity": "id2", "words": text, **playing}
        case Keyed(keys):
            kind, content = "dtmf", {"dtmf_digits": keys}
        case Joined(ok):
            kind, content = "parallel_transfer", {"transfer_status": "success" if ok else "fail"}
        case _:
            kind = "mute"
    given = {"dynamic_id": call.echo} if call.echo else {}
    told = {"call_id": call.call_id, "timestamp": "1504174341229", "content_type": kind}
    return Request({**told, "content": json.dumps({**content, **given}, ensure_ascii=False)})


def _smartcall_does(answer: Mapping[str, Any], call: FarCall) -> Next:
    data = fields.child(answer, "data")
    if answer.get("result") != "success" or data.get("call_id") != call.call_id:
        raise WireError("the answer is none for this call")
    call.echo = data.get("dynamic_id")
    mute_ms = fields.number(data, "mute_time", LEAST_MUTE_MS)
    if not LEAST_MUTE_MS <= mute_ms <= MOST_MUTE_MS:
        raise WireError("mute_time must be 1000 to 20000")
    match fields.kind(data, "action"):
        case "answer" | "play":
            return Say(_smartcall_prompts(data), mute_ms)
        case "donothing":
            return Wait(mute_ms)
        case "continue":
            call.listen_ms = mute_ms
            return GoOn()
        case "break":
            return Hush()
        case "transfer":
            return Connect(fields.text(data, "callee"))
        case "hangup":
            return Bye()
    raise WireError(f"Aliyun knows no action {fields.kind(data, 'action')[:40]!r}")


def _smartcall_prompts(data: Mapping[str, Any]) -> tuple[str, ...]:
    texts = fields.json_object(fields.text(data, "action_code_param", "{}"))
    codes = fields.text(data, "action_code").split(",")
    said = [fields.text(texts, code.strip("$")) if code.startswith("$") else code for code in codes]
    if any(set(text) & set('@=:"${}^*¥') for text in said):
        raise WireError("a text has characters that Aliyun forbids")
    return tuple(said)


FAR_PLATFORMS: Mapping[str, FarPlatform] = {
    "smartivr": FarPlatform(_smartivr_asks, _smartivr_does, tells_end=True),
    "cti_robot": FarPlatform(_robot_asks, _robot_does),
    "xswitch": FarPlatform(_xswitch_asks, _xswitch_does, partial=False),
    "smartcall": FarPlatform(_smartcall_asks, _smartcall_does, partial=False),
}
"""By the name of the platform."""
