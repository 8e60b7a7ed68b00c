"""AudioSocket over a real TCP connection, no faster than time: tickets, pace, interruption, and the record that is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from socket import MSG_PEEK, create_connection, create_server
from uuid import UUID, uuid4

import httpx
import pytest

from benchmarks.ports import held_port
from server.gateways.audiosocket import FORGET, HANG_UP, HEADER, SOUND, frame
from server.gateways.far.audiosocket import AudioSocketEnd
from server.gateways.wire import Outgoing, Send
from server.live.audiosocket import LIFETIME_S, MOST_TICKETS, RESET, TcpSocket, Tickets
from server.live.session import GoneError
from server.serving import StartError, check_ports
from server.settings import Settings
from tests.server.live.clocks import Clock, run
from tests.server.live.remains import events_of, left_behind
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with held_port() as port, serving(tmp_path_factory.mktemp("data"), clock=Clock(), audiosocket_port=port) as running:
        yield running


def ticket(server: LiveServer, token: str = TOKEN, **form: str) -> httpx.Response:
    return httpx.post(server.url(f"/audiosocket/ticket?token={token}&script=phone-robot", "http"), data=form)


class Channel:
    """Asterisk's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: UUID) -> None:
        self.reader, self.writer, self.end = reader, writer, AudioSocketEnd(call)
        self.came_ms: list[float] = []
        """When each frame of sound came."""

    def send(self, *messages: str | bytes) -> None:
        for message in messages:
            self.writer.write(message if isinstance(message, bytes) else message.encode())

    async def frame(self) -> tuple[Outgoing, ...]:
        header = await self.reader.readexactly(HEADER.size)
        message = header + await self.reader.readexactly(HEADER.unpack(header)[1])
        now_ms = asyncio.get_running_loop().time() * 1000
        orders = self.end.receive(message, now_ms)
        self.came_ms += [now_ms for order in orders if isinstance(order, Send)]
        return orders

    async def frames(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(count):
                await self.frame()


@asynccontextmanager
async def connected(server: LiveServer, call: UUID) -> AsyncIterator[Channel]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.desk.settings.audiosocket_port)
    channel = Channel(reader, writer, call)
    channel.send(*channel.end.open_messages("", {}))
    try:
        yield channel
    finally:
        with suppress(OSError):
            writer.write_eof()
            await reader.read()  # what is under way is taken: to close before would be to break off
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_a_call_is_played_in_time_and_a_key_is_taken(server: LiveServer) -> None:
    before = set(server.records)
    call = UUID(ticket(server, caller="13812345678", call_id="channel-a").text)

    async def dial() -> Channel:
        async with connected(server, call) as channel:
            await channel.frames(40)
            channel.send(*channel.end.audio(bytes(320)), *channel.end.digit("5"))
            await channel.frames(10)
        return channel

    channel = run(server.clock, dial())
    took_ms = channel.came_ms[-1] - channel.came_ms[0]
    assert took_ms >= (len(channel.came_ms) - 1) * 20 - 200  # never faster than it can be played
    (summary,) = left_behind(server, before)
    assert (summary["call_id"], summary["gateway"], summary["socket"]) == ("channel-a", "audiosocket", "")
    (record,) = set(server.records) - before
    assert [event["type"] for event in events_of(record)].count("pressed") == 1


def test_what_waits_is_thrown_away_by_an_interruption() -> None:
    frames = [frame(SOUND, bytes([number]) * 320) for number in range(51)]

    async def conversation() -> list[bytes]:
        took: asyncio.Queue[bytes] = asyncio.Queue()

        async def bot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            socket = TcpSocket(reader, writer)
            async with asyncio.TaskGroup() as tasks:
                pacing = tasks.create_task(socket.pace())
                for each in frames[:50]:
                    await socket.send(each)
                await took.get()  # one has been heard
                await socket.send(FORGET)
                await socket.send(frames[50])
                await took.get()
                await socket.send(HANG_UP)
                pacing.cancel()
            await socket.close(1000, "")

        server = await asyncio.start_server(bot, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        heard = [await reader.readexactly(len(frames[0]))]
        took.put_nowait(heard[0])
        while heard[-1] != frames[50]:
            heard.append(await reader.readexactly(len(frames[0])))
        took.put_nowait(heard[-1])
        heard.append(await reader.read())
        writer.close()
        await writer.wait_closed()
        server.close()
        return heard

    *sound, last, end = asyncio.run(conversation())
    assert 1 <= len(sound) < 25
    assert sound == frames[: len(sound)]
    assert (last, end) == (frames[50], HANG_UP)


async def _until_gone(channel: Channel) -> int:
    before = len(channel.came_ms)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await channel.frame()
    except (asyncio.IncompleteReadError, OSError):
        return len(channel.came_ms) - before


def test_a_ticket_is_good_once_and_nobody_else_is_let_in(server: LiveServer) -> None:
    used = UUID(ticket(server).text)

    async def tried(call: UUID) -> int:
        async with connected(server, call) as channel:
            channel.send(b"\x10\x01\x40" + bytes(320))
            return await _until_gone(channel)

    async def first() -> None:
        async with connected(server, used) as channel:
            await channel.frames(1)

    run(server.clock, first())
    assert run(server.clock, tried(used)) == run(server.clock, tried(uuid4())) == 0


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\x10\x00\x02\0\0", b"\x01\x00\x04abcd", b""])
def test_whoever_speaks_something_else_hears_nothing(server: LiveServer, nonsense: bytes) -> None:
    before = len(server.records)

    async def tried() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.desk.settings.audiosocket_port)
        writer.write(nonsense)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard = await reader.read()
        writer.close()
        await writer.wait_closed()
        return heard

    assert run(server.clock, tried()) in (b"", b"\x00\x00\x00")
    assert len(server.records) == before


def test_tickets_are_sold_to_those_with_the_token(server: LiveServer) -> None:
    assert ticket(server, token="other").status_code == 401
    assert UUID(ticket(server).text)


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(port=0, audiosocket_port=taken.getsockname()[1])
        with pytest.raises(StartError, match=r"cannot listen on 127.0.0.1:\d+: .*HUASHU_AUDIOSOCKET_PORT"):
            check_ports(settings)
    check_ports(Settings(port=0))


def test_tickets_grow_old_and_do_not_pile_up() -> None:
    now_s = 0.0
    tickets = Tickets(lambda: now_s)
    old = tickets.sell({"a": "1"})
    assert tickets.take(tickets.sell({"a": "2"})) == {"a": "2"}
    now_s = LIFETIME_S + 1
    assert tickets.take(old) is None
    first = tickets.sell({})
    for _ in range(MOST_TICKETS):
        tickets.sell({})
    assert len(tickets) == MOST_TICKETS
    assert tickets.take(first) is None


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[TcpSocket, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Our end of a connection, and Asterisk's."""
    ours: asyncio.Queue[TcpSocket] = asyncio.Queue()
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours.put_nowait(TcpSocket(reader, writer))
        await over.wait()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield await ours.get(), reader, writer
        over.set()
        writer.close()


def test_after_a_hang_up_no_sound_waits_for_its_time() -> None:
    async def run() -> bytes:
        async with connection() as (ours, reader, writer):
            for _ in range(50):
                await ours.send(frame(SOUND, bytes(320)))
            writer.write(HANG_UP)
            assert await ours.receive() == HANG_UP
            pacing = asyncio.get_running_loop().create_task(ours.pace())
            await asyncio.sleep(0)
            await ours.close(1000, "")
            pacing.cancel()
            return await reader.read(-1)

    assert asyncio.run(run()) == b""


def test_closing_is_not_undone_by_whoever_gives_it_up() -> None:
    """One who waits for the close and is cancelled does not cancel it for the next one."""

    async def run() -> None:
        async with connection() as (ours, _, __):
            loop = asyncio.get_running_loop()
            first = loop.create_task(ours.close(1000, ""))
            await asyncio.sleep(0)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
            await asyncio.wait_for(ours.close(1000, ""), PATIENCE_SECONDS)

    asyncio.run(run())


def test_a_peer_that_closes_with_our_sound_unread_is_told_so_in_words() -> None:
    async def run() -> GoneError:
        came: asyncio.Queue[TcpSocket] = asyncio.Queue()
        over = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.put_nowait(TcpSocket(reader, writer))
            await over.wait()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            peer = create_connection(server.sockets[0].getsockname())
            ours = await came.get()
            pacing = asyncio.get_running_loop().create_task(ours.pace())
            await ours.send(frame(SOUND, bytes(320)))
            await asyncio.to_thread(peer.recv, 1, MSG_PEEK)  # it is there, and stays unread
            peer.close()
            with pytest.raises(GoneError) as gone:
                await ours.receive()
            pacing.cancel()
            await ours.close(1000, "")
            over.set()
            return gone.value

    gone = asyncio.run(run())
    assert (str(gone), gone.clean) == (RESET, False)


@pytest.mark.parametrize(
    ("last", "how", "clean"),
    [
        (b"", "it closed the connection", True),
        (b"\x10", "it closed the connection in the middle of a frame", False),
        (b"\x10\x01\x40abc", "it closed the connection in the middle of a frame", False),
    ],
)
def test_how_a_peer_closes_is_told_in_words(last: bytes, how: str, clean: bool) -> None:
    async def run() -> GoneError:
        async with connection() as (ours, _, writer):
            writer.write(last)
            writer.write_eof()
            with pytest.raises(GoneError) as gone:
                await ours.receive()
            await ours.close(1000, "")
            return gone.value

    gone = asyncio.run(run())
    assert (str(gone), gone.clean) == (how, clean)
