from __future__ import annotations

from engine.content.source import parse
from engine.trial.conversation import run
from engine.trial.coverage import Coverage, cover, cover_grammars, cover_prompts
from engine.understanding.load_grammar import grammar_from
from tests.engine.scenes import HEAD, Shelf, load

SCRIPT = HEAD + """
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊, 那敢情好], go: bye}
      - {hear: busy, go: more}
    recover: 就看一眼，好吗？
  more: {role: pitch, say: 那改天？, expect: [{hear: affirm, go: bye}]}
always: [{hear: goodbye, go: bye}]
"""  # fmt: skip
YES = "calls: [{call: a, talk: [{caller: 没问题啊}]}]"
NO = "calls: [{call: a, talk: [{caller: 不用了}, {caller: 不用了}]}]"


def covered(*files: str) -> dict[str, Coverage]:
    shelf = Shelf(
        {"s.yaml": SCRIPT, **{f"{number}": f"conversations: s.yaml\n{text}\n" for number, text in enumerate(files)}}
    )
    return {each.kind: each for each in cover([run(str(number), shelf) for number in range(len(files))])}


def names(coverage: Coverage) -> list[str]:
    return [item.name for item in coverage.missed]


def test_what_one_call_leaves_untouched() -> None:
    found = covered(YES)
    assert list(found) == ["stages", "branches", "phrases", "grade rules"]
    assert (found["stages"].reached, found["stages"].of, names(found["stages"])) == (2, 3, ["stage more"])
    assert names(found["branches"]) == [
        "branch always.1", "branch ask.expect.2", "branch more.expect.1", "branch ask.recover.1",
    ]  # fmt: skip
    assert names(found["phrases"]) == ["phrase 那敢情好 in ask.expect.1"]
    assert names(found["grade rules"]) == ["grade A1"]
    assert found["stages"].script == "tiny"


def test_all_files_of_a_script_count_together() -> None:
    found = covered(YES, NO)
    assert names(found["branches"]) == ["branch always.1", "branch ask.expect.2", "branch more.expect.1"]


def test_what_is_missed_is_told_where_it_stands() -> None:
    (missed,) = covered(YES)["stages"].missed
    assert str(missed.mark) == "s.yaml:13:3"


def test_a_phrase_that_no_utterance_hit_is_told_with_its_line() -> None:
    node, problems = parse(b"grammar: g\nintents:\n  one: {group: talk, phrases: [hello, bye]}\n", "g.yaml")
    assert node is not None
    grammar = grammar_from(node, problems)
    assert grammar is not None
    (found,) = cover_grammars([grammar], frozenset({("one", "hello")}))
    assert (found.reached, found.of) == (1, 2)
    assert [(item.name, str(item.mark)) for item in found.missed] == [("one bye", "g.yaml:3:39")]


def test_a_script_that_does_not_load_is_not_counted() -> None:
    shelf = Shelf({"s.yaml": SCRIPT.replace("go: more", "go: mroe"), "0": f"conversations: s.yaml\n{YES}\n"})
    assert cover([run("0", shelf)]) == []


def test_a_prompt_is_heard_in_any_of_its_forms() -> None:
    script = load("""
        variables: {name: {type: name}}
        stages:
          ask:
            role: opening
            say: ["{name}您好，我是机器人，周末有空吗？", 您好，我是机器人，周末有空吗？]
            reprompt: 有空吗？
            expect: [{hear: affirm, say: 太好了。, go: bye}]
            recover: 就看一眼，好吗？
    """)
    heard = cover_prompts(script, ["王姐您好，我是机器人，周末有空吗？", "太好了。", "再见！"])
    missed = [item.name for item in heard.missed]
    assert heard.of - heard.reached == len(missed)
    assert {"您好，我是机器人，周末有空吗？", "有空吗？", "就看一眼，好吗？"} <= set(missed)
    assert not {"{name}您好，我是机器人，周末有空吗？", "太好了。", "再见！"} & set(missed)
    assert str(next(item.mark for item in heard.missed if item.name == "有空吗？")) == "t.yaml:6:3"
