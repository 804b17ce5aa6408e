"""What pushes did: by campaign and template, from what was stored of each message."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, distinct, func, select

from api.push.policy import Policy
from api.push.reports import Meant
from api.push.rows import note
from api.push.tables import State, declined, events, messages

_ENOUGH: Final = 30  # messages; a rate of fewer says nothing
_COUNTED: Final = {
    "replied": (
        Meant.REPLIED,
        Meant.ORDER_ASKED,
        Meant.ORDERED,
        Meant.ORDER_DECLINED,
        Meant.TOO_LATE,
        Meant.NOT_CONFIRMED,
        Meant.OPTED_OUT,
        Meant.DO_NOT_DISTURB,
    ),
    "opted_out": (Meant.OPTED_OUT, Meant.DO_NOT_DISTURB),
    "ordered": (Meant.ORDERED,),
    "called": ("called",),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Messages of one template in one campaign. An MMS and the SMS that followed it are ``accepted``
    once, and each counts for what became of it. ``declined`` were never stored; ``sent`` left the house.
    ``failed`` are those that a gateway did not take or could not deliver, ``refused`` those of which it
    reports that the customer wants none, ``uncertain`` those of which nobody knows whether they left.
    The last four count messages that a customer replied to, opted out of, ordered by, or called after.
    """

    campaign: str
    template_id: str
    accepted: int = 0
    declined: int = 0
    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    refused: int = 0
    uncertain: int = 0
    dead: int = 0
    withdrawn: int = 0
    replied: int = 0
    opted_out: int = 0
    ordered: int = 0
    called: int = 0

    def to_json(self) -> dict[str, Any]:
        """The figures by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_WAITING: Final = (State.QUEUED, State.CLAIMED, State.SENDING)
_COLUMN: Final[Mapping[str, str]] = {
    **{state.value: "waiting" for state in _WAITING},
    State.UNCERTAIN.value: "uncertain",
    State.DEAD.value: "dead",
    State.WITHDRAWN.value: "withdrawn",
    State.DELIVERED.value: "delivered",
    State.FAILED.value: "failed",
    State.REFUSED.value: "refused",
}


def effects(
    connection: Connection,
    since: dt.datetime,
    until: dt.datetime,
    *,
    campaign: str | None = None,
    template_id: str | None = None,
) -> list[Effect]:
    """Of messages accepted or declined from ``since`` until before ``until``, by campaign and template."""
    figures: dict[tuple[str, str], Counter[str]] = {}
    columns = messages.c
    mine = [columns.accepted_at >= since, columns.accepted_at < until]
    refused = [declined.c.at >= since, declined.c.at < until]
    if campaign is not None:
        mine.append(columns.campaign == campaign)
        refused.append(declined.c.campaign == campaign)
    if template_id is not None:
        mine.append(columns.template_id == template_id)
        refused.append(declined.c.template_id == template_id)

    def count(row: Any, name: str, number: int) -> None:
        figures.setdefault((row.campaign, row.template_id), Counter())[name] += number

    by_state = (
        select(
            columns.campaign,
            columns.template_id,
            columns.state,
            func.count().label("number"),
            func.count(columns.sent_at).label("sent"),
            func.count(columns.fallback_of).label("followed"),
        )
        .where(*mine)
        .group_by(columns.campaign, columns.template_id, columns.state)
    )
    for row in connection.execute(by_state):
        count(row, "accepted", row.number - row.followed)  # an MMS and its SMS were asked for once
        count(row, "sent", row.sent)
        if row.state in _COLUMN:
            count(row, _COLUMN[row.state], row.number)
    not_sent = (
        select(declined.c.campaign, declined.c.template_id, func.count().label("number"))
        .where(*refused)
        .group_by(declined.c.campaign, declined.c.template_id)
    )
    for row in connection.execute(not_sent):
        count(row, "declined", row.number)
    for name, kinds in _COUNTED.items():
        answered = (
            select(
                columns.campaign,
                columns.template_id,
                func.count(distinct(events.c.message_id)).label("number"),
            )
            .join(events, events.c.message_id == columns.id)
            .where(*mine, events.c.kind.in_([str(kind) for kind in kinds]))
            .group_by(columns.campaign, columns.template_id)
        )
        for row in connection.execute(answered):
            count(row, name, row.number)
    return [
        Effect(campaign, template, **dict(count))
        for (campaign, template), count in sorted(figures.items())
    ]


def record_call(connection: Connection, hashed: str, at: dt.datetime, policy: Policy) -> str | None:
    """Notes that a customer called: it counts for the newest message within the policy's hours.

    The message's id; nothing where none was sent. A second call after the same message counts once.
    """
    columns = messages.c
    newest = connection.execute(
        select(columns.id)
        .where(columns.number_hash == hashed, columns.sent_at <= at)
        .where(columns.sent_at > at - policy.call_within)
        .order_by(columns.sent_at.desc(), columns.id)
        .limit(1)
    ).one_or_none()
    if newest is None:
        return None
    note(connection, newest.id, "called", "", at)
    return str(newest.id)


def expected_calls(found: Sequence[Effect], planned: Mapping[str, int]) -> float | None:
    """How many calls a plan will bring, by how many followed what was sent of its templates before.

    Nothing where a template was sent too seldom to say.
    """
    sent, called = Counter[str](), Counter[str]()
    for effect in found:
        sent[effect.template_id] += effect.sent
        called[effect.template_id] += effect.called
    if any(sent[template_id] < _ENOUGH for template_id in planned):
        return None
    return round(sum(count * called[one] / sent[one] for one, count in planned.items()), 1)
