"""The page of `huashu report`: a section for each question that is asked of many calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.calls.log import SIMULATED
from engine.trial.compare import NO_GRADE
from server.reports.call_talk import MOST_ROWS
from server.reports.call_talk import SECTIONS as TALK
from server.reports.call_texts import TEXTS
from server.reports.charts import Bar, Series, bars, grade_tone, stacked
from server.reports.figures import NOT_GRADED
from server.reports.page import Cell, Figure, Line, Page, Quote, Section, Table, Tagged
from server.reports.report import GRADES, Report, Used
from server.reports.text import count, percent, seconds
from server.reports.words import Lang, Words

MOST_BARS = 20
MOST_FILES = 50
MOST_DAYS = 31
"""The last ones."""
VERSION_CHARS = 8

Why = tuple[str, str]
"""A file, and why it was left out."""


def page(
    report: Report,
    lang: Lang = "zh",
    titles: Mapping[str, str] | None = None,
    bad: Sequence[Why] = (),
    ungraded: Sequence[Why] = (),
) -> Page:
    """`titles` are those of intents, in Chinese; `bad` are files nobody could read, `ungraded` calls without rules."""
    words = Words(lang, {**TEXTS, **{f"intent.{name}": (title, name) for name, title in (titles or {}).items()}})
    makers = [_grades, _versions, _days, _dispositions, *TALK, _intents, _rules] if report.calls else []
    sections = [section for make in makers for section in make(report, words)]
    sections += _files(words, "ungraded", ungraded)
    sections += _files(words, "bad", bad)
    title = words("title.simulated" if [*report.sources] == [SIMULATED] else "title")
    return Page(
        " · ".join([title, *dict.fromkeys(version.script for version in report.versions)]),
        _verdict(report, words),
        sections,
        lang,
        figures=list(_opening(report, words)),
        made_of=list(_made_of(report, words, len(bad), len(ungraded))),
    )


def _verdict(report: Report, words: Words) -> str:
    if not report.calls:
        return words("verdict.none")
    human, good = report.came_to.get("human", 0), _good(report)
    told = words(
        "verdict", calls=count(report.calls), human=count(human), human_share=percent(human, report.calls),
        good=count(good), good_share=percent(good, report.calls),
    )  # fmt: skip
    left = max(report.flows, key=lambda flow: flow.left.get("caller", 0), default=None)
    if left is None or not left.left.get("caller"):
        return told
    return f"{told}{'' if words.lang == 'zh' else ' '}{words('verdict.left', stage=left.stage)}"


def _good(report: Report) -> int:
    return report.grades.get("A", 0) + report.grades.get("B", 0)


def _opening(report: Report, words: Words) -> Iterator[Figure]:
    if not report.calls:
        return
    human = report.came_to.get("human", 0)
    yield Figure(words("figure.calls"), count(report.calls))
    yield Figure(words("figure.human"), count(human), percent(human, report.calls))
    yield Figure(words("figure.good"), count(_good(report)), percent(_good(report), report.calls))
    for name in ("invited", "callback", "do_not_call"):
        number = report.came_to.get(name, 0)
        yield Figure(words(f"figure.{name}"), count(number), percent(number, human))
    yield Figure(words("figure.talk"), seconds(report.talk.p50 if report.talk else None))
    if answer := report.delays.get("answer"):
        yield Figure(words("figure.delay"), f"{count(answer.p95)} ms")


def _made_of(report: Report, words: Words, bad: int, ungraded: int) -> Iterator[str]:
    yield words("made_of.calls", calls=count(report.calls), first=report.first_day or "–", last=report.last_day or "–")
    if report.sources:
        told = [_source(name, number, words) for name, number in report.sources.items()]
        yield words("made_of.sources", items=_list(told, words))
    for key, number in (("torn", report.torn), ("bad", bad), ("ungraded", ungraded)):
        if number:
            yield words(f"made_of.{key}", calls=count(number), files=count(number))
    if max(map(len, (report.hang_ups, report.barge_ins, report.unmet))) > MOST_ROWS:
        yield words("made_of.more", rows=MOST_ROWS)


def _source(name: str, number: int, words: Words) -> str:
    key = f"source.{name}"
    return words(key if words.has(key) else "source.other", source=name, calls=count(number))


def _list(items: Iterable[str], words: Words) -> str:
    return ("，" if words.lang == "zh" else ", ").join(items)


# --- what came of the calls ------------------------------------------------------------------------------------------


def _grade_name(letter: str, words: Words) -> str:
    return words(f"grade.{letter}") if letter in (NO_GRADE, NOT_GRADED) else letter


def _grades(report: Report, words: Words) -> list[Section]:
    graded = sum(number for letter, number in report.grades.items() if letter not in (NO_GRADE, NOT_GRADED))
    items = [Bar(_grade_name(letter, words), number, grade_tone(letter)) for letter, number in report.grades.items()]
    rows = [
        (
            Tagged(_grade_name(letter, words), grade_tone(letter)),
            number,
            None if letter in (NO_GRADE, NOT_GRADED) else percent(number, graded),
        )
        for letter, number in report.grades.items()
    ]
    schemes = _list(dict.fromkeys(rule.scheme for rule in report.rules), words) or "–"
    table = Table((words("grade"), words("calls"), words("share")), rows)
    return [
        Section(
            words("grades"), words("grades.says", schemes=schemes), bars(items, _alt("grades", items, words)), table
        )
    ]


def _alt(key: str, items: Iterable[Bar], words: Words) -> str:
    return words(f"{key}.alt", items=_list((f"{item.label} {count(item.value)}" for item in items), words))


def _versions(report: Report, words: Words) -> list[Section]:
    if len(report.versions) < 2:
        return []
    mixes = [(f"{one.script} {one.sha256[:VERSION_CHARS]}", one.grades) for one in report.versions]
    return [_mixes("versions", words("version"), mixes[:MOST_BARS], words)]


def _days(report: Report, words: Words) -> list[Section]:
    if len(report.days) < 2:
        return []
    return [_mixes("days", words("day"), list(report.days.items())[-MOST_DAYS:], words)]


def _mixes(key: str, head: str, mixes: Sequence[tuple[str, Mapping[str, int]]], words: Words) -> Section:
    """The grades of several sets of calls, a bar for each."""
    letters = [letter for letter in GRADES if any(letter in grades for _, grades in mixes)]
    names = [_grade_name(letter, words) for letter in letters]
    series = [
        Series(name, [grades.get(letter, 0) for _, grades in mixes], grade_tone(letter))
        for letter, name in zip(letters, names, strict=True)
    ]
    rows: list[Sequence[Cell]] = [
        (name, sum(grades.values()), *(grades.get(letter, 0) for letter in letters)) for name, grades in mixes
    ]
    chart = stacked([name for name, _ in mixes], series, words(f"{key}.alt"))
    return Section(words(key), words(f"{key}.says"), chart, Table((head, words("calls"), *names), rows))


def _dispositions(report: Report, words: Words) -> list[Section]:
    items = [Bar(words.named(name), number) for name, number in report.dispositions.items()]
    rows = [(item.label, round(item.value), percent(item.value, report.calls)) for item in items]
    chart = bars(items[:MOST_BARS], _alt("dispositions", items, words))
    table = Table((words("disposition"), words("calls"), words("share")), rows)
    return [Section(words("dispositions"), words("dispositions.says"), chart, table)]


# --- what was meant, and what decided --------------------------------------------------------------------------------


def _intents(report: Report, words: Words) -> list[Section]:
    items = [Bar(words.named(each.intent, "intent."), each.calls) for each in report.intents]
    rows = [
        (item.label, each.calls, percent(each.calls, report.calls), each.utterances)
        for item, each in zip(items, report.intents, strict=True)
    ]
    table = Table((words("intent"), words("calls"), words("share"), words("times")), rows)
    chart = bars(items[:MOST_BARS], _alt("intents", items[:MOST_BARS], words)) if items else None
    return [Section(words("intents"), words("intents.says"), chart, table, nothing=words("intents.none"))]


def _rules(report: Report, words: Words) -> list[Section]:
    rows = [
        (
            Tagged(_grade_name(used.grade, words), grade_tone(used.grade)),
            *_rule_cells(used, words),
            used.calls,
            percent(used.calls, report.calls),
        )
        for used in report.rules
    ]
    head = tuple(words(key) for key in ("grade", "rule", "rule.title", "calls", "share"))
    examples = [_example(used, words) for used in report.rules]
    return [Section(words("rules"), words("rules.says"), None, Table(head, rows), examples)]


def _rule_cells(used: Used, words: Words) -> tuple[str, str]:
    return used.rule or words("rule.none"), used.example.title


def _example(used: Used, words: Words) -> Quote:
    example = used.example
    return Quote(
        f"{used.rule or words('rule.none')} {example.title}".strip(),
        [Line(said, why=why) for said, why in example.lines],
        _grade_name(used.grade, words) if used.grade not in (NO_GRADE, NOT_GRADED) else "–",
        grade_tone(used.grade),
        example.log,
        f"{example.reason} {words('example', calls=count(used.calls), call=example.call_id)}".strip(),
    )


def _files(words: Words, key: str, files: Sequence[Why]) -> list[Section]:
    if not files:
        return []
    rows = [(file, why.removeprefix(f"{file}:").strip()) for file, why in files[:MOST_FILES]]
    table = Table((words("file"), words("why")), rows)
    return [Section(f"{words(key)} ({count(len(files))})", words(f"{key}.says"), None, table)]
