from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.events import Alternative
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import (
    DEFAULT_NOW,
    Answer,
    Answered,
    Call,
    Dtmf,
    EarlyMedia,
    Failed,
    Failure,
    Hangup,
    Say,
    Silence,
    TransferOk,
    parse_call,
)

SHELF = {
    "shop.yaml": """
script: shop
goodbye: bye
variables:
  name: {type: name, required: true}
  price: {type: number, default: "100"}
stages:
  bye: {role: closing, say: "{name}，我是智能语音助手，再见！", end: yes}
""",
    "standard": "scheme: standard\nrules: [{id: D1, grade: D}]",
}


class Shelf:
    """A library of the texts above."""

    def read(self, path: str) -> bytes | str:
        return SHELF[path].encode()

    def beside(self, _file: str, path: str) -> str:
        return path

    def exists(self, path: str) -> bool:
        return path in SHELF

    def find(self, _folder: str, name: str, _file: str) -> str:
        return name if name in SHELF else ""

    def names(self, _folder: str, _file: str) -> list[str]:
        return []


@cache
def script() -> Script:
    loaded, problems = load_script("shop.yaml", Shelf())
    assert loaded, problems
    return loaded


def parse(**call: object) -> Call | str:
    return parse_call(json.dumps(call, ensure_ascii=False), script())


def test_every_kind_of_step() -> None:
    call = parse(
        call_id="x1",
        now="2026-11-23T10:00:00+08:00",
        vars={"name": "王", "price": 200},
        steps=[
            {"early_media": "您拨打的电话已关机"},
            {"failed": {"sip": 480, "q850": 20}},
            {"failed": {}},
            {"answered": True},
            {"answered": {"by": "machine"}},
            {"say": "喂你好", "confidence": 0.9},
            {"silence": True},
            {"dtmf": "1"},
            {"say": "不用了", "barge_in_ms": 800},
            {"say": "不要", "alternatives": [{"text": "不用", "confidence": 0.3}, {"text": "要"}]},
            {"transfer_ok": True},
            {"transfer_ok": False},
            {"hangup": True, "after_ms": 1500},
            {"hangup": True},
        ],
    )
    assert call == Call(
        "x1",
        "2026-11-23T10:00:00+08:00",
        {"name": "王", "price": "200"},
        (
            EarlyMedia("您拨打的电话已关机"),
            Failed(Failure(480, 20)),
            Failed(Failure()),
            Answered(Answer()),
            Answered(Answer("machine")),
            Say("喂你好", 0.9),
            Silence(True),
            Dtmf("1"),
            Say("不用了", barge_in_ms=800),
            Say("不要", alternatives=(Alternative("不用", 0.3), Alternative("要"))),
            TransferOk(True),
            TransferOk(False),
            Hangup(True, 1500),
            Hangup(True),
        ),
    )


def test_a_call_that_names_no_time_takes_place_at_a_fixed_one() -> None:
    call = parse(call_id="x1", vars={"name": "王"}, steps=[])
    assert call == Call("x1", DEFAULT_NOW, {"name": "王"})


def test_a_time_may_be_written_small_as_the_rfc_allows() -> None:
    call = parse(call_id="x1", now="2026-11-23t10:00:00z", vars={"name": "王"}, steps=[])
    assert call == Call("x1", "2026-11-23T10:00:00Z", {"name": "王"})


def test_what_others_write_into_a_line_is_theirs() -> None:
    assert isinstance(parse(call_id="x1", vars={"name": "王"}, steps=[], expected_grade="A", call="x"), Call)


ONE_OF = "say, silence, dtmf, transfer_ok, hold, early_media, failed, answered, hangup"

BAD_STEPS = [
    ({"saay": "喂"}, "step 2: no step is called 'saay' (did you mean 'say'?)"),
    ({"sing": "喂"}, f"step 2: no step is called 'sing' (a step is one of {ONE_OF})"),
    ({}, f"step 2: is empty; a step is one of {ONE_OF}"),
    ("喂", "step 2: must be an object, not text"),
    ({"say": "喂", "silence": True}, "step 2: says 'say' and 'silence': a step does one thing"),
    ({"say": "喂", "confidance": 1}, "step 2: 'confidance' is no key of 'say' (did you mean 'confidence'?)"),
    ({"silence": True, "loud": 1}, "step 2: 'loud' is no key of 'silence' (there are: silence)"),
    ({"say": 3}, "step 2: say must be text, not a number"),
    ({"say": "喂", "confidence": "high"}, "step 2: confidence must be a number, not text"),
    ({"say": "喂", "confidence": 1.5}, "step 2: confidence must lie between 0 and 1, not 1.5"),
    ({"say": "喂", "alternatives": "微"}, "step 2: alternatives must be a list, not text"),
    ({"say": "喂", "alternatives": ["微"]}, "step 2: alternatives.0 must be an object, not text"),
    ({"say": "喂", "alternatives": [{"confidence": 1}]}, "step 2: alternatives.0.text is missing"),
    (
        {"say": "喂", "alternatives": [{"txt": "微"}]},
        "step 2: 'txt' is no key of 'alternatives' (did you mean 'text'?)",
    ),
    (
        {"say": "喂", "alternatives": [{"text": "微"}, {"text": "为", "confidence": 2}]},
        "step 2: alternatives.1.confidence must lie between 0 and 1, not 2",
    ),
    ({"say": "喂", "barge_in_ms": -1}, "step 2: barge_in_ms must not be negative"),
    ({"say": "喂", "barge_in_ms": 0.5}, "step 2: barge_in_ms must be a whole number, not a number"),
    ({"silence": False}, "step 2: silence must be true"),
    ({"silence": 3}, "step 2: silence must be true or false, not a number"),
    ({"hangup": False}, "step 2: hangup must be true"),
    ({"hangup": True, "after_ms": -1}, "step 2: after_ms must not be negative"),
    ({"dtmf": ""}, "step 2: dtmf must be keys out of 0-9 * # A-D, not ''"),
    ({"dtmf": "1一"}, "step 2: dtmf must be keys out of 0-9 * # A-D, not '1一'"),
    ({"dtmf": 1}, "step 2: dtmf must be text, not a number"),
    ({"failed": True}, "step 2: failed must be an object, not true or false"),
    ({"failed": {"sip": "480"}}, "step 2: failed.sip must be a whole number, not text"),
    ({"failed": {"sips": 480}}, "step 2: 'sips' is no key of 'failed' (did you mean 'sip'?)"),
    ({"answered": False}, "step 2: answered must be true"),
    ({"answered": {"by": "dog"}}, "step 2: answered.by must be one of human, machine, unknown"),
    ({"transfer_ok": 1}, "step 2: transfer_ok must be true or false, not a number"),
]


@pytest.mark.parametrize(("step", "problem"), BAD_STEPS, ids=[problem for _, problem in BAD_STEPS])
def test_a_bad_step_is_told_by_number(step: object, problem: str) -> None:
    assert parse(call_id="x1", vars={"name": "王"}, steps=[{"silence": True}, step]) == problem


GOOD = {"call_id": "x1", "vars": {"name": "王"}, "steps": []}
BAD_CALLS = [
    ({"vars": {"name": "王"}, "steps": []}, "call_id is missing"),
    (GOOD | {"call_id": ""}, "call_id must be text, not empty"),
    (GOOD | {"call_id": 7}, "call_id must be text, not a number"),
    ({"call_id": "x1", "vars": {"name": "王"}}, "steps is missing"),
    ({"call_id": "x1", "stpes": []}, "'stpes' is no key of a call (did you mean 'steps'?)"),
    (GOOD | {"steps": {}}, "steps must be a list, not an object"),
    (GOOD | {"vars": []}, "vars must be an object, not a list"),
    (GOOD | {"vars": {"name": None}}, "vars.name must be text or a number, not null"),
    (GOOD | {"vars": {"name": True}}, "vars.name must be text or a number, not true or false"),
    (GOOD | {"now": 5}, f"now must be an RFC 3339 time such as {DEFAULT_NOW}, not a number"),
    *(
        (GOOD | {"now": now}, f"now must be an RFC 3339 time such as {DEFAULT_NOW}, not {now!r}")
        for now in ("tomorrow", "2026-11-23", "2026-11-23T10:00:00", "2026-02-30T10:00:00+08:00", "20261123T100000Z")
    ),
]


@pytest.mark.parametrize(("call", "problem"), BAD_CALLS, ids=[problem for _, problem in BAD_CALLS])
def test_a_bad_call_is_told(call: dict[str, object], problem: str) -> None:
    assert parse(**call) == problem


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, "variable 'name' is required and has no value"),
        ({"name": "王", "nmae": "王"}, "unknown variable 'nmae'"),
        ({"name": "王", "price": "many"}, "variable 'price' is not a number: 'many'"),
    ],
)
def test_variables_must_fit_the_script(variables: dict[str, str], problem: str) -> None:
    told = parse(call_id="x1", vars=variables, steps=[])
    assert isinstance(told, str)
    assert problem in told


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "not JSON at character 1: Expecting value"),
        ('{"call_id": "x1",}', "not JSON at character 18: Expecting property name enclosed in double quotes"),
        ("[]", "a call must be an object, not a list"),
        ("null", "a call must be an object, not null"),
        ("[" * 100_000, "not a call: nested too deeply"),
        (
            '{"call_id": "x", "steps": [{"hangup": true, "after_ms": ' + "9" * 5000 + "}]}",
            "not JSON: a number has too many digits",
        ),
    ],
    ids=["empty", "comma", "list", "null", "deep", "digits"],
)
def test_a_line_that_is_no_call_is_told(line: str, problem: str) -> None:
    assert parse_call(line, script()) == problem


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["say", "sip", "by", "x"]), inner),
    max_leaves=5,
)
steps = st.dictionaries(
    st.sampled_from([*ONE_OF.split(", "), "after_ms", "barge_in_ms", "confidence", "alternatives"]), json_values
)


@given(
    st.fixed_dictionaries(
        {"call_id": json_values, "steps": st.lists(steps, max_size=3)},
        optional={"now": json_values, "vars": json_values},
    )
)
def test_whatever_is_written_is_a_call_or_a_sentence(call: dict[str, object]) -> None:
    told = parse(**call)
    assert told
    assert isinstance(told, Call) or "\n" not in told
