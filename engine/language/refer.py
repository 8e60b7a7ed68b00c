"""What a script may refer to: names are looked up here, and one that means nothing becomes a problem with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from engine.calls.actions import Part
from engine.calls.events import KEYS
from engine.content.shape import Fields, Text, suggest
from engine.content.source import Mark, Problem
from engine.grading.condition import Condition, condition_from
from engine.grading.facts import ROLES
from engine.language.pace import prompt_ms
from engine.language.prompts import GAP
from engine.language.stage import NOTHING, Doing, Prompt, Wording
from engine.understanding.grammar import announced

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
MOST_SECONDS = 60
"""That one prompt may take to say. Longer ones are slips, such as a page of a manual that was pasted in."""
_WIDE_COMMA = re.compile("[，、；]")
_WIDE_GAP = re.compile("｛([^｛｝]*)｝")
_MEANT = {
    "yes": "affirm", "no": "deny", "ok": "affirm", "reject": "refuse", "any": "other", "dnc": "do_not_call",
    "agree": "affirm", "question": "interest", "questions": "interest", "price": "ask_price", "machine": "announcement",
}  # fmt: skip


@dataclass
class Names:
    """Everything a script may refer to, and the problems found on the way."""

    problems: list[Problem]
    intents: Mapping[str, str] = field(default_factory=dict)
    """Intent id → group; announcements by their `announced` id."""
    stages: Mapping[str, Fields] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """Where each stage is defined."""
    variables: Mapping[str, object] = field(default_factory=dict)
    slots: Mapping[str, object] = field(default_factory=dict)
    partial: bool = False
    """More may exist than is known here, since something could not be read: an unknown name is then no problem."""
    recording: Callable[[Text], str] = str
    """Finds a recording; reports a missing one."""
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Intent id or group → the intents that it stands for."""

    def __post_init__(self) -> None:
        members: dict[str, set[str]] = {}
        for name, group in self.intents.items():
            members.setdefault(group, set()).add(name)
            members.setdefault(name.removeprefix(announced("")), set()).add(name)
        for name in self.intents:  # an intent and an announcement of one name: the name alone is the intent
            members[name] = {name}
        self.members = {name: frozenset(ids) for name, ids in members.items()}

    def problem(self, mark: Mark, message: str, hint: str = "") -> None:
        self.problems.append(Problem(mark, message, hint))

    def stage(self, name: object) -> str:
        return self._known(name, self.stages, "stage")

    def slot(self, name: object) -> str:
        return self._known(name, self.slots, "slot")

    def slot_names(self, value: object) -> tuple[str, ...]:
        return tuple(found for name in as_list(value) if (found := self.slot(name)))

    def _known(self, name: object, known: Mapping[str, object], what: str) -> str:
        if not isinstance(name, Text):
            return ""
        if name not in known and not self.partial:
            self.problem(name.mark, f"no {what} '{name}'", suggest(name, known) or f"add it under '{what}s:'")
            return ""
        return str(name)

    def heard(self, value: object, words_allowed: bool = True) -> tuple[frozenset[str], frozenset[str]]:
        """(intents with groups spelled out, phrases) out of a `hear`."""
        ids: set[str] = set()
        words: set[str] = set()
        for item in as_list(value):
            if not isinstance(item, Text):
                continue
            if item in self.members:
                ids.update(self.members[item])
            elif IDENTIFIER.fullmatch(item) or not words_allowed:
                self._no_intent(item)
            else:
                self._one_phrase(item)
                words.add(str(item))
        return frozenset(ids), frozenset(words)

    def _one_phrase(self, item: Text) -> None:
        """A comma of a Chinese keyboard parts nothing in YAML: what was meant as two is heard only in one breath."""
        pieces = [piece.strip() for piece in _WIDE_COMMA.split(item) if piece.strip()]
        if len(pieces) < 2:
            return
        message = f"'{item}' is one phrase, heard only as a whole"
        if any(IDENTIFIER.fullmatch(piece) for piece in pieces):
            self.problem(item.mark, f"no intent '{item}'", f"write [{', '.join(pieces)}] with ',' and a space")
        else:
            hint = f"write [{', '.join(pieces)}]; if they are said in one breath, leave the comma out"
            self.problems.append(Problem(item.mark, message, hint, "warning"))

    def _no_intent(self, item: Text) -> None:
        if self.partial:
            return
        meant = _MEANT.get(item, "")
        known = [name for name in self.members if IDENTIFIER.fullmatch(name)]
        hint = f"did you mean '{meant}'?" if meant else suggest(item, known)
        self.problem(
            item.mark, f"no intent '{item}'", hint or "words to listen for are written as the caller says them"
        )

    def text(self, text: Text) -> str:
        """A text with its gaps checked."""
        for name in GAP.findall(text):
            known = [*self.variables, *self.slots]
            if name not in known and not self.partial:
                hint = suggest(name, known) or "declare it under 'variables:' or 'slots:'"
                self.problem(text.mark, f"no variable or slot '{name}'", hint)
        if wide := _WIDE_GAP.search(text):
            self.problem(text.mark, f"'{wide[0]}' has full-width braces", f"write {{{wide[1].strip()}}}")
        if re.match(r"-[^\s\d-]", text):
            self.problem(text.mark, "a text begins with '-'", "write a space after the '-' that begins a list item")
        if text.count("{") != len(GAP.findall(text)) or text.count("}") != text.count("{"):
            self.problem(text.mark, "a brace without its partner", "variables are written {name}")
        return str(text)

    # --- prompts -----------------------------------------------------------------------------------------------------

    def prompt(self, value: object) -> Prompt:
        return tuple(wording for item in as_list(value) if (wording := self._wording(item)))

    def _wording(self, item: object) -> Wording:
        written = cast(Text | Fields, item)
        wording = (Part(text=self.text(written)),) if isinstance(written, Text) else self._parts(written)
        if (seconds := prompt_ms(wording) // 1000) > MOST_SECONDS:
            hint = "no caller listens so long: keep a prompt below 15 s, and ask something before the next"
            self.problems.append(Problem(written.mark, f"this prompt takes some {seconds} s to say", hint, "warning"))
        return wording

    def _parts(self, fields: Fields) -> Wording:
        parts = self._pieces(fields)
        for piece in as_list(fields.get("parts")):
            parts += [Part(text=self.text(piece))] if isinstance(piece, Text) else self._pieces(cast(Fields, piece))
        if not parts:
            self.problem(fields.mark, "this wording says nothing", "give it a text, an audio, a pause or keys")
        return tuple(parts)

    def _pieces(self, fields: Fields) -> list[Part]:
        parts = []
        text, audio, keys = (fields.get(name) for name in ("text", "audio", "keys"))
        if isinstance(text, Text) or isinstance(audio, Text):
            words = self.text(text) if isinstance(text, Text) else ""
            parts.append(Part(text=words, audio=self.recording(audio) if isinstance(audio, Text) else ""))
        if pause_ms := fields.get("pause"):
            parts.append(Part(pause_ms=cast(int, pause_ms)))
        if isinstance(keys, Text):
            parts.append(Part(keys=self._keys(keys)))
        return parts

    # --- what is done ------------------------------------------------------------------------------------------------

    def doing(self, value: object) -> Doing:
        if not isinstance(value, Fields):
            return NOTHING
        texts = {name: self.text(given) for name, given in value.items() if isinstance(given, Text)}
        callback = _yes_or(texts.get("callback"))
        return Doing(
            sms=texts.get("sms", ""),
            wechat=_yes_or(texts.get("wechat")),
            send=texts.get("send", ""),
            callback=self.slot(value["callback"]) if callback else callback,
            do_not_call=bool(value.get("do_not_call")),
            tags=tuple(self.text(tag) for tag in as_list(value.get("tag")) if isinstance(tag, Text)),
            note=texts.get("note", ""),
        )

    def condition(self, value: object) -> Condition | None:
        if not isinstance(value, Fields):
            return None
        self._check_condition(value)
        return condition_from(value, self.problems)

    def _check_condition(self, fields: Fields) -> None:
        """Conditions name intents, stages and slots by themselves; a slip of the pen there would never hold."""
        for key, value in fields.items():
            for inner in as_list(value) if key in ("not", "any") else ():
                self._check_condition(cast(Fields, inner))
            for item in as_list(value.get("all") if isinstance(value, Fields) else value):
                if isinstance(item, Text) and key in ("heard", "asked"):
                    self._check_heard(item)
                elif isinstance(item, Text) and key in ("visited", "ended_in_stage"):
                    self.stage(item)
                elif isinstance(item, Text) and key == "filled":
                    self.slot(item)

    def _check_heard(self, item: Text) -> None:
        if item in self.members and item not in self.intents:
            among = ", ".join(sorted(self.members[item])[:3])
            self.problem(item.mark, f"'{item}' is a group of intents", f"name intents of it, such as {among}")
        elif item not in self.intents and IDENTIFIER.fullmatch(item):
            self._no_intent(item)

    def places(self, value: object) -> frozenset[str]:
        """The stages named, by themselves or by their role."""
        found: list[str] = []
        for item in as_list(value):
            by_role = [name for name, fields in self.stages.items() if fields.get("role") == item]
            found += by_role or [str(item)]  # a role that no stage has here, as may be in a part, is nowhere
            if not by_role and isinstance(item, Text) and item not in self.stages and item not in ROLES:
                hint = suggest(item, [*self.stages, *ROLES]) or "name a stage, or a role"
                self.problem(item.mark, f"no stage or role '{item}'", hint)
        return frozenset(found)

    def keys(self, value: object) -> str:
        """The telephone keys that a rule listens for."""
        return "".join(self._keys(item) for item in as_list(value) if isinstance(item, Text))

    def _keys(self, text: Text) -> str:
        self.problems += not_keys(text)
        return str(text)


def not_keys(text: Text) -> list[Problem]:
    """What is wrong with it as telephone keys, if anything is."""
    if KEYS.issuperset(text):
        return []
    return [Problem(text.mark, f"'{text}' are not telephone keys", "use 0-9, *, # and A-D")]


def as_list(value: object) -> list[object]:
    """A value given once or in a list, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _yes_or(text: str | None) -> str | None:
    """`yes` means "as it is", which is the empty text here; `no` means nothing at all."""
    return "" if text in ("yes", "true") else None if text in ("no", "false") else text
