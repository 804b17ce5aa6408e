"""Proposals of a sub-library: what holds for any knowledge, on small knowledge made here."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from corpora.types import Audience, FacetKind, KnowledgeItem, Relation, RelationKind, SubLibrary
from indexer.propose import APPLY_AT, FAMILIES_NEEDED, ItemText, Proposer
from indexer.propose_fit import softmax, softmax_regression, term_weights
from indexer.propose_sample import families, folds, sample
from indexer.propose_text import PIECE, views, whole
from tests.builders import make_facet, make_item
from tests.encoders import HashEncoder

WORDS = {
    SubLibrary.BUSINESS: ("套餐", "月费", "流量包", "宽带", "副卡", "办理"),
    SubLibrary.MARKETING: ("活动", "赠送", "返还", "话术", "推荐", "抽奖"),
    SubLibrary.TIPS: ("提醒", "务必", "告知", "说明", "确认", "注意"),
    SubLibrary.TERMINALS: ("手机", "屏幕", "电池", "光猫", "路由器", "手表"),
    SubLibrary.TECHNICAL: ("菜单", "工单", "错误码", "打印", "扎账", "接口"),
    SubLibrary.CASES: ("案例", "投诉", "客户反映", "经过", "教训", "安抚"),
}
KINDS = {SubLibrary.CASES: FacetKind.SITUATION, SubLibrary.TECHNICAL: FacetKind.OPERATION}


def _knowledge(
    per_library: int = 12, libraries: Sequence[SubLibrary] = tuple(SubLibrary)
) -> list[KnowledgeItem]:
    drawn = random.Random(3)
    return [
        make_item(
            f"{library.value}-{n}",
            "".join(drawn.sample(WORDS[library], 2)) + f"{n}",
            library,
            [
                make_facet(
                    KINDS.get(library, FacetKind.OVERVIEW),
                    "，".join(drawn.sample(WORDS[library], 4)) + "。",
                    audience=Audience.AGENT,
                )
            ],
            similar_questions=("".join(drawn.sample(WORDS[library], 2)) + "吗",),
        )
        for library in libraries
        for n in range(per_library)
    ]


@pytest.fixture(scope="module", params=["terms", "terms and vectors"])
def proposer(request: pytest.FixtureRequest) -> Proposer:
    encoder = HashEncoder() if request.param == "terms and vectors" else None
    return Proposer.from_items(_knowledge(), encoder)


@pytest.mark.parametrize("library", SubLibrary)
def test_a_row_in_the_words_of_a_library_is_proposed_for_it(
    proposer: Proposer, library: SubLibrary
) -> None:
    words = WORDS[library]
    proposal = proposer.propose(ItemText.of("".join(words[:2]), (), ["，".join(words[2:])]))
    assert proposal.library is library
    assert proposal.runner_up is not library
    assert 1 / 6 < proposal.confidence <= 1


def test_a_row_of_words_that_no_item_has_is_never_applied(proposer: Proposer) -> None:
    assert proposer.propose(ItemText.of("zzz qqq")).confidence < APPLY_AT
    assert proposer.propose(ItemText.of("")).confidence < APPLY_AT


def test_rows_are_proposed_alike_one_by_one_and_together(proposer: Proposer) -> None:
    rows = [ItemText.of_item(item) for item in _knowledge(3)]
    together = proposer.propose_all(rows)
    for row, proposal in zip(rows, together, strict=True):
        alone = proposer.propose(row)
        assert (alone.library, alone.runner_up) == (proposal.library, proposal.runner_up)
        assert alone.confidence == pytest.approx(proposal.confidence)
    assert proposer.propose_all([]) == []


def test_the_order_of_the_items_makes_no_difference() -> None:
    items = _knowledge()
    row = ItemText.of("手机活动", (), ["赠送手机，注意提醒"])
    forward = Proposer.from_items(items).propose(row)
    assert Proposer.from_items(items[::-1]).propose(row) == forward


@pytest.mark.parametrize("count", [0, 1])
def test_from_nothing_or_one_item_no_proposal_is_applied(count: int) -> None:
    proposal = Proposer.from_items(_knowledge()[:count]).propose(ItemText.of("套餐月费"))
    assert proposal.confidence < APPLY_AT
    assert proposal.library is not proposal.runner_up


def test_from_one_library_alone_no_proposal_is_applied() -> None:
    items = _knowledge(30, [SubLibrary.TIPS])
    proposal = Proposer.from_items(items).propose(ItemText.of("提醒务必告知"))
    assert proposal.library is SubLibrary.TIPS
    assert proposal.confidence < APPLY_AT


def test_from_too_few_families_no_proposal_is_applied() -> None:
    items = _knowledge(FAMILIES_NEEDED // 6)
    assert Proposer.from_items(items).propose(ItemText.of_item(items[0])).confidence < APPLY_AT


def test_a_library_without_items_is_never_proposed() -> None:
    there = [SubLibrary.BUSINESS, SubLibrary.CASES]
    proposer = Proposer.from_items(_knowledge(15, there))
    for words in WORDS.values():
        proposal = proposer.propose(ItemText.of("".join(words)))
        assert {proposal.library, proposal.runner_up} == set(there)


def test_a_row_shows_neither_its_library_nor_its_id() -> None:
    item = _knowledge(1)[0]
    moved = make_item(
        "tip-other",
        item.title,
        SubLibrary.TIPS,
        item.facets,
        similar_questions=item.similar_questions,
    )
    assert ItemText.of_item(item) == ItemText.of_item(moved)


def test_the_views_of_an_item_hold_its_texts_and_short_pieces_for_the_encoder() -> None:
    item = make_item(
        facets=[make_facet(official="流量" * 90)], similar_questions=("怎么开", "咋退")
    )
    seen = list(views(item))
    everything = {*whole(ItemText.of_item(item)).texts}
    assert {text for view in seen for text in view.texts} <= everything
    assert all(len(piece) <= PIECE for view in seen for piece in view.encoded)
    assert any(view.traits for view in seen)
    assert any(not view.traits for view in seen)
    assert list(views(item)) == seen


def test_variants_and_siblings_stay_in_one_fold() -> None:
    base = make_item("a")
    variant = make_item("a-yundu", region="yj/yundu", variant_of="a")
    sibling = make_item("b")
    far = replace(make_item("c"), relations=(Relation(RelationKind.SIBLING, "b"),))
    near = replace(sibling, relations=(Relation(RelationKind.SIBLING, "a"),))
    items = [base, variant, near, far, make_item("d")]
    head = families(items)
    assert len({head[i] for i in ("a", "a-yundu", "b", "c")}) == 1
    assert head["d"] == "d"
    fold = folds(items)
    assert fold["a"] == fold["a-yundu"] == fold["b"] == fold["c"]


def test_of_very_many_items_an_equal_part_of_each_library_is_learned_from() -> None:
    items = _knowledge(40, [SubLibrary.BUSINESS]) + _knowledge(40, [SubLibrary.TIPS])
    items += _knowledge(2, [SubLibrary.CASES])
    kept = sample(items, up_to=22)
    count = {library: sum(item.sub_library is library for item in kept) for library in SubLibrary}
    assert count[SubLibrary.BUSINESS] == count[SubLibrary.TIPS] == 10
    assert count[SubLibrary.CASES] == 2
    assert sample(items[::-1], up_to=22) == kept


def test_a_term_that_all_classes_have_alike_weighs_nothing() -> None:
    weights = term_weights(np.array([[5.0, 5.0], [9.0, 1.0], [1.0, 9.0]]))
    assert weights[0] == pytest.approx([0, 0])
    assert weights[1, 0] > 0 > weights[1, 1]


def test_the_softmax_learns_how_often_a_score_is_right() -> None:
    # a score that is right three times of four is worth a probability of three quarters
    scores = np.array([[1.0, 1.0]] * 4000)
    labels = np.array([0, 0, 0, 1] * 1000)
    fitted = softmax_regression(scores, labels, 2)
    assert softmax(scores[:1] @ fitted)[0, 0] == pytest.approx(0.75, abs=0.01)
