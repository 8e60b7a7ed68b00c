"""An Asterisk for tests: its REST interface, its event socket and its media sockets, over real TCP.

It keeps channels and bridges, refuses what Asterisk refuses, and does nothing on its own: the test says what happens on
the line.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.wire import Outgoing, Send
from tests.server.live.clocks import Clock
from tests.server.live.serving import FASTER, PATIENCE_SECONDS

USER, PASSWORD = "huashu", "only-for-tests"
BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CONNECTION = "MEDIA_WEBSOCKET_CONNECTION_ID"


class Channel:
    def __init__(self, id_: str, name: str, state: str, number: str = "") -> None:
        self.id, self.name, self.state, self.number = id_, name, state, number
        self.variables: dict[str, str] = {}
        self.socket: WebSocket | None = None
        self.end = AsteriskEnd()
        self.orders: list[Outgoing] = []
        self.plays = False
        """Its sound comes to us and is played."""

    def is_played(self) -> bool:
        return self.plays

    @property
    def told(self) -> dict[str, Any]:
        caller = {"name": "", "number": self.number}
        return {"id": self.id, "name": self.name, "state": self.state, "caller": caller}

    @property
    def spoken(self) -> int:
        return sum(isinstance(order, Send) for order in self.orders)


class Asterisk:
    def __init__(self) -> None:
        self.port = 0
        self.clock = Clock(FASTER)
        """That of the server which it works for."""
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, set[str]] = {}
        self.music: set[str] = set()
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        """Every request: method, path, query."""
        self.refused = 0
        self.times = 1
        """How often each event is told."""
        self.deaf = False
        """Whoever asks for the event socket is refused for now."""
        self.names_connection = True
        self.held: set[str] = set()
        """Channels on hold, with music."""
        self.holds = True
        """Does it put channels on hold?"""
        self._listeners: list[WebSocket] = []

    # --- what happens on the line ------------------------------------------------------------------------------------

    async def tell(self, kind: str, channel: Channel | None, **more: Any) -> None:
        event = {"type": kind, "application": "huashu", "timestamp": "2026-11-26T10:00:00.000+0800", **more}
        message = json.dumps(event | ({"channel": channel.told} if channel else {}), ensure_ascii=False)
        for listener in self._listeners * self.times:
            with suppress(RuntimeError, WebSocketDisconnect):
                await listener.send_text(message)

    async def comes(self, id_: str, *args: str, number: str = "13812345678") -> Channel:
        """A call that the dialplan gives to the application."""
        channel = self.channels[id_] = Channel(id_, "PJSIP/gz-0000001", "Ring", number)
        await self.tell("StasisStart", channel, args=list(args))
        return channel

    async def becomes(self, id_: str, state: str) -> None:
        self.channels[id_].state = state
        await self.tell("ChannelStateChange", self.channels[id_])

    async def answers(self, id_: str) -> None:
        await self.becomes(id_, "Up")
        await self.dial(id_, "ANSWER")
        if "-person-" in id_:
            await self.tell("StasisStart", self.channels[id_], args=["placed"])

    async def dial(self, id_: str, status: str) -> None:
        await self.tell("Dial", None, dialstatus=status, peer=self.channels[id_].told)

    async def destroy(self, id_: str, cause: int = 16, **more: Any) -> None:
        channel = self.channels.pop(id_, None)
        for bridge in self.bridges.values():
            bridge.discard(id_)
        if channel:
            await self.tell("ChannelDestroyed", channel, cause=cause, cause_txt=f"cause {cause}", **more)
            if channel.socket:
                with suppress(RuntimeError, WebSocketDisconnect):
                    await channel.socket.close(1000)

    async def press(self, channel: Channel, digit: str) -> None:
        assert channel.socket
        for message in channel.end.digit(digit):
            await channel.socket.send_text(str(message))

    async def hang_up_events(self) -> None:
        """The event sockets are gone."""
        gone, self._listeners = self._listeners, []
        for listener in gone:
            await listener.close(1001)

    async def until(self, so: Callable[[Asterisk], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not so(self):  # noqa: ASYNC110  what comes is told by two sockets and by HTTP
                await asyncio.sleep(0.005)

    def was_asked(self, method: str, path: str) -> list[dict[str, str]]:
        """The queries of all such requests."""
        return [query for how, where, query in self.asked if (how, where) == (method, path)]

    @property
    def listened(self) -> int:
        return len(self._listeners)

    # --- the REST interface ------------------------------------------------------------------------------------------

    def answer(self, method: str, path: list[str], query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        variables = body.get("variables", {})
        match method, path:
            case "POST", ["channels"] | ["channels", "create"]:
                if "nowhere" in query["endpoint"]:
                    return 400, {"message": "Invalid endpoint specified"}
                channel = self.channels[query["channelId"]] = Channel(query["channelId"], query["endpoint"], "Down")
                channel.variables |= variables
                return 200, channel.told
            case "POST", ["channels", "externalMedia"]:
                media = self.channels[query["channelId"]] = Channel(query["channelId"], "WebSocket/INCOMING", "Down")
                media.variables[CONNECTION] = f"connection-of-{media.id}"
                return 200, media.told | ({"channelvars": media.variables} if self.names_connection else {})
            case "POST", ["bridges"]:
                self.bridges[query["bridgeId"]] = set()
                return 200, {"id": query["bridgeId"]}
            case (_, ["bridges", id_, *_]) if id_ not in self.bridges:
                return 404, {"message": "Bridge not found"}
            case "POST", ["bridges", id_, "addChannel"]:
                joined = query["channel"].split(",")
                if any(each not in self.channels for each in joined):
                    return 400, {"message": "Channel not found"}
                self.bridges[id_].update(joined)
            case "POST", ["bridges", id_, "moh"]:
                self.music.add(id_)
            case "DELETE", ["bridges", id_, "moh"]:
                self.music.discard(id_)
            case "DELETE", ["bridges", id_]:
                del self.bridges[id_]
            case (_, ["channels", id_, *_]) if id_ not in self.channels:
                return 404, {"message": "Channel not found"}
            case "GET", ["channels", id_]:
                return 200, self.channels[id_].told
            case "GET", ["channels", id_, "variable"]:
                return 200, {"value": self.channels[id_].variables.get(query["variable"], "")}
            case "POST", ["channels", id_, "variable"]:
                self.channels[id_].variables[query["variable"]] = query["value"]
            case "POST", ["channels", _, "hold"] if not self.holds:
                return 409, {"message": "Channel not in a Stasis application"}
            case "POST", ["channels", id_, "moh"]:
                self.held.add(id_)
            case "DELETE", ["channels", id_, "hold"]:
                self.held.discard(id_)
            case "POST", ["channels", id_, "answer"]:
                self.channels[id_].state = "Up"
            case _:
                pass
        return 204, None

    async def afterwards(self, method: str, path: list[str], query: dict[str, str]) -> None:
        match method, path:
            case "DELETE", ["channels", id_]:
                await self.destroy(id_, int(query.get("reason_code", 16)))
            case "POST", ["channels", id_, "continue"]:
                await self.tell("StasisEnd", self.channels[id_])
            case _:
                pass

    async def media(self, socket: WebSocket) -> None:
        wanted = socket.path_params["id"].removeprefix("connection-of-")
        channel = self.channels.get(wanted)
        if channel is None or not socket.path_params["id"].startswith("connection-of-"):
            return await socket.send_denial_response(Response(status_code=404))
        await socket.accept("media")
        channel.socket, channel.state = socket, "Up"
        for message in channel.end.open_messages(channel.id, {}):
            await socket.send_text(str(message))
        channel.plays = True
        try:
            with suppress(WebSocketDisconnect, RuntimeError):
                while True:
                    await self._play(channel, socket)
        finally:
            channel.plays = False
        await self.destroy(channel.id)
        return None

    async def _play(self, channel: Channel, socket: WebSocket) -> None:
        receiving = asyncio.ensure_future(socket.receive())  # noqa: TID251  a receive that is cancelled loses messages
        while not receiving.done():
            await asyncio.wait((receiving,), timeout=0.005)
            for due in channel.end.due(self._now_ms(channel)):
                await socket.send_text(str(due))
        message = receiving.result()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        what = message.get("text") or message.get("bytes") or b""
        channel.orders += channel.end.receive(what, self._now_ms(channel))
        if what in ('{"command":"HANGUP"}', "HANGUP"):
            await socket.close(1000)
            raise WebSocketDisconnect

    def _now_ms(self, channel: Channel) -> float:
        self.clock.come_by(channel.is_played)
        return self.clock.now_ms()

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/ari/{path:path}", methods=["GET", "POST", "DELETE"])
        async def rest(request: Request, path: str) -> Response:
            if request.headers.get("authorization") != BASIC:
                self.refused += 1
                return JSONResponse({"message": "Authentication required"}, 401)
            query, body = dict(request.query_params), await request.body()
            self.asked.append((request.method, path, query))
            parts = path.split("/")
            status, told = self.answer(request.method, parts, query, json.loads(body) if body else {})
            asyncio.get_running_loop().call_soon(
                lambda: asyncio.ensure_future(self.afterwards(request.method, parts, query))  # noqa: TID251
            )
            return JSONResponse(told, status) if told is not None else Response(status_code=status)

        @app.websocket("/ari/events")
        async def events(socket: WebSocket) -> None:
            if self.deaf or socket.headers.get("authorization") != BASIC:
                self.refused += 1
                return await socket.send_denial_response(Response(status_code=503 if self.deaf else 401))
            await socket.accept()
            self._listeners.append(socket)
            with suppress(WebSocketDisconnect, RuntimeError):
                while True:
                    await socket.receive_text()
            if socket in self._listeners:
                self._listeners.remove(socket)
            return None

        app.add_api_websocket_route("/media/{id}", self.media)
        return app


@asynccontextmanager
async def asterisk() -> AsyncIterator[Asterisk]:
    """An Asterisk that listens at `port`, until the test is over."""
    here = Asterisk()
    running = uvicorn.Server(
        uvicorn.Config(
            here.app(), port=0, log_config=None, lifespan="off", ws="websockets-sansio", ws_per_message_deflate=False
        )
    )
    serving = asyncio.ensure_future(running.serve())  # noqa: TID251
    await here.until(lambda _: running.started)
    here.port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        running.should_exit = True
        running.force_exit = True
        await serving
