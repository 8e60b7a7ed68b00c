from __future__ import annotations

from engine.personas.chance import Chance
from engine.personas.words import Vocabulary
from engine.trial.caller import DEFAULT_NOW
from tests.engine.personas.crowds import SHOP, shipped, standard, table
from tests.engine.scenes import load

QUIET = table("callers: {a: {share: 1, does: {any: {affirm: 1}}}}")


def test_phrases_mean_what_they_stand_for_at_this_stage() -> None:
    script = shipped("phone-robot")
    words = Vocabulary(script, standard())
    for name in (
        "affirm",
        "refuse",
        "ask_price",
        "ask_company",
        "has_vendor",
        "distrust",
        "do_not_call",
        "want_wechat",
    ):
        for stage in (script.stages["hello"], script.stages["pitch"], script.stages["invite"]):
            for text in words.phrases(name, stage):
                assert name in words.ids(text, stage), (name, stage.name, text)
    assert len(words.phrases("refuse", script.stages["pitch"])) > 30


def test_what_cannot_be_said_here_is_no_act() -> None:
    script = shipped("phone-robot")
    words = Vocabulary(script, standard())
    assert words.meant("ask_price+nonsense", script.stages["pitch"], (), Chance(1)) == ()
    assert words.meant("没有团队", script.stages["team"], (), Chance(1)) == ("没有团队",)


def test_a_group_stands_for_what_was_not_brought_up_yet() -> None:
    words, stage = Vocabulary(load(SHOP), QUIET), load(SHOP).stages["ask"]
    asked = {"ask_price", "ask_case"}
    found = {words.meant("interest", stage, asked, Chance(number)) for number in range(20)}
    assert found == {("ask_mode",)}


def test_several_intents_in_one_breath() -> None:
    words, stage = Vocabulary(load(SHOP), QUIET), load(SHOP).stages["ask"]
    said = {words.say(("affirm", "ask_price"), stage, 0, Chance(number)) for number in range(50)}
    assert said == {f"{yes}，多少钱" for yes in ("好的", "可以", "行")} | {
        f"多少钱，{yes}" for yes in ("好的", "可以", "行")
    }


def test_talkative_people_use_more_words() -> None:
    talkative = table("fillers: ['那个，']\nparticles: [啊]\ncallers: {a: {share: 1, does: {any: {affirm: 1}}}}")
    words, stage = Vocabulary(load(SHOP), talkative), load(SHOP).stages["ask"]
    assert words.say(("ask_price",), stage, 100, Chance(1)) == "那个，多少钱啊"


def test_times_numbers_and_names_vary_and_are_understood() -> None:
    script = shipped("phone-robot")
    words, stage = Vocabulary(script, standard()), script.stages["invite"]
    for name, kind in (("give_time", "time"), ("give_number", "number"), ("give_name", "name")):
        said = {words.say((name,), stage, 0, Chance(name, number)) for number in range(40)}
        assert len(said) > 3
        for text in said:
            told = script.lexicon.understand(text, now=DEFAULT_NOW, role="invitation").told
            assert kind in {each.type for each in told}, text


def test_carriers_announce_whole_sentences() -> None:
    words = Vocabulary(shipped("phone-robot"), standard())
    for disposition in ("powered_off", "invalid_number", "busy", "voicemail", "assistant"):
        for number in range(5):
            assert len(words.announcement(disposition, Chance(number))) > 4
    assert Vocabulary(load(SHOP), QUIET).announcement("fax", Chance(1)) == ""
