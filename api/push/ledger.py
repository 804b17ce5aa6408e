"""What customers said and what was sent to them, read for the rules; their yes and no, written down."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from api.push.rules import Consent, History, Past, Refusal, Refused
from api.push.tables import State, consents, events, messages, refusals
from corpora.push_template import Purpose, PushChannel

_REMEMBERED: Final = dt.timedelta(days=366)  # the longest span that a cap or a campaign looks back
_NOT_COUNTED: Final = tuple(  # what certainly never came to the customer
    state.value for state in (State.FAILED, State.REFUSED, State.DEAD, State.WITHDRAWN)
)
_ANSWERS: Final = ("replied", "order_asked", "ordered", "order_declined")
_AT_ONCE: Final = 5_000  # hashes in one statement
_REFUSED: Final = ("customer_refused", "发送前客户已拒收")
_WITHOUT_CONSENT: Final = ("no_consent", "发送前客户已撤回同意，或者没有同意过这个渠道")


@dataclass(frozen=True, slots=True)
class Person:
    """Who something is recorded of: never the number itself."""

    hashed: str
    masked: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a yes or a no rests on: words or a document, who wrote it down, and when it was said."""

    told: str
    recorded_by: str
    at: dt.datetime


def histories_of(
    connection: Connection, hashes: Collection[str], signature: str, now: dt.datetime
) -> dict[str, History]:
    """Every customer of ``hashes``, also those of whom nothing is known."""
    said_yes: dict[str, list[Consent]] = defaultdict(list)
    said_no: dict[str, list[Refusal]] = defaultdict(list)
    past: dict[str, list[Past]] = defaultdict(list)
    ordered = sorted(set(hashes))
    for first in range(0, len(ordered), _AT_ONCE):
        some = ordered[first : first + _AT_ONCE]
        asked = {"hashes": some, "signature": signature, "after": now - _REMEMBERED}
        for row in connection.execute(_CONSENTS, asked):
            channel = PushChannel(row.channel) if row.channel else None
            said_yes[row.number_hash].append(Consent(channel, row.since))
        for row in connection.execute(_REFUSALS, asked):
            said_no[row.number_hash].append(Refusal(Refused(row.kind), row.since))
        for row in connection.execute(_SENT, asked):
            past[row.number_hash].append(_past(row))
    return {
        one: History(tuple(said_yes[one]), tuple(said_no[one]), tuple(past[one])) for one in ordered
    }


def _standing(table: Table) -> Any:
    return (
        select(table)
        .where(table.c.number_hash.in_(bindparam("hashes", expanding=True)))
        .where(table.c.signature == bindparam("signature"), table.c.until.is_(None))
        .order_by(table.c.id)
    )


def _sent() -> Any:
    columns = messages.c
    answered = (
        select(events.c.id)
        .where(events.c.message_id == columns.id, events.c.kind.in_(_ANSWERS))
        .exists()
    )
    return (
        select(
            columns.number_hash,
            columns.purpose,
            columns.channel,
            columns.campaign,
            columns.wave,
            columns.planned_at,
            answered.label("answered"),
        )
        .where(columns.number_hash.in_(bindparam("hashes", expanding=True)))
        .where(columns.planned_at > bindparam("after"))
        .where(columns.signature == bindparam("signature"))
        .where(columns.state.not_in(_NOT_COUNTED))
        .order_by(columns.planned_at, columns.id)
    )


# made once: making a statement takes longer than running it
_CONSENTS: Final = _standing(consents)
_REFUSALS: Final = _standing(refusals)
_SENT: Final = _sent()


def _past(row: Any) -> Past:
    return Past(
        Purpose(row.purpose),
        PushChannel(row.channel),
        row.campaign,
        row.wave,
        row.planned_at,
        bool(row.answered),
    )


def consent(
    connection: Connection,
    person: Person,
    signature: str,
    channel: PushChannel | None,
    evidence: Evidence,
) -> None:
    """Writes a yes down; an earlier no to marketing ends with it, one that was said later does not.
    Nothing is ever deleted.
    """
    connection.execute(
        insert(consents).values(
            **_wish(person, signature, evidence), channel=channel.value if channel else ""
        )
    )
    _end(
        connection,
        refusals,
        person,
        signature,
        evidence,
        refusals.c.kind == Refused.MARKETING.value,
        refusals.c.since <= evidence.at,
    )


def refuse(
    connection: Connection, person: Person, signature: str, kind: Refused, evidence: Evidence
) -> None:
    """Writes a no down: every earlier yes ends, and marketing that waits is withdrawn."""
    asked = {"hashes": [person.hashed], "signature": signature}
    if all(row.kind != kind for row in connection.execute(_REFUSALS, asked)):
        connection.execute(
            insert(refusals).values(**_wish(person, signature, evidence), kind=kind.value)
        )
    _end(connection, consents, person, signature, evidence)
    unwanted = (
        [Purpose.MARKETING] if kind is Refused.MARKETING else [Purpose.MARKETING, Purpose.CARE]
    )
    _withdraw(connection, person, signature, unwanted, _REFUSED, evidence.at)


def disturb_again(
    connection: Connection, person: Person, signature: str, evidence: Evidence
) -> None:
    """Ends a "do not disturb"; for marketing the customer must say yes anew."""
    _end(connection, refusals, person, signature, evidence, refusals.c.kind == Refused.ALL.value)


def withdraw_consent(
    connection: Connection, person: Person, signature: str, evidence: Evidence
) -> None:
    """Ends every yes, without a no; marketing that waits is withdrawn."""
    _end(connection, consents, person, signature, evidence)
    _withdraw(connection, person, signature, [Purpose.MARKETING], _WITHOUT_CONSENT, evidence.at)


def wish_against(connection: Connection, row: Any) -> tuple[str, str] | None:
    """Code and reason where a customer's wishes are against a stored message by now. Also an SMS that
    follows an MMS needs a yes to its own channel.
    """
    purpose = Purpose(row.purpose)
    if purpose is Purpose.NOTICE:
        return None
    asked = {"hashes": [row.number_hash], "signature": row.signature}
    standing = connection.execute(_REFUSALS, asked)
    kinds = {one.kind for one in standing}
    if Refused.ALL in kinds or (purpose is Purpose.MARKETING and Refused.MARKETING in kinds):
        return _REFUSED
    if purpose is not Purpose.MARKETING:
        return None
    agreed = connection.execute(_CONSENTS, asked)
    return None if any(one.channel in ("", row.channel) for one in agreed) else _WITHOUT_CONSENT


def _withdraw(
    connection: Connection,
    person: Person,
    signature: str,
    purposes: Sequence[Purpose],
    why: tuple[str, str],
    at: dt.datetime,
) -> None:
    """Ends what waits, with a line in each history."""
    columns = messages.c
    waiting = (
        (columns.number_hash == person.hashed)
        & (columns.signature == signature)
        & columns.state.in_([State.QUEUED.value, State.CLAIMED.value])
        & columns.purpose.in_([purpose.value for purpose in purposes])
    )
    problem, detail = why
    ids = list(connection.scalars(select(columns.id).where(waiting)))
    if not ids:
        return
    connection.execute(
        update(messages)
        .where(columns.id.in_(ids))
        .values(
            state=State.WITHDRAWN.value,
            number=None,
            problem=problem,
            detail=detail,
            ended_at=at,
            worker=None,
            claimed_until=None,
        )
    )
    kind = State.WITHDRAWN.value
    told = [{"message_id": one, "kind": kind, "detail": problem, "at": at} for one in ids]
    connection.execute(insert(events), told)


def _wish(person: Person, signature: str, evidence: Evidence) -> dict[str, Any]:
    return {
        "number_hash": person.hashed,
        "number_masked": person.masked,
        "signature": signature,
        "evidence": evidence.told,
        "recorded_by": evidence.recorded_by,
        "since": evidence.at,
        "until": None,
        "ended_by": "",
    }


def _end(
    connection: Connection,
    table: Table,
    person: Person,
    signature: str,
    evidence: Evidence,
    *conditions: Any,
) -> None:
    connection.execute(
        update(table)
        .where(table.c.number_hash == person.hashed, table.c.signature == signature)
        .where(table.c.until.is_(None), *conditions)
        .values(until=evidence.at, ended_by=f"{evidence.recorded_by}：{evidence.told}")
    )
