from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from corpora.types import FacetKind
from eval.faqset import Expectation
from eval.groups import group_of
from eval.samples import Sample, samples
from retriever.answer import Outcome
from retriever.answering import LOOKED_AT
from retriever.choosing import FACET_FEATURES
from retriever.knowledge_base import KnowledgeBase
from tests.builders import make_held
from tests.encoders import HashEncoder
from tests.eval.builders import AGENT, DAY, make_base, make_item, make_question, make_set
from tests.retriever.knowledge import make_base as held_base

UNKNOWN = Expectation(Outcome.UNKNOWN)


def expecting(*items: str, facet: FacetKind | None = None) -> Expectation:
    return Expectation(Outcome.ANSWERED, items=items, facet=facet)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    titles = {"biz-family": "亲情网", "biz-ring": "视频彩铃", "biz-move": "宽带移机"}
    known = [make_item(item_id, title=title) for item_id, title in titles.items()]
    return make_base(tmp_path_factory.mktemp("samples"), known)


def one(base: KnowledgeBase, question: str, expect: Expectation) -> Sample:
    (found,) = samples(make_set(make_question(expect, question=question)), base, DAY)
    return found


def test_a_sample_holds_what_the_product_weighs(base: KnowledgeBase) -> None:
    found = one(base, "亲情网怎么取消", expecting("biz-family", facet=FacetKind.CANCEL))
    page = base.search("亲情网怎么取消", AGENT, LOOKED_AT)
    weighed = base.weigher.weighed(page, AGENT.audience)
    assert found.values == weighed.features
    assert np.array_equal(found.vector, HashEncoder().encode_queries(["亲情网怎么取消"])[0])
    assert (found.outcome, found.place, found.facet) == (Outcome.ANSWERED, 1, "cancel")
    assert [kind for kind, _ in found.facets] == [m.facet.kind.value for m in weighed.facets]
    assert all(set(features) == set(FACET_FEATURES) for _, features in found.facets)
    assert found.text == page.query.normalized
    assert found.right
    assert found.answerable


@pytest.mark.parametrize("group", ["", "g7"])
def test_a_sample_stands_in_the_group_of_its_question(base: KnowledgeBase, group: str) -> None:
    question = make_question(expecting("biz-family"), question="亲情网", group=group)
    (found,) = samples(make_set(question), base, DAY)
    assert found.group == group_of(question)


def test_the_facets_are_those_of_the_expected_item_wherever_it_stands(base: KnowledgeBase) -> None:
    found = one(base, "亲情网怎么取消", expecting("biz-ring", facet=FacetKind.CANCEL))
    assert found.place > 1
    assert not found.right
    assert found.answerable
    page = base.search("亲情网怎么取消", AGENT, LOOKED_AT)
    held = page.hits[found.place - 1].held
    assert held.item.id == "biz-ring"
    own = base.weigher.facets(page, held, AGENT.audience)
    assert found.facets == tuple((m.facet.kind.value, m.features) for m in own)


def test_the_first_of_several_expected_items_counts(base: KnowledgeBase) -> None:
    assert one(base, "亲情网", expecting("biz-move", "biz-family")).place == 1


def test_an_item_that_was_not_found_has_no_place_and_no_facets(base: KnowledgeBase) -> None:
    found = one(base, "亲情网", expecting("biz-gone", facet=FacetKind.CANCEL))
    assert (found.place, found.facets, found.facet) == (0, (), "")
    assert not found.right


@pytest.mark.parametrize("facet", [None, FacetKind.PAPERS])
def test_a_facet_that_is_not_expected_or_that_the_item_lacks_teaches_nothing(
    base: KnowledgeBase, facet: FacetKind | None
) -> None:
    found = one(base, "亲情网", expecting("biz-family", facet=facet))
    assert found.place == 1
    assert found.facet == ""


def test_what_no_item_answers_is_never_right(base: KnowledgeBase) -> None:
    found = one(base, "亲情网怎么取消", UNKNOWN)
    assert (found.place, found.right, found.answerable) == (0, False, False)


def test_questions_that_the_product_refuses_are_left_out_and_counted(base: KnowledgeBase) -> None:
    asked = [
        make_question(expecting("biz-family"), id="q1", question="亲情网"),
        make_question(UNKNOWN, id="q2", question="……"),
        make_question(UNKNOWN, id="q3", question="明天下雨吗"),
    ]
    seen: list[tuple[int, int]] = []
    found = samples(make_set(*asked), base, DAY, lambda done, total: seen.append((done, total)))
    assert [sample.outcome for sample in found] == [Outcome.ANSWERED, Outcome.UNKNOWN]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_questions_are_asked_on_the_day(tmp_path: Path) -> None:
    last = DAY - dt.timedelta(days=1)
    ended = held_base(tmp_path, make_held(make_item(), valid_to=last), make_item("biz-ring"))
    asked = make_set(make_question(expecting("biz-family"), question="亲情网"))
    (then,), (now,) = (samples(asked, ended, day) for day in (last, DAY))
    assert then.place > 0
    assert now.place == 0
