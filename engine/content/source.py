"""Located YAML: every value knows the file, line and column it came from, and every mistake becomes a `Problem`.

Only the plain part of YAML is accepted: texts, lists and maps, one document per file. Anchors, aliases, merge keys
and tags are refused, since they make a file mean something that is not written where one reads it. Nothing is
constructed and no word is turned into a number or a boolean here: `no` stays the text `no`.

YAML has traps for people who write prompts, such as a text that begins with `{name}` or contains `: `. A line caught
in one is reported, mended in memory and read again, so that one run finds the mistakes of the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import yaml

from engine.content.mend import Edit, Fix, Page, advice, escape, fixes, focus

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_REPAIRS = 50
MAX_CHARACTERS_REREAD = 20_000_000
"""Work spent on repairs in one file; without it a huge broken file would be read a hundred times."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count characters from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file, told to its author."""

    mark: Mark
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        warning = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.mark}: {warning}{self.message}{hint}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value as written. A key given twice stands twice in `entries`; the problem is already reported."""

    kind: Literal["scalar", "list", "map"]
    mark: Mark
    text: str = ""
    """Of a scalar."""
    items: tuple[Node, ...] = ()
    """Of a list."""
    entries: tuple[tuple[Node, Node], ...] = ()
    """Of a map: its keys, always scalars, and their values."""
    quoted: bool = False
    """A scalar in quotes or in a block (`|`, `>`): its text was meant as text."""
    null: bool = False
    """A scalar that was left out, or an unquoted `null` or `~`."""
    flow: bool = False
    """A list or map in brackets or braces."""


def braced(node: Node) -> str:
    """`{name}` where a map in braces has keys and no values, as an unquoted prompt has; otherwise nothing."""
    if node.kind != "map" or not node.flow or not node.entries or not all(value.null for _, value in node.entries):
        return ""
    return "{" + ", ".join(key.text for key, _ in node.entries) + "}"


def parse(data: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Read a file's bytes. Never raises; None when nothing can be read further (then there is a problem)."""
    text = _decode(data, file)
    if isinstance(text, Problem):
        return None, [text]
    if invisible := _invisible(text, file):
        return None, [invisible]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    outcome = _read_with_repairs(_Draft(file, tuple(lines), lines))
    if not outcome.problems and (outcome.node is None or outcome.node.null):
        hint = "its first line says what it is, such as 'script: my-script'"
        return None, [Problem(Mark(file, 1, 1), "the file is empty", hint)]
    return outcome.node, sorted(outcome.problems, key=lambda problem: (problem.mark.line, problem.mark.column))


class _RefusalError(Exception):
    """Leaves the reading of a file whose rest is not worth reading; caught in `_read`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


# --- bytes to text -------------------------------------------------------------------------------------------------

_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that no editor shows; some of them are line breaks to YAML and to nobody else."""


def _decode(data: bytes, file: str) -> str | Problem:
    if len(data) > MAX_BYTES:
        hint = "split it and include the parts"
        return Problem(Mark(file, 1, 1), f"the file has more than {MAX_BYTES:,} bytes", hint)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(Mark(file, 1, 1), "the file is not UTF-8 but UTF-16", "save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind the byte order mark.
        start = error.start + (len(data) - len(error.object))
    before = data[:start].decode("utf-8-sig", "replace")
    mark = Mark(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    message = f"the file is not UTF-8: byte {start + 1} is 0x{data[start]:02x}"
    return Problem(mark, message, "it looks like GBK; save it as UTF-8" if _is_gbk(data) else "save it as UTF-8")


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _invisible(text: str, file: str) -> Problem | None:
    found = _INVISIBLE.search(text)
    if not found:
        return None
    lines = re.split(r"\r\n|\r|\n", text[: found.start()])
    mark = Mark(file, len(lines), len(lines[-1]) + 1)
    return Problem(mark, f"an invisible character (U+{ord(found.group()):04X}) stands here", "delete it")


# --- text to nodes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """The text as it is read: the author's lines, some of them mended."""

    file: str
    written: tuple[str, ...]
    """As the author wrote them."""
    lines: list[str]
    shifts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Of a mended line (from 0): from which column its characters moved, and by how many, in order of mending."""

    def mark(self, line: int, column: int) -> Mark:
        """The author's place of a place (from 0) in the mended text."""
        if line in self.shifts:
            for start, moved in reversed(self.shifts[line]):
                if column > start or moved < 0:
                    column = max(start, column - moved)
            column = min(column, len(self.written[line]))
        return Mark(self.file, line + 1, column + 1)

    def with_edits(self, edits: Iterable[Edit]) -> _Draft:
        lines, shifts = list(self.lines), dict(self.shifts)
        for edit in edits:
            lines[edit.line] = edit.text
            shifts[edit.line] = [*shifts.get(edit.line, ()), (edit.start, edit.moved)]
        return _Draft(self.file, self.written, lines, shifts)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A text that is YAML."""

    node: Node | None
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Broken:
    """Where reading ended; lines and columns from 0."""

    line: int
    column: int
    message: str
    context_line: int
    refusal: Problem | None = None
    """Set when this is YAML, of a kind that is not read here."""


@dataclass(slots=True)
class _Builder:
    """Turns YAML events into nodes. Bounded in depth, so recursion is safe."""

    draft: _Draft
    events: Iterator[yaml.Event]
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
            elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise self._refusal(event, "document")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        mark = self._mark(event)
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                raise self._refusal(event, "anchor" if event.anchor is not None else "tag")
            text, quoted = event.value, bool(event.style)
            return Node("scalar", mark, text, (), (), quoted, not quoted and text in _NULLS)
        if not isinstance(event, yaml.CollectionStartEvent):
            raise self._refusal(event, "alias")
        if event.anchor is not None or event.tag is not None:
            raise self._refusal(event, "anchor" if event.anchor is not None else "tag")
        if depth > MAX_DEPTH:
            raise self._refusal(event, "depth")
        flow = bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node("list", mark, items=tuple(self._items(depth + 1)), flow=flow)
        entries = tuple(self._entries(depth + 1))
        if any(key.kind != "scalar" for key, _ in entries):
            return self._without_odd_keys(Node("map", mark, entries=entries, flow=flow))
        return Node("map", mark, entries=entries, flow=flow)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth)

    def _entries(self, depth: int) -> Iterator[tuple[Node, Node]]:
        first: dict[str, Mark] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            key = self._node(event, depth)
            value = self._node(next(self.events), depth)
            if key.text == "<<" and not key.quoted:
                raise self._refusal(event, "merge")
            if key.kind == "scalar" and key.text in first:
                message = f"key '{key.text}' is given twice (first at line {first[key.text].line})"
                self.problems.append(Problem(key.mark, message))
            else:
                first[key.text] = key.mark
            yield key, value

    def _without_odd_keys(self, node: Node) -> Node:
        """A map in which a list or map is a key; `{name}: 您好` alone is taken for the text it was meant as."""
        key, value = next((key, value) for key, value in node.entries if key.kind != "scalar")
        prompt = f"{braced(key)}: {value.text}" if braced(key) and value.kind == "scalar" else ""
        hint = advice(prompt) if prompt else "a key is one word before ':'; if this is a prompt, quote it"
        self.problems.append(Problem(key.mark, f"a {key.kind} cannot be a key", hint))
        if prompt and len(node.entries) == 1:
            return Node("scalar", node.mark, prompt, quoted=True)
        return replace(node, entries=tuple(entry for entry in node.entries if entry[0].kind == "scalar"))

    def _refusal(self, event: yaml.Event, what: str) -> _RefusalError:
        return _RefusalError(Problem(self._mark(event), *_REFUSALS[what]))

    def _mark(self, event: yaml.Event) -> Mark:
        mark = event.start_mark
        return self.draft.mark(mark.line, mark.column) if mark else self.draft.mark(0, 0)


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

_REFUSALS = {
    "alias": ("aliases (*name) are not used here", "write it out or include a part; if this is a prompt, quote it"),
    "anchor": ("anchors (&name) are not used here", "write it out or include a part; if this is a prompt, quote it"),
    "depth": (f"lists and maps are nested deeper than {MAX_DEPTH}", ""),
    "document": ("a second document begins here", "write one document per file, without '---'"),
    "merge": ("merge keys (<<) are not used here", "write the keys out or include a part"),
    "tag": ("tags (!name) are not used here", "leave it out; if this is a prompt, quote it"),
}


def _read(draft: _Draft, lines: list[str]) -> _Whole | _Broken:
    builder = _Builder(draft, iter(yaml.parse("\n".join(lines), Loader=Loader)))
    try:
        return _Whole(builder.document(), builder.problems)
    except _RefusalError as error:
        line, column = error.problem.mark.line - 1, error.problem.mark.column - 1
        return _Broken(line, column, "", line, error.problem)
    except yaml.MarkedYAMLError as error:
        mark, context = error.problem_mark, error.context_mark
        last = len(lines) - 1
        line, column = (min(mark.line, last), mark.column) if mark else (0, 0)
        return _Broken(line, column, error.problem or "", min(context.line, last) if context else line)
    except yaml.YAMLError as error:
        return _Broken(0, 0, str(error).splitlines()[0], 0)


def _is_yaml(line: str) -> bool:
    try:
        for _ in yaml.parse(line.strip(), Loader=Loader):
            pass
    except yaml.YAMLError:
        return False
    return True


def _read_with_repairs(draft: _Draft) -> _Whole:
    """Read, mending line after line; the problems of the mended lines are added to the rest."""
    outcome = _read(draft, draft.lines)
    told: list[Problem] = []
    budget = MAX_CHARACTERS_REREAD
    while isinstance(outcome, _Broken):
        mended = None
        if not outcome.refusal and len(told) < MAX_REPAIRS and budget > 0:
            mended = _mend(draft, outcome, focused=True) or _mend(draft, outcome, focused=False)
        if mended is None:
            return _Whole(None, [*told, outcome.refusal or _untold(draft, outcome)])
        fix, attempt, outcome = mended
        told += [Problem(draft.mark(each.line, each.column), each.message, each.hint) for each in fix.told]
        draft = attempt
        budget -= sum(map(len, draft.lines))
    return _Whole(outcome.node, [*told, *outcome.problems])


def _mend(draft: _Draft, broken: _Broken, *, focused: bool) -> tuple[Fix, _Draft, _Whole | _Broken] | None:
    """The first repair that helps, and what reading on then meets.

    Focused, the lines above the place are left out except those it hangs on. Reading then costs the way to the next
    mistake and not the whole file; that the text is whole is believed only when all of it was read.
    """
    for fix in _proposed(Page(draft.lines, _is_yaml), broken):
        attempt = draft.with_edits(fix.edits)
        first = min(edit.line for edit in fix.edits)
        outcome = _read(attempt, focus(attempt.lines, first) if focused else attempt.lines)
        if _is_progress(fix, broken, outcome):
            if focused and isinstance(outcome, _Whole):
                outcome = _read(attempt, attempt.lines)
            return fix, attempt, outcome
    return None


def _proposed(page: Page, broken: _Broken) -> Iterable[Fix]:
    if not any(words in broken.message for words in _IN_ESCAPE):
        return fixes(page, broken.line, broken.context_line)
    fix = escape(page, broken.line, broken.column)
    return [fix] if fix else []


_IN_ESCAPE = ("escape", "hexdecimal", "hexadecimal")
"""What YAML speaks of where a backslash is in its way."""


def _is_progress(fix: Fix, before: _Broken, after: _Whole | _Broken) -> bool:
    """The mended lines are no longer in the way."""
    if isinstance(after, _Whole):
        return True
    last = max(edit.line for edit in fix.edits)
    moved = (after.line, after.column) != (before.line, before.column)
    return moved and (after.line > last or (after.line == last == before.line and after.column > before.column + 1))


_EXPLANATIONS = (
    ("mapping values are not allowed", "a second ':' on this line, or a line indented too deep", "quote the text"),
    ("end of stream", "a quote or bracket opened before is never closed", "close it"),
    ("could not find expected ':'", "a key without ':'", "write 'key: value'"),
    ("cannot start any token", "this character cannot begin an unquoted text", "quote the text"),
    ("<document start>", "text stands outside the document", "take out lines such as '...'"),
    ("<block end>", "this does not continue the lines above it", "check the indentation and the quotes"),
    ("expected key", "this does not continue the lines above it", "check the indentation and the quotes"),
    ("expected '-' indicator", "this does not continue the lines above it", "check the indentation and the quotes"),
    *((words, "a backslash begins an escape that YAML does not know", "write it twice") for words in _IN_ESCAPE),
    ("nesting depth", f"lists and maps are nested deeper than {MAX_DEPTH}", ""),  # libyaml from 0.2.6 on looks itself
    ("expected ',' or", "a bracket is not closed, or a text in brackets needs quotes", "quote the text"),
)


def _untold(draft: _Draft, broken: _Broken) -> Problem:
    mark = draft.mark(broken.line, broken.column)
    for fragment, message, hint in _EXPLANATIONS:
        if fragment in broken.message:
            return Problem(mark, f"not YAML: {message}; the rest of the file is not checked", hint)
    return Problem(mark, f"not YAML: {broken.message}; the rest of the file is not checked")
