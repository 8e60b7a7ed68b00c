from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from importlib.metadata import version
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls import log
from engine.calls.actions import (
    Action,
    Callback,
    DoNotCall,
    Filled,
    Matched,
    Note,
    Part,
    Play,
    Sms,
    StartTimer,
    Wechat,
)
from engine.calls.events import Alternative, Answered, Dialed, Event, Failed, Heard, HungUp, PlaybackFinished
from engine.calls.log import (
    ACTIONS,
    EVENTS,
    PLAIN,
    Entry,
    Header,
    LogError,
    entry_line,
    header_line,
    read,
    read_header,
    to_json,
)
from engine.understanding.grammar import Hit
from engine.version import VERSION

HEADER = Header("c1", "phone-robot", "ab" * 32, "0.1.0", "2026-01-05T10:00:00+08:00", {"name": "王"})


def log_of(*entries: Entry, header: Header = HEADER) -> bytes:
    return (header_line(header) + "".join(map(entry_line, entries))).encode()


def step_line(entry: Entry) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(entry_line(entry))
    return content


# --- what a log looks like -------------------------------------------------------------------------------------------


def test_a_log_reads_as_a_call() -> None:
    heard = Matched("多少钱", (Hit("ask_price", "多少钱", (0, 3)),))
    log = log_of(
        Entry(0, Answered(0, by="human"), (Play(1, (Part("您好！"),)),)),
        Entry(1, PlaybackFinished(900, ref=1, played_ms=900), (StartTimer(2, "no_input", 3500),)),
        Entry(2, Heard(2000, "多少钱", 0.9), (heard,)),
    )
    assert log.decode() == (
        '{"call_id":"c1","script":"phone-robot","script_sha256":"' + "ab" * 32 + '","engine_version":"0.1.0",'
        '"started_at":"2026-01-05T10:00:00+08:00","vars":{"name":"王"}}\n'
        '{"seq":0,"event":{"type":"answered","at_ms":0,"by":"human"},'
        '"actions":[{"type":"play","ref":1,"parts":[{"text":"您好！"}]}]}\n'
        '{"seq":1,"event":{"type":"playback_finished","at_ms":900,"ref":1,"played_ms":900},'
        '"actions":[{"type":"start_timer","ref":2,"timer":"no_input","delay_ms":3500}]}\n'
        '{"seq":2,"event":{"type":"heard","at_ms":2000,"text":"多少钱","confidence":0.9},'
        '"actions":[{"type":"matched","text":"多少钱","hits":[{"id":"ask_price","phrase":"多少钱","span":[0,3]}]}]}\n'
    )


def test_every_event_and_action_has_its_name() -> None:
    assert set(EVENTS) >= {"dialed", "early_media", "hung_up", "heard", "playback_finished", "transfer_failed"}
    assert set(ACTIONS) >= {"sms", "wechat", "transfer", "callback", "do_not_call", "tag", "note", "start_timer"}
    assert not EVENTS.keys() & ACTIONS.keys()
    assert set(ACTIONS.values()) == set(get_args(Action))


def test_the_engine_version_is_that_of_the_distribution() -> None:
    assert version("huashu") == VERSION


def test_half_a_surrogate_pair_is_escaped() -> None:
    entry = Entry(0, Heard(0, "喂\ud83d"))
    assert "\\ud83d" in entry_line(entry)
    assert read(log_of(entry)).entries == (entry,)


# --- round trip ------------------------------------------------------------------------------------------------------

texts = st.text(max_size=12).filter(lambda text: not re.search(r"[\d零〇一二三四五六七八九幺]", text))
seconds = st.integers(min_value=0, max_value=10**9)


def built(cls: type) -> st.SearchStrategy[Any]:
    """Instances made from the fields of the class, with and without those that have a default."""
    optional = {each.name for each in fields(cls) if each.default is not MISSING}
    every = {each.name for each in fields(cls)}
    return st.builds(cls, **dict.fromkeys(every - optional, ...)) | st.builds(cls, **dict.fromkeys(every, ...))


def strategies() -> None:
    st.register_type_strategy(str, texts)
    st.register_type_strategy(int, seconds)
    st.register_type_strategy(float, st.floats(min_value=0, max_value=1))
    for cls in (Hit, Part, Alternative):
        st.register_type_strategy(cls, built(cls))


strategies()
some_event = st.one_of([built(cls) for cls in EVENTS.values()])
some_action = st.one_of([built(cls) for cls in ACTIONS.values()])


@given(some_event, st.lists(some_action, max_size=4), seconds)
def test_what_is_written_is_what_is_read(event: Event, actions: list[Action], seq: int) -> None:
    entry = Entry(seq, event, tuple(actions))
    assert read(log_of(entry)).entries == (entry,)


@given(st.builds(Header, *[texts] * 5, st.dictionaries(texts, texts)))
def test_the_header_too(header: Header) -> None:
    log = read(log_of(header=header))
    assert (log.header, log.entries, log.torn) == (header, (), "")


@given(st.sampled_from([*EVENTS.values(), *ACTIONS.values()]), st.data())
def test_what_a_newer_program_adds_is_passed_over(cls: type, data: st.DataObject) -> None:
    thing = data.draw(built(cls))
    event, action = (thing, Note("")) if isinstance(thing, Event) else (Dialed(0), thing)
    line = step_line(Entry(0, event, (action,)))
    for part in (line, line["event"], line["actions"][0]):
        part["added_later"] = {"a": [1]}
    data_read = read(header_line(HEADER).encode() + json.dumps(line).encode() + b"\n")
    assert data_read.entries == (Entry(0, event, (action,)),)


# --- masking ---------------------------------------------------------------------------------------------------------


def test_no_line_holds_a_number() -> None:
    number = "13800001234"
    words = f"打{number}吧"
    entry = Entry(
        0,
        Heard(0, words, alternatives=(Alternative("幺三八零零零零一二三四"),)),
        (
            Matched(words, (Hit("give_number", number, (1, 12)), Hit("ask", r"1[3-9]\d{9}", (1, 12)))),
            Filled("number", number, number),
            Play(1, (Part(f"记下了，{number}"), Part(keys=number))),
            Sms("资料", number),
            Wechat(number),
            Note(f"改打{number}"),
        ),
    )
    line = entry_line(entry)
    assert number not in line
    assert "零零零零" not in line
    assert line.count("138****1234") == 10
    assert '"span":[1,12]' in line
    assert r"1[3-9]\\d{9}" in line


def test_variables_are_masked_and_the_call_stays_what_it_is_called() -> None:
    header = Header("13800001234", "s", "0" * 64, "0.1.0", "2026-01-05T10:00:00+08:00", {"phone": "13800001234"})
    written = json.loads(header_line(header))
    assert written["vars"] == {"phone": "138****1234"}
    assert written["call_id"] == "13800001234"
    assert written["script_sha256"] == "0" * 64
    assert written["started_at"] == "2026-01-05T10:00:00+08:00"


def test_times_stay_and_so_does_the_clock() -> None:
    at = "2026-01-06T15:00:00+08:00"
    line = step_line(Entry(0, Dialed(123456789), (Callback(at, "明天下午三点"), Filled("appointment", at, "明天"))))
    assert line["event"]["at_ms"] == 123456789
    assert [action.get("at", action.get("value")) for action in line["actions"]] == [at, at]


def test_an_unmasked_form_is_to_be_had() -> None:
    assert to_json(Sms("资料", "13800001234"), masked=False) == {"type": "sms", "text": "资料", "to": "13800001234"}
    assert to_json(Sms("资料", "13800001234"), masked=True) == {"type": "sms", "text": "资料", "to": "138****1234"}


def test_what_is_written_plain_exists() -> None:
    for cls, names in PLAIN.items():
        assert is_dataclass(cls)
        assert names <= {each.name for each in fields(cls)}, cls


def test_a_reason_out_of_a_script_is_no_number() -> None:
    assert to_json(DoNotCall("complain"), masked=True) == {"type": "do_not_call", "reason": "complain"}


# --- damage ----------------------------------------------------------------------------------------------------------

WHOLE = log_of(Entry(0, Dialed(0)), Entry(1, Failed(9, sip=486)), Entry(2, HungUp(9)))


@pytest.mark.parametrize("lost", range(1, 40))
def test_a_log_cut_off_in_a_line_is_read_up_to_there(lost: int) -> None:
    log = read(WHOLE[: -1 - lost])
    assert [entry.seq for entry in log.entries] == [0, 1]
    assert log.torn.startswith("line 4 is cut off after ")


def test_a_log_cut_off_in_a_character_is_read_up_to_there() -> None:
    whole = log_of(Entry(0, Dialed(0)), Entry(1, Heard(0, "喂")))
    assert (
        read(whole[: whole.index("喂".encode()) + 1]).torn
        == "line 3 is cut off after 52 bytes; the lines before it are whole"
    )


def test_a_missing_line_feed_loses_nothing() -> None:
    assert read(WHOLE[:-1]) == read(WHOLE)


@pytest.mark.parametrize(
    ("before", "feed", "after"),
    [
        (b"\xef\xbb\xbf", b"\n", b""),
        (b"", b"\r\n", b""),
        (b"", b"\n", b"\n\n"),
        (b"\xef\xbb\xbf", b"\r\n", b"\r\n\r\n"),
    ],
)
def test_what_editors_add_is_no_damage(before: bytes, feed: bytes, after: bytes) -> None:
    edited = before + WHOLE.replace(b"\n", feed) + after
    assert read(edited) == read(WHOLE)
    assert read_header(edited) == HEADER


def test_a_line_is_one_to_every_reader() -> None:
    entry = Entry(0, Heard(0, "可以\u2028好\x85"))
    line = entry_line(entry)
    assert line.splitlines() == [line.removesuffix("\n")]
    assert read(log_of(entry)).entries == (entry,)


BAD = [
    (b"", 1, "the log is empty"),
    (b'{"call_id"', 1, "the header is cut off"),
    (b"[]\n", 1, "must be an object, not a list"),
    (b'{"call_id":"c1"}\n', 1, "engine_version is missing"),
    (b"\xff\n", 1, "not UTF-8 at byte 1"),
    (b"x\n", 2, "not JSON at character 1: Expecting value"),
    (b"\nx\n", 2, "not JSON at character 1: Expecting value"),
    (b"[" * 100_000 + b"\n", 2, "nested too deeply"),
    (b"9" * 5_000 + b"\n", 2, "not JSON: a number has too many digits"),
    (b"3\n", 2, "must be an object, not a number"),
    (b'{"seq":0,"event":{"type":"dialed","at_ms":0}}\n', 2, "actions is missing"),
    (b'{"seq":"0","event":{},"actions":[]}\n', 2, "seq must be a whole number, not text"),
    (b'{"seq":0,"event":{"at_ms":0},"actions":[]}\n', 2, "event.type is missing"),
    (b'{"seq":0,"event":{"type":"sang","at_ms":0},"actions":[]}\n', 2, "event.type is unknown: 'sang'"),
    (b'{"seq":0,"event":{"type":"play","at_ms":0},"actions":[]}\n', 2, "event.type is unknown: 'play'"),
    (b'{"seq":0,"event":{"type":[],"at_ms":0},"actions":[]}\n', 2, "event.type is unknown: []"),
    (b'{"seq":0,"event":{"type":"heard","at_ms":0},"actions":[]}\n', 2, "event.text is missing"),
    (
        b'{"seq":0,"event":{"type":"dialed","at_ms":"0"},"actions":[]}\n',
        2,
        "event.at_ms must be a whole number, not text",
    ),
    (
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[{"type":"play","ref":1,"parts":[{"text":1}]}]}\n',
        2,
        "actions.0.parts.0.text must be text, not a number",
    ),
]


@pytest.mark.parametrize(
    ("data", "line", "problem"), BAD, ids=[f"{place} {problem}" for place, (_, _, problem) in enumerate(BAD)]
)
def test_a_bad_line_is_told_by_number(data: bytes, line: int, problem: str) -> None:
    with pytest.raises(LogError) as caught:
        read(header_line(HEADER).encode() * (line - 1) + data)
    assert (caught.value.line, caught.value.problem) == (line, problem)
    assert str(caught.value) == f"line {line}: {problem}"


DAMAGE = (
    b'|0|}|]|{|,|"|\\| |\t|},"actions":[|\xff|\xed\xa0\x80|\\ud83d|\\udc00|\\u0000|null|true|1.0|-0|1e400|NaN|"a\xff":1,|"a":"\xff",'
).split(b"|")


@given(some_event, st.lists(some_action, max_size=2), seconds, st.data())
def test_a_damaged_line_is_read_as_plain_json_would_be(
    event: Event, actions: list[Action], seq: int, data: st.DataObject
) -> None:
    line = entry_line(Entry(seq, event, tuple(actions))).encode()[:-1]
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(start + 3, len(line))))
    line = line[:start] + data.draw(st.sampled_from(DAMAGE)) + line[end:]
    assert outcome(line) == slow_outcome(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"seq":0,"event":{"type":"heard","at_ms":0,"text":"},\\"actions\\":[]"},"actions":[]}',
        b'{"seq":00,"event":{"type":"dialed","at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0,"more":{},"actions":[1]},"actions":[]}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"event":{"type":"ringing","at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"dialed","type":"ringing","at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[],"actions":[{"type":"note","text":"a"}]}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[],"more":[]}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[],"more":"\xff"}',
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[],"more":' + b"[" * 100_000 + b"}",
        b'{"seq":0,"event":{"type":"dialed","at_ms":0},"actions":[]]',
        b'{"seq":true,"event":{"type":"dialed","at_ms":0},"actions":[]}',
        b'{"seq":1.0,"event":{"type":"dialed","at_ms":0},"actions":[]}',
        b'["seq":0,"event":{"type":"dialed","at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"entered","stage":"a","role":"","visit":1},"actions":[]}',
        b'{"seq":0,"event":{"type":["dialed"],"at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"heard","at_ms":0},"actions":[]}',
        b'{"seq":0,"event":{"type":"heard","at_ms":0,"text":"a","confidence":1},"actions":[]}',
        b'{"seq":0,"event":{"type":"heard","at_ms":0,"text":"a","confidence":true},"actions":[]}',
        b'{"seq":0,"event":{"type":"answered","at_ms":0,"by":"dog"},"actions":[]}',
        b'{"seq":0,"event":{"type":"answered","at_ms":0,"by":null},"actions":[]}',
        b' {"seq": 12345678901234567890123, "event": {"at_ms": -1, "type": "dialed"}, "actions": [ ] }\r',
        b'{"seq":',
        b"\xef\xbb\xbf{}",
        b"null",
    ],
)
def test_also_where_a_line_only_looks_like_one_of_ours(line: bytes) -> None:
    assert outcome(line) == slow_outcome(line)


def outcome(line: bytes) -> str:
    try:
        return repr(read(header_line(HEADER).encode() + line + b"\n").entries)
    except LogError as error:
        return str(error)


def slow_outcome(line: bytes) -> str:
    """The same where msgspec refuses everything: `json` and the codec read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "_by_msgspec", refused)
        return outcome(line)


@pytest.mark.parametrize(
    "lines",
    [
        b"1 2\n", b"1\n\n2\n", b"\n1\n", b"1\n\n", b"1\n2\n \n", b"1\r\n2\r\n", b"1\n2", b"1\n2 ", b"1\r2", b"1,\n2\n",
        b"1 2\nsplit\n", b"split\n1\n", b"\nsplit\n", b"1\n3\n", b"2\n1\n", b"1\n1\n",
    ],
)  # fmt: skip
def test_steps_stand_a_line_each_and_in_order(lines: bytes) -> None:
    made = b'{"seq":%d,"event":{"type":"dialed","at_ms":0},"actions":[]}'
    for seq in (1, 2, 3):
        lines = lines.replace(b"%d" % seq, made.replace(b"%d", b"%d" % (seq + 10)))
    lines = lines.replace(b"split", made.replace(b"%d", b"12,\n"))
    assert outcome(lines) == slow_outcome(lines)


def refused(_data: bytes) -> None:
    pass


def test_a_missing_step_is_told() -> None:
    with pytest.raises(LogError, match="line 3: seq 3 follows seq 1: a step is missing or stands twice"):
        read(log_of(Entry(1, Dialed(0)), Entry(3, HungUp(0))))


@given(st.binary(max_size=60))
def test_any_bytes_after_a_log_are_an_error_or_a_torn_end(data: bytes) -> None:
    with suppress(LogError):
        log = read(log_of(Entry(0, Dialed(0))) + data)
        assert log.entries == (Entry(0, Dialed(0)),)
        assert bool(log.torn) == bool(data and not data.endswith(b"\n"))
