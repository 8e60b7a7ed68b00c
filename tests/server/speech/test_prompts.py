"""Prompts with a voice that beeps: what is spoken when, and what is not spoken again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.calls.actions import Part
from engine.language.load import load_script
from server.content import Files
from server.speech.ports import VoiceError
from server.speech.prompts import Prompts, parts_of
from server.speech.sentences import BREATH_MS
from server.speech.sound import silence
from server.speech.wav import marked

SCRIPTS = Path(__file__).parents[3] / "scripts"
BREATH = silence(BREATH_MS)


class Beeper:
    """A text is as many samples of its length as it has characters."""

    name = "beeper"

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(self, text: str, rate: float = 1.0) -> bytes:  # noqa: ARG002 all beeps are alike
        self.spoken.append(text)
        if "坏" in text:
            raise VoiceError(f"cannot say {text}")
        return beep(text)


def beep(text: str) -> bytes:
    return bytes([len(text), 1]) * len(text)


async def fetched(prompts: Prompts, part: Part) -> list[bytes]:
    return [pcm async for pcm in prompts.fetch(part)]


def play(folder: Path, scene: Callable[[Prompts], Awaitable[None]], *, voice: Beeper | None) -> None:
    async def run() -> None:
        prompts = Prompts(voice, folder)
        try:
            await scene(prompts)
        finally:
            prompts.close()

    asyncio.run(run())


def test_a_sentence_at_a_time_and_each_once(tmp_path: Path) -> None:
    voice = Beeper()
    text = Part(text="您好。请问您方便吗？")

    async def scene(prompts: Prompts) -> None:
        assert prompts.ready(text) is None
        assert await fetched(prompts, text) == [beep("您好。"), BREATH + beep("请问您方便吗？")]
        assert prompts.ready(text) == beep("您好。") + BREATH + beep("请问您方便吗？")
        assert await fetched(prompts, Part(text="请问您方便吗？您好。")) == [
            beep("请问您方便吗？"),
            BREATH + beep("您好。"),
        ]

    play(tmp_path, scene, voice=voice)
    assert voice.spoken == ["您好。", "请问您方便吗？"]


def test_the_next_server_finds_it_on_disk(tmp_path: Path) -> None:
    async def scene(prompts: Prompts) -> None:
        assert await fetched(prompts, Part(text="您好。")) == [beep("您好。")]

    first, second = Beeper(), Beeper()
    play(tmp_path, scene, voice=first)
    play(tmp_path, scene, voice=second)
    assert (first.spoken, second.spoken) == (["您好。"], [])


def test_two_calls_that_want_the_same_at_once(tmp_path: Path) -> None:
    voice = Beeper()

    async def scene(prompts: Prompts) -> None:
        both = await asyncio.gather(*(fetched(prompts, Part(text="您好。")) for _ in range(2)))
        assert both == [[beep("您好。")]] * 2

    play(tmp_path, scene, voice=voice)
    assert voice.spoken == ["您好。"]


def test_a_pause_and_nothing_are_always_ready(tmp_path: Path) -> None:
    async def scene(prompts: Prompts) -> None:
        assert prompts.ready(Part(pause_ms=100)) == silence(100)
        assert prompts.ready(Part(text="……")) == b""
        assert await fetched(prompts, Part(pause_ms=100)) == [silence(100)]

    play(tmp_path, scene, voice=None)


def test_a_recording_beside_the_script(tmp_path: Path) -> None:
    voice = Beeper()
    (tmp_path / "hello.wav").write_bytes(marked(b"\1\0" * 50, "", ""))
    hello = Part(text="您好。", audio="hello.wav")

    async def scene(server: Prompts) -> None:
        prompts, elsewhere = server.beside(tmp_path), server.beside(tmp_path / "other")
        assert prompts.ready(hello) is None
        assert await fetched(prompts, hello) == [b"\1\0" * 50]
        assert prompts.ready(hello) == b"\1\0" * 50
        assert await fetched(elsewhere, hello) == [beep("您好。")]  # no recording there: spoken

    play(tmp_path / "cache", scene, voice=voice)
    assert voice.spoken == ["您好。"]


@pytest.mark.parametrize("place", ["scripts", "./scripts/", "{here}/scripts"])
def test_a_recording_is_found_from_wherever_the_scripts_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A part that is included has its own recordings beside it; a log names them alike on every machine."""
    files = {
        "scripts/shop.yaml": "script: shop\ngoodbye: bye\ninclude: ../parts/end.yaml\nstages:\n  ask: {role: opening, "
        "say: {text: 我是智能语音助手。, audio: rec/hi.wav}, expect: [{hear: affirm, go: bye}]}\n",
        "parts/end.yaml": "part: end\nstages: {bye: {role: closing, say: {text: 再见。, audio: bye.wav}, end: yes}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "scripts/rec").mkdir()
    for recording in ("scripts/rec/hi.wav", "parts/bye.wav"):
        (tmp_path / recording).write_bytes(marked(b"\1\0" * 50, "", ""))
    monkeypatch.chdir(tmp_path)
    folder = Path(place.format(here=tmp_path))
    script, found = load_script(str(folder / "shop.yaml"), Files())
    assert script is not None, found
    said = [script.stages[name].say[0][0] for name in ("ask", "bye")]
    assert [part.audio for part in said] == ["rec/hi.wav", "../parts/bye.wav"]

    async def scene(prompts: Prompts) -> None:
        assert [await fetched(prompts.beside(folder), part) for part in said] == [[b"\1\0" * 50]] * 2

    play(tmp_path / "cache", scene, voice=None)


def test_what_cannot_be_said(tmp_path: Path) -> None:
    async def scene(prompts: Prompts) -> None:
        with pytest.raises(VoiceError, match="no voice, and no recording of '您好。'"):
            await fetched(prompts, Part(text="您好。"))
        with pytest.raises(VoiceError, match="no recording"):
            await fetched(prompts, Part(text="您好。", audio="gone.wav"))

    play(tmp_path, scene, voice=None)


def test_a_script_is_spoken_when_it_is_loaded(tmp_path: Path) -> None:
    voice = Beeper()
    script, _ = load_script(str(SCRIPTS / "phone-robot.yaml"), Files())
    assert script is not None
    progress: list[tuple[int, int]] = []

    async def scene(prompts: Prompts) -> None:
        assert await prompts.fill(script, lambda done, of: progress.append((done, of))) == []
        whole = [part for part in parts_of(script) if part.text and "{" not in part.text]
        assert len(whole) > 50
        assert all(prompts.ready(part) for part in whole)

    play(tmp_path, scene, voice=voice)
    assert not [sentence for sentence in voice.spoken if "{" in sentence]
    assert voice.spoken[0] in script.stages[script.start].say[0][0].text  # a call may come soon
    assert len(voice.spoken) == len(set(voice.spoken))
    assert progress[-1] == (len(voice.spoken), len(voice.spoken))


GREETING = """\
script: greeting
grammars: [answers]
goodbye: bye
variables:
  name: {type: name}
  company: {type: text, required: true}
stages:
  hello: {role: greeting, say: "{name}您好，我是{company}的智能语音助手，占用您一分钟。", expect: [{other: bye}]}
  bye: {role: closing, say: 再见！, end: yes}
"""


def test_of_a_sentence_with_a_name_only_the_name_is_spoken_in_the_call(tmp_path: Path) -> None:
    (tmp_path / "greeting.yaml").write_text(GREETING, encoding="utf-8")
    script, problems = load_script(str(tmp_path / "greeting.yaml"), Files())
    assert script, problems
    voice = Beeper()
    said = ["王总您好，", "我是星河科技的智能语音助手，", "占用您一分钟。"]

    async def scene(prompts: Prompts) -> None:
        assert await prompts.fill(script, known={"company": "星河科技"}) == []
        assert sorted(voice.spoken) == sorted([*said[1:], "再见！"])
        voice.spoken.clear()
        assert await fetched(prompts, Part(text="".join(said))) == [beep(clause) for clause in said]
        assert prompts.ready(Part(text="".join(said))) == b"".join(beep(clause) for clause in said)

    play(tmp_path / "cache", scene, voice=voice)
    assert voice.spoken == ["王总您好，"]


def test_a_call_does_not_wait_for_the_filling(tmp_path: Path) -> None:
    voice = Beeper()
    script, _ = load_script(str(SCRIPTS / "phone-robot.yaml"), Files())
    assert script is not None

    async def scene(prompts: Prompts) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(prompts.fill(script))
            await fetched(prompts, Part(text="王先生您好。"))

    play(tmp_path, scene, voice=voice)
    assert voice.spoken.index("王先生您好。") <= 2


def test_a_voice_with_a_process_is_let_go(tmp_path: Path) -> None:
    class Closing(Beeper):
        closed = False

        def close(self) -> None:
            self.closed = True

    async def scene(prompts: Prompts) -> None:
        await fetched(prompts, Part(text="您好。"))

    voice = Closing()
    play(tmp_path, scene, voice=voice)
    assert voice.closed


def test_a_sentence_that_fails_is_told_by_whoever_wants_it(tmp_path: Path) -> None:
    voice = Beeper()

    async def scene(prompts: Prompts) -> None:
        for _ in range(2):
            with pytest.raises(VoiceError, match="cannot say 坏了。"):
                await fetched(prompts, Part(text="您好。坏了。再见。"))
        assert prompts.ready(Part(text="您好。")) is not None

    play(tmp_path, scene, voice=voice)
    assert voice.spoken == ["您好。", "坏了。", "坏了。"]
