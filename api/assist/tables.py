"""The events of calls. What was said is masked before it gets here, and is kept for hours only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import Column, Connection, Engine, Index, Integer, MetaData, String, Table, Text

from corpora import migrations
from corpora.tables import UtcTimestamp
from corpora.tables import metadata as of_knowledge

metadata: Final = MetaData(naming_convention=of_knowledge.naming_convention)

events: Final = Table(
    "assist_events",
    metadata,
    Column("contact", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("line_id", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Index("ix_assist_events_at", "at"),
)


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction on the events of calls: an import or a send need not be waited for."""
    return migrations.writing(engine, migrations.ASSIST_TURN)
