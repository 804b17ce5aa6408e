"""Where databases differ by themselves and a store on either must not."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from corpora import migrations
from corpora.migrations import reading, writing
from corpora.store import Store, StoreError
from corpora.tables import item_versions
from tests.store.builders import NOW, Parts, make_item, make_template, publish
from tests.store.databases import opened

IDS = ["a-b", "a.c", "a1", "a_", "aa", "ab", "ab-1", "b"]
"""In Python's order; a Chinese or English collation has another one."""


def test_items_and_templates_come_in_the_order_of_the_code_points_of_their_ids(
    store: Store,
) -> None:
    templates = tuple(make_template(template_id) for template_id in reversed(IDS))
    items = [make_item(item_id) for item_id in reversed(IDS)]
    store.import_knowledge(Parts(items, templates), author="李工", recorded_at=NOW)
    assert [version.item.id for version in store.held_versions()] == IDS == sorted(IDS)
    assert [template.id for template in store.templates()] == IDS
    gone = store.import_knowledge(Parts(), author="李工", recorded_at=NOW, retire_missing=True)
    assert list(gone.retired) == IDS


def test_a_reader_sees_one_state_of_the_store_throughout(store: Store, store_url: str) -> None:
    count = select(func.count()).select_from(item_versions)
    with opened(store_url) as engine:
        with reading(engine) as connection:
            before = connection.execute(count).scalar()
            publish(store, make_item())
            assert connection.execute(count).scalar() == before == 0
        with reading(engine) as connection:
            assert connection.execute(count).scalar() == 1


def test_a_writer_does_not_wait_for_ever_for_another_one(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_BUSY_SECONDS", 1)
    with opened(store_url) as engine, Store.open(store_url) as store:
        with writing(engine), pytest.raises(StoreError, match="另一个进程正在写入"):
            publish(store, make_item())
        assert publish(store, make_item()).new == ("broadband-move",)


def test_the_longest_id_and_any_text_come_back_as_they_were(store: Store) -> None:
    item = make_item("x" * 80, title="𠮷野家\u0000‘’“”\\ \u2028😀")
    store.import_knowledge(Parts([item]), author="𠮷😀" * 90, recorded_at=NOW)
    (version,) = store.versions(item.id)
    assert (version.item, version.author) == (item, "𠮷😀" * 90)
