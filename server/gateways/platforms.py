"""The platforms that ask by HTTP what to do next (`server.gateways.turns`), by name."""

from __future__ import annotations

from collections.abc import Mapping

from server.gateways.cti_robot import CTI_ROBOT
from server.gateways.smartcall import SMARTCALL
from server.gateways.smartivr import SMARTIVR
from server.gateways.turns import Platform
from server.gateways.xswitch import XSWITCH

PLATFORMS: Mapping[str, Platform] = {platform.name: platform for platform in (SMARTIVR, CTI_ROBOT, XSWITCH, SMARTCALL)}
