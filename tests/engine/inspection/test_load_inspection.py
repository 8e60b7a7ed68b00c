"""What is wrong with an inspection is told where it is written."""

from __future__ import annotations

import pytest

from engine.content.source import parse
from engine.inspection.load_inspection import inspection_from


def told(rule: str) -> list[str]:
    node, problems = parse(f"inspection: x\nrules:\n  - {{id: r, {rule}}}\n".encode(), "x.yaml")
    assert node
    inspection_from(node, problems, ["refuse", "do_not_call"])
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("title: x", "rule 'r' has neither (say what a call must have, 'require', or must not have, 'forbid')"),
        ("require: {count: {}}, forbid: {count: {}}", "rule 'r' has both (say what"),
        ("require: {keywords: {any: 录音}}", "unknown key 'keywords' in inspection condition (did you mean 'says'?)"),
        ("require: {says: {who: bot}}", "'says' names nothing to find (give 'any', 'all' or 'none')"),
        ("require: {means: {any: refus}}", "no intent 'refus' (did you mean 'refuse'?)"),
        ("require: {says: {any: x, after: {means: refus}}}", "no intent 'refus'"),
        ("require: {says: {any: x, after: {who: bot}}}", "'after' names no utterance (give 'says', 'pattern' or 'means')"),
        ("require: {says: {any: x, after: {says: y}, before: {says: z}}}", "'after' and 'before' are two places"),
        ("require: {says: {any: x, reach: 2}}", "there is nothing to reach from (add after or before or around or at)"),
        ("require: {pattern: {any: '(a'}}", "pattern '(a':"),
        ("require: {hours: '25:00-26:00'}", "'25:00-26:00' are no hours (write 09:00-20:00)"),
        ("require: {hours: morning}", "'morning' are no hours"),
        ("require: {deed: {any: fax}}", "expected "),
        ("require: {facts: {refusal: 1}}", "unknown key 'refusal'"),
        ("severity: bad, require: {count: {}}", "expected 'critical', 'major' or 'minor'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(rule: str, message: str) -> None:
    problems = told(rule)
    assert problems
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("x.yaml:") for problem in problems)


def test_two_rules_of_one_name() -> None:
    assert told("forbid: {count: {less_than: 1}}}\n  - {id: r, forbid: {count: {less_than: 1}}") == [
        "x.yaml:4:10: rule 'r' is defined twice (first at line 3)"
    ]
