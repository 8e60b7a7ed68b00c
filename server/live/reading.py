"""How messages come off a WebSocket: one after the other, without a stop between them.

uvicorn stops reading a socket at every message until the application has taken it. For a call, which sends fifty a
second and whose messages are taken at once, that is a hundred system calls a second. So reading stops only when several
are waiting: whoever floods us waits as before.
"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

WAITING = 16
"""Messages that may wait; a third of a second of sound."""


class Reading(WebSocketsSansIOProtocol):
    def send_receive_event_to_app(self) -> None:
        if self.read_paused or self.queue.qsize() >= WAITING:
            super().send_receive_event_to_app()
            return
        self.read_paused = True  # so that it does not pause
        try:
            super().send_receive_event_to_app()
        finally:
            self.read_paused = False
