from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from corpora.store import Store, StoreError
from corpora.tables import metadata
from tests.store.builders import make_item, publish, told


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def refusal(url: str, *, create: bool = True) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(url, create=create)
    message = str(caught.value)
    assert "\n" not in message
    assert "sqlalche.me" not in message
    return message


def test_the_migrated_schema_is_the_schema_of_the_metadata(store: Store, store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_the_checks_of_the_migrated_tables_are_those_of_the_metadata(tmp_path: Path) -> None:
    def checks(path: Path) -> list[str]:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT sql FROM sqlite_master WHERE name IN (?, ?)", NAMES)
            return sorted(
                line.strip(" \t,")
                for (sql,) in rows
                for line in sql.splitlines()
                if "CHECK" in line
            )

    Store.open(f"sqlite:///{tmp_path / 'migrated.db'}").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert checks(tmp_path / "migrated.db") == checks(tmp_path / "made.db") != []


NAMES = ("item_versions", "assets")


def test_a_store_keeps_its_knowledge_when_it_is_closed_and_opened(store_url: str) -> None:
    with Store.open(store_url) as store:
        publish(store, make_item())
    with Store.open(store_url, create=False) as store:
        assert told(store) == [(1, "published", "宽带移机")]


def test_a_store_uses_a_write_ahead_log_and_checks_foreign_keys(
    store: Store, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / '新 建' / 'a%20b' / 'store.db'}") as store:
        assert store.is_empty()


@pytest.mark.parametrize("stores", [1, 8])
def test_many_threads_may_make_one_store_or_several_at_once(tmp_path: Path, stores: int) -> None:
    problems: list[StoreError] = []

    def opened(number: int) -> None:
        try:
            Store.open(f"sqlite:///{tmp_path / str(number % stores)}").close()
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=opened, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_newer_store_is_refused_and_names_its_revision(store_url: str, tmp_path: Path) -> None:
    Store.open(store_url).close()
    run_sql(tmp_path / "store.db", "UPDATE alembic_version SET version_num = '9042'")
    message = refusal(store_url)
    assert "9042" in message
    assert "升级本程序" in message


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("条目,标题\n" * 200, encoding="utf-8")
    assert "不是 SQLite 数据库" in refusal(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8") == "条目,标题\n" * 200


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    run_sql(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    assert "bookmarks" in refusal(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_damaged_store_is_refused(store_url: str, tmp_path: Path) -> None:
    Store.open(store_url).close()
    path = tmp_path / "store.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    assert "已损坏" in refusal(store_url)


def test_a_store_that_must_be_there_and_is_not_says_how_to_make_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    assert "zhiku corpus import" in refusal(f"sqlite:///{path}", create=False)
    assert not path.exists()
    path.touch()
    assert "zhiku corpus import" in refusal(f"sqlite:///{path}", create=False)


@pytest.mark.parametrize("place", ["/dev/null/store.db", "/proc/zhiku/store.db", "/proc/store.db"])
def test_a_path_that_cannot_be_written_is_refused(place: str) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs /proc")
    assert "检查路径和权限" in refusal(f"sqlite:///{place}")


def test_a_folder_is_refused_with_the_name_of_a_file_in_it(tmp_path: Path) -> None:
    assert str(tmp_path / "store.db") in refusal(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("var/store.db", "sqlite:///var/store.db"),
        ("", "sqlite:///var/store.db"),
        ("sqlite://", "要存在文件里"),
        ("sqlite:///file:x?uri=true", "要存在文件里"),
        ("mysql://u:geheim@db/zhiku", "不支持 mysql"),
        ("postgresql://u:geheim@db:port/zhiku", "看不懂知识库地址"),
        ("sqlite:///x.db?mode=ro", "不带参数"),
        ("sqlite+nothing:///x.db", "没有数据库驱动"),
    ],
)
def test_an_address_that_cannot_be_a_store_says_what_to_write(url: str, cure: str) -> None:
    message = refusal(url)
    assert cure in message
    assert "geheim" not in message


def test_an_unreachable_server_or_a_missing_driver_is_refused_without_the_password() -> None:
    message = refusal("postgresql://zhiku:geheim@127.0.0.1:1/zhiku")
    assert "geheim" not in message
    installed = find_spec("psycopg") is not None
    assert ("确认数据库服务已启动" if installed else "pip install 'zhiku[postgres]'") in message


def test_content_that_another_hand_has_spoilt_is_named(store: Store, tmp_path: Path) -> None:
    publish(store, make_item())
    run_sql(tmp_path / "store.db", "UPDATE item_versions SET content = '{}'")
    reads: list[Callable[[], object]] = [
        store.held_versions,
        lambda: store.versions("broadband-move"),
    ]
    for read in reads:
        with pytest.raises(StoreError, match="broadband-move"):
            read()


def test_a_store_that_goes_away_while_it_is_open_is_a_store_error(
    store: Store, tmp_path: Path
) -> None:
    publish(store, make_item())
    run_sql(tmp_path / "store.db", "DROP TABLE item_versions")
    with pytest.raises(StoreError, match="用不了"):
        store.held_versions()
