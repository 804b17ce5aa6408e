"""What only a store on a PostgreSQL server can meet."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from corpora.migrations import reading, writing
from corpora.store import Store, StoreError
from corpora.types import KnowledgeItem
from tests.real.postgres_server import PostgresServer, drop_database
from tests.store.builders import NOW, Parts, make_item, make_items, publish, told
from tests.store.databases import engine_of, opened, refusal, run_sql

pytestmark = pytest.mark.real


@pytest.fixture
def doomed_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database on a server that the test kills."""
    url = postgres_server.new_database()
    yield url
    if not postgres_server.is_running:
        postgres_server.start()
    drop_database(postgres_server.url, url)


def test_an_import_whose_server_is_killed_leaves_the_store_as_it_was(
    postgres_server: PostgresServer, doomed_url: str
) -> None:
    def deadly() -> Iterator[KnowledgeItem]:
        yield from make_items(1200, title="新套餐")
        postgres_server.kill()
        yield from [make_item()]

    with Store.open(doomed_url) as store:
        publish(store, *make_items(700, title="老套餐"))
        before = store.held_versions()
        with pytest.raises(StoreError, match="确认数据库服务已启动"):
            store.import_knowledge(Parts(deadly()), author="李工", recorded_at=NOW)
        with pytest.raises(StoreError, match="确认数据库服务已启动"):
            store.held_versions()
        postgres_server.start()
        assert store.held_versions() == before
        assert len(publish(store, *make_items(1200, title="新套餐")).changed) == 700


def test_what_was_imported_outlives_a_server_that_is_killed_right_afterwards(
    postgres_server: PostgresServer, doomed_url: str
) -> None:
    with Store.open(doomed_url) as store:
        publish(store, make_item())
        postgres_server.kill()
        postgres_server.start()
        assert told(store) == [(1, "published", "宽带移机")]


def test_an_open_store_goes_on_when_its_connections_were_ended(postgres_url: str) -> None:
    with Store.open(postgres_url) as store:
        publish(store, make_item())
        run_sql(
            postgres_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        assert told(store) == [(1, "published", "宽带移机")]


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"password": "geheim"}, "口令无误"),
        ({"path": "/nobody"}, "口令无误"),
        ({"query": "bogus=1"}, "操作没有完成"),
        ({"query": "options=-c default_transaction_read_only=on"}, "换成能写的那一个"),
        ({"query": "options=-c search_path=pg_catalog"}, "没有权限"),
    ],
)
def test_a_database_that_cannot_be_used_says_why_without_the_password(
    postgres_url: str, change: dict[str, str], cure: str
) -> None:
    parts = urlsplit(postgres_url)
    password = change.get("password", parts.password)
    place = f"{parts.username}:{password}@{parts.hostname}:{parts.port}"
    parts = parts._replace(netloc=place, path=change.get("path", parts.path))
    message = refusal(parts._replace(query=change.get("query", "")).geturl())
    assert cure in message
    assert password is not None
    assert password not in message


def test_a_writer_sees_what_was_written_while_it_waited_whatever_the_database_presumes(
    postgres_url: str,
) -> None:
    name = urlsplit(postgres_url).path[1:]
    run_sql(postgres_url, f"ALTER DATABASE {name} SET default_transaction_isolation = serializable")
    with opened(postgres_url) as engine:
        for _ in range(2):  # a connection that was given back is the same again
            for opening, level in ((writing, "read committed"), (reading, "repeatable read")):
                with opening(engine) as connection:
                    told_level = connection.exec_driver_sql("SHOW transaction_isolation")
                    assert told_level.scalar() == level


def test_a_database_that_names_no_encoding_keeps_chinese_text(postgres_url: str) -> None:
    name = urlsplit(postgres_url).path[1:]
    bare = f"{name}_ascii"
    with engine_of(postgres_url) as engine:
        outside = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        outside.exec_driver_sql(
            f"CREATE DATABASE {bare} TEMPLATE template0 ENCODING SQL_ASCII"
            " LOCALE_PROVIDER libc LOCALE 'C'"
        )
        try:
            with Store.open(urlsplit(postgres_url)._replace(path=f"/{bare}").geturl()) as store:
                publish(store, make_item())
                assert told(store) == [(1, "published", "宽带移机")]
        finally:
            outside.exec_driver_sql(f"DROP DATABASE {bare} WITH (FORCE)")
            outside.close()


def test_tables_of_other_programs_stay_beside_those_of_the_store(postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE TABLE bookmarks (url TEXT)")
    with Store.open(postgres_url) as store:
        publish(store, make_item())
    run_sql(postgres_url, "SELECT url FROM bookmarks")
