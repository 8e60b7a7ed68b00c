"""Tables of personas and the small scripts that they call."""

from __future__ import annotations

from functools import cache

from engine.content.source import Problem, parse
from engine.language.load import load_script
from engine.language.script import Script
from engine.personas.crowd import crowd
from engine.personas.findings import Findings, Tally
from engine.personas.live import Made
from engine.personas.load_personas import table_from
from engine.personas.persona import Table
from server.content import SHIPPED, Files
from tests.engine.scenes import load

SHOP = """
    stages:
      ask:
        role: opening
        say: 我是机器人，周末有空吗？
        expect: [{hear: affirm, go: day}]
        recover: 就看一眼，好吗？
      day: {role: invitation, say: 那星期六可以吗？, confirm: 真来吗？, expect: [{hear: affirm, accept: yes, go: bye}]}
    always: [{hear: do_not_call, do: {do_not_call: yes}, go: bye}, {hear: want_human, transfer: desk, else: bye}]
    answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}]
"""


def attempt_table(text: str) -> tuple[Table | None, list[Problem]]:
    node, problems = parse(text.encode(), "t.yaml")
    return (table_from(node, problems) if node else None), problems


def table(text: str) -> Table:
    made, problems = attempt_table(text if "personas:" in text else f"personas: t\n{text}")
    assert made, problems
    assert not problems
    return made


@cache
def standard() -> Table:
    return table((SHIPPED / "scripts/personas/standard.yaml").read_text(encoding="utf-8"))


@cache
def shipped(name: str) -> Script:
    script, problems = load_script(str(SHIPPED / f"scripts/{name}.yaml"), Files())
    assert script, problems
    return script


def calls(population: Table | str, script: Script | str = SHOP, many: int = 20, seed: int = 1) -> list[Made]:
    known = load(script) if isinstance(script, str) else script
    return list(crowd(known, table(population) if isinstance(population, str) else population, many, seed))


def findings(made: list[Made], script: Script | str = SHOP) -> Findings:
    tally = Tally(load(script) if isinstance(script, str) else script)
    for each in made:
        tally.take(each)
    return tally.found()
