"""The turn in which everything about pushes is written, one writer at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

from corpora import migrations


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """``corpora.migrations.writing`` in the turn of pushes: on PostgreSQL an import does not hold it up."""
    return migrations.writing(engine, migrations.PUSH_TURN)
