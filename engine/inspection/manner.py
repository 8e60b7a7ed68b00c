"""Looks for manner: how often, how fast, how loud and how long something is said, and what was done meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from engine.inspection.checks import Found, Look, Proof, Range, proof
from engine.inspection.spoken import Conversation, Spoken, Who
from engine.inspection.words import keywords, plain


def repeats(*, within: int, at_least: int, times: int, min_chars: int, except_: Sequence[str] = ()) -> Look:
    """The same speaker says nearly the same again: `times` before, among so many of its utterances before."""
    passed_over = keywords(except_)

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        said_before: dict[str, list[str]] = {}
        proofs = []
        for spoken in run:
            text = plain(spoken.text)
            if len(text) < min_chars or passed_over(spoken):
                continue
            before = said_before.setdefault(spoken.who, [])
            likes = sum(fuzz.ratio(text, each) >= at_least for each in before[-within:])
            if likes >= times:
                proofs.append(proof(spoken, f"said {likes + 1} times"))
            before.append(text)
        return Found(bool(proofs), tuple(proofs))

    return look


def silence(bounds: Range, before: str = "", after: str = "") -> Look:
    """Between the end of one utterance and the start of the next; `start` and `end` stand for those of the call."""

    def look(run: Sequence[Spoken], call: Conversation) -> Found:
        whole = len(run) == len(call.utterances)
        pairs = _gaps(run, call, whole=whole)
        timed = [(gap, spoken) for gap, spoken, one, two in pairs if after in ("", one) and before in ("", two)]
        measured = [(gap, spoken) for gap, spoken in timed if gap is not None]
        proofs = tuple(proof(each, f"silence {gap / 1000:.1f} s") for gap, each in measured if bounds.holds(gap))
        return Found(True if proofs else None if len(measured) < len(timed) else False, proofs)

    return look


def _gaps(run: Sequence[Spoken], call: Conversation, *, whole: bool) -> list[tuple[int | None, Spoken, str, str]]:
    """Each silence in ms with the utterance after it (or, at the end, before it), and who spoke before and after."""
    if not run:
        return []
    found: list[tuple[int | None, Spoken, str, str]] = []
    if run[0] is call.utterances[0]:
        found.append((run[0].start_ms, run[0], "start", run[0].who))
    for one, two in pairwise(run):
        known = one.end_ms is not None and two.start_ms is not None
        found.append(((two.start_ms or 0) - (one.end_ms or 0) if known else None, two, one.who, two.who))
    if whole:
        last = run[-1]
        found.append((None if last.end_ms is None else call.ends_ms - last.end_ms, last, last.who, "end"))
    return found


def speed(bounds: Range, *, min_chars: int, average: bool) -> Look:
    """Characters a minute, of each utterance or of all together."""

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        long = [(each, _chars(each.text)) for each in run]
        timed = [(each, chars, each.lasted_ms) for each, chars in long if chars >= min_chars and each.lasted_ms]
        if not timed:
            return Found(None if any(chars >= min_chars for _, chars in long) else False)
        if average:
            timed = [(timed[0][0], sum(each[1] for each in timed), sum(each[2] or 0 for each in timed))]
        rates = [(each, chars * 60_000 / (lasted or 1)) for each, chars, lasted in timed]
        proofs = tuple(proof(each, f"{rate:.0f} characters a minute") for each, rate in rates if bounds.holds(rate))
        return Found(bool(proofs), proofs)

    return look


def _chars(text: str) -> int:
    return sum(char.isalnum() for char in text)


def lasts(bounds: Range) -> Look:
    """How long one utterance is, in ms."""

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        timed = [(each, each.lasted_ms) for each in run if each.lasted_ms is not None]
        proofs = tuple(proof(each, f"lasted {ms / 1000:.1f} s") for each, ms in timed if bounds.holds(ms))
        return Found(True if proofs else None if len(timed) < len(run) else False, proofs)

    return look


def overlap(bounds: Range, by: Who | None) -> Look:
    """Somebody begins while the other still speaks, for so many ms."""

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        proofs, unknown = [], False
        for place, two in enumerate(run):
            for one in run[:place]:
                if one.who == two.who or by not in (None, two.who):
                    continue
                if one.end_ms is None or two.start_ms is None or two.end_ms is None:
                    unknown = True
                    continue
                over_ms = min(one.end_ms, two.end_ms) - two.start_ms
                if over_ms > 0 and bounds.holds(over_ms):
                    proofs.append(proof(two, f"spoke over the {one.who} for {over_ms / 1000:.1f} s"))
        return Found(True if proofs else None if unknown else False, tuple(proofs))

    return look


def loudness(bounds: Range, rise: Range) -> Look:
    """In decibels below full scale, or above the speaker's own mean."""

    def look(run: Sequence[Spoken], call: Conversation) -> Found:
        proofs, unknown = [], False
        for spoken in run:
            level = spoken.loudness_db
            if level is None:
                unknown = True
                continue
            own = [
                each.loudness_db for each in call.utterances if each.who == spoken.who and each.loudness_db is not None
            ]
            risen = level - sum(own) / len(own)
            if bounds.holds(level) and rise.holds(risen):
                proofs.append(proof(spoken, f"{level:.0f} dB, {risen:+.0f} dB against the mean"))
        return Found(True if proofs else None if unknown else False, tuple(proofs))

    return look


def count(bounds: Range) -> Look:
    """How many utterances there are; those that are too many prove it."""

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        most = len(run) if bounds.less_than is None else max(0, int(bounds.less_than) - 1)
        proofs = tuple(proof(each, f"utterance {number}") for number, each in enumerate(run[most:], most + 1))
        return Found(bounds.holds(len(run)), proofs)

    return look


def cut_off() -> Look:
    """A prompt that was not heard to its end."""

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        proofs = tuple(proof(each, "cut off") for each in run if each.cut)
        return Found(bool(proofs), proofs)

    return look


def deed(names: Iterable[str]) -> Look:
    """Something was ordered between the first and the last of these utterances, or in the step of either."""
    wanted = frozenset(names)

    def look(run: Sequence[Spoken], call: Conversation) -> Found:
        if not run:
            return Found(holds=False)
        done = [each for each in call.deeds if each.name in wanted and run[0].seq <= each.seq <= _until(run, call)]
        return Found(bool(done), tuple(Proof(each.seq, each.at_ms, "", "", each.name) for each in done))

    return look


def _until(run: Sequence[Spoken], call: Conversation) -> int:
    """The last step that belongs to a run: it goes on until the next utterance after it."""
    later = [each.seq for each in call.utterances if each.seq > run[-1].seq]
    return min(later) - 1 if later else max([run[-1].seq, *(each.seq for each in call.deeds)])
