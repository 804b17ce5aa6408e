"""Who writes when: on PostgreSQL messages do not wait for an import, on SQLite everybody takes turns."""

from __future__ import annotations

import threading

from sqlalchemy import Engine

from api.push.tables import State
from corpora import migrations
from tests.push.outbox.builders import make_draft, put, row


def test_an_import_holds_messages_up_on_sqlite_alone(engine: Engine) -> None:
    made: list[str] = []
    storing = threading.Thread(target=lambda: made.append(put(engine, make_draft())))
    with migrations.writing(engine):
        storing.start()
        storing.join(3.0)
        assert storing.is_alive() is (engine.dialect.name == "sqlite")
    storing.join(60.0)
    assert row(engine, made[0]).state == State.QUEUED
