"""A far end for each gateway, by the gateway's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.far.audiosocket import AudioSocketEnd
from server.gateways.far.audiostream import AudioStreamEnd
from server.gateways.far.fork import ForkEnd
from server.gateways.far.genesys import GenesysEnd
from server.gateways.far.plain import PlainEnd
from server.gateways.far.port import FarEnd
from server.gateways.far.stream import StreamEnd
from server.gateways.far.vonage import VonageEnd
from server.gateways.vendors import VENDORS

FAR_ENDS: Mapping[str, Callable[[], FarEnd]] = {
    **{name: partial(StreamEnd, vendor) for name, vendor in VENDORS.items()},
    "asterisk": AsteriskEnd,
    "fork": ForkEnd,
    "jambonz": ForkEnd,
    "audiosocket": AudioSocketEnd,
    "audiostream": AudioStreamEnd,
    "vonage": VonageEnd,
    "genesys": GenesysEnd,
    "huashu": PlainEnd,
}
"""Each in the form most common for it; the classes take what can be different."""
