from __future__ import annotations

from engine.recorded.utterance import Utterance
from server.transcribing.one import How, speakers
from tests.engine.recorded.calls import ASK, BYE, GIVEN, script

WITH_SCRIPT = How(script(), GIVEN)


def said(*texts: str, start_ms: int = 0) -> list[Utterance]:
    return [Utterance(start_ms + 3000 * n, start_ms + 3000 * n + 2000, text) for n, text in enumerate(texts)]


def whose(sides: list[list[Utterance]], how: How) -> tuple[list[str], list[str]]:
    found, notes = speakers(sides, how)
    return [f"{each.speaker} {each.text}" for each in found], notes


def test_the_caller_is_on_the_left_unless_it_is_said_otherwise() -> None:
    sides = [said("喂", start_ms=500), said("您好")]
    assert whose(sides, How()) == (["bot 您好", "caller 喂"], [])
    assert whose(sides, How(caller="right")) == (["caller 您好", "bot 喂"], [])


def test_prompts_on_the_wrong_side_are_believed_and_told() -> None:
    found, notes = whose([said(ASK, BYE), said("喂", start_ms=2500)], WITH_SCRIPT)
    assert found == [f"bot {ASK}", "caller 喂", f"bot {BYE}"]
    assert notes == ["the caller is on the right, as the prompts on the other side tell"]


def test_on_one_channel_the_prompts_tell() -> None:
    assert whose([said(ASK, "好的", BYE)], WITH_SCRIPT) == ([f"bot {ASK}", "caller 好的", f"bot {BYE}"], [])


def test_on_one_channel_without_a_script_nobody_is_known() -> None:
    found, notes = whose([said(ASK, "好的")], How())
    assert found == [f"unknown {ASK}", "unknown 好的"]
    assert notes == ["one channel and no --script: whose words these are is not known"]


def test_everything_that_changes_a_log_changes_its_way() -> None:
    ways = {
        how.way("whisper")
        for how in (
            How(), How(script()), How(script(), GIVEN), How(caller="right"), How(rate_hz=16000),
            How(began="2026-11-23T10:00:00+08:00"),
        )
    }  # fmt: skip
    assert len(ways | {How().way("vosk")}) == 7
    assert How().way("whisper") in ways


def test_without_a_script_words_mean_what_the_shipped_grammars_say() -> None:
    assert How().lexicon.understand("多少钱").hits[0].id == "ask_price"
