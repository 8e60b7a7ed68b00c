from engine.content.source import Problem, parse
from engine.understanding.grammar import Grammar, Intent, Phrase
from engine.understanding.lexicon import Lexicon
from engine.understanding.utterances import cases_from, run

LEXICON = Lexicon([
    Grammar("few", intents=(
        Intent("refuse", "answers", phrases=(Phrase("不需要"),), denied="neutral"),
        Intent("affirm", "answers", phrases=(Phrase("需要"),)),
        Intent("powered_off", "announcement", phrases=(Phrase("已关机"),)),
    )),
])  # fmt: skip


def failures(text: str) -> list[str]:
    problems: list[Problem] = []
    node, read_problems = parse(text.encode(), "t.yaml")
    assert node is not None
    report = run(cases_from(node, problems), LEXICON)
    return [str(problem) for problem in (*read_problems, *problems, *report.failures)]


def test_what_holds_is_silent() -> None:
    assert not failures("""\
utterances:
  refuse: [不需要, 我不需要啊]
  not refuse: [也不是不需要]
  powered_off: [您的用户已关机]
cases:
  - {say: 需要, first: affirm, not: refuse, disposition: none}
  - {say: 明天三点, slots: {time: "2026-11-24T15:00:00+08:00"}}
  - {say: 改天, slots: {time: vague}}
""")


def test_every_failure_names_its_place_and_what_was_heard() -> None:
    assert failures("""\
utterances:
  refuse: [需要]
  not refuse: [不需要]
  refused: [不需要]
cases:
  - {say: 你好, slots: {number: "138"}, disposition: busy}
""") == [
        "t.yaml:2:12: '需要' should mean refuse, heard: affirm",
        "t.yaml:3:16: '不需要' should not mean refuse, heard '不需要'",
        "t.yaml:4:13: no intent 'refused' (did you mean 'refuse'?)",
        "t.yaml:4:13: '不需要' should mean refused, heard: refuse",
        "t.yaml:6:11: '你好' should be busy, heard: nothing",
        "t.yaml:6:11: '你好' should tell number 138, told: nothing",
    ]


def test_an_utterance_written_twice_is_told() -> None:
    assert "stands here twice" in failures("utterances: {refuse: [不需要, 不需要]}")[0]


def test_the_report_knows_which_phrases_were_hit() -> None:
    node, _ = parse("utterances: {refuse: [不需要]}".encode(), "t.yaml")
    assert node is not None
    assert run(cases_from(node, []), LEXICON).hit == {("refuse", "不需要")}


def test_what_makes_an_utterance_hard_stands_in_brackets() -> None:
    problems: list[Problem] = []
    node, _ = parse(
        """\
utterances:
  refuse: [不需要]
  refuse (homophone): [不须要]
  not refuse: [也不是不需要]
  not refuse (dialect): [咱需要]
  refuse (shouted): [不要]
""".encode(),
        "t.yaml",
    )
    assert node is not None
    read = cases_from(node, problems)
    assert [(case.kind, case.expect, case.never) for case in read[:4]] == [
        ("plain", ("refuse",), ()),
        ("homophone", ("refuse",), ()),
        ("negated", (), ("refuse",)),
        ("dialect", (), ("refuse",)),
    ]
    assert [str(problem) for problem in problems] == ["t.yaml:6:22: no kind 'shouted'"]
