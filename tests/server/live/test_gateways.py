"""Each gateway, in each of its forms, over a real WebSocket: it connects as it does, hears the bot, and leaves a record."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect

from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.far.audiostream import AudioStreamEnd
from server.gateways.far.fork import ForkEnd
from server.gateways.far.genesys import GenesysEnd
from server.gateways.far.plain import PlainEnd
from server.gateways.far.port import FarEnd
from server.gateways.far.stream import StreamEnd
from server.gateways.far.vonage import VonageEnd
from server.gateways.table import GATEWAYS
from server.gateways.vendors import VENDORS
from tests.server.live.remains import events_of, left_behind, named
from tests.server.live.serving import TOKEN, Gateway, LiveServer, serving

BASIC = {"Authorization": "Basic " + b64encode(b"gateway:only-for-tests").decode()}
PARAMS = {"script": "phone-robot", "caller": "13812345678"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """It waits for marks as long as it takes, so a prompt is over only when the gateway says so."""
    secret, folder = SecretStr("only-for-tests"), tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("server.audio.playout.MARK_LATE_MS", 10**9)
        with serving(folder, basic_username="gateway", basic_password=secret) as running:
            yield running


FORMS: dict[str, tuple[str, Callable[[], FarEnd], dict[str, str]]] = {
    "twilio": ("twilio", StreamEnd, {}),
    "telnyx": ("telnyx", partial(StreamEnd, VENDORS["telnyx"], swapped=True), {}),
    "telnyx-alaw": ("telnyx", partial(StreamEnd, VENDORS["telnyx"], "PCMA"), {}),
    "plivo": ("plivo", partial(StreamEnd, VENDORS["plivo"]), {}),
    "plivo-16k": ("plivo", partial(StreamEnd, VENDORS["plivo"], "audio/x-l16", 16000), {}),
    "telnyx-linear": ("telnyx", partial(StreamEnd, VENDORS["telnyx"], "L16", 16000), {}),
    "telnyx-other-order": ("telnyx", partial(StreamEnd, VENDORS["telnyx"], "L16", big=False), {"l16": "little"}),
    "signalwire": ("signalwire", partial(StreamEnd, VENDORS["signalwire"]), {}),
    "signalwire-linear": ("signalwire", partial(StreamEnd, VENDORS["signalwire"], "audio/x-l16", 24000), {}),
    "exotel": ("exotel", partial(StreamEnd, VENDORS["exotel"]), {}),
    "asterisk": ("asterisk", AsteriskEnd, {}),
    "asterisk-plain-ulaw": ("asterisk", lambda: AsteriskEnd("plain", "ulaw"), {}),
    "asterisk-alaw-bulk": ("asterisk", lambda: AsteriskEnd("json", "alaw"), {"mode": "bulk"}),
    "asterisk-slin16": ("asterisk", lambda: AsteriskEnd("plain", "slin16"), {"answer": "yes"}),
    "fork": ("fork", ForkEnd, {}),
    "fork-stereo-16k": ("fork", lambda: ForkEnd(16000, stereo=True), {}),
    "jambonz": ("jambonz", ForkEnd, {}),
    "jambonz-files": ("jambonz", lambda: ForkEnd(streaming=False), {}),
    "audiostream": ("audiostream", AudioStreamEnd, {}),
    "audiostream-stereo": ("audiostream", lambda: AudioStreamEnd(16000, stereo=True), {}),
    "vonage": ("vonage", VonageEnd, {}),
    "vonage-24k": ("vonage", lambda: VonageEnd(24000), {}),
    "genesys": ("genesys", GenesysEnd, {}),
    "genesys-stereo": ("genesys", lambda: GenesysEnd(stereo=True), {}),
    "huashu": ("huashu", PlainEnd, {}),
    "huashu-16k": ("huashu", lambda: PlainEnd(16000), {}),
}


def opened(server: LiveServer, name: str, end: FarEnd, query: dict[str, str]) -> connect:
    """The upgrade request of that gateway."""
    gateway = GATEWAYS[name]
    path = gateway.path if "basic" in gateway.credentials else f"{gateway.path}/{TOKEN}"
    asked = urlencode({**query, **end.query(PARAMS)})
    return connect(
        server.url(f"{path}?{asked}" if asked else path),
        additional_headers=BASIC if "basic" in gateway.credentials else {},
        subprotocols=list(gateway.subprotocols[:1]) or None,  # type: ignore[arg-type]
    )


def is_agreed(socket: ClientConnection, name: str) -> bool:
    """Asterisk and FreeSWITCH know no extensions, though this client offers one, and want their subprotocol back."""
    assert socket.response
    extensions = socket.response.headers.get("Sec-WebSocket-Extensions")
    return extensions is None and socket.subprotocol == next(iter(GATEWAYS[name].subprotocols), None)


@pytest.mark.parametrize("form", FORMS)
def test_a_prompt_is_heard_to_its_end_and_a_key_is_taken(server: LiveServer, form: str) -> None:
    name, make, query = FORMS[form]
    end, call_id = make(), f"call-{form.translate(str.maketrans('16', 'ab'))}"

    async def call() -> Gateway:
        async with opened(server, name, end, query) as socket:
            assert is_agreed(socket, name)
            gateway = Gateway(server, socket)
            gateway.end = end  # type: ignore[assignment]
            await gateway.send(*end.open_messages(call_id, PARAMS))
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.until(Gateway.is_quiet)
            await gateway.send(*end.audio(end.format.silence * end.format.frame_bytes), *end.digit("5"))
            spoken = gateway.spoken
            await gateway.until(lambda each: each.spoken > spoken)
            await gateway.send(*end.stop())
        return gateway

    gateway = asyncio.run(call())
    assert gateway.closed is None
    left_behind(server)
    steps = events_of(named(server, call_id))
    first = next(step for step in steps if step["type"] == "playback_finished")
    assert "completed" not in first  # only false would be written
    assert len([step for step in steps if step["type"] == "pressed"]) == 1
