"""The servers whose calls are counted: ours with a stubbed recogniser, pipecat, and bare ones that do nothing else than
read what comes and send sound in time: the floor beneath all Python servers.

    python -m benchmarks.media_servers NAME PORT

Every one speaks all the time, the same sound, on Twilio's wire. Libraries are imported by the server that needs them,
since they live in two environments. Each prints a line when it is ready.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

VOICES = Path(__file__).parent.parent / "tests" / "audio" / "phrases"
PROMPT_S = 60
TOKEN = "bench"  # noqa: S105  of a server on this machine's own address, for a minute
SCRIPT = """\
script: talk
goodbye: bye
barge_in: off
limits: {turns: 200, visits: 20, seconds: 3600}
stages:
  one:
    role: opening
    say: {text: 您好，我是智能语音助手，您听一下。, audio: long.wav}
    expect: [{press: "1", go: two}, {press: "0", go: bye}, {other: two}]
  two:
    role: pitch
    say: {text: 您再听一下。, audio: long.wav}
    expect: [{press: "1", go: one}, {press: "0", go: bye}, {other: one}]
  bye: {role: closing, say: {text: 再见, audio: long.wav}, end: yes}
"""


def samples(seconds: int) -> bytes:
    """A voice that goes on for so long, 8 kHz."""
    with wave.open(str(VOICES / "k_yunyang_08.wav")) as file:
        voice = file.readframes(file.getnframes())
    size = seconds * 16_000
    return (voice * (size // len(voice) + 1))[:size]


# --- ours ------------------------------------------------------------------------------------------------------------


class Stub:
    """A recogniser that has understood each utterance at once."""

    name, streaming, alive = "stub", False, True

    def open(self, on_reading: Callable[[Any], None]) -> StubEar:
        return StubEar(on_reading)

    def know(self, phrases: Iterable[str]) -> None: ...

    def close(self) -> None: ...


class StubEar:
    def __init__(self, on_reading: Callable[[Any], None]) -> None:
        self._on_reading = on_reading

    def begin(self, expected: Sequence[str] = ()) -> None: ...

    def push(self, pcm: bytes) -> None: ...

    def end(self) -> None:
        from server.speech.ports import Reading  # noqa: PLC0415

        asyncio.get_running_loop().call_soon(self._on_reading, Reading("我在开会", 0.9))

    def drop(self) -> None: ...

    def close(self) -> None: ...


def huashu(port: int, detector: str, **other: Any) -> None:
    """`huashu serve`, with its recordings of calls and all its logs, but words that need no recognising. `other`: what
    of uvicorn's settings is not as we have it.
    """
    from server import serving  # noqa: PLC0415
    from server.app import create  # noqa: PLC0415
    from server.live.desk import Desk  # noqa: PLC0415
    from server.settings import load  # noqa: PLC0415
    from server.speech.detector import EnergyDetector, detectors  # noqa: PLC0415
    from server.speech.prompts import Prompts  # noqa: PLC0415
    from server.speech.provide import Speech  # noqa: PLC0415

    folder = Path(mkdtemp(dir=os.environ.get("BENCH_FOLDER")))
    (folder / "scripts").mkdir()
    (folder / "scripts" / "talk.yaml").write_text(SCRIPT, "utf-8")
    with wave.open(str(folder / "scripts" / "long.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples(PROMPT_S))
    settings = load(
        None, scripts=folder / "scripts", script="talk", data=folder / "data", token=TOKEN, port=port, max_calls=5000
    )
    makers = {"silero": detectors, "energy": lambda: EnergyDetector}
    recogniser = Stub() if detector else None
    speech = Speech(recogniser, makers[detector or "energy"](), Prompts(None, settings.data / "prompts"))
    serving.set_up_logs(quiet=True)
    desk = Desk(settings, serving.load_scripts(settings), speech)

    class Ready(serving.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            while not desk.prepared:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            ready(**collections_ms())

    configuration = serving.configuration(create(desk), settings)
    for name, value in other.items():
        setattr(configuration, name, value)
    Ready(configuration, desk).run()


def collections_ms() -> dict[str, float]:
    """How long all calls stand still while garbage is looked for everywhere, and beside what is frozen."""

    def collect() -> float:
        began = time.perf_counter()
        gc.collect()
        return round(1000 * (time.perf_counter() - began), 1)

    gc.unfreeze()
    everywhere = collect()
    gc.freeze()
    return {"collection_ms": everywhere, "collection_frozen_ms": collect()}


# --- bare ------------------------------------------------------------------------------------------------------------


class Speaking:
    """What a bare server sends: all its messages, made before."""

    def __init__(self, message_ms: int) -> None:
        import numpy as np  # noqa: PLC0415

        from benchmarks.media_callers import mulaw  # noqa: PLC0415

        sound, size = mulaw(np.frombuffer(samples(10), "<i2").astype(float)), message_ms * 8
        self.seconds = message_ms / 1000
        self.payloads = [base64.b64encode(sound[at : at + size]).decode() for at in range(0, len(sound), size)]

    async def speak(self, stream: str, send: Callable[[str], Any]) -> None:
        loop = asyncio.get_running_loop()
        head, due, number = f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"', loop.time(), 0
        while True:
            await send(f'{head}{self.payloads[number % len(self.payloads)]}"}}}}')
            number += 1
            due += self.seconds
            await asyncio.sleep(due - loop.time())

    async def carry(self, messages: AsyncIterator[str], send: Callable[[str], Any]) -> None:
        """Read all that comes, down to the sound."""
        speaking = None
        try:
            async for message in messages:
                event = json.loads(message)
                if event["event"] == "media":
                    base64.b64decode(event["media"]["payload"])
                elif event["event"] == "start":
                    speaking = asyncio.get_running_loop().create_task(self.speak(event["streamSid"], send))
        except Exception:  # noqa: BLE001, S110  the caller is gone
            pass
        finally:
            if speaking:
                speaking.cancel()


def bare_websockets(port: int, message_ms: int, *, fast: bool) -> None:
    from websockets.asyncio.server import ServerConnection, serve  # noqa: PLC0415

    speaking = Speaking(message_ms)

    async def main() -> None:
        async def carry(connection: ServerConnection) -> None:
            await speaking.carry(connection, connection.send)

        async with serve(carry, "127.0.0.1", port, compression=None, ping_interval=None):
            ready()
            await asyncio.get_running_loop().create_future()

    run(main, fast=fast)


def bare_uvicorn(port: int, message_ms: int, *, ws: str, fast: bool) -> None:

    speaking = Speaking(message_ms)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def messages() -> AsyncIterator[str]:
            while (event := await receive())["type"] != "websocket.disconnect":
                yield event["text"]

        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await speaking.carry(messages(), lambda text: send({"type": "websocket.send", "text": text}))

    serve_app(app, port, ws=ws, fast=fast)


def serve_app(app: Any, port: int, *, ws: str, fast: bool) -> None:
    import uvicorn  # noqa: PLC0415

    class Ready(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready()

    Ready(
        uvicorn.Config(
            app, port=port, ws=ws, ws_per_message_deflate=False, log_level="error", access_log=False, lifespan="off",
            loop="uvloop" if fast else "asyncio",
        )
    ).run()  # fmt: skip


def run(main: Callable[[], Any], *, fast: bool) -> None:
    if fast:
        import uvloop  # noqa: PLC0415

        uvloop.run(main())
    else:
        asyncio.run(main())


# --- pipecat ---------------------------------------------------------------------------------------------------------


def pipecat(port: int, chunk_ms: int, *, fast: bool, detector: bool) -> None:
    """Its Twilio serializer and WebSocket transport as its own examples have them, and one processor that speaks."""
    from fastapi import FastAPI, WebSocket  # noqa: PLC0415
    from loguru import logger  # noqa: PLC0415
    from pipecat.frames.frames import Frame, OutputAudioRawFrame, StartFrame  # noqa: PLC0415
    from pipecat.pipeline.pipeline import Pipeline  # noqa: PLC0415
    from pipecat.pipeline.runner import PipelineRunner  # noqa: PLC0415
    from pipecat.pipeline.task import PipelineParams, PipelineTask  # noqa: PLC0415
    from pipecat.processors.frame_processor import FrameDirection, FrameProcessor  # noqa: PLC0415
    from pipecat.serializers.twilio import TwilioFrameSerializer  # noqa: PLC0415
    from pipecat.transports.websocket.fastapi import (  # noqa: PLC0415
        FastAPIWebsocketParams,
        FastAPIWebsocketTransport,
    )

    logger.remove()
    sound = samples(PROMPT_S)

    class Speaker(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            await self.push_frame(frame, direction)
            if isinstance(frame, StartFrame):
                await self.push_frame(OutputAudioRawFrame(sound, 8000, 1))

    app = FastAPI()

    async def call(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        started = json.loads(await socket.receive_text())["start"]
        serializer = TwilioFrameSerializer(
            started["streamSid"], started["callSid"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
        )
        transport = FastAPIWebsocketTransport(
            socket,
            FastAPIWebsocketParams(
                audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer,
                audio_out_10ms_chunks=chunk_ms // 10,
            ),
        )  # fmt: skip
        stages = [transport.input(), *vad(detector), Speaker(), transport.output()]
        task = PipelineTask(
            Pipeline(stages),
            params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
            enable_rtvi=False,
        )
        await PipelineRunner(handle_sigint=False).run(task)

    call.__annotations__["socket"] = WebSocket  # FastAPI looks names up in the module, not in this function
    app.websocket("/twilio")(call)

    def vad(wanted: bool) -> list[Any]:
        if not wanted:
            return []
        from pipecat.audio.vad.silero import SileroVADAnalyzer  # noqa: PLC0415
        from pipecat.processors.audio.vad_processor import VADProcessor  # noqa: PLC0415

        return [VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=8000))]

    serve_app(app, port, ws="websockets-sansio", fast=fast)


def ready(**more: float) -> None:
    print("ready", json.dumps(more), flush=True)


SERVERS: dict[str, Callable[[int], None]] = {
    "huashu": lambda port: huashu(port, ""),
    "huashu, detector": lambda port: huashu(port, "silero"),
    "huashu, asyncio's loop": lambda port: huashu(port, "", loop="asyncio"),
    "huashu, detector by loudness": lambda port: huashu(port, "energy"),
    "bare websockets": lambda port: bare_websockets(port, 20, fast=False),
    "bare websockets, uvloop": lambda port: bare_websockets(port, 20, fast=True),
    "bare websockets, uvloop, 200 ms": lambda port: bare_websockets(port, 200, fast=True),
    "bare uvicorn": lambda port: bare_uvicorn(port, 20, ws="websockets-sansio", fast=False),
    "bare uvicorn, uvloop": lambda port: bare_uvicorn(port, 20, ws="websockets-sansio", fast=True),
    "bare uvicorn, uvloop, 200 ms": lambda port: bare_uvicorn(port, 200, ws="websockets-sansio", fast=True),
    "bare uvicorn, wsproto, uvloop, 200 ms": lambda port: bare_uvicorn(port, 200, ws="wsproto", fast=True),
    "pipecat": lambda port: pipecat(port, 40, fast=True, detector=False),
    "pipecat, detector": lambda port: pipecat(port, 40, fast=True, detector=True),
}


if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
