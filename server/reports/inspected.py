"""The page of `huashu inspect --report`: which rules were violated how often, and by which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.inspection.checks import Proof
from engine.inspection.inspect import Rule, Severity
from server.reports.charts import Bar, bars
from server.reports.page import Cell, Figure, Line, Page, Quote, Section, Table
from server.reports.text import count, percent
from server.reports.words import Lang, Texts, Words

if TYPE_CHECKING:
    from server.inspecting import Findings, Violation

MOST_QUOTES = 10
"""Calls that are shown for each rule."""
TONES: Mapping[Severity, str] = {"critical": "bad", "major": "series-2", "minor": "quiet"}
TEXTS: Texts = {
    "title": ("质检：{name}", "Inspection: {name}"),
    "verdict": ("检查 {calls} 通，合格 {passed} 通（{share}）。", "{passed} of {calls} calls passed ({share})."),
    "figure.passed": ("合格率", "passed"),
    "figure.calls": ("通话", "calls"),
    "figure.violations": ("违规", "violations"),
    "rules": ("各条规则", "Rules"),
    "rules.says": (
        "每条规则有多少通话违反，有多少通话的记录看不出来。",
        "How many calls violate each rule, and of how many the record does not tell.",
    ),
    "rule": ("规则", "rule"),
    "severity": ("级别", "severity"),
    "violated": ("违反", "violated"),
    "unknown": ("无法判断", "not told"),
    "critical": ("致命", "critical"),
    "major": ("严重", "major"),
    "minor": ("轻微", "minor"),
    "calls.says": (
        "违反这条规则的通话和原话，最多列 {most} 通。",
        "Calls that violate it, {most} at most, and the words.",
    ),
    "rules.none": ("没有违规。", "Nothing was violated."),
    "unread": ("读不了的记录：{unread} 份。", "Logs that could not be read: {unread}."),
    "made_of": ("读取 {calls} 份通话记录，按“{name}”检查。", "{calls} logs, held against '{name}'."),
    "step": ("第 {seq} 步", "step {seq}"),
}


def page(found: Findings, lang: Lang) -> Page:
    words, inspection = Words(lang, TEXTS), found.inspection
    made_of = [words("made_of", calls=count(found.calls), name=inspection.name)]
    if found.unread:
        made_of.append(words("unread", unread=count(found.unread)))
    violations = sum(len(each) for each in found.violated.values())
    share = percent(found.passed, found.calls)
    return Page(
        words("title", name=inspection.title or inspection.name),
        words("verdict", calls=count(found.calls), passed=count(found.passed), share=share),
        tuple(_sections(words, found)),
        lang,
        "good" if found.passed == found.calls else "bad",
        (
            Figure(words("figure.passed"), share),
            Figure(words("figure.calls"), count(found.calls)),
            Figure(words("figure.violations"), count(violations)),
        ),
        made_of,
    )


def _sections(words: Words, found: Findings) -> Iterator[Section]:
    rules = found.inspection.rules
    hit = [rule for rule in rules if found.violated.get(rule.id)]
    chart = bars([Bar(_name(rule), len(found.violated[rule.id]), TONES[rule.severity]) for rule in hit], words("rules"))
    rows: list[tuple[Cell, ...]] = [
        (
            _name(rule), words(rule.severity), len(found.violated.get(rule.id, ())),
            found.unknown.get(rule.id, 0) or None,
        )
        for rule in rules
    ]  # fmt: skip
    head = (words("rule"), words("severity"), words("violated"), words("unknown"))
    yield Section(words("rules"), words("rules.says"), chart if hit else None, Table(head, rows))
    for rule in hit:
        quotes = [_quote(words, each) for each in found.violated[rule.id][:MOST_QUOTES]]
        yield Section(_name(rule), words("calls.says", most=MOST_QUOTES), quotes=quotes)


def _name(rule: Rule) -> str:
    return f"{rule.title} {rule.id}" if rule.title else rule.id


def _quote(words: Words, violation: Violation) -> Quote:
    rule = violation.result.rule
    lines = [_line(words, each) for each in violation.result.proofs]
    return Quote(violation.call_id, lines, words(rule.severity), TONES[rule.severity], str(violation.path))


def _line(words: Words, proof: Proof) -> Line:
    why = f"{proof.found}, {words('step', seq=proof.seq)}" if proof.seq >= 0 else proof.found
    return Line(proof.words or proof.found, proof.who, why if proof.words else "")
