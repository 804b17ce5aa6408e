from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.types import Audience, SaleStatus, SubLibrary
from retriever.filters import Filter
from retriever.suggest import Suggester
from tests.builders import (
    make_facet,
    make_filter,
    make_held,
    make_item,
    make_mixed_release,
    open_items,
)

ITEMS = (
    make_item("cq", "重庆长途", codes=("CQCT01",)),
    make_item("qqt", "全球通59套餐", aliases=("老全球通",), screens=("QQT059",)),
    make_item(
        "flow", "流量月包10元档", similar_questions=("十块钱流量包怎么退",), command="KTLLB10"
    ),
    make_item("band", "宽带移机", similar_questions=("搬家了宽带怎么办",)),
    make_item("only-yundu", "云都宽带特惠", region="yj/yundu"),
    make_item("tip", "宽带改套餐提醒", SubLibrary.TIPS),
    make_item("gone", "宽带老套餐", sale_status=SaleStatus.WITHDRAWN),
    make_item("secret", "宽带内部口径", facets=[make_facet(audience=Audience.INTERNAL)]),
)


@pytest.fixture(scope="module")
def suggester(tmp_path_factory: pytest.TempPathFactory) -> Suggester:
    return Suggester(open_items(tmp_path_factory.mktemp("index"), *ITEMS))


def ids(
    suggester: Suggester, typed: str, wanted: Filter | None = None, limit: int = 10
) -> list[str]:
    return [held.item.id for _, held in suggester.suggest(typed, wanted or make_filter(), limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("重庆", "cq"),
        ("重慶", "cq"),
        ("cqct", "cq"),
        ("CQCT", "cq"),
        ("cqc", "cq"),
        ("chongqing", "cq"),
        ("chongqingchangtu", "cq"),
        ("chong qing chang", "cq"),
        ("chongqinchangtu", "cq"),
        ("cqct01", "cq"),
        ("qqt", "qqt"),
        ("qqt59", "qqt"),
        ("qqt059", "qqt"),
        ("全球通", "qqt"),
        ("全球通套餐", "qqt"),
        ("老全", "qqt"),
        ("流量月", "flow"),
        ("月包", "flow"),
        ("流量包10元", "flow"),
        ("流量月包１０", "flow"),
        ("流亮月包10元档", "flow"),
        ("搬家", "band"),
        ("宽带移", "band"),
        ("kdyj", "band"),
    ],
)
def test_what_is_typed_finds_its_item_first(suggester: Suggester, typed: str, first: str) -> None:
    assert ids(suggester, typed)[:1] == [first]


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "\n", "xxxxxxxx", "没有这样的东西吧"])
def test_what_fits_nothing_suggests_nothing(suggester: Suggester, typed: str) -> None:
    assert ids(suggester, typed) == []


def test_an_item_is_suggested_once_and_no_more_than_asked_for(suggester: Suggester) -> None:
    found = ids(suggester, "宽带")
    assert len(found) == len(set(found)) == 4
    assert ids(suggester, "宽带", limit=2) == found[:2]
    assert ids(suggester, "宽带", limit=0) == []


def test_items_outside_the_filter_are_never_suggested(suggester: Suggester) -> None:
    assert "secret" not in ids(suggester, "宽带")
    assert "secret" in ids(suggester, "宽带", make_filter(audience=Audience.INTERNAL))
    assert "only-yundu" not in ids(suggester, "宽带", make_filter(region="yj/linhe"))
    assert "only-yundu" in ids(suggester, "宽带", make_filter(region="yj/yundu/h01"))
    assert ids(suggester, "宽带", make_filter(libraries=[SubLibrary.TIPS])) == ["tip"]
    assert "gone" not in ids(suggester, "宽带", make_filter(sale_statuses=[SaleStatus.ON_SALE]))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Suggester:
    held = make_mixed_release(60).item_versions
    return Suggester(open_items(tmp_path_factory.mktemp("crowd"), *held))


@settings(max_examples=40, deadline=None)
@given(
    typed=st.sampled_from(["流", "宽带", "llb", "kd", "taocan", "套餐5", "code0", "我想问", "wxw"]),
    audience=st.sampled_from(Audience),
    region=st.sampled_from(["", "yj/yundu", "bx"]),
    day=st.integers(0, 300),
)
def test_every_suggestion_holds_on_that_day_for_that_reader(
    crowded: Suggester, typed: str, audience: Audience, region: str, day: int
) -> None:
    wanted = make_filter(dt.date(2026, 1, 1) + dt.timedelta(days=day), audience, region=region)
    for entry, held in crowded.suggest(typed, wanted, 20):
        assert entry.item_id == held.item.id
        assert entry.version == held.version
        assert held.valid_from <= wanted.as_of <= held.valid_to
        assert any(audience.may_read(facet.audience) for facet in held.item.facets)
        assert wanted.allows_region(held.item.region.path if held.item.region else "")


def test_a_readers_own_lines_are_found_behind_hundreds_of_others(tmp_path: Path) -> None:
    others = [make_item(f"a{n:04d}", f"流量包{n}元") for n in range(900)]
    mine = make_item("zz-mine", "流量提醒", SubLibrary.TIPS)
    suggester = Suggester(open_items(tmp_path, *others, mine))
    wanted = make_filter(libraries=[SubLibrary.TIPS])
    for typed in ("流量", "ll", "liul", "量"):
        assert ids(suggester, typed, wanted) == ["zz-mine"]


def test_typing_one_key_for_long_does_not_take_long(tmp_path: Path) -> None:
    title = "资" * 60
    suggester = Suggester(open_items(tmp_path, make_held(make_item("z", title))))
    started = time.perf_counter()
    for typed in ("z" * 40 + "q", "资" * 40 + "费", "z" * 500):
        ids(suggester, typed)
    assert time.perf_counter() - started < 2.0
