from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.util import find_spec

import pytest

from corpora.store import Store, StoreError, StoreMissing
from tests.store.builders import make_item, publish, told
from tests.store.databases import refusal, run_sql


def test_a_store_keeps_its_knowledge_when_it_is_closed_and_opened(store_url: str) -> None:
    with Store.open(store_url) as store:
        publish(store, make_item())
    with Store.open(store_url, create=False) as store:
        assert told(store) == [(1, "published", "宽带移机")]


def test_many_threads_may_make_one_store_at_once(store_url: str) -> None:
    problems: list[StoreError] = []

    def opened() -> None:
        try:
            Store.open(store_url).close()
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=opened) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_store_that_was_never_made_is_missing_and_is_not_made(store_url: str) -> None:
    for _ in range(2):
        with pytest.raises(StoreMissing, match="zhiku corpus import"):
            Store.open(store_url, create=False)


def test_a_newer_store_is_refused_and_names_its_revision(store_url: str) -> None:
    Store.open(store_url).close()
    run_sql(store_url, "UPDATE alembic_version SET version_num = '9042'")
    message = refusal(store_url)
    assert "9042" in message
    assert "升级本程序" in message


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


def test_content_that_another_hand_has_spoilt_is_named(store: Store, store_url: str) -> None:
    publish(store, make_item())
    run_sql(store_url, "UPDATE item_versions SET content = '{}'")
    reads: list[Callable[[], object]] = [
        store.held_versions,
        lambda: store.versions("broadband-move"),
    ]
    for read in reads:
        with pytest.raises(StoreError, match="broadband-move"):
            read()


def test_a_store_that_goes_away_while_it_is_open_is_a_store_error(
    store: Store, store_url: str
) -> None:
    publish(store, make_item())
    run_sql(store_url, "DROP TABLE item_versions")
    with pytest.raises(StoreError, match="用不了"):
        store.held_versions()
