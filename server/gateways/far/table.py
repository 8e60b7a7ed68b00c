"""A far end for each gateway, by the gateway's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.far.fork import ForkEnd
from server.gateways.far.plain import PlainEnd
from server.gateways.far.port import FarEnd
from server.gateways.far.twilio import TwilioEnd

FAR_ENDS: Mapping[str, Callable[[], FarEnd]] = {
    "twilio": TwilioEnd,
    "asterisk": AsteriskEnd,
    "fork": ForkEnd,
    "jambonz": ForkEnd,
    "huashu": PlainEnd,
}
"""Each in the form most common for it; the classes take what can be different."""
