"""The tables of pushes. Numbers stand in ``push_messages`` only, in full until they are needed no more."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from corpora.tables import UtcTimestamp
from corpora.tables import metadata as corpora_metadata


class State(StrEnum):
    """Where a message stands.

    ``queued``     stored, and sent when its time comes
    ``claimed``    a worker has it among the next ones; nothing was tried yet
    ``sending``    a worker is trying: from here on it may have left
    ``sent``       the gateway acknowledged it
    ``uncertain``  nobody knows whether it left; a receipt or a query may tell
    ``delivered``  the customer has it
    ``failed``     the gateway refused it or could not deliver it
    ``refused``    the gateway reports that the customer wants no messages; that is written down, too
    ``dead``       tried too often or too long; somebody has to look (the dead-letter list)
    ``withdrawn``  a rule or a person ended it before it left
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


FINAL: Final = frozenset(
    {State.DELIVERED, State.FAILED, State.REFUSED, State.DEAD, State.WITHDRAWN}
)


class Order(StrEnum):
    """Where an order by reply stands: ``asked`` for the second reply, or how it ended."""

    ASKED = "asked"
    ORDERED = "ordered"
    DECLINED = "declined"
    EXPIRED = "expired"


LONGEST_PIECE_NAME: Final = 80
LONGEST_SOURCE: Final = 20
LONGEST_PROBLEM: Final = 80

metadata: Final = MetaData(naming_convention=corpora_metadata.naming_convention)

messages: Final = Table(
    "push_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("caller", String(80), nullable=False),
    Column("idempotency_key", String(80), nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("number", String(11)),
    Column("number_masked", String(11), nullable=False),
    Column("number_hash", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("template_id", String(80), nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("item_versions", Text, nullable=False),
    Column("campaign", String(80), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("signature", String(16), nullable=False),
    Column("source", String(LONGEST_SOURCE), nullable=False),
    Column("text", Text, nullable=False),
    Column("package", LargeBinary),
    Column("fallback", Text, nullable=False),
    Column("fallback_of", String(32)),
    Column("pieces", Integer, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("orderable", Text, nullable=False),
    Column("confirms", String(32)),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", UtcTimestamp, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("worker", String(80)),
    Column("claimed_until", UtcTimestamp),
    Column("gateway", String(200), nullable=False),
    Column("problem", String(LONGEST_PROBLEM), nullable=False),
    Column("detail", Text, nullable=False),
    Column("accepted_at", UtcTimestamp, nullable=False),
    Column("planned_at", UtcTimestamp, nullable=False),
    Column("sent_at", UtcTimestamp),
    Column("ended_at", UtcTimestamp),
    UniqueConstraint("caller", "idempotency_key", name="uq_push_messages_key"),
    CheckConstraint(
        "state IN ('queued', 'claimed', 'sending', 'sent', 'uncertain', 'delivered', 'failed',"
        " 'refused', 'dead', 'withdrawn')",
        name="state",
    ),
    Index("ix_push_messages_due", "state", "priority", "next_try", "id"),
    Index("ix_push_messages_number", "number_hash", "planned_at"),
    Index("ix_push_messages_campaign", "campaign", "template_id"),
    # those that still have a number are few: forgetting it must not read all that ever was sent
    Index(
        "ix_push_messages_kept",
        "state",
        "planned_at",
        sqlite_where=text("number IS NOT NULL"),
        postgresql_where=text("number IS NOT NULL"),
    ),
)

pieces: Final = Table(
    "push_pieces",
    metadata,
    Column("gateway_id", String(LONGEST_PIECE_NAME), primary_key=True),
    Column("message_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Index("ix_push_pieces_message_id", "message_id"),
)

strays: Final = Table(
    "push_strays",
    metadata,
    Column("gateway_id", String(LONGEST_PIECE_NAME), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("problem", String(LONGEST_PROBLEM), nullable=False),
    Column("at", UtcTimestamp, nullable=False),
)

events: Final = Table(
    "push_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Index("ix_push_events_message_id", "message_id", "kind"),
)

replies: Final = Table(
    "push_replies",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number_hash", String(64), nullable=False),
    Column("number_masked", String(11), nullable=False),
    Column("source", String(LONGEST_SOURCE), nullable=False),
    Column("text", Text, nullable=False),
    Column("message_id", String(32)),
    Column("meant", String(16), nullable=False),
    Column("at", UtcTimestamp, nullable=False),
)

declined: Final = Table(
    "push_declined",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("caller", String(80), nullable=False),
    Column("idempotency_key", String(80), nullable=False),
    Column("number_hash", String(64), nullable=False),
    Column("number_masked", String(11), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("template_id", String(80), nullable=False),
    Column("campaign", String(80), nullable=False),
    Column("code", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    UniqueConstraint("caller", "idempotency_key", name="uq_push_declined_key"),
    Index("ix_push_declined_campaign", "campaign", "template_id"),
)


def _wish_columns() -> tuple[Column[Any], ...]:
    """What a customer said, who wrote it down on what evidence, and until when it stood."""
    return (
        Column("id", Integer, primary_key=True),
        Column("number_hash", String(64), nullable=False),
        Column("number_masked", String(11), nullable=False),
        Column("signature", String(16), nullable=False),
        Column("evidence", Text, nullable=False),
        Column("recorded_by", String(80), nullable=False),
        Column("since", UtcTimestamp, nullable=False),
        Column("until", UtcTimestamp),
        Column("ended_by", Text, nullable=False),
    )


consents: Final = Table(
    "push_consents",
    metadata,
    *_wish_columns(),
    Column("channel", String(16), nullable=False),
    Index("ix_push_consents_number", "number_hash", "signature"),
)

refusals: Final = Table(
    "push_refusals",
    metadata,
    *_wish_columns(),
    Column("kind", String(16), nullable=False),
    Index("ix_push_refusals_number", "number_hash", "signature"),
)

orders: Final = Table(
    "push_orders",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(11)),
    Column("number_hash", String(64), nullable=False),
    Column("number_masked", String(11), nullable=False),
    Column("item_id", String(80), nullable=False),
    Column("item_version", String(20), nullable=False),
    Column("command", String(40), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("confirmation_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_reply", Text, nullable=False),
    Column("second_reply", Text, nullable=False),
    Column("asked_at", UtcTimestamp, nullable=False),
    Column("window_until", UtcTimestamp),
    Column("ended_at", UtcTimestamp),
    CheckConstraint("state IN ('asked', 'ordered', 'declined', 'expired')", name="state"),
    Index("ix_push_orders_number", "number_hash", "state"),
    Index("ix_push_orders_window", "state", "window_until"),
    Index(
        "ix_push_orders_kept",
        "ended_at",
        sqlite_where=text("number IS NOT NULL"),
        postgresql_where=text("number IS NOT NULL"),
    ),
)
