"""What only a store in a SQLite file can meet."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from corpora.migrations import reading
from corpora.store import Store, StoreError
from tests.store.databases import opened, refusal, run_sql


def test_a_store_uses_a_write_ahead_log_and_checks_foreign_keys(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with opened(url) as engine, reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / '新 建' / 'a%20b' / 'store.db'}") as store:
        assert store.is_empty()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("条目,标题\n" * 200, encoding="utf-8")
    assert "不是 SQLite 数据库" in refusal(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8") == "条目,标题\n" * 200


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    run_sql(f"sqlite:///{path}", "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    assert "bookmarks" in refusal(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store.open(f"sqlite:///{path}").close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    assert "已损坏" in refusal(f"sqlite:///{path}")


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


def test_many_threads_may_each_make_a_store_at_once(tmp_path: Path) -> None:
    problems: list[StoreError] = []

    def opened(number: int) -> None:
        try:
            Store.open(f"sqlite:///{tmp_path / str(number)}").close()
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=opened, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
