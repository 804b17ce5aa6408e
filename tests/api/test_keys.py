"""Keys in a store, and the gate that remembers them for a second."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, update

from api import keys_gate
from api.keys import (
    LOCAL,
    ActiveKeys,
    ApiKey,
    Caller,
    KeyRefused,
    KeyScope,
    ScopeMissing,
    Signer,
    digest,
    key_id,
    new_id,
    new_secret,
)
from api.keys_gate import Gate
from api.keys_store import KeyRing, StoredKeys, api_keys, metadata
from corpora.migrations import StoreError, open_database, writing

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url, create=True)
    yield opened
    opened.dispose()


@pytest.fixture
def ring(engine: Engine) -> KeyRing:
    return KeyRing(engine)


def test_the_migrated_table_is_the_table_of_the_metadata(engine: Engine) -> None:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name in metadata.tables

    with engine.connect() as connection:
        options = {"compare_server_default": True, "include_name": ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        checks = inspect(connection).get_check_constraints("api_keys")
    assert [check["name"] for check in checks] == ["ck_api_keys_digest"]


def test_a_secret_lets_its_holder_in_and_nobody_else(ring: KeyRing) -> None:
    key, secret = ring.create(" 短信平台 ", {KeyScope.SEND}, NOW)
    _, other = ring.create("网页", {KeyScope.READ}, NOW)
    active = ring.active()
    assert active.holder(secret) == Caller(key.id, "短信平台", frozenset({KeyScope.SEND}))
    assert key_id(secret) == key.id
    forged = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in ("", "zk_", secret[:-1], secret + "A", forged, other.replace(other[3:11], key.id)):
        assert active.holder(wrong) is None


def test_no_two_secrets_are_alike(ring: KeyRing) -> None:
    secrets = {ring.create("同名", {KeyScope.READ}, NOW)[1] for _ in range(50)}
    assert len({secret.split("_", 2)[2] for secret in secrets}) == 50


def test_no_file_of_the_store_holds_the_secret(url: str, tmp_path: Path) -> None:
    opened = open_database(url, create=True)
    key, secret = KeyRing(opened).create("短信平台", {KeyScope.SEND}, NOW)
    opened.dispose()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.digest.encode() in written
    assert secret.split("_", 2)[2].encode() not in written


def test_a_revoked_key_is_listed_with_its_first_moment_and_lets_nobody_in(ring: KeyRing) -> None:
    key, secret = ring.create("短信平台", {KeyScope.SEND, KeyScope.READ}, NOW)
    revoked = ring.revoke(key.id, LATER)
    assert ring.revoke(key.id, LATER + dt.timedelta(days=1)) == revoked
    assert revoked.revoked_at == LATER
    assert ring.all_keys() == [revoked]
    assert ring.active().holder(secret) is None
    assert len(ring.active()) == 0


def test_keys_are_listed_the_oldest_first(ring: KeyRing) -> None:
    second, _ = ring.create("后", {KeyScope.READ}, LATER)
    first, _ = ring.create("先", {KeyScope.ADMINISTER}, NOW)
    assert ring.all_keys() == [first, second]


@pytest.mark.parametrize("name", ["", "  ", "换\n行", "长" * 81])
def test_a_key_without_a_usable_name_is_refused(ring: KeyRing, name: str) -> None:
    with pytest.raises(KeyRefused, match="名称"):
        ring.create(name, {KeyScope.READ}, NOW)
    assert ring.all_keys() == []


def test_a_key_that_allows_nothing_is_refused(ring: KeyRing) -> None:
    with pytest.raises(KeyRefused, match="read、send、administer"):
        ring.create("网页", set(), NOW)


def test_an_unknown_key_cannot_be_revoked(ring: KeyRing) -> None:
    with pytest.raises(KeyRefused, match="zhiku key list"):
        ring.revoke("0a1b2c3d", NOW)


def test_a_scope_that_only_a_newer_program_knows_allows_nothing(
    ring: KeyRing, engine: Engine
) -> None:
    _, secret = ring.create("网页", {KeyScope.READ}, NOW)
    with writing(engine) as connection:
        connection.execute(update(api_keys).values(scopes="export"))
    holder = ring.active().holder(secret)
    assert holder is not None
    assert not any(holder.may(scope) for scope in KeyScope)


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        ({KeyScope.READ}, {KeyScope.READ}),
        ({KeyScope.SEND}, {KeyScope.READ, KeyScope.SEND}),
        ({KeyScope.READ, KeyScope.SEND}, {KeyScope.READ, KeyScope.SEND}),
        ({KeyScope.ADMINISTER}, set(KeyScope)),
    ],
)
def test_each_scope_includes_the_lesser_ones(held: set[KeyScope], allowed: set[KeyScope]) -> None:
    caller = Caller("0a1b2c3d", "网页", frozenset(held))
    assert {scope for scope in KeyScope if caller.may(scope)} == allowed
    for scope in set(KeyScope) - allowed:
        with pytest.raises(ScopeMissing, match=rf"网页.*没有 {scope}（{scope.label}）权限"):
            caller.require(scope)
    LOCAL.require(KeyScope.ADMINISTER)


def test_a_store_that_is_not_there_has_no_keys_and_is_not_made(url: str, tmp_path: Path) -> None:
    with closing(StoredKeys(url)) as stored:
        assert len(stored.read()) == 0
        assert list(tmp_path.iterdir()) == []
        engine = open_database(url, create=True)
        _, secret = KeyRing(engine).create("网页", {KeyScope.READ}, NOW)
        engine.dispose()
        assert stored.read().holder(secret) is not None
        stored.close()
        assert stored.read().holder(secret) is not None


def test_a_store_without_the_table_of_keys_is_brought_up_to_date(url: str, tmp_path: Path) -> None:
    open_database(url, create=True).dispose()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        made = "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        # indexes first: the earliest store had none, and those of a table go with it
        for kind, name in sorted(connection.execute(made).fetchall()):
            if name not in {"item_versions", "assets", "alembic_version"}:
                connection.execute(f"DROP {kind} {name}")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    with closing(StoredKeys(url)) as stored:
        assert len(stored.read()) == 0


class Ring:
    """Keys in memory, a clock that stands, and a count of readings."""

    def __init__(self) -> None:
        self.keys: list[ActiveKeys] = [ActiveKeys()]
        self.now = 100.0
        self.readings = 0
        self.problem: Exception | None = None
        self.released = threading.Event()
        self.released.set()
        self.gate = Gate(["env-key"], self, lambda: self.now)

    def read(self) -> ActiveKeys:
        self.readings += 1
        self.released.wait(5.0)
        if self.problem is not None:
            raise self.problem
        return self.keys[0]

    def close(self) -> None:
        self.keys = [ActiveKeys()]


@pytest.fixture
def held() -> tuple[Ring, str]:
    secret = new_secret(new_id())
    allowed = frozenset({KeyScope.READ})
    key = ApiKey(key_id(secret) or "", "网页", allowed, digest(secret), NOW)
    remembered = Ring()
    remembered.keys[0] = ActiveKeys([key])
    return remembered, secret


UNKNOWN = f"zk_0a1b2c3d_{'x' * 43}"


async def name_of(kept: Ring, *offered: str) -> str | None:
    caller = await kept.gate.caller(offered)
    return caller.name if caller else None


def in_a_loop(ask: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(ask())  # type: ignore[arg-type]


def test_a_key_of_the_environment_never_asks_the_store(held: tuple[Ring, str]) -> None:
    kept, _ = held

    async def ask() -> None:
        assert await name_of(kept, "", "env-key") == "ZHIKU_API_KEYS"
        assert await name_of(kept, "env-ke", "Env-key", "密钥") is None
        assert await name_of(kept) is None
        assert kept.readings == 0

    in_a_loop(ask)


def test_a_known_key_asks_the_store_once_a_second(held: tuple[Ring, str]) -> None:
    kept, secret = held

    async def ask() -> None:
        for _ in range(20):
            assert await name_of(kept, secret) == "网页"
        assert kept.readings == 1
        kept.now += 1.5
        assert await name_of(kept, "wrong", secret) == "网页"
        assert kept.readings == 2

    in_a_loop(ask)


def test_a_revoked_key_stops_after_a_second_and_a_new_one_is_good_at_once(
    held: tuple[Ring, str],
) -> None:
    kept, secret = held

    async def ask() -> None:
        assert await name_of(kept, secret) == "网页"
        active, kept.keys[0] = kept.keys[0], ActiveKeys()
        kept.now += 0.9
        assert await name_of(kept, secret) == "网页"
        kept.now += 0.2
        assert await name_of(kept, secret) is None
        kept.now += 0.1
        kept.keys[0] = active
        assert await name_of(kept, secret) == "网页"

    in_a_loop(ask)


def test_requests_that_wait_for_a_reading_share_it(held: tuple[Ring, str]) -> None:
    kept, secret = held

    async def ask() -> None:
        kept.released.clear()
        waiting = [asyncio.create_task(name_of(kept, secret)) for _ in range(30)]
        await asyncio.sleep(0.05)
        kept.released.set()
        assert await asyncio.gather(*waiting) == ["网页"] * 30
        assert kept.readings == 1

    in_a_loop(ask)


def test_while_the_store_is_away_known_keys_go_on_and_nobody_else_comes_in(
    held: tuple[Ring, str],
) -> None:
    kept, secret = held

    async def ask() -> None:
        assert await name_of(kept, secret) == "网页"
        kept.problem = StoreError("库没有了")
        kept.now += 60.0
        assert await name_of(kept, secret) == "网页"
        with pytest.raises(StoreError, match="库没有了"):
            await name_of(kept, UNKNOWN)
        assert await name_of(kept, "not one of ours") is None
        assert kept.readings == 2  # one that failed a moment ago is not tried again
        kept.problem = None
        kept.now += 6.0
        assert await name_of(kept, UNKNOWN) is None
        assert await name_of(kept, secret) == "网页"

    in_a_loop(ask)


def test_keys_that_sign_tokens_are_found_by_their_id_and_remembered_like_others(
    held: tuple[Ring, str],
) -> None:
    kept, secret = held
    identifier = key_id(secret) or ""

    async def ask() -> None:
        of_environment = await kept.gate.signer_of(["env-key"])
        assert of_environment == Signer.of_environment("env-key")
        assert await kept.gate.signer(of_environment.id) == of_environment
        assert kept.readings == 0
        found = await kept.gate.signer(identifier)
        assert found is not None
        assert found == await kept.gate.signer_of([secret])
        assert (found.id, found.digest, found.guessable) == (identifier, digest(secret), False)
        for unknown in ("env-00000000", "env", "", "0A1B2C3D", f"{identifier}\n"):
            assert await kept.gate.signer(unknown) is None
        assert kept.readings == 1
        kept.problem = StoreError("库没有了")
        kept.now += 60.0
        assert await kept.gate.signer(identifier) == found
        with pytest.raises(StoreError, match="库没有了"):
            await kept.gate.signer("0a1b2c3d")
        kept.problem, kept.keys[0] = None, ActiveKeys()
        kept.now += 6.0
        assert await kept.gate.signer(identifier) is None

    in_a_loop(ask)


def test_a_store_that_does_not_answer_is_waited_for_once_and_not_long(
    held: tuple[Ring, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, secret = held
    monkeypatch.setattr(keys_gate, "_PATIENCE", 0.1)

    async def ask() -> None:
        assert await name_of(kept, secret) == "网页"
        kept.released.clear()
        kept.now += 60.0
        begun = time.monotonic()
        assert await name_of(kept, secret) == "网页"
        for _ in range(5):
            with pytest.raises(StoreError, match="没有回应"):
                await name_of(kept, UNKNOWN)
        assert time.monotonic() - begun < 1.0
        kept.released.set()
        kept.now += 6.0
        assert await name_of(kept, UNKNOWN) is None

    in_a_loop(ask)
