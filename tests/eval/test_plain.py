from __future__ import annotations

import datetime as dt
from pathlib import Path

from corpora.lookups import CommonLookup
from corpora.types import Audience, FacetKind, SubLibrary
from eval.plain import WAYS, is_learned_from, lessons, offered_questions, plain_questions
from indexer.normalize import normalize
from tests.builders import make_facet, make_held
from tests.eval.builders import make_base, make_item
from tests.retriever.knowledge import make_base as held_base

DAY = dt.date(2026, 11, 1)


def test_half_of_the_items_are_asked_by_title_and_first_alias_for_what_they_tell(
    tmp_path: Path,
) -> None:
    facets = (
        make_facet(FacetKind.PRICE, customer="每月5元。"),
        make_facet(FacetKind.CANCEL, customer="发TD到10086。"),
    )
    items = [
        make_item(f"biz-{n}", title=f"{n}号包", aliases=(f"包{n}", "另一个名字"), facets=facets)
        for n in range(40)
    ]
    base = make_base(tmp_path, items)
    try:
        found = plain_questions(base, DAY)
    finally:
        base.close()
    learned = [item for item in items if is_learned_from(item)]
    assert 10 < len(learned) < 30
    names = {name for item in learned for name in (item.title, item.aliases[0])}
    prices, cancels = (
        [normalize(way) for way in WAYS[kind]] for kind in (FacetKind.PRICE, FacetKind.CANCEL)
    )
    endings = {*prices, *cancels}
    assert len(found) == 2 * len(learned)
    # a spelled number after a digit stands apart: 包1 1个月多少钱
    assert {q[: -len(end)].strip() for q in found for end in endings if q.endswith(end)} >= names
    assert all(any(q.endswith(end) for end in endings) for q in found)
    assert any(q.endswith(end) for q in found for end in prices)
    assert any(q.endswith(end) for q in found for end in cancels)


def test_what_only_staff_read_is_not_asked_for(tmp_path: Path) -> None:
    only = (
        make_facet(FacetKind.OPERATION, customer="", audience=Audience.AGENT, official="进菜单。"),
    )
    base = make_base(
        tmp_path, [make_item(f"tec-{n}", title=f"菜单{n}", facets=only) for n in range(9)]
    )
    try:
        assert plain_questions(base, DAY) == []
    finally:
        base.close()


def test_look_ups_are_asked_where_anything_holds_on_the_day(tmp_path: Path) -> None:
    ended = make_held(
        make_item("tec-1", sub_library=SubLibrary.TECHNICAL), valid_to=DAY - dt.timedelta(days=1)
    )
    base = held_base(tmp_path, make_item(), ended)
    lookups = [
        CommonLookup("亲情网怎么退"),
        CommonLookup("宽带断网怎么排查", libraries=(SubLibrary.TECHNICAL,)),
        CommonLookup("五块钱的亲情网", libraries=(SubLibrary.BUSINESS, SubLibrary.TECHNICAL)),
        CommonLookup("云都哪个厅能办", regions=("yj/yundu", "yj/wanghai")),
        CommonLookup("亲情网怎么退", title="退亲情网"),
    ]
    try:
        found = offered_questions(base, DAY, lookups)
        then = offered_questions(base, DAY - dt.timedelta(days=1), lookups[1:2])
        none = offered_questions(base, DAY, [])
    finally:
        base.close()
    assert found == ["亲情网怎么退", "5元的亲情网", "云都哪个厅能办"]
    assert (then, none) == (["宽带断网怎么排查"], [])


def test_a_question_that_is_offered_counts_as_that_alone() -> None:
    taught = lessons(["亲情网怎么退", "彩铃怎么退"], ["亲情网怎么退"])
    assert taught == [("亲情网怎么退", "answered", 1.0), ("彩铃怎么退", "answered", 0.3)]
    assert lessons([], []) == []
