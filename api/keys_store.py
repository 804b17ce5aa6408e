"""Where API keys are kept: a table of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    MetaData,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)

from api.keys import (
    ActiveKeys,
    ApiKey,
    KeyRefused,
    KeyScope,
    digest,
    in_order,
    new_id,
    new_secret,
    unknown_key,
)
from corpora.migrations import StoreMissing, open_database, reading, writing
from corpora.tables import UtcTimestamp
from corpora.tables import metadata as of_knowledge

_NAME_LENGTH: Final = 80

metadata: Final = MetaData(naming_convention=of_knowledge.naming_convention)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("name", String(_NAME_LENGTH), nullable=False),
    Column("scopes", String(80), nullable=False),  # joined by commas, the least first
    Column("digest", String(64), nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("revoked_at", UtcTimestamp),
    CheckConstraint("length(digest) = 64", name="digest"),
)


class KeyRing:
    """Makes, lists and revokes the keys of a store. A revoked key is kept, so that what it did can
    still be told apart. Threads may share a ring.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, scopes: Collection[KeyScope], now: dt.datetime
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which nobody can read again; ``KeyRefused`` for a bad name."""
        name = _usable(name)
        if not scopes:
            raise KeyRefused(f"密钥至少要有一种权限：{'、'.join(KeyScope)}")
        identifier = new_id()
        secret = new_secret(identifier)
        key = ApiKey(
            identifier, name, frozenset(scopes), digest(secret), now.astimezone(dt.UTC), None
        )
        with writing(self._engine) as connection:
            connection.execute(
                insert(api_keys).values(
                    id=key.id,
                    name=key.name,
                    scopes=",".join(in_order(key.scopes)),
                    digest=key.digest,
                    created_at=key.created_at,
                )
            )
        return key, secret

    def all_keys(self) -> list[ApiKey]:
        """Every key, revoked ones too, the oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
            )
            return [_key(row) for row in rows]

    def active(self) -> ActiveKeys:
        """The keys that are valid now."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(api_keys).where(api_keys.c.revoked_at.is_(None)))
            return ActiveKeys(_key(row) for row in rows)

    def revoke(self, identifier: str, now: dt.datetime) -> ApiKey:
        """The key, which is valid no more; one that was revoked before keeps its moment."""
        with writing(self._engine) as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == identifier, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            row = connection.execute(select(api_keys).where(api_keys.c.id == identifier)).first()
        if row is None:
            raise unknown_key(identifier)
        return _key(row)


class StoredKeys:
    """The valid keys of a store that may not be there yet: then there are none, and none is made."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    def read(self) -> ActiveKeys:
        """The keys that are valid now; ``StoreError`` where that cannot be found out."""
        engine = self._engine
        if engine is None:  # no lock: of two that are opened at once, the later one is kept
            try:
                engine = self._engine = open_database(self._url, create=False)
            except StoreMissing:
                return ActiveKeys()
        return KeyRing(engine).active()

    def close(self) -> None:
        """Lets go of the store; a later read opens it again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()


def _usable(name: str) -> str:
    name = name.strip()
    if not name:
        raise KeyRefused("密钥要有名称，写明给谁用，例如 zhiku key create 短信平台 --scope send")
    if len(name) > _NAME_LENGTH or not name.isprintable():
        raise KeyRefused(f"密钥的名称要在 {_NAME_LENGTH} 个字以内，不能有换行等控制字符")
    return name


def _key(row: Row[Any]) -> ApiKey:
    # a scope that only a newer program knows allows nothing here
    held = frozenset(scope for scope in KeyScope if scope in row.scopes.split(","))
    return ApiKey(row.id, row.name, held, row.digest, row.created_at, row.revoked_at)
