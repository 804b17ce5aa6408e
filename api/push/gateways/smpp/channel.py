"""A stream of octets to a message centre, plain or under TLS, that one thread reads and others write."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Final, Protocol

_AT_ONCE: Final = 64 * 1024


class ClosedByPeer(ConnectionResetError):
    """The other side closed before anything of this was written; what it said before may still be read."""


class Channel(Protocol):
    """Errors are OSError. Who writes takes turns; reading goes on meanwhile."""

    def send(self, octets: bytes) -> None:
        """All of them; after an error the other side does not have the last of them. ``ClosedByPeer``
        where the other side has closed, even if who reads has yet to come to that.
        """
        ...

    def receive(self) -> bytes:
        """What came, nothing at the end, TimeoutError after a while of silence."""
        ...

    def end(self) -> None:
        """Wakes up who reads or writes; may be called from any thread and again."""
        ...

    def close(self) -> None:
        """Gives the socket back, once nobody reads or writes any more."""
        ...


class _Plain:
    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def send(self, octets: bytes) -> None:
        _refuse_closed(self._socket)
        self._socket.sendall(octets)

    def receive(self) -> bytes:
        return self._socket.recv(_AT_ONCE)

    def end(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


class _Secure:
    """TLS over memory, because a TLS socket must not be read and written at the same time."""

    def __init__(
        self, connected: socket.socket, context: ssl.SSLContext, host: str, deadline: float
    ) -> None:
        self._socket = connected
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._lock = threading.Lock()
        self._shake_hands(deadline)

    def send(self, octets: bytes) -> None:
        _refuse_closed(self._socket)
        with self._lock:
            self._tls.write(octets)
            self._flush()

    def receive(self) -> bytes:
        while True:
            with self._lock:
                try:
                    return self._tls.read(_AT_ONCE)
                except ssl.SSLWantReadError:
                    self._flush()
                except ssl.SSLZeroReturnError:
                    return b""
            octets = self._socket.recv(_AT_ONCE)
            if not octets:
                return b""
            with self._lock:
                self._incoming.write(octets)

    def end(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _shake_hands(self, deadline: float) -> None:
        while True:
            self._socket.settimeout(_left(deadline))
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                octets = self._socket.recv(_AT_ONCE)
                if not octets:
                    raise ConnectionResetError("closed while shaking hands") from None
                self._incoming.write(octets)
            else:
                self._flush()
                return

    def _flush(self) -> None:
        if octets := self._outgoing.read():
            self._socket.sendall(octets)


def open_channel(host: str, port: int, *, tls: ssl.SSLContext | None, timeout: float) -> Channel:
    """Connects. ``timeout`` holds for all of it, for each write, and as the silence of a read.

    Only a name server that hangs is not covered.
    """
    deadline = time.monotonic() + timeout
    connected = _connected(host, port, deadline)
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened = _Plain(connected) if tls is None else _Secure(connected, tls, host, deadline)
        connected.settimeout(timeout)
        return opened
    except BaseException:
        connected.close()
        raise


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """A socket to the first of the host's addresses that takes it."""
    failure: OSError = TimeoutError()
    for *kind, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connecting = socket.socket(*kind)
        try:
            connecting.settimeout(_left(deadline))
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            failure = error
        else:
            return connecting
    raise failure


def _refuse_closed(connected: socket.socket) -> None:
    """What is written to a side that has closed is lost without an error, and nobody could say
    whether it was understood.
    """
    looking = select.poll()
    looking.register(connected, select.POLLRDHUP)
    if looking.poll(0):
        raise ClosedByPeer("closed by the other side")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
