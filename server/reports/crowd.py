"""The page of `huashu simulate --personas --report`: what a crowd of simulated callers shows about a script."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.script import Script
from engine.personas.findings import Findings
from engine.personas.persona import Table as Population
from engine.trial.compare import LETTERS_AND_NONE, NO_GRADE
from server.reports.charts import Bar, Stage, bars, funnel, grade_tone, heat
from server.reports.page import Cell, Chart, Figure, Page, Section, Table, Tagged
from server.reports.text import count, percent, seconds
from server.reports.words import Lang, Texts, Words

MOST_ROWS = 60
"""Of one table; the JSON has all."""

TEXTS: Texts = {
    "title": ("模拟客户试打：{script}", "Simulated callers on {script}"),
    "verdict": (
        "{calls} 通模拟电话，接听 {answered} 通；走不通的地方 {ends} 处，没人走到的分支 {missed} 个。",
        "{calls} simulated calls, {answered} answered: {ends} dead ends, and {missed} branches that nobody came to.",
    ),
    "made_of": ("客户表 {table}，随机种子 {seed}。", "Table of personas {table}, seed {seed}."),
    "figure.calls": ("模拟通话", "simulated calls"),
    "figure.answered": ("接听", "answered"),
    "figure.long": ("平均通话", "average length"),
    "figure.misheard": ("听错的话", "misunderstood"),
    "figure.of": ("共 {all} 句", "of {all} utterances"),
    "grades": ("等级分布", "Grades"),
    "grades.says": ("所有模拟通话的等级。", "The grades of all simulated calls."),
    "personas": ("各类客户的等级", "Grades by persona"),
    "personas.says": ("每类客户的通话各得了什么等级。", "How the calls of each kind of caller were graded."),
    "persona": ("客户类型", "persona"),
    "stages": ("走到哪一步", "How far calls came"),
    "stages.says": (
        "走到各环节的通话，以及在那里结束的。",
        "How many calls came to each stage, and how many ended there.",
    ),
    "stage": ("环节", "stage"),
    "came": ("走到", "came"),
    "ended": ("在此结束", "ended here"),
    "left": ("其中客户挂断", "by hanging up"),
    "went_on": ("继续", "went on"),
    "by_caller": ("客户挂断", "the caller hung up"),
    "otherwise": ("其他结束", "ended otherwise"),
    "ends": ("走不通的地方", "Dead ends"),
    "ends.says": (
        "通话卡住、打转或者被上限打断的环节。",
        "Where calls got stuck, went in circles, or were cut off by a limit.",
    ),
    "ends.none": ("没有发现走不通的地方。", "None was found."),
    "what": ("情况", "what happens"),
    "examples": ("例子", "examples"),
    "turn_limit": ("轮次达到上限", "too many turns"),
    "visit_limit": ("来这里的次数达到上限", "came here too often"),
    "time_limit": ("通话超时", "took too long"),
    "no_match": ("一直听不懂，机器人放弃", "nothing was understood until the bot gave up"),
    "loop": ("同一句话说了四遍以上", "the bot said the same thing four times"),
    "never_left": ("除了沉默、上限和挂断，没有通话离开过", "no call left but by silence, a limit or hanging up"),
    "coverage": ("没人走到的地方", "What nobody reached"),
    "coverage.says": (
        "走到的：环节 {stages}，分支 {branches}，话语 {phrases}，分级规则 {rules}，提示语 {prompts}。",
        "Reached: stages {stages}, branches {branches}, phrases {phrases}, grade rules {rules}, prompts {prompts}.",
    ),
    "coverage.none": ("每一处都有人走到。", "Everything was reached."),
    "kind": ("种类", "kind"),
    "name": ("名称", "name"),
    "place": ("位置", "place"),
    "kind.stages": ("环节", "stage"),
    "kind.branches": ("分支", "branch"),
    "kind.phrases": ("话语", "phrase"),
    "kind.grade rules": ("分级规则", "grade rule"),
    "kind.prompts": ("提示语", "prompt"),
    "misheard": ("听错的话", "Misunderstandings"),
    "misheard.says": (
        "{utterances} 句里，照原话没听懂 {words} 句，因线路噪声 {noise} 句；丢了“不”“没”的 {flipped} 句不怪话术。",
        "Misunderstood of {utterances}: {words} as said, {noise} by noise, {flipped} for want of a lost 不 or 没.",
    ),
    "misheard.none": ("每句话都听懂了。", "Every utterance was understood."),
    "meant": ("本意", "meant"),
    "understood": ("听成", "understood"),
    "cause": ("原因", "cause"),
    "times": ("次数", "times"),
    "said": ("原话", "said"),
    "heard": ("识别结果", "heard"),
    "cause.words": ("原话", "as said"),
    "cause.noise": ("噪声", "noise"),
    "cause.flipped": ("噪声丢了否定", "noise took the negation"),
    "longest": ("最长的通话", "The longest calls"),
    "longest.says": ("最长的几通，看看为什么说了这么久。", "The longest ones: why did they take so long?"),
    "call": ("通话", "call"),
    "long": ("时长", "length"),
    "turns": ("轮次", "turns"),
}


def crowd_page(script: Script, table: Population, seed: int, found: Findings, lang: Lang) -> Page:
    words = Words(lang, TEXTS)
    missed = sum(len(each.missed) for each in found.coverage if each.kind == "branches")
    answered, mistaken = found.answered, sum(each.times for each in found.misheard)
    return Page(
        words("title", script=script.title or script.name),
        words("verdict", calls=count(found.calls), answered=count(answered), ends=len(found.dead_ends), missed=missed),
        tuple(_sections(words, table, found)),
        lang,
        "bad" if found.dead_ends else "good",
        (
            Figure(words("figure.calls"), count(found.calls)),
            Figure(words("figure.answered"), percent(answered, found.calls)),
            Figure(words("figure.long"), seconds(found.talk_ms / answered if answered else None)),
            Figure(
                words("figure.misheard"), percent(mistaken, found.utterances),
                words("figure.of", all=count(found.utterances)),
            ),
        ),
        (words("made_of", table=table.name, seed=seed),),
    )  # fmt: skip


def _sections(words: Words, table: Population, found: Findings) -> Iterator[Section]:
    yield Section(words("grades"), words("grades.says"), *grade_chart(words, found))
    yield _personas(words, table, found)
    yield Section(words("stages"), words("stages.says"), *_stages(words, found))
    yield Section(words("ends"), words("ends.says"), table=_dead_ends(words, found), nothing=words("ends.none"))
    yield _coverage(words, found)
    yield _misheard(words, found)
    yield Section(words("longest"), words("longest.says"), table=_longest(words, found))


def grade_chart(words: Words, found: Findings) -> tuple[Chart, Table]:
    """How many calls have which grade."""
    letters = found.letters()
    shown = [letter for letter in LETTERS_AND_NONE if letters[letter]]
    named = {letter: grade_name(words, letter) for letter in shown}
    chart = bars([Bar(named[each], letters[each], grade_tone(each)) for each in shown], words("grades"))
    rows = [
        (Tagged(named[each], grade_tone(each)), letters[each], percent(letters[each], found.calls)) for each in shown
    ]
    return chart, Table((words("grade"), words("calls"), words("share")), rows)


def grade_name(words: Words, letter: str) -> str:
    return words("grade.none") if letter == NO_GRADE else letter


def _personas(words: Words, table: Population, found: Findings) -> Section:
    present = {name for name, _ in found.grades}
    named = {name: _persona_name(words, table, name) for name in table.personas if name in present}
    letters = [letter for letter in LETTERS_AND_NONE if found.letters()[letter]]
    counts = {
        (named[name], grade_name(words, letter)): times
        for (name, letter), times in found.grades.items()
        if name in named
    }
    columns = [grade_name(words, letter) for letter in letters]
    return Section(
        words("personas"), words("personas.says"),
        table=heat(list(named.values()), columns, counts, words("persona")),
    )  # fmt: skip


def _persona_name(words: Words, table: Population, name: str) -> str:
    title = table.personas[name].title
    return f"{title} {name}" if title and words.lang == "zh" else name


def _stages(words: Words, found: Findings) -> tuple[Chart, Table]:
    reached = [each for each in found.stages if each.calls]
    steps = [Stage(each.stage, each.calls, {"caller": each.left, "other": each.ended - each.left}) for each in reached]
    ways = (("caller", words("by_caller"), "bad"), ("other", words("otherwise"), "series-1"))
    rows = [(each.stage, each.calls, each.ended, each.left) for each in reached]
    head = (words("stage"), words("came"), words("ended"), words("left"))
    return funnel(steps, words("went_on"), ways, words("stages")), Table(head, rows)


def _dead_ends(words: Words, found: Findings) -> Table:
    rows = [(each.stage, words(each.kind), each.calls, ", ".join(each.examples)) for each in found.dead_ends]
    return Table((words("stage"), words("what"), words("calls"), words("examples")), rows)


def _coverage(words: Words, found: Findings) -> Section:
    reached = {each.kind.split()[-1]: f"{each.reached}/{each.of}" for each in found.coverage}
    rows: list[tuple[Cell, ...]] = [
        (words(f"kind.{each.kind}"), item.name, str(item.mark or "")) for each in found.coverage for item in each.missed
    ]
    head = (words("kind"), words("name"), words("place"))
    return Section(
        words("coverage"), words("coverage.says", **reached), table=Table(head, rows), nothing=words("coverage.none")
    )


def _misheard(words: Words, found: Findings) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            "+".join(each.meant), "+".join(each.understood) or None, words(f"cause.{each.cause}"), each.times,
            *each.examples[0],
        )
        for each in found.misheard[:MOST_ROWS]
    ]  # fmt: skip
    head = tuple(map(words, ("meant", "understood", "cause", "times", "said", "heard")))
    causes = {cause: count(found.mistaken(cause)) for cause in ("words", "noise", "flipped")}
    says = words("misheard.says", utterances=count(found.utterances), **causes)
    return Section(words("misheard"), says, table=Table(head, rows), nothing=words("misheard.none"))


def _longest(words: Words, found: Findings) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (each.call_id, seconds(each.talk_ms), each.turns, Tagged(grade_name(words, each.grade), grade_tone(each.grade)))
        for each in found.longest
    ]
    return Table((words("call"), words("long"), words("turns"), words("grade")), rows)
