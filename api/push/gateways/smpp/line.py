"""The line to a message centre: connected, bound, and built up again after it broke."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

from api.push.gateways.protocol import GatewayError
from api.push.gateways.smpp import statuses
from api.push.gateways.smpp.address import SmppAddress
from api.push.gateways.smpp.channel import open_channel
from api.push.gateways.smpp.pdu import Command, Pdu, bind_body
from api.push.gateways.smpp.session import NotWritten, Session

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0  # message centres lock accounts that knock too often
_ASK_AFTER: Final = 5.0  # seconds of silence: a line that died meanwhile must cost no message
_ANSWERS_WITHIN: Final = 3.0


class NoSession(Exception):
    """Nothing can be sent now, and nothing was."""

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


class Line:
    """Gives a session that works. After a failure it waits, longer each time, before it knocks again."""

    def __init__(
        self, address: SmppAddress, *, timeout: float, asked: Callable[[Session, Pdu], None]
    ) -> None:
        self._address = address
        self._timeout = timeout
        self._asked = asked
        self._tls = _context(address)
        self._building = threading.Lock()
        self._session: Session | None = None
        self._pause = FIRST_PAUSE
        self._not_before = 0.0
        self._failure = NoSession("smpp:closed", "网关已关闭")
        self._is_closed = False

    def session(self) -> Session:
        """One that answered a moment ago; NoSession where there is none to be had."""
        with self._building:
            session = self._session
            if session is not None and session.is_alive:
                if session.silence < _ASK_AFTER or _answers(session, self._timeout):
                    return session
                session.end()
            return self._built()

    def keep(self) -> None:
        """Builds the line up again where it broke: reports come in also while nobody sends."""
        with self._building:
            if self._session is None or not self._session.is_alive:
                self._built()

    def close(self) -> None:
        """Says goodbye."""
        with self._building:
            self._is_closed = True
            session, self._session = self._session, None
        if session is not None:
            if session.is_alive:
                session.ask(Command.UNBIND, seconds=min(self._timeout, _ANSWERS_WITHIN))
            session.end()
            session.join(self._timeout)

    def _built(self) -> Session:
        if self._is_closed:
            raise NoSession("smpp:closed", "网关已关闭")
        left = self._not_before - time.monotonic()
        if left > 0:
            detail = f"{self._failure.detail}；{left:.0f} 秒后再连"
            raise NoSession(self._failure.problem, detail)
        try:
            self._session = self._bound()
        except NoSession as failure:
            self._failure = failure
            self._not_before = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            raise
        self._pause = FIRST_PAUSE
        return self._session

    def _bound(self) -> Session:
        address = self._address
        deadline = time.monotonic() + self._timeout
        try:
            channel = open_channel(address.host, address.port, tls=self._tls, timeout=self._timeout)
        except OSError as error:
            reason = _reason(error)
            raise NoSession("smpp:connect", f"连不上短信网关 {address.name}：{reason}") from None
        session = Session(
            channel, timeout=self._timeout, keep_alive=address.keep_alive, asked=self._asked
        )
        body = bind_body(address.system_id, address.password, address.system_type)
        left = max(0.1, deadline - time.monotonic())
        answer = session.ask(Command.BIND_TRANSCEIVER, body, seconds=left)
        if answer is not None and answer.status == statuses.OK:
            return session
        session.end()
        session.join(self._timeout)
        if answer is None:
            raise NoSession("smpp:bind", f"短信网关 {address.name} 没有回答登录")
        raise NoSession(
            statuses.problem(answer.status),
            f"短信网关 {address.name}：{statuses.bind_reason(answer.status)}",
        )


def _answers(session: Session, timeout: float) -> bool:
    try:
        waiting = session.post(Command.ENQUIRE_LINK)
    except NotWritten:
        return False
    return waiting.wait(min(timeout, _ANSWERS_WITHIN)) is not None


def _context(address: SmppAddress) -> ssl.SSLContext | None:
    if not address.tls:
        return None
    try:
        return ssl.create_default_context(cafile=address.ca or None)
    except (OSError, ssl.SSLError):
        raise GatewayError(f"SMPP 网关的证书文件 {address.ca} 不能读取，请核对选项 ca") from None


def _reason(error: OSError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return "证书不被信任，请核对选项 ca"
        case ssl.SSLError():
            return "TLS 握手失败，请核对选项 tls"
        case ConnectionRefusedError():
            return "拒绝连接"
        case TimeoutError():
            return "超时"
        case socket.gaierror():
            return "找不到主机"
        case _:
            return "网络出错"
