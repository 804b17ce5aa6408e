from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from math import fsum

import pytest

from corpora.types import Audience
from retriever import explainer
from retriever.boosts import boosts
from retriever.explaining import (
    PART_LABELS,
    REST,
    by_reading,
    field_label,
    replaced,
    score_parts,
)
from retriever.knowledge_base import KnowledgeBase
from retriever.types import Evidence, FoundPassage, Hit
from tests.builders import make_filter, make_held
from tests.retriever.explained import (
    QUESTIONS,
    WEIGHTS,
    CharacterEncoder,
    base_of,
    explained,
    views,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    opened = base_of(tmp_path_factory.mktemp("explaining"), CharacterEncoder())
    yield opened
    opened.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_parts_of_every_hit_add_up_to_its_score(base: KnowledgeBase, question: str) -> None:
    page, explanations = explained(base, question)
    assert len(explanations) == len(page.hits) > 0
    for hit, why in zip(page.hits, explanations, strict=True):
        assert fsum(part.value for part in why.parts) == pytest.approx(hit.score, abs=1e-8)
        assert REST not in {part.name for part in why.parts}  # the retriever names all that it adds
    for view in views(base, question):
        parts = view["explain"]["parts"]
        assert sum(part["value"] for part in parts) == pytest.approx(
            view["score"], abs=6e-5 * (len(parts) + 1)
        )


def test_corrections_come_with_their_values_and_chinese_names(base: KnowledgeBase) -> None:
    _, explanations = explained(base, "20元流量月包30001120")
    parts = {part.name: part for part in explanations[0].parts}
    assert parts["code"].value == 2.0
    assert parts["amount"].value > 0.0
    assert parts["code"].label == "说了编码或指令"
    other = {part.name: part.value for part in explanations[1].parts}
    assert other["other_amount"] < 0.0


def test_every_correction_has_a_chinese_name() -> None:
    names = re.findall(r'found\.append\(\("(\w+)"', inspect.getsource(boosts))
    assert len(names) > 8
    assert set(names) <= PART_LABELS.keys()


def make_hit(score: float, *parts: tuple[str, float], evidence: Evidence) -> Hit:
    held = make_held()
    passage = FoundPassage("x", held.item.id, 1, held.item.id, "title", "流量", "", None)
    return Hit(held, score, passage, evidence, parts=parts)


def test_the_arithmetic_of_a_score() -> None:
    # .5·.4 + 1.6·(.7 − .2) + .9 = 1.9, less .03 because the reading found it
    own = Evidence("x", lexical=0.4, semantic=0.7, score=1.87, late=0.9)
    hit = make_hit(1.93, ("support", -0.1), ("named", 0.06), ("novel", 0.1), evidence=own)
    found = {part.label: round(part.value, 6) for part in score_parts(hit, WEIGHTS)}
    assert found == {
        "关键词": 0.2,
        "语义": 0.8,
        "逐词对照": 0.9,
        "换读法的折扣": -0.03,
        "其他片段的支持": -0.1,
        "说了条目的名字": 0.06,
        "novel": 0.1,
    }
    assert by_reading(own, WEIGHTS)


def test_what_nobody_named_is_shown_as_the_rest() -> None:
    own = Evidence("x", lexical=0.4, semantic=0.2, score=0.2)
    rest = score_parts(make_hit(0.5, evidence=own), WEIGHTS)[-1]
    assert (rest.name, rest.label) == (REST, "其他")
    assert rest.value == pytest.approx(0.3)


def test_an_item_found_by_its_code_alone_has_no_parts_of_words_or_meaning() -> None:
    hit = make_hit(2.03, ("code", 2.0), ("business", 0.03), evidence=Evidence("", 0.0, 0.0, 0.0))
    assert [part.name for part in score_parts(hit, WEIGHTS)] == ["code", "business"]
    assert not by_reading(hit.evidence, WEIGHTS)


def test_a_passage_that_the_reading_found_says_so(base: KnowledgeBase) -> None:
    page, explanations = explained(base, "20元流量月包不想用了")
    assert page.query.reading == "20元流量月包退订"
    discounts = [
        {part.name: part.value for part in why.parts}.get("reading", 0.0) for why in explanations
    ]
    assert min(discounts) == pytest.approx(-0.03)
    for why, discount in zip(explanations, discounts, strict=True):
        asked = page.query.reading if discount else page.query.normalized
        assert why.asked == asked


def test_the_passages_that_support_an_item_are_named(base: KnowledgeBase) -> None:
    page, explanations = explained(base, "流量月包怎么退订")
    why = explanations[0]
    assert 1 <= len(why.supporting) <= 3
    scores = [one.score for one in why.supporting]
    assert scores == sorted(scores, reverse=True)
    own = {f"{page.hits[0].passage.item_id}"}
    assert {one.passage_id.partition("@")[0] for one in why.supporting} == own
    assert page.hits[0].passage.passage_id not in {one.passage_id for one in why.supporting}
    assert all(one.text for one in why.supporting)


def test_a_customer_is_shown_no_word_of_official_wording(base: KnowledgeBase) -> None:
    customer = make_filter(audience=Audience.CUSTOMER)
    question = "流量月包发送QX到10086退订"
    page, explanations = explained(base, question, customer)
    hidden = [
        why
        for hit, why in zip(page.hits, explanations, strict=True)
        if hit.passage.field.endswith(".official")
    ]
    assert hidden
    assert all(why.tokens.why_none == explainer.STAFF_ONLY for why in hidden)
    shown = [one for why in explanations for one in why.supporting]
    assert all((one.text is None) == one.field.endswith(".official") for one in shown)
    assert "发送QX到10086" not in str(
        [view["explain"]["supporting"] for view in views(base, question, customer)]
    )
    for why in explained(base, question)[1]:
        assert why.tokens.pairs
        assert all(one.text for one in why.supporting)


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("title", "标题"),
        ("question", "相似问法"),
        ("alias", "别名"),
        ("cancel.question", "如何取消·相似问法"),
        ("cancel.customer", "如何取消·客户化话术"),
        ("code", "编码"),
        ("novel", "novel"),
    ],
)
def test_fields_have_chinese_names(field: str, label: str) -> None:
    assert field_label(field) == label


def test_what_was_understood_is_told_with_chinese_names(base: KnowledgeBase) -> None:
    understood = views(base, "云都市那个20块的流量月包不想用了，提醒啥 30001120")[0]["explain"][
        "understood"
    ]
    assert understood["normalized"].startswith("云都市那个20元的流量月包不想用了")
    assert {"typed": "不想用了", "read": "退订"} in understood["replaced"]
    assert {"value": "cancel", "label": "如何取消"} in understood["facets"]
    assert understood["hints"] == [{"value": "tips", "label": "提示信息库"}]
    assert understood["regions"] == [{"value": "yj/yundu", "label": "云都市"}]
    assert "20元" in understood["amounts"]
    assert understood["codes"] == ["30001120"]
    assert "20" in understood["numbers"]


def test_a_question_without_a_reading_replaces_nothing(base: KnowledgeBase) -> None:
    understood = views(base, "流量月包怎么退订")[0]["explain"]["understood"]
    assert understood["reading"] is None
    assert understood["replaced"] == []
    assert replaced("退订", "退订") == ()


def test_nothing_found_explains_nothing(base: KnowledgeBase) -> None:
    wanted = make_filter(region="zz", libraries=())
    nothing = replace(base.search("流量月包", wanted), hits=())
    assert base.explain(nothing, wanted) == []
