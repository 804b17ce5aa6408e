"""What comes back: receipts move a message on, replies change what a customer is sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
import unicodedata
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, insert, select, update

from api.push import orders
from api.push.gateways.protocol import Fate, Receipt, Reply
from api.push.ledger import Evidence, Person, refuse
from api.push.number import BadNumber, NumberHash, masked, read_number
from api.push.policy import Policy
from api.push.rows import note, settle
from api.push.rules import Refused
from api.push.tables import (
    LONGEST_PIECE_NAME,
    LONGEST_PROBLEM,
    LONGEST_SOURCE,
    State,
    messages,
    pieces,
    replies,
    strays,
)
from api.push.turn import writing

_SPACE: Final = re.compile(r"\s+")
_NO_MARKETING: Final = frozenset({"R", "T", "TD", "退订", "拒收", "回T", "回R"})
_NOTHING_AT_ALL: Final = frozenset({"免打扰", "全部退订"})
_MAY_HAVE_LEFT: Final = (State.SENDING.value, State.SENT.value, State.UNCERTAIN.value)
_LOG: Final = logging.getLogger("zhiku.push")
_TOLD: Final = 500  # characters of a reply that are kept


class Meant(StrEnum):
    """What a reply was taken for."""

    OPTED_OUT = "opted_out"
    DO_NOT_DISTURB = "do_not_disturb"
    ORDER_ASKED = "order_asked"
    ORDERED = "ordered"
    ORDER_DECLINED = "order_declined"
    TOO_LATE = "too_late"
    NOT_CONFIRMED = "not_confirmed"
    REPLIED = "replied"


def keyword(text: str) -> str:
    """A reply without what people add by chance: width, case, spaces, the full stop.

    >>> keyword(" t d。")
    'TD'
    """
    plain = _SPACE.sub("", unicodedata.normalize("NFKC", text)).upper()
    return plain.strip("。.!！,，")


class Reports:
    """Takes reports into the tables. Each is one transaction; the same report again changes nothing."""

    def __init__(self, engine: Engine, policy: Policy, hashed: NumberHash, signature: str) -> None:
        self._engine = engine
        self._policy = policy
        self._hashed = hashed
        self._signature = signature

    def take(self, report: Receipt | Reply) -> str | None:
        """Stores a report; the id of the message that it belongs to, if it was found.

        A reply from what is no mobile number ties to nothing: a gateway would hand it over for ever.
        """
        if isinstance(report, Receipt):
            with writing(self._engine) as connection:
                return self._receipt(connection, _storable_receipt(report))
        try:
            return self.take_reply(report)[0]
        except BadNumber:
            _LOG.warning("a reply from what is no mobile number was dropped")
            return None

    def take_reply(self, reply: Reply) -> tuple[str | None, Meant | None]:
        """The message that a reply belongs to and what it meant; nothing if it was taken before."""
        with writing(self._engine) as connection:
            return self._reply(connection, _storable_reply(reply))

    def _receipt(self, connection: Connection, receipt: Receipt) -> str | None:
        message_id = self._found(connection, receipt)
        if message_id is not None:
            settle(
                connection,
                message_id,
                receipt.gateway_id,
                receipt.fate,
                receipt.problem,
                receipt.at,
                self._policy,
            )
        elif receipt.gateway_id:
            # it may be faster than the acknowledgement that tells us what it is about
            known = connection.execute(
                select(strays.c.gateway_id).where(strays.c.gateway_id == receipt.gateway_id)
            ).one_or_none()
            values = {
                "state": receipt.fate.value,
                "problem": receipt.problem,
                "at": receipt.at,
            }
            if known is None:
                connection.execute(insert(strays).values(gateway_id=receipt.gateway_id, **values))
            elif receipt.fate is not Fate.ON_ITS_WAY:
                connection.execute(
                    update(strays).where(strays.c.gateway_id == receipt.gateway_id).values(**values)
                )
        return message_id

    def _found(self, connection: Connection, receipt: Receipt) -> str | None:
        """By the gateway's name for it, by ours, or by the two numbers and what may have left."""
        if receipt.gateway_id:
            named = select(pieces.c.message_id).where(pieces.c.gateway_id == receipt.gateway_id)
            if found := connection.scalars(named).one_or_none():
                return str(found)
        if receipt.message_id:
            ours = select(messages.c.id).where(messages.c.id == receipt.message_id)
            if found := connection.scalars(ours).one_or_none():
                return str(found)
        hashed = self._hash_of(receipt.number)
        if not hashed or not receipt.source:
            return None
        tied = _tied(hashed, receipt.source).where(messages.c.state.in_(_MAY_HAVE_LEFT))
        row = connection.execute(tied).first()
        return None if row is None else str(row.id)

    def _reply(self, connection: Connection, reply: Reply) -> tuple[str | None, Meant | None]:
        number = read_number(reply.number)
        person = Person(self._hashed(number), masked(number))
        reply_id = _reply_id(person.hashed, reply)
        if connection.execute(select(replies.c.id).where(replies.c.id == reply_id)).first():
            return None, None
        row = connection.execute(_tied(person.hashed, reply.source)).first()
        meant = self._meaning(connection, number, person, row, reply)
        connection.execute(
            insert(replies).values(
                id=reply_id,
                number_hash=person.hashed,
                number_masked=person.masked,
                source=reply.source,
                text=reply.text,
                message_id=row.id if row else None,
                meant=meant.value,
                at=reply.at,
            )
        )
        if row is not None:
            note(connection, row.id, meant.value, "", reply.at)
        return (row.id if row else None), meant

    def _meaning(
        self, connection: Connection, number: str, person: Person, row: Any, reply: Reply
    ) -> Meant:
        word = keyword(reply.text)
        if word in _NO_MARKETING or word in _NOTHING_AT_ALL:
            kind = Refused.ALL if word in _NOTHING_AT_ALL else Refused.MARKETING
            told = Evidence(f"短信回复：{word}", "客户", reply.at)
            refuse(connection, person, row.signature if row else self._signature, kind, told)
            return Meant.DO_NOT_DISTURB if kind is Refused.ALL else Meant.OPTED_OUT
        if row is None:
            return Meant.REPLIED
        if row.confirms:
            answer = orders.second_reply(connection, row, word, reply.at)
            return Meant(answer)
        if row.orderable and orders.asks(row, word):
            if reply.at > row.planned_at + self._policy.order_within:
                return Meant.TOO_LATE
            orders.ask(connection, row, number, person, word, reply.at, self._policy)
            return Meant.ORDER_ASKED
        return Meant.REPLIED

    def _hash_of(self, number: str) -> str:
        try:
            return self._hashed(read_number(number))
        except BadNumber:
            return ""


def _tied(hashed: str, source: str) -> Select[Any]:
    """The newest message to a customer from a number with its extension."""
    columns = messages.c
    return (
        select(messages)
        .where(columns.number_hash == hashed, columns.source == source)
        .order_by(columns.accepted_at.desc(), columns.id)
        .limit(1)
    )


def _reply_id(hashed: str, reply: Reply) -> str:
    """The same for the same words handed over twice."""
    # the words count beside the gateway's name for them: it may use a name again, and a refusal under
    # an old name must not be lost
    when = reply.gateway_id or reply.at.astimezone(dt.UTC)
    told = f"{reply.source}|{reply.text}|{when}"
    return hashlib.sha256(f"{hashed}|{told}".encode()).hexdigest()


def _storable_receipt(receipt: Receipt) -> Receipt:
    return replace(
        receipt,
        gateway_id=_storable(receipt.gateway_id, LONGEST_PIECE_NAME),
        message_id=_storable(receipt.message_id, LONGEST_PIECE_NAME),
        source=_storable(receipt.source, LONGEST_SOURCE),
        problem=_storable(receipt.problem, LONGEST_PROBLEM),
    )


def _storable_reply(reply: Reply) -> Reply:
    return replace(
        reply,
        source=_storable(reply.source, LONGEST_SOURCE),
        text=_storable(reply.text, _TOLD),
        gateway_id=_storable(reply.gateway_id, _TOLD),
    )


def _storable(text: str, length: int) -> str:
    """As a database takes it: PostgreSQL knows no NUL, nothing writes half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]
