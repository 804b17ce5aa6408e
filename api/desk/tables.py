"""The tables of the desk. Free text is masked before it gets here; people are opaque ids."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from corpora import migrations
from corpora.tables import UtcTimestamp
from corpora.tables import metadata as of_knowledge

metadata: Final = MetaData(naming_convention=of_knowledge.naming_convention)

feedback: Final = Table(
    "desk_feedback",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("caller", String(80), nullable=False),
    Column("staff", String(64), nullable=False),
    Column("hall", String(64), nullable=False),
    Column("query", Text, nullable=False),
    Column("item_id", String(80), nullable=False),
    Column("item_version", Integer),
    Column("sub_library", String(16), nullable=False),
    Column("facet", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("index_version", String(120), nullable=False),
    Column("received_at", UtcTimestamp, nullable=False),
    CheckConstraint("kind IN ('wrong', 'missing', 'outdated', 'suggestion')", name="kind"),
    Index("ix_desk_feedback_received_at", "received_at", "id"),
    Index("ix_desk_feedback_staff", "staff", "received_at"),
)

acknowledgements: Final = Table(
    "desk_acknowledgements",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("caller", String(80), nullable=False),
    Column("staff", String(64), nullable=False),
    Column("hall", String(64), nullable=False),
    Column("order_number", String(64), nullable=False),
    Column("screen", String(64), nullable=False),
    Column("codes", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("index_version", String(120), nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    CheckConstraint("decision IN ('acknowledged', 'turned_back')", name="decision"),
    Index("ix_desk_acknowledgements_recorded_at", "recorded_at", "id"),
    Index("ix_desk_acknowledgements_order_number", "order_number", "recorded_at"),
)

# one row a person, hall and question: how often somebody asks the same does not matter
lookups: Final = Table(
    "desk_lookups",
    metadata,
    Column("staff", String(64), primary_key=True),
    Column("hall", String(64), primary_key=True),
    Column("sense", String(200), primary_key=True),
    Column("query", String(200), nullable=False),
    Column("item_id", String(80), nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Index("ix_desk_lookups_hall", "hall", "at"),
    Index("ix_desk_lookups_at", "at"),
)

favourites: Final = Table(
    "desk_favourites",
    metadata,
    Column("staff", String(64), primary_key=True),
    Column("item_id", String(80), primary_key=True),
    Column("title", Text, nullable=False),
    Column("sub_library", String(16), nullable=False),
    Column("added_at", UtcTimestamp, nullable=False),
)

shifts: Final = Table(
    "desk_shifts",
    metadata,
    Column("staff", String(64), primary_key=True),
    Column("seen_at", UtcTimestamp, nullable=False),
    Column("shift_began_at", UtcTimestamp, nullable=False),
    Column("previous_seen_at", UtcTimestamp),
)

# which index was served from when on: what changed for readers is told from one to the next
indexes: Final = Table(
    "desk_indexes",
    metadata,
    Column("version", String(120), primary_key=True),
    Column("made_at", UtcTimestamp, nullable=False),
    Column("seen_at", UtcTimestamp, nullable=False),
)


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """``corpora.migrations.writing`` in the turn of the desk: an import or a push holds nobody up."""
    return migrations.writing(engine, migrations.DESK_TURN)
