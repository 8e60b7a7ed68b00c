"""The script as a graph: everything that can move a call is an edge."""

from __future__ import annotations

from tests.engine.scenes import load

TEXT = """
script: s
include: ends.yaml
goodbye: bye
refused: no
limits: {then: late}
stages:
  ask:
    role: opening
    say: 有空吗？
    skip: {if: {heard: ask_case}, go: gift}
    expect:
      - {hear: affirm, go: gift}
      - {hear: confirm, limit: 2, over: late, say: 嗯。}
      - {hear: want_human, transfer: desk, else: sorry}
      - {silence: late}
      - {other: {say: 好, end: yes}}
    recover: [好吗？, {say: 真的？, go: gift, expect: [{hear: affirm, go: bye}]}]
    confirm: {say: 来吗？, unsure: sorry}
    silence: {then: late}
    no_match: {then: sorry}
  gift: {role: pitch, say: 送礼。, go: bye}
  sorry: {role: closing, say: 抱歉。, end: yes}
  no: {role: closing, say: 打扰了。, end: yes}
  late: {role: closing, say: 改天。, end: yes}
always: [{hear: goodbye, go: bye}]
answers: [{hear: ask_price, limit: 1, over: no, say: 八折。}]
"""


def test_edges() -> None:
    edges = set(load(TEXT).edges())
    assert {edge for edge in edges if edge[0] == "ask"} == {
        ("ask", "ask.expect.1", "gift"),
        ("ask", "ask.expect.2.over", "late"),
        ("ask", "ask.expect.3.else", "sorry"),
        ("ask", "ask.expect.4", "late"),
        ("ask", "ask.recover.2", "gift"),
        ("ask", "ask.recover.2.expect.1", "bye"),
        ("ask", "skip.1", "gift"),
        ("ask", "unsure", "sorry"),
        ("ask", "silence", "late"),
        ("ask", "no_match", "sorry"),
    }
    assert {edge for edge in edges if edge[0] == "*"} == {
        ("*", "always.1", "bye"),
        ("*", "answers.1.over", "no"),
        ("*", "limit", "late"),
        ("*", "refused", "no"),
    }
    assert {edge for edge in edges if edge[0] == "gift"} >= {("gift", "next", "bye")}


def test_every_edge_can_be_followed() -> None:
    script = load(TEXT)
    for source, trigger, target in script.edges():
        starts = script.stages if source == "*" else [source]
        assert all(script.graph.next(stage, trigger) == target for stage in starts)


def test_a_script_begins_with_its_first_stage() -> None:
    assert load(TEXT).graph.initial == load(TEXT).start == "ask"
