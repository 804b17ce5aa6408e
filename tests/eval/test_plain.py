from __future__ import annotations

import datetime as dt
from pathlib import Path

from corpora.types import Audience, FacetKind
from eval.plain import WAYS, is_learned_from, plain_questions
from indexer.normalize import normalize
from tests.builders import make_facet
from tests.eval.builders import make_base, make_item

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
    assert {q[: -len(end)] for q in found for end in endings if q.endswith(end)} >= names
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
