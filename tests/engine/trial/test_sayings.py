from __future__ import annotations

from engine.trial.likeness import Likeness
from engine.trial.sayings import Remembering, Saying, Sayings
from tests.engine.scenes import load

SCRIPT = """
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊], go: day}
      - {hear: refuse, go: bye}
  day: {role: invitation, say: 哪天？, fill: visit, expect: [{hear: [affirm, give_time], accept: yes, go: bye}]}
slots: {visit: {type: time}}
always: [{hear: want_wechat, also: affirm, go: bye}]
answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}]
intents: {give_time: {group: talk, phrases: [随时都行]}}
"""


def sayings_of(text: str) -> Sayings:
    script = load(text)
    return Sayings(script, Remembering(script.lexicon), Likeness(script).tests)


def kinds(stage: str) -> list[list[str]]:
    sayings = sayings_of(SCRIPT)
    return [[saying.text for saying in kind] for kind in sayings.at(sayings.script.stages[stage])]


def test_questions_that_are_only_answered_are_of_one_kind() -> None:
    assert ["多少钱", "怎么合作", "有案例"] not in kinds("ask")
    assert ["多少钱", "怎么合作"] in kinds("ask")
    assert ["有案例"] in kinds("ask"), "nothing answers it"


def test_what_leads_elsewhere_is_a_kind_of_its_own() -> None:
    assert ["好的"] in kinds("ask")
    assert ["不用了"] in kinds("ask")
    assert ["没问题啊"] in kinds("ask")
    assert ["没问题啊"] not in kinds("day"), "that is a word of the other stage"


def test_two_intents_in_one_breath_where_a_rule_waits_for_both() -> None:
    assert ["加微信，好的"] in kinds("ask")


def test_words_that_tell_a_slot_and_words_that_mean_nothing() -> None:
    assert ["明天下午三点"] in kinds("day")
    assert ["楼下那只猫又跑到树上了"] in kinds("day")


def test_every_saying_is_understood_as_what_it_stands_for() -> None:
    sayings = sayings_of(SCRIPT)
    for stage in sayings.script.stages.values():
        words = stage.words | sayings.script.words
        for saying in (saying for kind in sayings.at(stage) for saying in kind):
            understood = sayings.script.lexicon.understand(saying.text, role=stage.role, words=words)
            ids = {hit.id for hit in understood.hits} | {f"announced:{understood.disposition}"}
            assert saying.ids <= ids, saying


def test_an_announcement_is_no_answer() -> None:
    found = {saying.text: saying for saying in sayings_of(SCRIPT).announcements()}
    assert found["已关机"] == Saying("已关机", frozenset({"announced:powered_off"}), by_machine=True)


def test_what_was_understood_is_remembered() -> None:
    remembering = Remembering(load(SCRIPT).lexicon)
    once = remembering.understand("好的", role="opening")
    assert once.hits[0].id == "affirm"
    assert remembering.understand("好的", role="opening") is once
    assert remembering.understand("好的", role="pitch") is not once
