"""The page of `huashu compare --report`: what is different between two versions of a script, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.changes import Change
from engine.personas.findings import Findings
from engine.personas.persona import Table as Population
from engine.personas.proof import Recorded, Witnessed
from engine.personas.publish import Comparison, Concern
from engine.trial.compare import LETTERS_AND_NONE
from server.reports.charts import Series, grade_tone, heat, stacked
from server.reports.crowd import TEXTS as CROWD
from server.reports.crowd import grade_name
from server.reports.page import Cell, Chart, Figure, Page, Section, Table, Tagged
from server.reports.text import Number, count, percent, seconds
from server.reports.words import Lang, Texts, Words

MOST_ROWS = 200
"""Of one table; the JSON has all."""

TEXTS: Texts = {
    **CROWD,
    "title": ("话术对比：{script}", "Comparison of {script}"),
    "publish": ("可以发布。", "Publish."),
    "look": ("先看看：{told}。", "Look at: {told}."),
    "and": ("；", "; "),
    "made_of": (
        "同一批模拟客户 {calls} 人（客户表 {table}，种子 {seed}）分别打给旧版和新版。",
        "The same {calls} simulated callers (table {table}, seed {seed}) called both versions.",
    ),
    "made_of.calls": (
        "录下的通话 {calls} 通，其中 {foreign} 通不是旧版的，{unfit} 通的变量对不上，都没有算。",
        "{calls} recorded calls; left out: {foreign} of another version, {unfit} with other variables.",
    ),
    "old": ("旧版", "old"),
    "new": ("新版", "new"),
    # concerns
    "concern.warning": ("检查多出 {count} 条警告", "{count} new warnings of check"),
    "concern.dead_end": ("环节 {stage} 走不通（{what}，{calls} 通）", "a dead end: {stage} ({what}, {calls} calls)"),
    "concern.unreached": ("新加的 {name} 没人走到", "nobody comes to the new {name}"),
    "concern.lost_stage": ("环节 {name} 再也没人走到", "nobody comes to stage {name} any more"),
    "concern.lost_rule": ("没有通话再落到规则 {rule}", "no call ends in rule {rule} any more"),
    "concern.grade": ("{letter} 的占比从 {before} % 变成 {after} %", "{letter} goes from {before} % to {after} %"),
    "concern.witness": (
        "规则 {rule} 的最短通话从 {before} 变成 {after}", "the shortest call to {rule} goes from {before} to {after}"
    ),
    "concern.recorded": ("{of} 通走法相同的录音里 {count} 通变了等级", "{count} of {of} recorded calls regraded"),
    "concern.unfit": ("{count} 通录音的变量对不上新版", "the variables of {count} recorded calls do not fit"),
    "concern.longer": ("平均通话从 {before} 秒变成 {after} 秒", "calls take {after} s, not {before} s"),
    "concern.misheard": (
        "照原话听不懂的从 {before} % 变成 {after} %", "{after} % are misunderstood as said, not {before} %"
    ),
    # sections
    "concerns": ("发布之前先看", "Before publishing"),
    "concerns.says": ("有人看过、觉得没问题，就可以发布。", "Once somebody has looked at these, publish."),
    "concerns.none": ("没有需要先看的。", "Nothing has to be looked at first."),
    "changes": ("改了什么", "What has changed"),
    "changes.says": ("按写话术的人的说法。", "In the words of the author."),
    "changes.none": ("两个版本完全一样。", "The two are the same."),
    "kind.stage": ("环节", "stage"),
    "kind.branch": ("分支", "branch"),
    "kind.prompt": ("提示语", "prompt"),
    "kind.phrase": ("说法", "phrases"),
    "kind.setting": ("设置", "setting"),
    "kind.grade rule": ("分级规则", "grade rule"),
    "how.added": ("新增", "added"),
    "how.removed": ("删除", "removed"),
    "how.changed": ("修改", "changed"),
    "how.moved": ("移动", "moved"),
    "how": ("怎么改", "how"),
    "where": ("哪里", "where"),
    "witnesses": ("最短通话", "Shortest calls"),
    "witnesses.says": (
        "到每条分级规则的最短通话，在另一个版本里再打一遍，等级变了的。",
        "The shortest call to each grade rule, played on the other version: those with another grade.",
    ),
    "witnesses.none": ("每条规则的最短通话等级都没变。", "Every shortest call has the same grade in both."),
    "rule": ("规则", "rule"),
    "words": ("客户说", "the caller says"),
    "callers": ("模拟客户的等级", "Grades of simulated callers"),
    "callers.says": ("{calls} 人里有 {changed} 人的等级变了。", "{changed} of {calls} callers have another grade."),
    "figure.changes": ("改动", "changes"),
    "figure.moved": ("等级变了的模拟客户", "callers with another grade"),
    "figure.calls.of": ("共 {all} 人", "of {all}"),
    "moved": ("从哪一级到哪一级", "From which grade to which"),
    "moved.says": ("行是旧版，列是新版，对角线上没有变。", "Rows: old. Columns: new."),
    "ends.both": ("走不通的地方", "Dead ends"),
    "ends.both.says": ("两个版本里走不通的通话数。", "Calls that got stuck, in both versions."),
    "reach": ("走到多少", "What was reached"),
    "reach.says": ("模拟客户走到的地方。", "What the simulated callers came to."),
    "partings": ("录下的通话", "Recorded calls"),
    "partings.says": (
        "{same} 通走法相同，等级变了 {changed} 通；{parted} 通在这些地方分岔，之后会怎样没人知道，不算等级。",
        "{same} go the same way, {changed} with another grade. {parted} part; what would have followed nobody knows.",
    ),
    "partings.none": ("没有一通走法不同。", "None parts."),
    "then": ("当时", "then"),
    "now": ("现在", "now"),
}  # fmt: skip


def compared_page(both: Comparison, table: Population, seed: int, lang: Lang) -> Page:
    words = Words(lang, TEXTS)
    before, after = both.before, both.after
    told = [_told(words, each) for each in both.concerns]
    changed = sum(times for (one, other), times in both.moved.items() if one != other)
    made_of = [words("made_of", calls=count(after.calls), table=table.name, seed=seed)]
    if found := both.recorded:
        made_of.append(words("made_of.calls", calls=count(found.calls), foreign=found.foreign, unfit=found.unfit))
    return Page(
        words("title", script=both.new.title or both.new.name),
        words("look", told=words("and").join(told)) if told else words("publish"),
        tuple(_sections(words, both, told, changed)),
        lang,
        "bad" if told else "good",
        (
            Figure(words("figure.changes"), count(len(both.changes))),
            Figure(words("figure.moved"), count(changed), words("figure.calls.of", all=count(after.calls))),
            Figure(words("figure.long"), seconds(_length_ms(after)), f"{words('old')} {seconds(_length_ms(before))}"),
        ),
        made_of,
    )  # fmt: skip


def _length_ms(found: Findings) -> float | None:
    return found.talk_ms / found.answered if found.answered else None


def _told(words: Words, concern: Concern) -> str:
    values = dict(concern.values)
    if concern.kind == "dead_end":
        values["what"] = words(str(values["kind"]))
    return words(f"concern.{concern.kind}", **values)


def _sections(words: Words, both: Comparison, told: list[str], changed: int) -> Iterator[Section]:
    rows: list[tuple[Cell, ...]] = [(each,) for each in (*told, *both.warnings)]
    yield Section(
        words("concerns"), words("concerns.says"), table=Table((words("what"),), rows), nothing=words("concerns.none")
    )
    yield _changes(words, both.changes)
    if both.witnesses:
        yield _witnesses(words, both.witnesses)
    says = words("callers.says", calls=count(both.after.calls), changed=count(changed))
    yield Section(words("callers"), says, *_grades(words, both))
    letters = [letter for letter in LETTERS_AND_NONE if any(letter in pair for pair in both.moved)]
    names = [grade_name(words, letter) for letter in letters]
    moved = {(grade_name(words, one), grade_name(words, other)): times for (one, other), times in both.moved.items()}
    yield Section(words("moved"), words("moved.says"), table=heat(names, names, moved, words("old"), agreement=True))
    yield Section(
        words("ends.both"), words("ends.both.says"), table=_dead_ends(words, both), nothing=words("ends.none")
    )
    yield Section(words("reach"), words("reach.says"), table=_reach(words, both))
    if both.recorded:
        yield _partings(words, both.recorded)


def _changes(words: Words, found: tuple[Change, ...]) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            words(f"kind.{each.kind}"), words(f"how.{each.how}"), each.named, each.before, each.after,
            str(each.mark or ""),
        )
        for each in found[:MOST_ROWS]
    ]  # fmt: skip
    head = tuple(map(words, ("kind", "how", "where", "old", "new", "place")))
    return Section(words("changes"), words("changes.says"), table=Table(head, rows), nothing=words("changes.none"))


def _witnesses(words: Words, found: Witnessed) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (each.rule, *(_graded(words, letter) for letter in (each.before, each.after)), " | ".join(each.words))
        for each in found.changed
    ]
    rows += [(rule, None, None, words("concern.lost_rule", rule=rule)) for rule in found.lost]
    head = tuple(map(words, ("rule", "old", "new", "words")))
    return Section(
        words("witnesses"), words("witnesses.says"), table=Table(head, rows), nothing=words("witnesses.none")
    )


def _graded(words: Words, letter: str) -> Tagged:
    return Tagged(grade_name(words, letter), grade_tone(letter))


def _grades(words: Words, both: Comparison) -> tuple[Chart, Table]:
    one, other = both.before.letters(), both.after.letters()
    letters = [letter for letter in LETTERS_AND_NONE if one[letter] or other[letter]]
    parts = [Series(grade_name(words, each), (one[each], other[each]), grade_tone(each)) for each in letters]
    rows: list[tuple[Cell, ...]] = [
        (_graded(words, each), one[each], other[each], _difference(other[each] - one[each])) for each in letters
    ]
    head = (words("grade"), words("old"), words("new"), "±")
    return stacked([words("old"), words("new")], parts, words("callers")), Table(head, rows)


def _difference(more: int) -> Number:
    return Number(f"{more:+,}" if more else "0")


def _dead_ends(words: Words, both: Comparison) -> Table:
    was, now = (
        {(each.stage, each.kind): each.calls for each in found.dead_ends} for found in (both.before, both.after)
    )
    rows = [
        (stage, words(kind), was.get((stage, kind), 0), now.get((stage, kind), 0))
        for stage, kind in dict.fromkeys((*now, *was))
    ]
    return Table(tuple(map(words, ("stage", "what", "old", "new"))), rows)


def _reach(words: Words, both: Comparison) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (words(f"kind.{after.kind}"), Number(f"{before.reached}/{before.of}"), Number(f"{after.reached}/{after.of}"))
        for before, after in zip(both.before.coverage, both.after.coverage, strict=True)
    ]
    shares = [percent(found.mistaken("words"), found.utterances) for found in (both.before, both.after)]
    rows.append((f"{words('figure.misheard')} ({words('cause.words')})", *shares))
    return Table((words("kind"), words("old"), words("new")), rows)


def _partings(words: Words, found: Recorded) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (each.stage, each.before, each.after, each.calls, ", ".join(each.examples)) for each in found.crossroads()
    ]
    says = words("partings.says", same=count(found.same), changed=count(len(found.changed)), parted=count(found.parted))
    head = tuple(map(words, ("stage", "then", "now", "calls", "examples")))
    return Section(words("partings"), says, table=Table(head, rows[:MOST_ROWS]), nothing=words("partings.none"))
