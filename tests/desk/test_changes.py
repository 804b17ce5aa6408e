"""What changed for a reader, over a real store and real indexes made from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.desk.answers import ChangeView
from api.desk.changed import changes_since
from api.desk.published import note_served
from api.push.policy import CHINA
from corpora.knowledge import Knowledge
from corpora.store import Store
from corpora.types import (
    Audience,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    SaleStatus,
    SubLibrary,
)
from indexer.publish import release_from
from retriever.knowledge_base import KnowledgeBase
from tests.builders import make_content, make_facet, make_filter, make_item, open_published
from tests.encoders import HashEncoder

TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def at(hour: int, day: int = 2, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=CHINA)


NINE = at(9)


def dated(item_id: str, title: str, **days: dt.date) -> KnowledgeItem:
    return replace(make_item(item_id, title), **days)  # type: ignore[arg-type]


class Office:
    """Editors who import and publish, and a reader who asks what changed."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.store = Store(engine)
        self._folder = folder
        self.base: KnowledgeBase | None = None

    def record(self, moment: dt.datetime, *items: KnowledgeItem) -> None:
        self.store.import_knowledge(Knowledge(items), author="李工", recorded_at=moment)

    def retire(self, moment: dt.datetime, item_id: str, day: dt.date = TODAY) -> None:
        self.store.retire(item_id, from_date=day, author="李工", recorded_at=moment)

    def publish(self, moment: dt.datetime, *, seen: bool = True) -> None:
        if self.base is not None:
            self.base.close()
        content = make_content(
            release_from(self.store), created_at=moment.isoformat(timespec="seconds")
        )
        self.base = KnowledgeBase(open_published(self._folder, content), HashEncoder())
        if seen:
            note_served(self.engine, self.base.manifest, moment)

    def changes(
        self,
        since: dt.datetime,
        now: dt.datetime = NINE,
        *,
        audience: Audience = Audience.AGENT,
        libraries: tuple[SubLibrary, ...] = (),
        region: str = "",
        limit: int = 50,
    ) -> list[ChangeView]:
        assert self.base is not None
        wanted = make_filter(now.date(), audience, libraries, region)
        return changes_since(self.base, self.engine, wanted, since, now, limit)

    def told(self, since: dt.datetime, now: dt.datetime = NINE) -> list[tuple[str, str]]:
        return [(one.item_id, one.change.value) for one in self.changes(since, now)]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    opened = Office(engine, tmp_path / "index")
    opened.record(at(9, 1), priced(10), make_item("other", "亲情网"))
    opened.publish(at(10, 1))
    return opened


def priced(fee: int, **changes: object) -> KnowledgeItem:
    facet = make_facet(FacetKind.PRICE, f"月费{fee}元", f"每月{fee}元。")
    return replace(make_item("pack", "流量月包", facets=(facet,)), **changes)  # type: ignore[arg-type]


def test_nothing_changed_where_nothing_was_published(office: Office) -> None:
    assert office.told(at(18, 1)) == []


def test_a_correction_without_any_day_is_a_change(office: Office) -> None:
    office.record(at(20, 1), priced(12))
    office.publish(at(21, 1))
    (change,) = office.changes(at(18, 1))
    assert (change.item_id, change.change, change.version) == ("pack", "changed", 2)
    assert change.at == at(21, 1)
    assert change.title == "流量月包"
    assert "月费10元→月费12元" in change.summary
    assert office.told(at(22, 1)) == []


def test_what_was_recorded_before_a_shift_ended_and_published_after_it_is_not_missed(
    office: Office,
) -> None:
    office.record(at(17, 1, 50), priced(12))
    office.publish(at(18, 1, 30))
    assert office.told(at(18, 1)) == [("pack", "changed")]


def test_what_is_recorded_and_not_published_yet_is_no_change(office: Office) -> None:
    office.record(at(20, 1), priced(12))
    assert office.told(at(18, 1)) == []


def test_a_new_item_is_new_and_a_retired_one_withdrawn(office: Office) -> None:
    office.record(at(20, 1), make_item("fresh", "日包"))
    office.retire(at(20, 1), "other")
    office.publish(at(21, 1))
    changes = {one.item_id: one for one in office.changes(at(18, 1))}
    assert {key: one.change.value for key, one in changes.items()} == {
        "fresh": "new",
        "other": "withdrawn",
    }
    assert changes["fresh"].summary == "新增"
    assert changes["other"].title == "亲情网"
    assert changes["other"].summary == "已失效，不再使用"


def test_what_is_not_sold_any_more_is_withdrawn(office: Office) -> None:
    office.record(at(20, 1), priced(10, sale_status=SaleStatus.WITHDRAWN))
    office.publish(at(21, 1))
    (change,) = office.changes(at(18, 1))
    assert (change.change, change.summary) == ("withdrawn", "已下线，不能再办")


def test_a_draft_is_nobodys_change(office: Office) -> None:
    from corpora.store import State

    office.store.import_knowledge(
        Knowledge((priced(12),)), author="李工", recorded_at=at(20, 1), state=State.DRAFT
    )
    office.publish(at(21, 1))
    assert office.told(at(18, 1)) == []


def test_days_alone_tell_what_began_and_ended(office: Office) -> None:
    office.record(
        at(11, 1),
        dated("ended", "开学优惠", effective_to=TODAY - DAY),
        dated("began", "春季优惠", effective_from=TODAY),
        dated("ends", "周末优惠", effective_to=TODAY + 2 * DAY),
        dated("begins", "五月优惠", effective_from=TODAY + 3 * DAY),
        dated("later", "夏季优惠", effective_from=TODAY + 30 * DAY),
    )
    office.publish(at(12, 1))
    changes = office.changes(at(18, 1))
    assert [(one.item_id, one.change.value, one.at.date()) for one in changes] == [
        ("begins", "begins_soon", TODAY + 3 * DAY),
        ("ends", "ends_soon", TODAY + 3 * DAY),
        ("began", "new", TODAY),
        ("ended", "withdrawn", TODAY),
    ]
    assert [one.summary for one in changes] == [
        "2026年3月5日起生效",
        "2026年3月4日是最后一天",
        "新增，2026年3月2日起生效",
        "已失效，不再使用",
    ]


def test_a_version_that_takes_over_on_a_day_is_a_change_and_before_that_begins_soon(
    office: Office,
) -> None:
    office.record(at(11, 1), priced(12, effective_from=TODAY + DAY))
    office.publish(at(12, 1))
    (before,) = office.changes(at(18, 1))
    assert (before.change, before.version, before.at) == ("begins_soon", 2, at(0, 3))
    assert before.summary.startswith("2026年3月3日起生效：")
    assert "月费10元→月费12元" in before.summary
    (after,) = office.changes(at(18), at(9, 3))
    assert (after.change, after.version, after.at) == ("changed", 2, at(0, 3))


def test_an_index_from_elsewhere_tells_what_its_days_tell(engine: Engine, tmp_path: Path) -> None:
    other = Office(engine, tmp_path / "index")
    content = make_content(
        replace_release(dated("began", "春季优惠", effective_from=TODAY)),
        created_at=at(10, 1).isoformat(),
    )
    other.base = KnowledgeBase(open_published(tmp_path / "index", content), HashEncoder())
    assert other.told(at(18, 1)) == [("began", "new")]


def replace_release(*items: KnowledgeItem):  # type: ignore[no-untyped-def]
    from corpora.versions import OPEN_FROM, OPEN_TO, ItemVersion
    from indexer.release import Release

    return Release(
        tuple(
            ItemVersion(one, 1, one.effective_from or OPEN_FROM, one.effective_to or OPEN_TO)
            for one in items
        )
    )


def test_what_a_reader_may_not_see_is_no_change_to_them(office: Office) -> None:
    secret = Facet(FacetKind.LESSON, "内部口径一", audience=Audience.INTERNAL)
    item = priced(10)
    office.record(at(20, 1), replace(item, facets=(*item.facets, secret)))
    office.publish(at(21, 1))
    assert office.told(at(18, 1)) == []
    (change,) = office.changes(at(18, 1), audience=Audience.INTERNAL)
    assert "内部口径一" in change.summary
    (told,) = office.changes(at(18, 1), audience=Audience.CUSTOMER)
    assert told.summary == "有改动"


def test_changes_keep_to_libraries_and_to_a_limit(office: Office) -> None:
    office.record(
        at(20, 1), priced(12), make_item("tip", "提醒", SubLibrary.TIPS), make_item("x", "副卡")
    )
    office.publish(at(21, 1))
    since = at(18, 1)
    only = office.changes(since, libraries=(SubLibrary.TIPS,))
    assert [one.item_id for one in only] == ["tip"]
    assert [one.item_id for one in office.changes(since, limit=2)] == ["pack", "tip"]


def test_a_reader_in_a_region_is_told_of_their_own_variant(office: Office) -> None:
    local = replace(priced(8), id="pack-yundu", variant_of="pack", region=Region("yj/yundu"))
    office.record(at(20, 1), local, priced(12))
    office.publish(at(21, 1))
    told = office.changes(at(18, 1), region="yj/yundu")
    assert [(one.item_id, one.change.value) for one in told] == [("pack-yundu", "new")]


@pytest.mark.parametrize("since", [at(18, 1), at(0, 1) - 400 * DAY, at(9) + HOUR])
def test_any_moment_may_be_asked_for(office: Office, since: dt.datetime) -> None:
    office.changes(since)


def test_each_index_is_written_down_once(office: Office) -> None:
    assert office.base is not None
    before = note_served(office.engine, office.base.manifest, at(12))
    assert [one.seen_at for one in before] == [at(10, 1)]
