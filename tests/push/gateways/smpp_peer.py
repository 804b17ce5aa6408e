"""The other end of a line in tests: says exactly what it is told to, octet by octet."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from api.push.gateways.smpp.pdu import RESPONSE, Command, Frames, Malformed, Pdu


class Connection:
    """One accepted connection."""

    def __init__(self, accepted: socket.socket) -> None:
        self._socket = accepted
        self._socket.settimeout(10)
        self._frames = Frames()
        self._units: list[Pdu] = []
        self.submitted: list[Pdu] = []

    def read(self) -> Pdu:
        while not self._units:
            octets = self._socket.recv(65536)
            if not octets:
                raise ConnectionResetError
            self._units += self._frames.feed(octets)
        unit = self._units.pop(0)
        if unit.command == Command.SUBMIT_SM:
            self.submitted.append(unit)
        return unit

    def wait_for(self, command: Command) -> Pdu:
        """The next unit of a kind; what comes before is answered as usual."""
        while True:
            unit = self.read()
            if unit.command == command:
                return unit
            self.usual(unit)

    def usual(self, unit: Pdu) -> None:
        if not unit.command & RESPONSE:
            self.answer(unit, body=b"p-%d\0" % unit.sequence)

    def answer(self, unit: Pdu, body: bytes = b"", status: int = 0) -> None:
        self.write(Pdu(unit.command | RESPONSE, status, unit.sequence, body))

    def write(self, unit: Pdu) -> None:
        self.raw(unit.encode())

    def raw(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def bind(self) -> None:
        self.answer(self.wait_for(Command.BIND_TRANSCEIVER), b"peer\0")

    def serve(self) -> None:
        """Answers everything until the other side goes."""
        while True:
            self.usual(self.read())

    def close(self) -> None:
        self._socket.close()


Script = Callable[[Connection], None]


class Peer:
    """Each connection gets the next script; the last one goes for all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self.connections: list[Connection] = []
        self.failures: list[BaseException] = []
        self.port = self._listening.getsockname()[1]
        self._threads[0].start()

    def url(self, options: str = "") -> str:
        return f"smpp://zhiku:geheim@127.0.0.1:{self.port}{options}"

    @property
    def submitted(self) -> list[Pdu]:
        return [unit for connection in self.connections for unit in connection.submitted]

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            thread = threading.Thread(target=self._run, args=(accepted, script))
            self._threads.append(thread)
            thread.start()

    def _run(self, accepted: socket.socket, script: Script) -> None:
        try:
            if self._tls is not None:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
            connection = Connection(accepted)
            self.connections.append(connection)
            script(connection)
        except (OSError, Malformed):
            pass  # the other side went, or spoke TLS
        except BaseException as error:
            self.failures.append(error)
            raise
        finally:
            accepted.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(15)
        assert not self.failures


@contextmanager
def peer(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    other = Peer(*scripts, tls=tls)
    try:
        yield other
    finally:
        other.close()
