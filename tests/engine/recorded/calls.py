"""A small script, and recordings of calls as lists of lines: `bot 0-3 …`, `caller 3.5-4.2 …`, in seconds."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from engine.calls.log import Entry
from engine.content.source import Problem
from engine.language.load import load_script
from engine.language.script import Script
from engine.recorded.course import Course
from engine.recorded.retell import retell
from engine.recorded.utterance import Speaker, Utterance
from engine.understanding.lexicon import Lexicon

SCRIPT = """
script: fair
grading: plain
goodbye: bye
variables:
  company: {type: text, required: yes}
intents:
  affirm: {group: answers, phrases: [好的, 可以, 行]}
  refuse: {group: answers, phrases: [不用了, 不需要]}
  ask_price: {group: interest, phrases: [多少钱]}
  want_material: {group: requests, phrases: [发资料]}
stages:
  ask:
    role: opening
    say: 您好，我是{company}的智能语音助手，您周末有空来看看吗？
    reprompt: 您周末有没有空呢？
    expect:
      - {hear: affirm, go: day}
      - {hear: refuse, go: bye}
    silence: {after: 3, say: [您好，能听到我说话吗？]}
  day:
    role: invitation
    say: 那我给您留一张星期六的请柬，可以吗？
    confirm: 那就说定了星期六，好吗？
    expect:
      - {hear: affirm, accept: yes, do: {sms: 请柬}, go: note}
      - {hear: refuse, go: bye}
  note: {role: closing, say: 请柬上面有地址和停车的说明。, go: bye}
  bye: {role: closing, say: 感谢您的接听，祝您生活愉快，再见！, end: yes}
answers:
  - {hear: ask_price, say: 参观是不收费的，您放心来。}
"""
SCHEME = """
scheme: plain
rules:
  - {id: A1, grade: A, when: {invitation: success}}
  - {id: C1, grade: C, when: {interest_questions: {at_least: 1}}}
  - {id: D2, grade: D, when: {ended_by: caller}}
  - {id: D9, grade: D}
"""
GIVEN = {"company": "星河科技"}
ASK = "您好，我是星河科技的智能语音助手，您周末有空来看看吗"
DAY = "那我给您留一张星期六的请柬，可以吗"
NOTE = "请柬上面有地址和停车的说明"
BYE = "感谢您的接听，祝您生活愉快，再见"


FILES = {"fair.yaml": SCRIPT, "plain.yaml": SCHEME}


class Held:
    """A library that holds the script and its scheme."""

    def read(self, path: str) -> bytes | str:
        return FILES[path].encode() if path in FILES else f"no file {path}"

    def beside(self, file: str, path: str) -> str:
        return (PurePosixPath(file).parent / path).as_posix()

    def exists(self, path: str) -> bool:
        return path in FILES

    def find(self, folder: str, name: str, file: str) -> str:
        del folder, file
        return f"{name}.yaml" if f"{name}.yaml" in FILES else ""

    def names(self, folder: str, file: str) -> list[str]:
        del file
        return ["plain"] if folder.endswith("schemes") else []


@cache
def script() -> Script:
    loaded, problems = load_script("fair.yaml", Held())
    assert loaded, [str(each) for each in problems if isinstance(each, Problem)]
    return loaded


_LINE = re.compile(r"(bot|caller|unknown) ([\d.]+)-([\d.]+) ?(.*)")


def utterances(text: str) -> list[Utterance]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        told = _LINE.fullmatch(line)
        assert told, line
        speaker: Speaker = told[1]  # type: ignore[assignment]  # the pattern knows them
        found.append(Utterance(_ms(told[2]), _ms(told[3]), told[4], speaker, 0.9))
    return found


def _ms(seconds: str) -> int:
    return round(float(seconds) * 1000)


def course(*, with_script: bool = True) -> Course:
    lexicon = Lexicon(script().grammars)
    return Course("x", "2026-11-23T10:00:00+08:00", lexicon, script() if with_script else None, GIVEN)


def retold(text: str, ends: float, *, with_script: bool = True) -> tuple[Entry, ...]:
    return retell(utterances(text), _ms(str(ends)), course(with_script=with_script))
