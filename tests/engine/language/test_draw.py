from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.draw import escape, mermaid
from engine.language.load import load_script
from engine.language.script import Script

SCRIPT = """
script: shop
title: 周年庆 "请柬"
goodbye: bye
refused: sorry
intents:
  affirm: {group: answers, phrases: [好的, 可以]}
  deny: {group: answers, phrases: [没空]}
  refuse: {group: answers, phrases: [不用了]}
  neutral: {group: answers, phrases: [嗯]}
  want_human: {group: requests, phrases: [转人工]}
  ask_price: {group: interest, phrases: [多少钱]}
stages:
  end: {role: greeting, say: 您好，我是智能语音助手。, go: offer}
  offer:
    role: opening
    say: 我们店周年庆，想请您这个周末来店里坐坐，您看有空吗？
    expect:
      - {hear: [有空啊, affirm], go: day}
      - {hear: neutral, go: day}
      - {hear: [下个月, 下周, 过年, 改天, 以后], say: 都行，您定。}
      - {press: "12", go: sorry}
      - {hear: deny, if: {turns: {at_least: 3}}, end: yes}
    recover: [{say: 来坐坐也好，可以吗？, go: day}]
    silence: {after: 3s, say: 在吗？, then: sorry}
  day:
    role: invitation
    say: 星期六可以吗？
    confirm: 那就星期六，好吗？
    expect:
      - {hear: affirm, accept: yes, go: bye}
      - {other: bye}
  bye: {role: closing, say: 再见！, end: yes}
  sorry: {role: closing, say: 打扰了，再见！, end: yes}
always:
  - {hear: want_human, transfer: desk, else: sorry}
answers:
  - {hear: ask_price, say: 不要钱。}
"""


class Shelf:
    """A library of the script above."""

    def read(self, path: str) -> bytes | str:
        return {"shop.yaml": SCRIPT, "standard": "scheme: standard\nrules: [{id: D1, grade: D}]"}[path].encode()

    def beside(self, _file: str, path: str) -> str:
        return path

    def exists(self, _path: str) -> bool:
        return False

    def find(self, _folder: str, name: str, _file: str) -> str:
        return name

    def names(self, _folder: str, _file: str) -> list[str]:
        return []


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    script, problems = load_script("shop.yaml", Shelf())
    assert isinstance(script, Script), problems
    return mermaid(script).splitlines()


def test_the_title_stands_where_the_flow_begins(drawn: list[str]) -> None:
    assert drawn[:2] == ["flowchart TD", '  begin(["<b>周年庆 #34;请柬#34;</b><br/>answered"]) --> s1']


def test_each_stage_is_a_box_of_its_role(drawn: list[str]) -> None:
    assert '  s1["<b>end</b><br/>您好，我是智能语音助手。"]:::greeting' in drawn
    assert '  s2["<b>offer</b><br/>我们店周年庆，想请您这个周末来店里坐坐，您看…"]:::opening' in drawn
    assert '  s4(["<b>bye</b><br/>再见！"]):::closing' in drawn


def test_a_stage_that_goes_on_by_itself_has_a_bare_arrow(drawn: list[str]) -> None:
    assert "  s1 --> s2" in drawn


def test_two_answers_that_lead_to_the_same_stage_share_an_arrow(drawn: list[str]) -> None:
    assert '  s2 -->|"有空啊, affirm<br/>neutral"| s3' in drawn


def test_an_answer_that_stays_comes_back_and_long_lists_are_cut(drawn: list[str]) -> None:
    assert '  s2 -->|"下个月, 下周, 以后, 改天 +1"| s2' in drawn


def test_keys_conditions_and_the_end(drawn: list[str]) -> None:
    assert '  s2 -->|"key 1, key 2"| s5' in drawn
    assert '  s2 -->|"deny (if)"| gone((hung up))' in drawn


def test_a_recovery_is_a_dotted_arrow(drawn: list[str]) -> None:
    assert '  s2 -.->|"refused, recovery 1"| s3' in drawn


def test_an_acceptance_is_marked_and_may_be_unsure(drawn: list[str]) -> None:
    assert '  s3 -->|"affirm ✓<br/>anything else"| s4' in drawn
    assert any(line.startswith('  s3 -.->|"unsure"| ') for line in drawn)


def test_silence_is_drawn_only_where_it_leads_elsewhere_than_in_most_stages(drawn: list[str]) -> None:
    arrows = [line for line in drawn if "->" in line and "silence" in line]
    assert arrows == ['  s2 -.->|"silence"| s5']


def test_what_holds_everywhere_stands_beside_the_flow(drawn: list[str]) -> None:
    (always,) = (line for line in drawn if line.startswith("  always["))
    assert "want_human → transfer to desk, else sorry" in always
    assert "nothing understood → bye" in always
    assert "refused once too often → sorry" in always
    assert '  answers["<b>Answered anywhere, then back</b><br/>ask_price"]' in drawn


LINES = [
    r'begin\(\["[^"]+"\]\) --> s\d+',
    r's\d+(\["|\(\[")[^"]+("\]|"\]\)):::\w+',
    r's\d+ (-->|-\.->)(\|"[^"|]+"\|)? (s\d+|gone\(\(hung up\)\))',
    r'(always|answers)\["[^"]+"\]',
    r"style \w+ .+",
    r"classDef \w+ .+",
]


def test_every_line_is_one_that_mermaid_knows(drawn: list[str]) -> None:
    for line in drawn[1:]:
        assert any(re.fullmatch(f"  {known}", line) for known in LINES), line


@given(st.text())
def test_no_label_holds_what_mermaid_would_read(text: str) -> None:
    escaped = re.sub(r"#\d+;", "", escape(text))
    assert not set(escaped) & set('"<>&`|#;\\\n\r\t')


def test_escaped_text_stays_readable() -> None:
    assert escape('他说"好|吧"\n#1') == "他说#34;好#124;吧#34; #35;1"
