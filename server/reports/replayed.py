"""The page of `huashu replay --report`: how many calls part from what was recorded, where, and why."""

from __future__ import annotations

from collections.abc import Iterator

from server.partings import Crossing, Outcome, Reason, Summary
from server.reports.charts import Bar, bars
from server.reports.page import Cell, Figure, Line, Page, Quote, Section, Table, Tagged
from server.reports.text import count, percent
from server.reports.words import Lang, Texts, Words

MOST_ROWS = 200
"""Of one table; the JSON has all."""
MOST_BARS = 20
MOST_QUOTES = 12

TEXTS: Texts = {
    "title": ("通话重放", "Recorded calls, run again"),
    "title.with": ("通话重放：{script}", "Recorded calls on {script}"),
    "same.all": ("{calls} 通全部一致。", "All {calls} calls are the same."),
    "none": ("没有可以重放的通话。", "There are no calls that can be replayed."),
    "parted": (
        "{calls} 通里有 {differs} 通分岔（{share}），其中 {noticed} 通客户会察觉；分岔处 {places} 个。",
        "{differs} of {calls} calls part ({share}), {noticed} so that the caller would notice; places: {places}.",
    ),
    "made_of": ("{logs} 份日志。", "{logs} logs."),
    "made_of.recording": (
        "{logs} 份由录音转写而来，没有决策，无法重放，没有算。",
        "{logs} are made of recordings: without decisions, they cannot be replayed and do not count.",
    ),
    "made_of.unreadable": (
        "{logs} 份读不了，或者话术不在，没有算。",
        "{logs} could not be read, or their script is not here; they do not count.",
    ),
    "outcome.same": ("一致", "the same"),
    "outcome.differs": ("分岔", "part"),
    "outcome.recording": ("录音转写", "made of recordings"),
    "outcome.unreadable": ("未重放", "not replayed"),
    "outcomes": ("结果", "What came out"),
    "outcomes.says": (
        "同样的事件，现在的决定和当时的是否一致。",
        "The same events: is what is decided now what was decided then?",
    ),
    "result": ("结果", "result"),
    "stages": ("在哪个环节分岔", "The stages in which calls part"),
    "stages.says": ("每通只看第一处分岔，之后的话不作数。", "Only the first difference of a call counts."),
    "reasons": ("为什么分岔", "Why calls part"),
    "reasons.says": ("当时怎么决定，现在怎么决定，不分在哪里。", "What was decided then and now, wherever that was."),
    "places": ("在哪里分岔", "Where calls part"),
    "places.says": (
        "客户会察觉的在前，次数多的在前。",
        "What a caller would notice comes first, then the most frequent.",
    ),
    "places.none": ("没有一通分岔。", "None parts."),
    "examples": ("例子", "Examples"),
    "examples.says": ("每个分岔处的一通。", "A call for each of the first places."),
    "stage": ("环节", "stage"),
    "start": ("（开头）", "(start)"),
    "rule": ("规则", "rule"),
    "prompt": ("之前的提示语", "after the prompt"),
    "then": ("当时", "then"),
    "now": ("现在", "now"),
    "noticed": ("客户察觉", "noticed"),
    "yes": ("会", "yes"),
    "no": ("不会", "no"),
    "example": ("例", "such as"),
    "step": ("第 {seq} 步", "step {seq}"),
    "figure.replayed": ("重放", "replayed"),
    "figure.same": ("一致", "the same"),
    "figure.places": ("分岔处", "places"),
}
TONES = {"same": "good", "differs": "bad", "recording": "quiet", "unreadable": "series-1"}


def replayed_page(summary: Summary, script: str, lang: Lang) -> Page:
    """`script` is that on which the calls were replayed; empty for their own."""
    words, crossings = Words(lang, TEXTS), summary.crossings()
    same, differs = summary.outcomes["same"], summary.outcomes["differs"]
    made_of = [words("made_of", logs=count(summary.logs))]
    left_out: tuple[Outcome, ...] = ("recording", "unreadable")
    made_of += [words(f"made_of.{each}", logs=count(number)) for each in left_out if (number := summary.outcomes[each])]
    return Page(
        words("title.with", script=script) if script else words("title"),
        _verdict(words, summary, crossings),
        tuple(_sections(words, summary, crossings)),
        lang,
        "bad" if differs or summary.outcomes["unreadable"] else "good",
        (
            Figure(words("figure.replayed"), count(summary.replayed)),
            Figure(words("figure.same"), percent(same, summary.replayed)),
            Figure(words("figure.places"), count(len(crossings))),
        ),
        made_of,
    )


def _verdict(words: Words, summary: Summary, crossings: tuple[Crossing, ...]) -> str:
    calls, differs = summary.replayed, summary.outcomes["differs"]
    if not calls:
        return words("none")
    if not differs:
        return words("same.all", calls=count(calls))
    noticed = sum(each.calls for each in crossings if each.place.noticed)
    return words(
        "parted", calls=count(calls), differs=count(differs), share=percent(differs, calls), noticed=count(noticed),
        places=count(len(crossings)),
    )  # fmt: skip


def _sections(words: Words, summary: Summary, crossings: tuple[Crossing, ...]) -> Iterator[Section]:
    yield _outcomes(words, summary)
    stages = [(stage or words("start"), calls) for stage, calls in summary.stages().items()]
    yield Section(
        words("stages"), words("stages.says"),
        bars([Bar(stage, calls, "bad") for stage, calls in stages[:MOST_BARS]], words("stages")) if stages else None,
        Table((words("stage"), words("calls"), words("share")), [
            (stage, calls, percent(calls, summary.replayed)) for stage, calls in stages
        ]),
        nothing=words("places.none"),
    )  # fmt: skip
    yield _reasons(words, summary.reasons())
    head = tuple(map(words, ("stage", "rule", "prompt", "then", "now", "calls")))
    rows = [_row(words, each) for each in crossings[:MOST_ROWS]]
    yield Section(words("places"), words("places.says"), table=Table(head, rows), nothing=words("places.none"))
    quotes = [_quote(words, each) for each in crossings[:MOST_QUOTES]]
    yield Section(words("examples"), words("examples.says"), quotes=quotes, nothing=words("places.none"))


def _outcomes(words: Words, summary: Summary) -> Section:
    shown = [(outcome, number) for outcome, number in summary.outcomes.items() if number]
    shown.sort(key=lambda item: list(TONES).index(item[0]))
    names = {outcome: words(f"outcome.{outcome}") for outcome, _ in shown}
    chart = bars([Bar(names[each], number, TONES[each]) for each, number in shown], words("outcomes"))
    rows = [(Tagged(names[each], TONES[each]), number, percent(number, summary.logs)) for each, number in shown]
    table = Table((words("result"), words("calls"), words("share")), rows)
    return Section(words("outcomes"), words("outcomes.says"), chart if shown else None, table)


def _reasons(words: Words, reasons: tuple[Reason, ...]) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            each.then, each.now, words("yes" if each.noticed else "no"),
            ", ".join(f"{stage or words('start')} {calls}" for stage, calls in each.stages.items()), each.calls,
        )
        for each in reasons[:MOST_ROWS]
    ]  # fmt: skip
    head = tuple(map(words, ("then", "now", "noticed", "stage", "calls")))
    return Section(words("reasons"), words("reasons.says"), table=Table(head, rows), nothing=words("places.none"))


def _row(words: Words, crossing: Crossing) -> tuple[Cell, ...]:
    place = crossing.place
    stage = place.stage or words("start")
    return stage, _rules(crossing), place.prompt or None, place.then, place.now, crossing.calls


def _rules(crossing: Crossing) -> str | None:
    rules = dict.fromkeys((crossing.place.rule, crossing.place.rule_now))
    return " → ".join(rule or "—" for rule in rules) if any(rules) else None


def _quote(words: Words, crossing: Crossing) -> Quote:
    place, example = crossing.place, crossing.examples[0]
    said = [Line(place.prompt, "bot")] if place.prompt else []
    lines = [*said, Line(place.then, "", words("then")), Line(place.now, "", words("now"))]
    return Quote(
        example.call_id, lines, str(crossing.calls), "bad" if place.noticed else "quiet", example.log,
        words("step", seq=example.seq),
    )  # fmt: skip
