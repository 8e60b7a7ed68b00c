from pathlib import Path

import pytest

from engine.content.source import Problem, parse
from engine.understanding.grammar import Grammar
from engine.understanding.load_grammar import check_grammars, grammar_from, outline_from

GRAMMARS = Path(__file__).parents[3] / "grammars"


def load(text: str) -> tuple[Grammar | None, list[str]]:
    node, problems = parse(text.encode(), "g.yaml")
    assert node is not None
    grammar = grammar_from(node, problems)
    return grammar, [str(problem) for problem in problems]


def checked(*texts: str) -> list[Problem]:
    grammars = [load(text)[0] for text in texts]
    return check_grammars([grammar for grammar in grammars if grammar is not None])


GOOD = """\
grammar: answers
terms: {neg: 不|没}
idioms: [银行]
intents:
  refuse:
    group: answers
    denied: neutral
    phrases: [不需要, {phrase: 别打, unless: 别打字}]
    weak: [算了吧]
    patterns: [<neg>(太)?感兴趣]
    vetoes: [开玩笑]
    examples: [我不太感兴趣]
"""


def test_a_grammar_is_read() -> None:
    grammar, problems = load(GOOD)
    assert not problems
    assert grammar is not None
    (refuse,) = grammar.intents
    assert [(phrase.text, phrase.pattern, phrase.weak) for phrase in refuse.phrases] == [
        ("不需要", False, False),
        ("别打", False, False),
        ("算了吧", False, True),
        ("<neg>(太)?感兴趣", True, False),
    ]
    assert refuse.phrases[1].unless == ("别打字",)
    assert refuse.vetoes == ("开玩笑",)
    assert not check_grammars([grammar])


def test_everything_wrong_is_told_in_one_run() -> None:
    _, problems = load("""\
grammar: bad
terms: {loose: a*}
intents:
  refuse:
    group: anwsers
    phrases: [不需要, 不 需要！, ……]
    patterns: ["(不|没", ".{0,9}", <nobody>吗]
    vetos: [x]
  gone: {group: announcement, phrases: [空号]}
  empty: {group: talk}
""")
    text = "\n".join(problems)
    for piece in (
        "did you mean 'answers'",
        "did you mean 'vetoes'",
        "stands here twice",
        "nothing is left",
        "not closed",
        "no fixed words",
        "unknown term",
        "not allowed",
        "no disposition",
        "has no phrases",
    ):
        assert piece in text, piece
    assert all(problem.startswith("g.yaml:") for problem in problems)


def test_a_phrase_claimed_twice_is_a_warning_with_both_places() -> None:
    problems = checked(
        "grammar: a\nintents: {one: {group: talk, phrases: [你好]}}\n",
        "grammar: b\nintents: {two: {group: talk, phrases: [你好]}}\n",
    )
    assert [problem.severity for problem in problems] == ["warning"]
    assert "means two here and one in g.yaml:2" in problems[0].message


def test_a_phrase_limited_to_other_roles_is_not_claimed_twice() -> None:
    assert not checked(
        "grammar: a\nintents: {one: {group: talk, phrases: [{phrase: 没有, roles: discovery}]}}\n",
        "grammar: b\nintents: {two: {group: talk, phrases: [{phrase: 没有, roles: invitation}]}}\n",
    )


def test_a_vetoed_phrase_is_told() -> None:
    (problem,) = checked("grammar: a\nintents: {one: {group: talk, phrases: [没时间搞], vetoes: [没时间]}}\n")
    assert "never heard as one" in problem.message
    assert problem.hint == "its own veto '没时间' takes it"


def test_a_frame_gives_way_to_what_is_asked() -> None:
    text = "grammar: a\nintents: {ask_mode: {group: interest, phrases: [{phrase: 怎么弄, fallback: yes}]}}\n"
    grammar, _ = load(text)
    assert grammar is not None
    assert grammar.intents[0].phrases[0].fallback


def test_an_example_must_mean_its_intent() -> None:
    (problem,) = checked("grammar: a\nintents: {one: {group: talk, phrases: [你好], examples: [再见]}}\n")
    assert (problem.severity, problem.mark.line) == ("error", 2)
    assert "does not mean one" in problem.message


@pytest.mark.parametrize("path", sorted(GRAMMARS.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_outline_knows_the_intents_and_their_groups(path: Path) -> None:
    node, problems = parse(path.read_bytes(), path.name)
    assert node
    outline, whole = outline_from(node, problems), grammar_from(node, problems)
    assert outline is not None
    assert whole is not None
    assert not problems
    assert [(intent.id, intent.group) for intent in outline.intents] == [
        (intent.id, intent.group) for intent in whole.intents
    ]
