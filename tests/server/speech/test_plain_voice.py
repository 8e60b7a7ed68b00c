"""The real espeak-ng in its process, and processes that behave as badly as it sometimes does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.speech.plain_voice import PlainVoice
from server.speech.ports import VoiceError

WORKS = """
import json, sys
from server.speech.sound import silence
from server.speech.wav import marked
import numpy as np
def write(order):
    hum = (9000 * np.sin(np.arange(16000) / 4)).astype("<i2").tobytes()
    open(order["file"], "wb").write(marked(hum, "", ""))
for number, line in enumerate(sys.stdin):
    order = json.loads(line)
    {ill}
    write(order)
    print('{{"ok": true}}', flush=True)
"""


def ill(tmp_path: Path, how: str) -> tuple[str, ...]:
    """A worker that does this to its second job of a process, and counts processes in a file."""
    script = tmp_path / "worker.py"
    began = f"open({str(tmp_path / 'began')!r}, 'a').write('x')\n"
    script.write_text(began + WORKS.format(ill=f"if number == 1: {how}"), encoding="utf-8")
    return (sys.executable, str(script))


@pytest.fixture(scope="module")
def plain() -> Iterator[PlainVoice]:
    voice = PlainVoice()
    yield voice
    voice.close()


def test_it_speaks(plain: PlainVoice) -> None:
    short, long = plain.speak("多少钱"), plain.speak("您好，我是智能语音助手，电话13800001234。")
    assert 0.4 < len(short) / 16000 < 2
    assert 3 < len(long) / 16000 < 9


def test_faster(plain: PlainVoice) -> None:
    assert len(plain.speak("请问您方便吗", 1.5)) < len(plain.speak("请问您方便吗"))


def test_nothing_to_say(plain: PlainVoice) -> None:
    with pytest.raises(VoiceError, match="nothing in"):
        plain.speak("……")


@pytest.mark.parametrize(
    ("how", "after"),
    [
        ("import time; time.sleep(60)", "hang"),
        ("sys.exit(1)", "end"),
        ("print('{\"ok\": true}', flush=True); continue", "loss of a job"),
        ("print('nonsense', flush=True); continue", "nonsense"),
    ],
)
def test_after_a_failure_another_process_speaks(tmp_path: Path, how: str, after: str) -> None:
    voice = PlainVoice(ill(tmp_path, how), time_limit_s=0.2)
    assert voice.speak("多少钱"), after
    assert (tmp_path / "began").read_text() == "xx"
    voice.close()


def test_what_fails_twice_is_told(tmp_path: Path) -> None:
    voice = PlainVoice(ill(tmp_path, "pass"))
    voice._worker = (sys.executable, "-c", "input()")
    voice._end()
    with pytest.raises(VoiceError, match="the plain voice has ended at '多少钱'"):
        voice.speak("多少钱")
    voice.close()


def test_without_espeak_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys\nsys.modules['espeakng_loader'] = None\nimport ctypes\n"
        "def gone(*_, **__): raise OSError('no library')\n"
        "ctypes.cdll.LoadLibrary = ctypes.CDLL = gone\n"
        "from server.speech import plain_worker\nplain_worker.find_spec = lambda _: None\nplain_worker.main()\n"
    )
    with pytest.raises(VoiceError, match=r"needs espeak-ng: pip install 'huashu\[espeak\]', or your system's package"):
        PlainVoice((sys.executable, str(script)))
