"""The ways out under one roof: how tests open each, order its other end about, and see what came."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

from api.push.gateways.opened import open_gateway
from api.push.gateways.protocol import Gateway, Received
from retriever.push import SmsPiece
from tests.push.gateways.builders import cut
from tests.push.gateways.http_server import SECRET, HttpServer
from tests.real.smpp_server import PASSWORD, SmppServer


class Arrived:
    """A message at the other end: its pieces, joined where they came one by one."""

    def __init__(self, number: str, source: str, pieces: Sequence[SmsPiece]) -> None:
        self.number = number
        self.source = source
        self.pieces = pieces


class Way(ABC):
    """One gateway with what stands behind it."""

    secrets: Sequence[str] = ()

    def __init__(self) -> None:
        self._opened: list[Gateway] = []

    def open(self, received: Received = lambda _: None, timeout: float = 5.0) -> Gateway:
        gateway = open_gateway(self.url, received=received, secret=self.secret, timeout=timeout)
        self._opened.append(gateway)
        return gateway

    def close(self) -> None:
        for gateway in self._opened:
            gateway.close()

    secret = ""

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def arrived(self) -> Sequence[Arrived]: ...

    def refuse_next(self) -> None:
        raise NotImplementedError

    def hang(self) -> None:
        raise NotImplementedError

    def die_after_taking(self) -> None:
        raise NotImplementedError

    def answer_twice(self) -> None:
        raise NotImplementedError

    def vanish(self) -> None:
        raise NotImplementedError

    def come_back(self) -> None:
        raise NotImplementedError

    def deliver(self, gateway_id: str, message_id: str) -> None:
        raise NotImplementedError

    def report_a_customer_who_refuses(self, gateway_id: str, message_id: str) -> None:
        raise NotImplementedError


class LogWay(Way):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder / "spool"

    @property
    def url(self) -> str:
        return f"log:{self._folder}"

    def arrived(self) -> Sequence[Arrived]:
        files = sorted(self._folder.glob("*.json"))
        return [_from_json(json.loads(file.read_text(encoding="utf-8"))) for file in files]

    def vanish(self) -> None:
        self._folder.rename(self._folder.with_name("gone"))
        self._folder.touch()

    def come_back(self) -> None:
        self._folder.unlink()
        self._folder.with_name("gone").rename(self._folder)


class HttpWay(Way):
    secrets = (SECRET,)
    secret = SECRET

    def __init__(self, server: HttpServer) -> None:
        super().__init__()
        self._server = server

    @property
    def url(self) -> str:
        return self._server.url

    def arrived(self) -> Sequence[Arrived]:
        return [_from_json(content) for content in self._server.plan.taken.values()]

    def refuse_next(self) -> None:
        self._server.plan.next.append("refuse")

    def hang(self) -> None:
        self._server.plan.always = "hang"

    def die_after_taking(self) -> None:
        self._server.plan.always = "drop"

    def answer_twice(self) -> None:
        self._server.plan.next.append("twice")

    def vanish(self) -> None:
        self._server.stop()

    def come_back(self) -> None:
        self._server.plan.always = "answer"
        self._server.start()

    def deliver(self, gateway_id: str, message_id: str) -> None:
        self._server.plan.states[message_id] = "delivered"

    def report_a_customer_who_refuses(self, gateway_id: str, message_id: str) -> None:
        self._server.plan.states[message_id] = "refused"


class SmppWay(Way):
    secrets = (PASSWORD, "zhiku")

    def __init__(self, server: SmppServer) -> None:
        super().__init__()
        self._server = server

    @property
    def url(self) -> str:
        return f"{self._server.url}?refused_errors=042"

    def arrived(self) -> Sequence[Arrived]:
        messages: dict[tuple[str, str, bytes], list[SmsPiece]] = {}
        for n, taken in enumerate(self._server.received()):
            if taken.esm_class & 0x40:
                piece = cut(taken.octets, taken.data_coding)
                key = piece.header[:-1]
            else:
                piece, key = SmsPiece(b"", taken.octets, taken.data_coding), str(n).encode()
            messages.setdefault((taken.destination, taken.source, key), []).append(piece)
        return [Arrived(number, source, pieces) for (number, source, _), pieces in messages.items()]

    def refuse_next(self) -> None:
        self._server.order("next refuse 0x0B")

    def hang(self) -> None:
        self._server.order("always hang")

    def die_after_taking(self) -> None:
        self._server.order("always drop-before")

    def answer_twice(self) -> None:
        self._server.order("next twice")

    def vanish(self) -> None:
        self._server.kill()

    def come_back(self) -> None:
        self._server.start()

    def deliver(self, gateway_id: str, message_id: str) -> None:
        self._server.order(f"state {gateway_id} DELIVERED")

    def report_a_customer_who_refuses(self, gateway_id: str, message_id: str) -> None:
        self._server.order(f"receipt {gateway_id} REJECTED text")  # its error is 042


def _from_json(content: dict[str, object]) -> Arrived:
    pieces = content["pieces"]
    assert isinstance(pieces, list)
    assert not b64decode(str(content["package"]))
    return Arrived(
        str(content["number"]),
        str(content["source"]),
        [
            SmsPiece(
                bytes.fromhex(piece["header"]), bytes.fromhex(piece["body"]), piece["data_coding"]
            )
            for piece in pieces
        ],
    )
