"""Inspections in YAML.

    inspection: compliance
    title: 外呼合规
    pass: 80
    rules:
      - id: ai-disclosed
        title: 第一句话说明是人工智能
        severity: critical
        require:
          says: {any: [智能语音助手, 人工智能], who: bot, first: 1}
      - id: no-promises
        severity: major
        points: 30
        forbid:
          says: {any: [保证收益, 百分之百], who: bot, affirmed: yes}
      - id: opt-out
        if: {means: {any: do_not_call}}
        require:
          deed: {any: do_not_call, after: {means: do_not_call, which: first}, reach: 1}

A rule says what a call must have (`require`) or must not have (`forbid`). All lines of a condition must hold; `not`,
`any` and `all` join conditions. Every test on utterances takes a place: `who` says them, the `first` or `last` so many,
`after`, `before`, `around` or `at` another utterance, within `reach` of it; with `every: yes` around each such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import time
from typing import cast

from engine.content.shape import Fields, Text, read, suggest
from engine.content.source import Mark, Node, Problem
from engine.grading.condition import condition_from as facts_from
from engine.inspection import checks, manner, words
from engine.inspection.checks import Check, Look, Range
from engine.inspection.inspect import SEVERITIES, Inspection, Rule, Severity
from engine.inspection.shapes import ANCHORS, INSPECTION
from engine.inspection.spoken import WHO, Spoken, Who
from engine.inspection.where import Anchor, Side, Where, Which
from engine.understanding.pattern import PatternError, Piece, parse

Problems = list[Problem]


_POINTS: dict[Severity, int] = {"critical": 100, "major": 20, "minor": 5}
_HOURS = re.compile(r"\s*(\d{1,2}):(\d\d)\s*[-–~]\s*(\d{1,2}):(\d\d)\s*")


def inspection_from(node: Node, problems: Problems, intents: Collection[str] = ()) -> Inspection | None:
    """The inspection of a file, or None; all that is wrong is added to the problems. `intents` are those there are."""
    found: Problems = []
    fields = read(INSPECTION, node, found)
    if not isinstance(fields, Fields) or "rules" not in fields:
        problems += found
        return None
    reader = _Reader(found, intents)
    rules = tuple(reader.rule(each) for each in cast("list[Fields]", fields["rules"]) if "id" in each)
    seen: dict[str, Mark] = {}
    for rule in rules:
        if rule.id in seen:
            found.append(Problem(rule.mark, f"rule '{rule.id}' is defined twice (first at line {seen[rule.id].line})"))
        seen.setdefault(rule.id, rule.mark)
    problems += found
    if any(problem.severity == "error" for problem in found):
        return None
    return Inspection(
        str(fields["inspection"]), str(fields.get("title", "")), rules, cast("int", fields.get("pass", 100))
    )


class _Reader:
    """Turns what was read into tests, and collects what is wrong with it."""

    def __init__(self, problems: Problems, intents: Collection[str]) -> None:
        self.problems = problems
        self.intents = frozenset(intents)

    def rule(self, fields: Fields) -> Rule:
        name = cast("Text", fields["id"])
        asked = [key for key in ("require", "forbid") if key in fields]
        if len(asked) != 1:
            hint = "say what a call must have, 'require', or must not have, 'forbid'"
            self._wrong(name.mark, f"rule '{name}' has {'both' if asked else 'neither'}", hint)
        severity: Severity = next((each for each in SEVERITIES if each == fields.get("severity")), "major")
        return Rule(
            str(name),
            str(fields.get("title", "")),
            name.mark,
            severity,
            cast("int", fields.get("points", _POINTS[severity])),
            self.check(cast("Fields", fields["if"])) if "if" in fields else None,
            self.check(cast("Fields", fields[asked[0]])) if asked else checks.all_of([]),
            forbids=asked == ["forbid"],
        )

    def check(self, fields: Fields) -> Check:
        return checks.all_of([self._line(key, value, fields.key_marks[key]) for key, value in fields.items()])

    def _line(self, key: str, value: object, mark: Mark) -> Check:
        if key == "not":
            return checks.none_of(self.check(cast("Fields", value)))
        if key in ("any", "all"):
            inner = [self.check(each) for each in cast("list[Fields]", value)]
            return checks.any_of(inner) if key == "any" else checks.all_of(inner)
        if key in _WHOLE:
            return _WHOLE[key](self, value, mark)
        fields = cast("Fields", value)
        where = self._where(fields)
        if key in _MARKS:
            return self._marked(key, fields, where)
        return checks.within(where, _LOOKS[key](fields))

    # --- where -------------------------------------------------------------------------------------------------------

    def _where(self, fields: Fields) -> Where:
        anchors = [side for side in ANCHORS if side in fields]
        if len(anchors) > 1:
            self._wrong(fields.key_marks[anchors[1]], f"'{anchors[0]}' and '{anchors[1]}' are two places")
        if not anchors and "reach" in fields:
            self._wrong(fields.key_marks["reach"], "there is nothing to reach from", f"add {' or '.join(ANCHORS)}")
        anchor = self._anchor(cast("Side", anchors[0]), fields) if anchors else None
        number = {name: cast("int | None", fields.get(name)) for name in ("first", "last")}
        return Where(_who(fields), number["first"], number["last"], anchor, bool(fields.get("every")))

    def _anchor(self, side: Side, fields: Fields) -> Anchor:
        written = cast("Fields", fields[side])
        marks = [
            self._mark(key, written, texts) for key in ("says", "pattern", "means") if (texts := _texts(written, key))
        ]
        if not marks:
            self._wrong(written.mark, f"'{side}' names no utterance", "give 'says', 'pattern' or 'means'")
        who = _who(written)

        def hits(spoken: Spoken) -> str:
            if who not in (None, spoken.who):
                return ""
            found = [mark(spoken) for mark in marks]
            return found[0][0] if found and all(found) else ""

        which = cast("Which", str(written.get("which", "each")))
        return Anchor(side, hits, which, cast("int | None", fields.get("reach")))

    # --- what --------------------------------------------------------------------------------------------------------

    def _marked(self, kind: str, fields: Fields, where: Where) -> Check:
        """`any`, `all` and `none` of marks, each of which must hold where it is given."""
        every, none = _texts(fields, "all"), _texts(fields, "none")
        wanted = [*_texts(fields, "any"), *every]
        if not wanted and not none:
            self._wrong(fields.mark, f"'{kind}' names nothing to find", "give 'any', 'all' or 'none'")
        found: list[Check] = []
        if wanted:
            look = words.said(
                self._mark(kind, fields, wanted),
                all_of=[str(each) for each in every],
                different=cast("int", fields.get("different", 1)),
                times=cast("int", fields.get("times", 1)),
                together=bool(fields.get("together")),
            )
            found.append(checks.within(where, look))
        if none:
            found.append(checks.none_of(checks.within(where, words.said(self._mark(kind, fields, none)))))
        return checks.all_of(found)

    def _mark(self, kind: str, fields: Fields, texts: Sequence[Text]) -> words.Mark:
        plain = [str(text) for text in texts]
        if kind == "says":
            return words.keywords(plain, affirmed=bool(fields.get("affirmed")))
        if kind == "like":
            return words.alike(plain, cast("int", fields.get("alike", 80)))
        if kind == "pattern":
            return self._patterns(texts, _texts(fields, "except"))
        for text in texts:
            if self.intents and text not in self.intents:
                self._wrong(text.mark, f"no intent '{text}'", suggest(text, self.intents))
        return words.meant(plain)

    def _patterns(self, texts: Sequence[Text], unwanted: Sequence[Text]) -> words.Mark:
        return words.patterns(self._pieces(texts), self._pieces(unwanted))

    def _pieces(self, texts: Sequence[Text]) -> list[Piece]:
        pieces = []
        for text in texts:
            try:
                pieces.append(parse(text))
            except PatternError as problem:
                self._wrong(text.mark, f"pattern '{text}': {problem}", problem.hint)
        return pieces

    # --- the call as a whole -----------------------------------------------------------------------------------------

    def facts(self, value: object, _: Mark) -> Check:
        return checks.facts(facts_from(cast("Fields", value), self.problems))

    def parameters(self, value: object, _: Mark) -> Check:
        return checks.parameter(
            {name: tuple(map(str, each)) for name, each in cast("dict[str, list[Text]]", value).items()}
        )

    def hours(self, value: object, mark: Mark) -> Check:
        found = _HOURS.fullmatch(str(value))
        try:
            opens, closes = (time(int(found[n]), int(found[n + 1])) for n in (1, 3)) if found else (None, None)
        except ValueError:
            opens = closes = None
        if opens is None or closes is None:
            self._wrong(mark, f"'{value}' are no hours", "write 09:00-20:00")
            opens = closes = time()
        return checks.hours(opens, closes)

    def length(self, value: object, _: Mark) -> Check:
        return checks.length(_range(cast("Fields", value)))

    def _wrong(self, mark: Mark, message: str, hint: str = "") -> None:
        self.problems.append(Problem(mark, message, hint))


_WHOLE: dict[str, Callable[[_Reader, object, Mark], Check]] = {
    "facts": _Reader.facts,
    "call": _Reader.parameters,
    "hours": _Reader.hours,
    "length": _Reader.length,
}
_MARKS = frozenset({"says", "pattern", "means", "like"})
_LOOKS: dict[str, Callable[[Fields], Look]] = {
    "repeats": lambda fields: manner.repeats(
        within=_int(fields, "within", 5), at_least=_int(fields, "alike", 90), times=_int(fields, "times", 1),
        min_chars=_int(fields, "min_chars", 4), except_=[str(each) for each in _texts(fields, "except")],
    ),
    "silence": lambda fields: manner.silence(_range(fields), str(fields.get("to", "")), str(fields.get("from", ""))),
    "speed": lambda fields: manner.speed(
        _range(fields), min_chars=_int(fields, "min_chars", 6), average=bool(fields.get("average"))
    ),
    "lasts": lambda fields: manner.lasts(_range(fields)),
    "overlap": lambda fields: manner.overlap(_range(fields), _side(fields, "by")),
    "loudness": lambda fields: manner.loudness(_range(fields), Range(_optional(fields, "rises"))),
    "count": lambda fields: manner.count(_range(fields)),
    "cut_off": lambda _: manner.cut_off(),
    "deed": lambda fields: manner.deed(map(str, _texts(fields, "any"))),
}  # fmt: skip


def _range(fields: Fields) -> Range:
    return Range(_optional(fields, "more_than"), _optional(fields, "less_than"))


def _optional(fields: Fields, key: str) -> int | None:
    return cast("int | None", fields.get(key))


def _int(fields: Fields, key: str, default: int) -> int:
    return cast("int", fields.get(key, default))


def _texts(fields: Fields, key: str) -> list[Text]:
    return cast("list[Text]", fields.get(key, []))


def _who(fields: Fields) -> Who | None:
    return _side(fields, "who")


def _side(fields: Fields, key: str) -> Who | None:
    return next((each for each in WHO if each == fields.get(key)), None)
