from __future__ import annotations

from server.audio import g711
from server.calling.hearing import Earpiece, Voice, is_loud
from server.gateways.wire import Format
from tests.server.calling.bots import tone


def test_voice_is_loud_and_the_silence_of_every_law_is_not() -> None:
    assert is_loud(tone(20))
    for encoding in ("ulaw", "alaw", "l16"):
        assert not is_loud(g711.to_pcm(Format(encoding).silence * 320, encoding))
    assert not is_loud(b"")


def test_frames_come_out_whole_however_they_came() -> None:
    earpiece = Earpiece()
    for piece in (tone(20)[:100], tone(20)[100:], tone(50)):
        earpiece.put(piece)
    assert (earpiece.queued_ms, earpiece.loud) == (60, 3)
    heard = [earpiece.step() for _ in range(5)]
    assert [loud for _, loud in heard] == [True, True, True, True, False]
    assert {len(frame) for frame, _ in heard} == {320}
    assert b"".join(frame for frame, _ in heard)[: len(tone(20))] == tone(20)


def test_what_is_cleared_is_not_heard() -> None:
    earpiece = Earpiece()
    earpiece.put(tone(50))
    earpiece.clear()
    assert (earpiece.queued_ms, earpiece.loud, earpiece.step()) == (0, 0, (bytes(320), False))


def test_silence_before_a_voice_is_known_ahead() -> None:
    earpiece = Earpiece()
    earpiece.put(bytes(320 * 3) + tone(20))
    assert earpiece.leading_ms() == 60


def test_a_pause_ends_a_prompt_only_when_no_more_voice_is_queued() -> None:
    voice = Voice()
    assert voice.hear(20, loud=True, more=True) == "began"
    assert [voice.hear(now_ms, loud=False, more=True) for now_ms in range(40, 1000, 20)] == [""] * 48
    assert voice.hear(1000, loud=False, more=False) == "ended"
    assert (voice.began_ms, voice.ended_ms) == (0, 20)


def test_a_short_gap_does_not_end_a_prompt() -> None:
    voice = Voice()
    voice.hear(20, loud=True, more=False)
    assert [voice.hear(now_ms, loud=False, more=False) for now_ms in range(40, 320, 20)] == [""] * 14
    assert voice.hear(320, loud=False, more=False) == "ended"
