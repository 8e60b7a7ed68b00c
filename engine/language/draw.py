"""A script as a picture: a Mermaid flowchart of its stages and of what leads from one to the next.

Drawn in full, most stages would lead to the goodbye by three or four roads, and every question could be asked
everywhere. So what holds in most stages, and what may come anywhere, stands once in a box of its own beside the flow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.grading.said import INTEREST
from engine.language.script import Script
from engine.language.stage import Rule, Stage

SHOWN_CHARS = 22
"""How much of a prompt a box shows."""
SHOWN_WORDS = 4
"""How many of the words heard an arrow shows."""

COLOURS = {
    "greeting": "#e8f1fb", "opening": "#d5e6f7", "pitch": "#e6f4ea", "discovery": "#fdf3d8", "invitation": "#fbe3d6",
    "closing": "#ececec", "recovery": "#f3e5f5",
}  # fmt: skip

_ESCAPES = {char: f"#{ord(char)};" for char in '#"<>&`|;\\'}
_ESCAPED = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")


@dataclass(frozen=True, slots=True)
class _Arrow:
    source: str
    target: str
    label: str
    line: str = "-->"


def mermaid(script: Script) -> str:
    """The flowchart as Mermaid text. Boxes have numbers for names, so that a stage may be called anything; the title
    stands in the first one, since not every viewer knows a title in front of the flowchart.
    """
    boxes = {name: f"s{number}" for number, name in enumerate(script.stages, 1)}
    common = _common_exits(script)
    title = f"<b>{escape(script.title)}</b><br/>answered"
    text = ["flowchart TD", f'  begin(["{title}"]) --> {boxes[script.start]}']
    text += [f"  {_box(boxes[stage.name], stage)}" for stage in script.stages.values()]
    arrows = [arrow for stage in script.stages.values() for arrow in _arrows(stage, common)]
    text += [f"  {_drawn(arrow, boxes)}" for arrow in _bundled(arrows)]
    text += _anywhere(script, boxes, common)
    text += [f"  classDef {role} fill:{colour},stroke:#555,color:#111" for role, colour in COLOURS.items()]
    return "\n".join(text) + "\n"


def escape(text: str) -> str:
    """Text for a Mermaid label in double quotes: one line, and nothing in it that Mermaid or HTML would read."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], " ".join(text.split()))


# --- stages ----------------------------------------------------------------------------------------------------------


def _box(box: str, stage: Stage) -> str:
    words = "".join(part.text for part in stage.say[0]) if stage.say else ""
    shown = words if len(words) <= SHOWN_CHARS else words[:SHOWN_CHARS] + "…"
    label = f"<b>{escape(stage.name)}</b>" + (f"<br/>{escape(shown)}" if shown else "")
    left, right = ("([", "])") if stage.end else ("[", "]")
    return f'{box}{left}"{label}"{right}:::{stage.role}'


def _arrows(stage: Stage, common: dict[str, str]) -> Iterator[_Arrow]:
    for rule in stage.expect:
        yield from _of_rule(stage.name, rule)
    for number, recovery in enumerate(stage.recover, 1):
        for rule in recovery.expect:
            yield from _of_rule(stage.name, rule, f"recovery {number}: ")
        yield _Arrow(stage.name, recovery.go or stage.name, f"refused, recovery {number}", "-.->")
    for _, target in stage.skip:
        yield _Arrow(stage.name, target, "not needed", "-.->")
    if stage.go:
        yield _Arrow(stage.name, stage.go, "")
    if stage.confirm:
        yield _Arrow(stage.name, stage.confirm.unsure, "unsure", "-.->")
    if not stage.end and not stage.go:
        for what, target in _exits(stage):
            if target != common.get(what):
                yield _Arrow(stage.name, target, what, "-.->")


def _exits(stage: Stage) -> list[tuple[str, str]]:
    return [("silence", stage.silence.then), ("nothing understood", stage.no_match.then)]


def _common_exits(script: Script) -> dict[str, str]:
    """Where silence and no-match lead in most stages."""
    exits = [each for stage in script.stages.values() if not stage.end and not stage.go for each in _exits(stage)]
    counts = Counter(exits)
    return {what: target for (what, target), _ in sorted(counts.items(), key=lambda item: item[1])}


def _of_rule(source: str, rule: Rule, prefix: str = "") -> Iterator[_Arrow]:
    label = prefix + _heard(rule)
    if rule.accept is not None:
        label += " ✓" if rule.accept else " ✗"
    if rule.transfer:
        label += f" → {rule.transfer}"
        yield _Arrow(source, rule.otherwise, f"{label}, nobody there", "-.->")
    elif rule.end:
        yield _Arrow(source, "", label)
    else:
        label += f", {rule.hold_ms / 1000:g}s on hold" if rule.hold_ms else ""
        if rule.otherwise:
            yield _Arrow(source, rule.otherwise, f"{label}, which fails", "-.->")
        yield _Arrow(source, rule.go or source, label)
    if rule.over:
        yield _Arrow(source, rule.over, f"{label}, more than {rule.limit} times", "-.->")


def _heard(rule: Rule) -> str:
    """What a rule listens for, in few words: those of the stage first, then intents."""
    words = ["interest"] if rule.hear >= INTEREST else []
    words += sorted(rule.hear - (INTEREST if words else frozenset()), key=lambda word: (word.isascii(), word))
    words += [f"key {key}" for key in rule.press]
    words += ["anything else"] if rule.other else []
    words += ["silence"] if rule.silence else []
    label = ", ".join(words[:SHOWN_WORDS]) + (f" +{len(words) - SHOWN_WORDS}" if len(words) > SHOWN_WORDS else "")
    label += f" with {', '.join(sorted(rule.also))}" if rule.also else ""
    return label + (" (if)" if rule.when else "")


# --- arrows ----------------------------------------------------------------------------------------------------------


def _bundled(arrows: Iterable[_Arrow]) -> Iterator[_Arrow]:
    """Arrows of one kind between the same two stages as one, their labels below each other."""
    bundles: dict[tuple[str, str, str], dict[str, None]] = {}
    for arrow in arrows:
        bundles.setdefault((arrow.source, arrow.target, arrow.line), {})[arrow.label] = None
    for (source, target, line), labels in bundles.items():
        yield _Arrow(source, target, "<br/>".join(escape(label) for label in labels if label), line)


def _drawn(arrow: _Arrow, boxes: dict[str, str]) -> str:
    """An arrow whose label is escaped already; one that leads to no stage leads to the end of the call."""
    label = f'|"{arrow.label}"|' if arrow.label else ""
    return f"{boxes[arrow.source]} {arrow.line}{label} {boxes.get(arrow.target, 'gone((hung up))')}"


def _anywhere(script: Script, boxes: dict[str, str], common: dict[str, str]) -> list[str]:
    """What may come in every stage, as two boxes of text: rules in their order, and the questions answered."""
    rules = [f"{_heard(rule)} → {_outcome(rule)}" for rule in script.always]
    rules += [f"{what} → {target}" for what, target in sorted(common.items())]
    rules += [f"refused once too often → {script.refused}", f"a limit reached → {script.limits.then}"]
    questions = [_heard(rule) for rule in script.answers]
    listed = [("always", "Everywhere", rules), ("answers", "Answered anywhere, then back", questions)]
    return [
        f'  {name}["<b>{title}</b><br/>{"<br/>".join(map(escape, texts))}"]' for name, title, texts in listed if texts
    ] + [f"  style {name} text-align:left,fill:#fff,stroke:#aaa" for name, _, texts in listed if texts]


def _outcome(rule: Rule) -> str:
    if rule.transfer:
        return f"transfer to {rule.transfer}, else {rule.otherwise}"
    if rule.go:
        return rule.go
    if rule.repeat:
        return "say it again"
    return "hang up" if rule.end else "answer and go on"
