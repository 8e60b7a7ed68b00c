"""The noise is what it says: so often, such changes, and a lost negation is told apart."""

from __future__ import annotations

from engine.personas.chance import Chance
from engine.personas.noise import NEGATIONS, Garbled, garble
from engine.personas.persona import Noise
from engine.understanding.pinyin import sounded

SENTENCE = "我们现在不需要这个，以后再说吧"


def heard(noise: Noise, text: str = SENTENCE, many: int = 4000) -> list[Garbled]:
    return [garble(text, noise, Chance("noise", number)) for number in range(many)]


def share(found: list[Garbled], change: str) -> float:
    return 100 * sum(change in each.changes for each in found) / len(found)


def test_a_quiet_line_changes_nothing() -> None:
    for each in heard(Noise(), many=200):
        assert each.finals == (SENTENCE,)
        assert not each.changes
        assert not each.flipped
        assert each.confidence >= 0.88


def test_characters_of_one_sound() -> None:
    found = heard(Noise(sound=5))
    letters = [pair for each in found for pair in zip(SENTENCE, each.finals[0], strict=True)]
    changed = [(said, came) for said, came in letters if said != came]
    assert all(sounded(said) == sounded(came) for said, came in changed)
    sounding = sum(said.isalpha() for said, _ in letters)
    assert 0.045 < len(changed) / sounding < 0.055


def test_wrong_characters_sound_otherwise() -> None:
    found = heard(Noise(wrong=5))
    changed = sum(said != came for each in found for said, came in zip(SENTENCE, each.finals[0], strict=True))
    assert 0.04 < changed / (len(SENTENCE) - 1) / len(found) < 0.055


def test_a_lost_negation_flips_the_meaning_and_is_told() -> None:
    found = heard(Noise(negation=20))
    flipped = [each for each in found if each.flipped]
    assert {each.finals for each in flipped} == {("我们现在需要这个，以后再说吧",)}
    assert 18 < 100 * len(flipped) / len(found) < 22
    assert share(found, "negation") == 100 * len(flipped) / len(found)


def test_without_a_negation_nothing_is_flipped() -> None:
    noise = Noise(sound=20, wrong=20, negation=100, start=50, split=50)
    assert not any(each.flipped for each in heard(noise, "可以，那明天下午三点吧", 1000))


def test_whatever_takes_a_negation_away_flips() -> None:
    for each in heard(Noise(sound=15, wrong=10, start=30)):
        left = sum(char in NEGATIONS for char in "".join(each.finals))
        assert each.flipped == (left < 1)


def test_a_lost_beginning() -> None:
    found = heard(Noise(start=10))
    lost = [each for each in found if "start" in each.changes]
    assert 9 < share(found, "start") < 11
    assert {len(SENTENCE) - len(each.finals[0]) for each in lost} == {1, 2}
    assert all(SENTENCE.endswith(each.finals[0]) for each in lost)


def test_one_sentence_in_two_finals_breaks_at_the_pause() -> None:
    found = heard(Noise(split=25))
    assert 23 < share(found, "split") < 27
    assert {each.finals for each in found} == {(SENTENCE,), ("我们现在不需要这个", "以后再说吧")}
    assert heard(Noise(split=100), "多少钱", 10) == heard(Noise(), "多少钱", 10)


def test_the_recogniser_is_less_sure_of_what_was_changed() -> None:
    found = heard(Noise(sound=10))
    clear = [each.confidence for each in found if not each.changes]
    changed = [each.confidence for each in found if each.changes]
    assert max(changed) < max(clear)
    assert sum(changed) / len(changed) < sum(clear) / len(clear) - 0.08
    assert min(changed) >= 0.2
