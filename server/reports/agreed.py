"""The page of `huashu labels agree --report`: how far people agree with the machine, and where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.trial.agreement import Agreement
from engine.understanding.score import Tally
from server.reports.charts import grade_tone, heat
from server.reports.page import Figure, Page, Quote, Section, Table
from server.reports.text import NONE, Number, count, percent
from server.reports.words import Lang, Texts, Words

if TYPE_CHECKING:
    from server.agreeing import Findings, Quarrel

MOST_QUOTES = 40
TEXTS: Texts = {
    "title": ("人工复核与机器分级", "People and the machine"),
    "verdict": (
        "复核了 {labelled} 通，其中 {agreed} 通与机器一致（{share}）。",
        "Of {labelled} calls that people have graded, the machine agrees on {agreed} ({share}).",
    ),
    "verdict.none": ("这些通话还没有人工等级。", "Nobody has graded any of these calls."),
    "made_of": ("读取 {calls} 份通话记录。", "{calls} logs were read."),
    "strangers": ("有标注但找不到的通话：{calls}。", "Labelled, but not among the logs: {calls}."),
    "wrong": ("读不了的记录或标注：{wrong} 处。", "Logs or labels that could not be used: {wrong}."),
    "figure.agreed": ("一致率", "agreement"),
    "figure.kappa": ("Kappa 系数", "kappa"),
    "figure.kappa.note": ("去掉碰巧一致的部分", "without what chance explains"),
    "figure.weighted": ("加权 Kappa", "weighted kappa"),
    "figure.weighted.note": ("差得越远扣得越多", "the farther apart, the worse"),
    "grades": ("等级对照", "Grades"),
    "grades.says": (
        "每一行是人工给的等级，每一列是机器给的等级。",
        "Rows are the grades of people, columns those of the machine.",
    ),
    "people": ("人工", "people"),
    "tallies": ("各等级的准确率和召回率", "Precision and recall by grade"),
    "tallies.says": ("以人工等级为准。", "The grades of people are held to be right."),
    "intents": ("意图", "Intents"),
    "intents.says": ("人工标过意图的 {utterances} 句。", "Of {utterances} utterances whose intents people have told."),
    "intent": ("意图", "intent"),
    "precision": ("准确率", "precision"),
    "recall": ("召回率", "recall"),
    "count": ("人工标注数", "labelled"),
    "between": ("复核人之间", "Between people"),
    "between.says": (
        "几个人都复核过的通话，他们彼此的一致程度。",
        "How far those who have graded the same calls agree with each other.",
    ),
    "who": ("复核人", "who"),
    "worst": ("分歧最大的通话", "Disagreements, worst first"),
    "worst.says": ("人工和机器差得最远的排在最前。", "Those that lie farthest apart come first."),
    "worst.none": ("没有分歧。", "There are none."),
    "quarrel": (
        "机器给 {machine}（规则 {rule}），{by} 认为是 {person}：{why}",
        "{machine} by {rule} says the machine, {person} says {by}: {why}",
    ),
}


def page(found: Findings, lang: Lang) -> Page:
    words, grades = Words(lang, TEXTS), found.grades
    made_of = [words("made_of", calls=count(found.calls))]
    if found.strangers:
        made_of.append(words("strangers", calls=", ".join(found.strangers)))
    if found.wrong:
        made_of.append(words("wrong", wrong=count(found.wrong)))
    share = percent(grades.agreed, grades.total)
    verdict = words("verdict", labelled=count(grades.total), agreed=count(grades.agreed), share=share)
    return Page(
        words("title"),
        verdict if grades.total else words("verdict.none"),
        tuple(_sections(words, found, grades)),
        lang,
        figures=(
            Figure(words("figure.agreed"), share),
            Figure(words("figure.kappa"), _kappa(grades.kappa), words("figure.kappa.note")),
            Figure(words("figure.weighted"), _kappa(grades.weighted_kappa), words("figure.weighted.note")),
        ),
        made_of=made_of,
    )


def _kappa(value: float | None) -> Number:
    return Number(NONE if value is None else f"{value:.2f}")


def _sections(words: Words, found: Findings, grades: Agreement) -> Iterator[Section]:
    matrix = heat(grades.names, grades.names, grades.counts, words("people"), agreement=True)
    yield Section(words("grades"), words("grades.says"), table=matrix)
    yield Section(words("tallies"), words("tallies.says"), table=_tallies(words, words("grade"), grades.tallies))
    if found.people:
        rows = [
            (" / ".join(who), each.total, percent(each.agreed, each.total), _kappa(each.kappa))
            for who, each in found.between_people
        ]
        head = (words("who"), words("calls"), words("figure.agreed"), words("figure.kappa"))
        yield Section(words("between"), words("between.says"), table=Table(head, rows))
    if found.utterances:
        says = words("intents.says", utterances=count(len(found.utterances)))
        yield Section(words("intents"), says, table=_tallies(words, words("intent"), found.intents))
    quotes = [_quote(words, each) for each in found.worst_first[:MOST_QUOTES]]
    yield Section(words("worst"), words("worst.says"), quotes=quotes, nothing=words("worst.none"))


def _tallies(words: Words, of: str, tallies: Iterable[Tally]) -> Table:
    head = (of, words("precision"), words("recall"), "F1", words("count"))
    rows = [
        (
            each.name,
            percent(each.right, each.right + each.wrong),
            percent(each.right, each.count),
            percent(each.f1, 1),
            each.count,
        )
        for each in tallies
    ]
    return Table(head, rows)


def _quote(words: Words, quarrel: Quarrel) -> Quote:
    label = quarrel.label
    says = words(
        "quarrel", machine=quarrel.found, rule=quarrel.machine.rule or NONE, person=label.grade, by=label.by,
        why=label.why or NONE,
    )  # fmt: skip
    return Quote(label.call_id, tag=quarrel.found, tone=grade_tone(quarrel.found), where=str(quarrel.path), says=says)
