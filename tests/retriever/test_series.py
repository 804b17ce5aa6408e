from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpora.types import FacetKind, SaleStatus, SubLibrary
from retriever.answer import Answer, Outcome
from retriever.asking import which_of_series
from retriever.context import CallContext
from retriever.knowledge_base import KnowledgeBase
from retriever.series import series_of
from tests.builders import make_facet, make_filter, make_item
from tests.retriever.knowledge import make_base

PRICE = make_facet(FacetKind.PRICE, "按档收费。", "按档收费。")
OVERVIEW = make_facet(FacetKind.OVERVIEW, "一种套餐。", "一种套餐。")
CANCEL = make_facet(FacetKind.CANCEL, "在营业厅退订。", "在营业厅就能退。")
BY_SMS = make_facet(FacetKind.CANCEL, "发短信退订。", "发短信就能退。")
PARAMETERS = make_facet(FacetKind.PARAMETERS, "屏幕6英寸。", "屏幕6英寸。")
TIERS = [
    make_item(
        f"gotone-{fee}",
        f"全球通{fee}元档",
        facets=[OVERVIEW, PRICE, cancel],
        weight=weight,
        codes=(f"GT{fee}",),
    )
    for fee, weight, cancel in (
        (59, 5, BY_SMS),
        (99, 9, CANCEL),
        (129, 3, CANCEL),
        (159, 2, CANCEL),
        (199, 1, CANCEL),
    )
]
OLD = make_item(
    "gotone-38",
    "全球通38元档",
    facets=[OVERVIEW, PRICE],
    weight=99,
    sale_status=SaleStatus.WITHDRAWN,
)
PHONES = [
    make_item(
        f"phone-{n}",
        f"星禾手机{n}",
        facets=[OVERVIEW, PRICE, PARAMETERS],
        sub_library=SubLibrary.TERMINALS,
    )
    for n in (3, 5)
]
PACKS = [
    make_item(f"pack-{fee}", f"{fee}元流量月包", facets=[PRICE, cancel])
    for fee, cancel in ((10, CANCEL), (20, BY_SMS))
]
VOICE = [make_item(f"voice-{n}", f"{n}分钟语音包", facets=[PRICE, CANCEL]) for n in (100, 300)]
RETIRED = [
    make_item(
        f"old-{fee}",
        f"飞享{fee}元档",
        facets=[OVERVIEW, PRICE],
        sale_status=SaleStatus.GRANDFATHERED,
    )
    for fee in (58, 88)
]
PLUS = make_item("gotone-plus", "全球通尊享259元档", facets=[OVERVIEW, PRICE])
LEAVING = make_item("leave", "流量月包退订办法", facets=[CANCEL], aliases=("退流量月包",), weight=7)
ALONE = make_item("family", "亲情网5元", facets=[PRICE])
NAMES = {
    "全球通59元档": ["gotone-59"],
    "全球通99元档(5g)": ["gotone-99"],
    "10元1gb流量月包": ["pack"],
    "20元流量月包": ["pack"],
}


def test_names_without_their_number_are_what_several_items_are_called() -> None:
    found = series_of(NAMES)
    assert found == dict.fromkeys(("全球通", "全球通套餐"), ("gotone-59", "gotone-99"))


def test_what_an_item_is_called_itself_is_no_series() -> None:
    assert "全球通" not in series_of({**NAMES, "全球通": ["gotone"]})
    assert series_of({**NAMES, "全球通套餐": ["x"]})["全球通"] == ("gotone-59", "gotone-99")
    assert "全球通套餐" not in series_of({**NAMES, "全球通套餐": ["x"]})


def test_a_word_of_many_other_names_is_no_series() -> None:
    others = {f"全球通{word}": [word] for word in ("会员", "客服", "积分")}
    assert series_of({**NAMES, **others}) == {}


def test_what_stands_in_brackets_is_no_number() -> None:
    assert series_of({"停机(tj1)": ["a"], "停机(怎么恢复)": ["b"]}) == {}


def test_one_name_of_two_items_makes_no_series() -> None:
    assert series_of({"5g尝鲜包": ["a", "b"]}) == {}


def test_letters_and_single_signs_are_no_series() -> None:
    assert series_of({"llb10": ["a"], "llb20": ["b"], "猫1": ["c"], "猫2": ["d"]}) == {}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder: Path = tmp_path_factory.mktemp("series")
    return make_base(folder, *TIERS, OLD, *PHONES, *PACKS, *VOICE, *RETIRED, PLUS, LEAVING, ALONE)


def answer(base: KnowledgeBase, question: str, **scope: object) -> Answer:
    return base.answer(question, make_filter(**scope), CallContext(), trace_id="t")


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("全球通多少钱", "多少钱"),
        ("全球通套餐多少钱", "多少钱"),
        ("全球通", "是什么"),
        ("请问全球通有哪些", "是什么"),
        ("全球通怎么退", "怎么取消"),
    ],
)
def test_a_question_that_names_a_series_alone_is_asked_which(
    base: KnowledgeBase, question: str, phrase: str
) -> None:
    found = answer(base, question)
    assert found.outcome is Outcome.CLARIFY
    assert found.clarify
    assert found.clarify.question == "有好几档，请问是哪一档？"
    assert [(option.label, option.query) for option in found.clarify.options] == [
        (f"全球通{fee}元档", f"全球通{fee}元档{phrase}") for fee in (99, 59, 129, 159)
    ]


def test_devices_are_counted_as_devices_are(base: KnowledgeBase) -> None:
    found = answer(base, "星禾手机多少钱")
    assert found.clarify
    assert found.clarify.question == "有好几款，请问是哪一款？"
    assert {option.item_id for option in found.clarify.options} == {"phone-3", "phone-5"}


def test_a_product_whose_name_begins_so_is_one_of_the_series(base: KnowledgeBase) -> None:
    query = base.retriever.understand("全球通多少钱")
    members = base.retriever.members(query, make_filter())
    assert "gotone-plus" in {held.item.id for held in members}


@pytest.mark.parametrize(
    "question",
    [
        "我是全球通客户",
        "全球通收费是怎么回事",
        "全球通怎么处理",
        "全球通参数",  # none of them has any
        "语音包怎么退",  # all say the same
        "飞享怎么办理",  # none can be had any more
    ],
)
def test_what_a_series_does_not_tell_is_not_asked_about(base: KnowledgeBase, question: str) -> None:
    page = base.search(question, make_filter(), 20)
    assert page.query.series
    members = base.retriever.members(page.query, make_filter())
    assert which_of_series(page, members) is None


def test_the_price_of_what_cannot_be_had_any_more_is_asked_for_by_who_has_it(
    base: KnowledgeBase,
) -> None:
    found = answer(base, "飞享多少钱")
    assert found.clarify
    assert {option.item_id for option in found.clarify.options} == {"old-58", "old-88"}


def test_all_that_was_asked_is_asked_again(base: KnowledgeBase) -> None:
    found = answer(base, "星禾手机参数和价格")
    assert found.clarify
    assert [option.query for option in found.clarify.options] == [
        "星禾手机3参数，多少钱",
        "星禾手机5参数，多少钱",
    ]


@pytest.mark.parametrize(
    "context",
    [
        CallContext(boss_code="GT129"),
        CallContext(dialog=("我用的全球通129元档", "还有别的吗")),
    ],
)
def test_a_product_that_the_call_is_about_is_not_asked_for(
    base: KnowledgeBase, context: CallContext
) -> None:
    found = base.answer("全球通多少钱", make_filter(), context, trace_id="t")
    assert found.outcome is Outcome.ANSWERED
    assert found.held
    assert found.held.item.id == "gotone-129"


@pytest.mark.parametrize(
    "question", ["全球通59元档多少钱", "全球通59多少钱", "全球通送朋友行不行", "亲情网多少钱"]
)
def test_who_says_a_number_or_something_else_is_not_asked_which(
    base: KnowledgeBase, question: str
) -> None:
    assert base.retriever.understand(question).series is None


def test_what_one_item_tells_of_all_of_a_series_is_told(base: KnowledgeBase) -> None:
    page = base.search("流量月包怎么退", make_filter(), 20)
    members = base.retriever.members(page.query, make_filter())
    leave = next(hit for hit in page.hits if hit.item_id == "leave")
    others = tuple(hit for hit in page.hits if hit is not leave)
    assert which_of_series(replace(page, hits=(leave, *others)), members) is None
    assert which_of_series(replace(page, hits=(*others, leave)), members)
    # what each tells for itself is asked about whatever was found
    price = base.search("流量月包多少钱", make_filter(), 20)
    assert which_of_series(replace(price, hits=(leave, *others)), members)


def test_a_series_of_which_its_reader_has_one_is_not_asked_about(
    tmp_path: Path,
) -> None:
    there = make_item("gotone-99", "全球通99元档", facets=[OVERVIEW, PRICE], region="yj/wanghai")
    base = make_base(tmp_path, TIERS[0], there)
    here = make_filter(region="yj/yundu")
    query = base.retriever.understand("全球通多少钱")
    assert query.series
    assert [held.item.id for held in base.retriever.members(query, here)] == ["gotone-59"]
    assert len(base.retriever.members(query, make_filter(region="yj/wanghai"))) == 2
