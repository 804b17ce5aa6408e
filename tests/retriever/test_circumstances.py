from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.regions import NamedRegion, Regions
from corpora.types import Audience, KnowledgeItem, SubLibrary
from retriever.answer import Note, NoteKind
from retriever.circumstances import (
    RECENT,
    SOON,
    brand_notes,
    date_notes,
    family_everywhere,
    notes_of,
    region_notes,
    starts_later,
    waiting,
)
from retriever.facts import numbers_in
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item, open_items

REGIONS = Regions(
    (
        NamedRegion("yj", "云江省"),
        NamedRegion("yj/yundu", "云都市"),
        NamedRegion("yj/linhe", "临河市"),
        NamedRegion("yj/shiqiao", "石桥市"),
        NamedRegion("yj/yundu/h01", "人民路营业厅"),
    )
)
MOVE = make_item("move", "宽带移机", facets=[make_facet(official="收100元，3天内上门。")])
YUNDU = make_item(
    "move-yd",
    "宽带移机（云都市次日）",
    facets=[make_facet(official="收100元，1天内上门。")],
    region="yj/yundu",
    variant_of="move",
)
FAMILY = (make_held(YUNDU), make_held(MOVE))


def region_texts(
    item: KnowledgeItem, named: Sequence[str] = (), region: str = ""
) -> list[tuple[str, str]]:
    wanted = make_filter(region=region)
    notes = region_notes(make_held(item), FAMILY, named, wanted.region, REGIONS)
    return [(note.kind.value, note.text) for note in notes]


def test_a_place_with_a_local_version_is_pointed_to_it() -> None:
    assert region_texts(MOVE, ["yj/yundu"]) == [
        (
            "local_elsewhere",
            "云都市有本地版本“宽带移机（云都市次日）”，以它为准（数字与全省不同：简介）",
        )
    ]


def test_only_the_kind_of_a_place_is_left_out_of_its_name() -> None:
    # 沙市区 is the district 沙市, not 沙: an item about sand is no item about the place
    sand = make_item("sand", "防沙套装")
    regions = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/shashi", "沙市区")))
    notes = region_notes(make_held(sand), [make_held(sand)], ["yj/shashi"], None, regions)
    assert [note.kind for note in notes] == [NoteKind.PROVINCE]
    about = make_item("hall", "沙市中心营业厅")
    assert region_notes(make_held(about), [make_held(about)], ["yj/shashi"], None, regions) == ()


def test_a_place_without_one_gets_what_holds_in_the_whole_province() -> None:
    assert region_texts(MOVE, ["yj/linhe"]) == [
        ("province", "这是全省口径，知识库里没有临河市单独的规定")
    ]


@pytest.mark.parametrize(
    "item",
    [make_item("hall", "临河中心营业厅"), make_item("case", "断网案例", SubLibrary.CASES)],
)
def test_an_item_about_the_place_and_a_case_are_no_rules_of_the_province(
    item: KnowledgeItem,
) -> None:
    assert region_notes(make_held(item), [make_held(item)], ["yj/linhe"], None, REGIONS) == ()


def test_the_readers_own_place_alone_is_no_reason_to_speak_of_the_province() -> None:
    assert region_texts(MOVE, region="yj/linhe") == []


@pytest.mark.parametrize(
    ("named", "region"), [(["yj/yundu"], ""), ([], "yj/yundu"), ([], "yj/yundu/h01")]
)
def test_a_local_version_is_called_one(named: list[str], region: str) -> None:
    assert region_texts(YUNDU, named, region) == [
        ("local", "这是云都市的规定（数字与全省不同：简介）")
    ]


def test_a_local_version_does_not_hold_elsewhere() -> None:
    assert region_texts(YUNDU, ["yj/linhe"]) == [
        ("not_here", "这是云都市的规定，不能用于临河市；临河市按“宽带移机”")
    ]
    alone = replace(YUNDU, variant_of="")
    notes = region_notes(make_held(alone), [make_held(alone)], ["yj/linhe"], None, REGIONS)
    assert [note.text for note in notes] == [
        "这是云都市的规定，不能用于临河市；知识库里没有临河市的规定"
    ]


def test_a_named_place_comes_before_the_readers_own() -> None:
    assert [kind for kind, _ in region_texts(YUNDU, ["yj/linhe"], "yj/yundu")] == ["not_here"]


def test_without_a_place_the_clerk_learns_where_it_is_another_way() -> None:
    assert region_texts(MOVE) == [
        ("local_elsewhere", "这是全省口径；云都市有本地版本，客户在那里的按当地的答复")
    ]
    assert region_texts(YUNDU) == [("local", "这是云都市的规定")]
    lone = make_item("a")
    assert region_notes(make_held(lone), [make_held(lone)], [], None, REGIONS) == ()


def test_the_province_and_the_city_of_a_named_hall_are_no_places_of_their_own() -> None:
    assert region_texts(MOVE, ["yj"]) == region_texts(MOVE)
    named = ["yj/yundu", "yj/yundu/h01"]
    assert [text[:6] for _, text in region_texts(MOVE, named)] == ["人民路营业厅"]


def dated(
    first: dt.date | None = None,
    last: dt.date | None = None,
    library: SubLibrary = SubLibrary.MARKETING,
    at_end: str = "",
) -> KnowledgeItem:
    item = make_item("mkt", "存100送100", library)
    return replace(item, effective_from=first, effective_to=last, at_end=at_end)


def ends(days: int, **parts: object) -> list[Note]:
    item = dated(last=TODAY + dt.timedelta(days), **parts)  # type: ignore[arg-type]
    return list(date_notes(make_held(item), TODAY))


def test_an_end_in_sight_is_told_with_the_days_left() -> None:
    assert ends(36) == [
        Note(
            NoteKind.ENDS,
            "这个活动到2026年4月6日截止，还有36天",
            "mkt",
            ("effective_to", "as_of"),
        )
    ]


def test_the_last_day_and_a_far_end_are_told_without_counting() -> None:
    assert [note.text for note in ends(0)] == ["这个活动到2026年3月1日截止，就是当天"]
    assert [note.text for note in ends(SOON + 1)] == ["这个活动到2026年5月31日截止"]


def test_what_happens_at_the_end_is_told_with_it() -> None:
    note = ends(1, at_end="到期自动失效", library=SubLibrary.BUSINESS)[0]
    assert note.text == "这一条到2026年3月2日截止，还有1天。到期自动失效"
    assert note.sources == ("effective_to", "as_of", "at_end")


@pytest.mark.parametrize(("ago", "told"), [(0, True), (RECENT, True), (RECENT + 1, False)])
def test_what_began_lately_is_told(ago: int, told: bool) -> None:
    item = dated(first=TODAY - dt.timedelta(ago))
    assert [n.kind for n in date_notes(make_held(item), TODAY)] == [NoteKind.STARTED] * told


def test_a_new_version_of_an_old_item_began_when_the_version_did() -> None:
    held = make_held(dated(first=dt.date(2025, 1, 1)), 2, valid_from=dt.date(2026, 2, 20))
    notes = date_notes(held, TODAY)
    assert [(note.text, note.sources) for note in notes] == [
        ("2026年2月20日起执行", ("valid_from",))
    ]


def test_a_version_that_another_one_follows_says_so() -> None:
    item = dated(last=dt.date(2026, 12, 31))
    notes = date_notes(make_held(item, valid_to=dt.date(2026, 6, 30)), TODAY)
    assert [note.kind for note in notes] == [NoteKind.ENDS, NoteKind.CHANGES]
    assert notes[1].text == "这个说法到2026年6月30日为止，之后有变动"
    whole = make_held(item, valid_to=dt.date(2026, 12, 31))
    assert [note.kind for note in date_notes(whole, TODAY)] == [NoteKind.ENDS]


@pytest.mark.parametrize("brand", ["全球通", "全球通金卡"])
def test_a_customer_of_the_brand_needs_no_remark(brand: str) -> None:
    item = replace(dated(), brands=("全球通", "任我享"))
    assert brand_notes(item, brand) == ()
    assert brand_notes(dated(), "神州行") == ()


def test_a_customer_of_another_brand_is_to_be_checked() -> None:
    item = replace(dated(), brands=("全球通", "任我享"))
    assert [note.text for note in brand_notes(item, "神州行")] == [
        "条目登记的品牌是全球通、任我享，客户现在是神州行，先核对办理条件"
    ]


def test_the_brand_of_an_offer_is_told_where_the_customers_is_not_known() -> None:
    offer = replace(dated(), brands=("全球通",))
    assert [n.text for n in brand_notes(offer, "")] == ["条目登记的品牌是全球通，先核对客户的品牌"]
    plan = replace(dated(library=SubLibrary.BUSINESS), brands=("全球通",))
    assert brand_notes(plan, "") == ()


def test_what_to_check_with_a_customer_is_not_told_to_customers() -> None:
    held = make_held(replace(dated(), brands=("全球通",)))
    kinds = {
        audience: [
            note.kind
            for note in notes_of(
                held,
                make_filter(audience=audience),
                named=[],
                brand="神州行",
                members=[held],
                regions=REGIONS,
            )
        ]
        for audience in (Audience.AGENT, Audience.CUSTOMER)
    }
    assert kinds == {Audience.AGENT: [NoteKind.BRAND], Audience.CUSTOMER: []}


def test_the_numbers_of_remarks_are_those_of_the_items_dates() -> None:
    held = make_held(dated(first=TODAY, last=dt.date(2026, 3, 31)))
    said = [n for note in date_notes(held, TODAY) for n in numbers_in(note.text)]
    assert set(said) == {"2026", "3", "1", "31", "30"}  # 30 days from the first to the last


def test_the_family_is_looked_for_in_every_region(tmp_path: Path) -> None:
    searcher = open_items(tmp_path, MOVE, YUNDU)
    here = make_filter(region="yj/linhe", libraries=[SubLibrary.BUSINESS])
    found = family_everywhere(make_held(MOVE), searcher, here)
    assert [held.item.id for held in found] == ["move-yd", "move"]


SPRING = replace(make_item("spring", "新春流量包"), effective_from=dt.date(2026, 4, 1))


def test_what_does_not_hold_yet_is_announced_with_its_first_day() -> None:
    note = Note(
        NoteKind.UPCOMING,
        "“新春流量包”自2026年4月1日起才生效，还有31天，在此之前还不能办",
        "spring",
        ("title", "effective_from", "as_of"),
    )
    held = make_held(SPRING, valid_from=dt.date(2026, 4, 1))
    assert starts_later(held, TODAY) == note
    assert starts_later(held, dt.date(2026, 4, 1)) is None


def test_items_that_hold_later_are_found_and_those_of_today_are_not(tmp_path: Path) -> None:
    later = make_held(SPRING, valid_from=dt.date(2026, 4, 1), valid_to=dt.date(2026, 4, 20))
    over = make_held(make_item("over"), valid_to=dt.date(2026, 2, 1))
    changed = make_held(make_item("now"), 2, valid_from=dt.date(2026, 5, 1))
    now = make_held(make_item("now"), 1, valid_to=dt.date(2026, 4, 30))
    searcher = open_items(tmp_path, later, over, now, changed)
    asked = ["now", "spring", "over", "none", "spring"]
    assert waiting(asked, searcher, make_filter()) == (later,)


def test_what_comes_in_two_versions_waits_for_the_first(tmp_path: Path) -> None:
    first = make_held(SPRING, 1, dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    second = make_held(SPRING, 2, dt.date(2026, 5, 1))
    searcher = open_items(tmp_path, second, first)
    assert waiting(["spring"], searcher, make_filter()) == (first,)


def test_nothing_waits_for_what_lies_behind_the_last_day_of_the_calendar(tmp_path: Path) -> None:
    searcher = open_items(tmp_path, make_held(SPRING, valid_to=dt.date(2026, 4, 30)))
    assert waiting(["spring"], searcher, make_filter(dt.date.max)) == ()


def test_what_is_no_product_is_not_said_to_be_ordered() -> None:
    tip = replace(make_item("tip", "春季提醒", SubLibrary.TIPS), effective_from=dt.date(2026, 4, 1))
    note = starts_later(make_held(tip), TODAY)
    assert note
    assert note.text.endswith("在此之前还不适用")
