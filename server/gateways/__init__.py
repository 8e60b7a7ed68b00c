"""Telephony gateways: a pure codec for each wire protocol, no sockets."""
