"""A hard end for a request over HTTP, whatever the other side does."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Ends the connection of a request after some seconds.

    The client's own timeouts start again with every octet that arrives: a gateway that trickles
    would hold us for ever. ``trace`` goes into the request's extensions, so that the connection is
    known.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._socket: socket.socket | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Remembers the socket of a connection when it stands, and again under TLS."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._is_over:
                self._end()

    def _end(self) -> None:
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                # past SSLSocket.shutdown, which takes TLS away under the hands of who reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
