"""Drafts wait until they are published; publishing is all or nothing and happens once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpora.drafts import Drafts
from corpora.knowledge import Knowledge
from corpora.store import State, Store, StoreError, StoreMissing, UnknownItem
from corpora.types import KnowledgeItem
from tests.builders import make_item

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Shelf:
    """A store and its drafts."""

    store: Store
    drafts: Drafts

    def put(self, *items: KnowledgeItem, state: State = State.DRAFT) -> None:
        self.store.import_knowledge(Knowledge(items), author="a", recorded_at=NOW, state=state)

    def publish(self, *ids: str) -> tuple[str, ...]:
        return self.drafts.publish(ids, author="b", recorded_at=NOW)

    @property
    def titles(self) -> list[str]:
        return [version.item.title for version in self.store.held_versions()]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    url = f"sqlite:///{tmp_path / 'zhiku.db'}"
    with Store.open(url) as store, Drafts.open(url) as drafts:
        yield Shelf(store, drafts)


def test_a_draft_is_published_as_it_stands_by_whom_it_was_published(shelf: Shelf) -> None:
    shelf.put(make_item("a", "甲"), make_item("b", "乙"))
    assert shelf.drafts.ids() == ["a", "b"]
    assert shelf.titles == []
    assert shelf.publish("a") == ("a",)
    assert (shelf.titles, shelf.drafts.ids()) == (["甲"], ["b"])
    versions = shelf.store.versions("a")
    assert [(v.state, v.author) for v in versions] == [(State.DRAFT, "a"), (State.PUBLISHED, "b")]
    assert versions[0].digest == versions[1].digest
    assert shelf.publish("a") == ()


def test_what_is_published_stays_until_the_draft_of_a_change_is(shelf: Shelf) -> None:
    shelf.put(make_item("a", "甲"), state=State.PUBLISHED)
    shelf.put(make_item("a", "甲一"))
    shelf.put(make_item("a", "甲二"))
    assert shelf.titles == ["甲"]
    assert shelf.publish("a", "a") == ("a",)
    assert shelf.titles == ["甲二"]


def test_an_unknown_or_retired_item_stops_all_of_it(shelf: Shelf) -> None:
    shelf.put(make_item("a"), make_item("b"))
    with pytest.raises(UnknownItem):
        shelf.publish("a", "nobody")
    shelf.store.retire("b", from_date=NOW.date(), author="a", recorded_at=NOW)
    with pytest.raises(StoreError, match="已停用"):
        shelf.publish("a", "b")
    assert shelf.titles == []
    assert shelf.drafts.ids() == ["a"]


def test_no_store_has_no_drafts(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        Drafts.open(f"sqlite:///{tmp_path / 'none.db'}")


def test_very_many_drafts_are_published(shelf: Shelf) -> None:
    shelf.put(*(make_item(f"i{n:04d}") for n in range(1_100)))
    assert len(shelf.publish(*shelf.drafts.ids())) == 1_100
    assert len(shelf.titles) == 1_100
