"""One line of migrations makes the tables of all packages that keep something in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from api import keys_store
from api.assist import tables as assist_tables
from api.desk import tables as desk_tables
from api.push import tables as push_tables
from corpora import migrations, tables
from corpora.store import Store
from tests.store.databases import engine_of

METADATA = [
    *(tables.metadata, keys_store.metadata, push_tables.metadata),
    *(desk_tables.metadata, assist_tables.metadata),
]
EXPECTED = {"item_versions", "assets", "api_keys", "push_messages", "push_consents"}
EXPECTED |= {"desk_feedback", "desk_lookups", "assist_events"}


def named(parts: list[Any]) -> list[dict[str, Any]]:
    return [dict(part) for part in sorted(parts, key=lambda part: str(part["name"]))]


def described(engine: Engine) -> dict[str, Any]:
    """Everything that a database tells of its tables."""
    seen = inspect(engine)
    return {
        name: {
            "columns": [
                column | {"type": str(column["type"])} for column in named(seen.get_columns(name))
            ],
            "primary key": dict(seen.get_pk_constraint(name)),
            "unique": named(seen.get_unique_constraints(name)),
            "checks": named(seen.get_check_constraints(name)),
            "indexes": [
                index
                | {
                    "dialect_options": {
                        option: str(said)
                        for option, said in index.get("dialect_options", {}).items()
                    }
                }
                for index in named(seen.get_indexes(name))
            ],
            "foreign keys": named(seen.get_foreign_keys(name)),
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def test_the_migrated_schema_is_the_schema_of_the_metadata(store: Store, store_url: str) -> None:
    with engine_of(store_url) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []  # type: ignore[arg-type]


def test_checks_keys_and_defaults_are_those_of_tables_made_from_the_metadata(
    store: Store, store_url: str
) -> None:
    with engine_of(store_url) as engine:
        migrated = described(engine)
        assert migrated.keys() >= EXPECTED
        assert migrated["assets"]["checks"] != []
        for metadata in METADATA:
            metadata.drop_all(engine)
        assert described(engine) == {}
        for metadata in METADATA:
            metadata.create_all(engine)
        assert migrated == described(engine)


def test_the_revisions_can_be_taken_back_one_by_one_and_made_again(
    store: Store, store_url: str
) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with engine_of(store_url) as engine:
        migrated = described(engine)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            while MigrationContext.configure(connection).get_current_revision() is not None:
                command.downgrade(config, "-1")
        assert described(engine) == {}
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        assert described(engine) == migrated
