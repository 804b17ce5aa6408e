from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpora.types import FacetKind
from retriever.answer import Outcome
from retriever.asking import about_what, is_incomplete, which_sibling
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import ResultPage
from tests.builders import make_facet, make_filter, make_item
from tests.retriever.knowledge import make_base

CANCEL = make_facet(FacetKind.CANCEL, "营业厅取消。", "在营业厅就能取消。")
PRICE = make_facet(FacetKind.PRICE, "按套餐收费。", "按套餐收费。")
PACKS = tuple(
    make_item(f"pack{fee}", f"{fee}元流量月包", facets=[PRICE, CANCEL]) for fee in (10, 20, 30)
)
OTHERS = (
    make_item("family", "亲情网", facets=[CANCEL], weight=9, codes=("QQW001",)),
    make_item("move", "宽带移机", facets=[PRICE], aliases=("移机",)),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return make_base(tmp_path_factory.mktemp("asking"), *PACKS, *OTHERS)


def found(base: KnowledgeBase, question: str) -> ResultPage:
    return base.search(question, make_filter(), 20)


@pytest.mark.parametrize("question", ["那个怎么取消", "多少钱", "怎么办理呀"])
def test_a_question_without_a_subject_is_incomplete(base: KnowledgeBase, question: str) -> None:
    page = found(base, question)
    assert is_incomplete(page.query, page)


@pytest.mark.parametrize(
    "question",
    ["亲情网怎么取消", "QQW001", "10元的怎么取消", "移机", "移机多少钱", "E9999", "qinqingwang"],
)
def test_a_word_a_code_a_name_or_an_amount_of_one_item_is_a_subject(
    base: KnowledgeBase, question: str
) -> None:
    page = found(base, question)
    assert not is_incomplete(page.query, page)


def test_an_open_question_offers_the_most_asked_items_that_can_answer_it(
    base: KnowledgeBase,
) -> None:
    page = found(base, "那个怎么取消")
    asked = about_what(page.query, page.hits)
    assert asked
    assert asked.question == "请问您想取消哪一项？"
    assert asked.options[0].item_id == "family"
    assert asked.options[0].query == "亲情网怎么取消"
    assert "move" not in [option.item_id for option in asked.options]
    assert 2 <= len(asked.options) <= 4


def test_every_choice_leads_to_the_answer_of_its_item(base: KnowledgeBase) -> None:
    answer = base.answer("那个怎么取消", make_filter())
    assert answer.outcome is Outcome.CLARIFY
    assert answer.clarify
    for option in answer.clarify.options:
        again = base.answer(option.query, make_filter())
        assert again.outcome is Outcome.ANSWERED
        assert again.held
        assert again.held.item.id == option.item_id


def test_siblings_without_the_number_between_them_are_asked_about(base: KnowledgeBase) -> None:
    page = found(base, "流量月包怎么取消")
    packs = [hit for hit in page.hits if hit.item_id.startswith("pack")]
    level = [replace(hit, score=1.0) for hit in packs]
    asked = which_sibling(replace(page, hits=tuple(level)))
    assert asked
    assert {option.item_id for option in asked.options} == {"pack10", "pack20", "pack30"}
    clear = [level[0], *(replace(hit, score=0.9) for hit in level[1:])]
    assert which_sibling(replace(page, hits=tuple(clear))) is None


@pytest.mark.parametrize("question", ["20元流量月包怎么取消", "亲情网怎么取消"])
def test_a_named_item_is_not_asked_about(base: KnowledgeBase, question: str) -> None:
    page = found(base, question)
    assert which_sibling(page) is None


def test_one_thing_is_no_choice(base: KnowledgeBase) -> None:
    page = found(base, "那个怎么取消")
    assert about_what(page.query, page.hits[:1]) is None
    assert about_what(page.query, ()) is None
    assert which_sibling(replace(page, hits=())) is None


def test_items_of_one_title_are_one_choice(tmp_path: Path) -> None:
    twins = [make_item(name, "亲情网", facets=[CANCEL]) for name in ("one", "two")]
    page = found(make_base(tmp_path, *twins), "那个怎么取消")
    assert len(page.hits) == 2
    assert about_what(page.query, page.hits) is None
