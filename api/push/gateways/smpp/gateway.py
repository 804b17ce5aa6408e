"""A message centre that speaks SMPP 3.4: short messages out, receipts and replies in."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Final

from api.push.gateways.protocol import Fate, Outcome, Outgoing, Received, Sent
from api.push.gateways.smpp import statuses
from api.push.gateways.smpp.address import SmppAddress
from api.push.gateways.smpp.line import Line, NoSession
from api.push.gateways.smpp.pdu import (
    USER_DATA_HEADER,
    Command,
    Malformed,
    Party,
    Pdu,
    Queried,
    ShortMessage,
    query_body,
)
from api.push.gateways.smpp.reports import FATES, report_of
from api.push.gateways.smpp.session import NotWritten, Session
from api.push.gateways.smpp.submission import submit
from corpora.push_template import PushChannel

_log = logging.getLogger(__name__)
_LOOK_EVERY: Final = 1.0  # seconds between two looks at whether the line stands
_MOST_WAITING: Final = 1000  # reports; more are put off
_LOST_ANSWER: Final = "网关登录后立即断开"


class SmppGateway:
    """Not idempotent: a message centre knows no key of ours and sends again what it gets again.

    One thread reads the line; another stores reports, acknowledges them afterwards, and builds the
    line up again. So a store that waits for a lock holds up neither answers nor questions.
    """

    idempotent = False

    def __init__(
        self,
        address: SmppAddress,
        *,
        received: Received,
        timeout: float,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.name = address.name
        self._address = address
        self._received = received
        self._timeout = timeout
        self._now = now
        self._reports: Queue[tuple[Session, Pdu] | None] = Queue(_MOST_WAITING)
        self._line = Line(address, timeout=timeout, asked=self._asked)
        self._is_closed = False
        self._attendant = threading.Thread(target=self._attend, name="smpp-reports", daemon=True)
        self._attendant.start()

    def __repr__(self) -> str:
        return f"SmppGateway({self.name!r})"

    def send(self, message: Outgoing) -> Sent:
        """Each answer is waited for as long as the timeout; a line that was lost is built up first."""
        if message.channel is not PushChannel.SMS or not message.wire:
            return Sent(
                Outcome.REFUSED, (), "smpp:channel", "SMPP 网关只发短信，不发彩信等其他消息"
            )
        try:
            bodies = [body.encode() for body in self._bodies(message)]
        except ValueError:
            return Sent(Outcome.REFUSED, (), "smpp:field", "号码或内容超出 SMPP 的长度或字符")
        for _ in range(2):  # a line that breaks before anything left may be built up again at once
            try:
                session = self._line.session()
                return submit(session, bodies, window=self._address.window, timeout=self._timeout)
            except NoSession as none:
                return Sent(Outcome.NOT_SENT, (), none.problem, none.detail)
            except NotWritten:
                continue
        return Sent(Outcome.NOT_SENT, (), "smpp:lost", _LOST_ANSWER)

    def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
        """The fate of all pieces. A name that the message centre does not know any more says
        nothing: it gave that name, so it had the message.
        """
        if not gateway_ids:
            return None
        try:
            session = self._line.session()
            fates = {self._fate(session, message, name) for name in gateway_ids}
        except (NoSession, ValueError):
            return None
        if Fate.FAILED in fates:
            return Fate.FAILED
        if None in fates or len(gateway_ids) < len(message.wire):
            return None
        return Fate.ON_ITS_WAY if Fate.ON_ITS_WAY in fates else Fate.DELIVERED

    def close(self) -> None:
        """Unbinds. A report that is being stored is acknowledged; others come again."""
        self._is_closed = True
        with suppress(Full):  # then it sees the flag after the report at hand
            self._reports.put_nowait(None)
        self._attendant.join(self._timeout)
        self._line.close()

    def _bodies(self, message: Outgoing) -> list[ShortMessage]:
        return [
            ShortMessage(
                self._source(message),
                Party(message.number, self._address.dest_ton, self._address.dest_npi),
                piece.octets,
                data_coding=piece.data_coding,
                esm_class=USER_DATA_HEADER if piece.header else 0,
                registered_delivery=1,  # a receipt, whatever became of it
                service_type=self._address.service_type,
            )
            for piece in message.wire
        ]

    def _source(self, message: Outgoing) -> Party:
        return Party(message.source, self._address.source_ton, self._address.source_npi)

    def _fate(self, session: Session, message: Outgoing, name: str) -> Fate | None:
        body = query_body(name, self._source(message))
        answer = session.ask(Command.QUERY_SM, body, seconds=self._timeout)
        if answer is None or answer.status != statuses.OK:
            return None
        with suppress(Malformed):
            return FATES.get(Queried.decode(answer.body).state)
        return None

    def _asked(self, session: Session, unit: Pdu) -> None:
        try:
            self._reports.put_nowait((session, unit))
        except Full:
            session.answer(unit, status=statuses.TEMPORARY, body=b"\0")

    def _attend(self) -> None:
        while not self._is_closed:
            with suppress(NoSession):
                self._line.keep()
            try:
                report = self._reports.get(timeout=_LOOK_EVERY)
            except Empty:
                continue
            if report is None:
                return
            session, unit = report
            # what a session left that is over comes again over the next
            if session.is_alive:
                with suppress(NotWritten):
                    session.answer(unit, status=self._stored(unit), body=b"\0")

    def _stored(self, unit: Pdu) -> int:
        """The status to acknowledge with: it is told to come again unless it was stored."""
        try:
            delivered = ShortMessage.decode(unit.body)
            report = report_of(delivered, self._now(), self._address.refused_errors)
        except Malformed:
            _log.warning("%s: a report that cannot be read was turned away", self.name)
            return statuses.PERMANENT
        try:
            self._received(report)
        except Exception as error:  # noqa: BLE001 whatever it is, the report comes again
            # by its kind alone: what it says may hold a number or a text
            _log.warning("%s: a report was not stored (%s)", self.name, type(error).__name__)
            return statuses.TEMPORARY
        return statuses.OK
