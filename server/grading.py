"""The grades of recorded calls: by which rules, why they have them, and what people have said to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from msgspec.json import Encoder
from msgspec.json import format as format_json

from engine.calls.codec import on_one_line
from engine.calls.log import Header, Log
from engine.grading.facts import Evidence, Facts
from engine.grading.grade import Grade, Proof, Scheme
from engine.grading.grade import grade as grade_facts
from engine.grading.load_scheme import scheme_from
from engine.grading.said import INTEREST
from engine.language.load import load_script
from engine.trial import transcript
from engine.trial.compare import facts_of
from server.content import Files
from server.labels import Label, LabelFiles
from server.logs import Scripts, Told
from server.output import usable_content


class Grading:
    """By what the logs are graded."""

    def __init__(self, script: Path | None, scheme: str) -> None:
        self.scripts = Scripts(script)
        self.explicit = script is not None
        self.scheme = find_scheme(scheme) if scheme else None
        self._interest: dict[str, frozenset[str]] = {}
        self.labels = LabelFiles()

    def of(self, path: Path, log: Log) -> tuple[Facts, Grade] | str:
        """What a call came to, or why that cannot be told."""
        found = self.rules_for(path, log.header)
        if isinstance(found, str):
            return found
        scheme, interest = found
        facts = facts_of(log, interest)
        return facts, grade_facts(scheme, facts)

    def rules_for(self, path: Path, header: Header) -> tuple[Scheme, frozenset[str]] | str:
        """By what a call is graded: a scheme, and the intents that are interest questions; or why by nothing."""
        if self.scheme and not self.explicit:
            return self.scheme, self.interest_of(header)
        script = self.scripts.of(path, header, must_be_same=False)
        if isinstance(script, str):
            return script if isinstance(script, Told) else f"{path}:1: {script}"
        if not self.explicit and script.sha256 != header.script_sha256:
            versions = f"version {header.script_sha256[:12]} of the script '{header.script}' is not here"
            return f"{path}:1: {versions} (grade by the present one: --script, or by a scheme: --scheme)"
        return self.scheme or script.scheme, script.interest

    def interest_of(self, header: Header) -> frozenset[str]:
        """The intents that are interest questions in the call's script, where there is one by its name."""
        if header.script not in self._interest:
            path = Files().find("scripts", header.script, "")
            script = load_script(path, Files())[0] if path else None
            self._interest[header.script] = script.interest if script else INTEREST
        return self._interest[header.script]


def as_json(log: Log, facts: Facts, graded: Grade, correction: Label | None) -> dict[str, object]:
    """A graded call for programs."""
    found = transcript.summary(log.header.call_id, log.entries, facts, graded)
    if correction:
        found["corrected"] = {name: getattr(correction, name) for name in ("grade", "by", "why", "at")}
    if log.torn:
        found["cut_off"] = log.torn
    return found


_encode = Encoder(enc_hook=str).encode
"""As `json.dumps`, in a third of the time. The hook is for texts that know where they were written."""


def as_text(log: Log, facts: Facts, graded: Grade, correction: Label | None = None) -> str:
    """The same as a line of JSON."""
    found = as_json(log, facts, graded, correction)
    try:
        return on_one_line(format_json(_encode(found), indent=0).decode())
    except UnicodeEncodeError:  # half a surrogate pair
        return on_one_line(json.dumps(found, ensure_ascii=False))


def find_scheme(name: str) -> Scheme | None:
    """The scheme in a file, or of this name among those that are here; what is wrong with it is told."""
    return usable_content("scheme", name, "scripts/schemes", scheme_from)


# --- for people ------------------------------------------------------------------------------------------------------


def explanation(path: Path, log: Log, graded: Grade, correction: Label | None = None) -> Iterator[str]:
    """A grade in words: the rule and where it stands, what was said when, and what each better grade wanted."""
    title = f" ({graded.title})" if graded.title else ""
    yield f"{path}: call {log.header.call_id}: grade {graded.letter or 'none'} by rule {graded.rule or 'none'}{title}"
    if graded.mark:
        yield f"    {graded.mark}{': ' + graded.reason if graded.reason else ''}"
    times = {entry.seq: entry.event.at_ms for entry in log.entries}
    for proof in graded.evidence:
        yield from _proof_lines(proof, times)
    yield from (f"    not {missed.letter}: {missed}" for missed in graded.missed)
    if correction:
        yield f"    corrected: {correction.grade} by {correction.by} on {correction.at}: {correction.why}"
    if log.torn:
        yield f"    cut off: {log.torn}"


def _proof_lines(proof: Proof, times: dict[int, int]) -> Iterator[str]:
    value = ", ".join(map(str, proof.value)) if isinstance(proof.value, list) else str(proof.value)
    name = "heard, but denied" if proof.fact == "negated" else proof.fact
    yield f"    {name}: {'yes' if proof.value is True else value}"
    for one in proof.evidence:
        yield f"        {_clock(times.get(one.seq, 0))}  {_words(one)}"


def _words(one: Evidence) -> str:
    words = f"“{one.words}”" if one.words else "by what the bot did"
    phrase = one.words[slice(*one.span)] if one.span else ""
    found = f" ({phrase})" if phrase and phrase != one.words else ""
    instead = f", another reading of “{one.instead}”" if one.instead else ""
    return f"{words}{found}{instead}{' → ' + one.value if one.value else ''}, step {one.seq}"


def _clock(at_ms: int) -> str:
    return f"{at_ms // 60_000}:{at_ms // 1000 % 60:02}"
