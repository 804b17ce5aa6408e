from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.passages import passages_of
from retriever.closeness import FAR, Closeness, closeness
from retriever.knowledge_base import KnowledgeBase
from retriever.types import Meaning
from tests.builders import make_held
from tests.encoders import HashEncoder
from tests.retriever.explained import CharacterEncoder, base_of, items

PASSAGES = [p for item in items() for p in passages_of(make_held(item))]
IDS = [passage.passage_id for passage in PASSAGES]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return base_of(tmp_path_factory.mktemp("tokens"), CharacterEncoder())


@pytest.fixture(scope="module")
def meaning(base: KnowledgeBase) -> Callable[[str], Meaning]:
    encoder, projection = CharacterEncoder(), base.retriever.searcher.projection
    assert projection is not None

    def meaning(text: str) -> Meaning:
        (both,) = encoder.encode_both([text])
        return Meaning(both.vector, projection.project(both.tokens))

    return meaning


def test_every_passage_is_as_near_as_a_loop_says(
    base: KnowledgeBase, meaning: Callable[[str], Meaning]
) -> None:
    asked = [meaning("20元流量月包不想用了"), meaning("20元流量月包退订")]
    found = closeness(IDS, asked, base.retriever.searcher)
    assert len(found) == len(PASSAGES)
    encoder = CharacterEncoder()
    for passage, close in zip(PASSAGES, found, strict=True):
        (both,) = encoder.encode_both([passage.indexed_text])
        cosines, mets, worsts = [], [], []
        for one in asked:
            assert one.tokens is not None
            best = sorted(max(float(t @ own) for own in both.tokens) for t in one.tokens)
            cosines.append(float(one.vector @ both.vector))
            mets.append(sum(best) / len(best))
            worsts.append(sum(best[:2]) / 2)
        assert close.field == passage.field
        assert close.cosine == pytest.approx(max(cosines), abs=2e-3)
        assert close.met == pytest.approx(max(mets), abs=1e-2)
        assert close.worst == pytest.approx(max(worsts), abs=2e-2)


def test_passages_come_in_the_order_given(
    base: KnowledgeBase, meaning: Callable[[str], Meaning]
) -> None:
    asked, searcher = [meaning("宽带慢")], base.retriever.searcher
    assert closeness(IDS[::-1], asked, searcher) == closeness(IDS, asked, searcher)[::-1]


def test_a_version_without_tokens_tells_cosines_alone(tmp_path: Path) -> None:
    base = base_of(tmp_path, HashEncoder())
    vector = HashEncoder().encode_queries(["宽带慢"])[0]
    found = closeness(IDS, [Meaning(vector, None)], base.retriever.searcher)
    assert {(close.met, close.worst) for close in found} == {(FAR, FAR)}
    expected = HashEncoder().encode_passages([p.indexed_text for p in PASSAGES]) @ vector
    assert [close.cosine for close in found] == pytest.approx(expected.tolist(), abs=2e-3)


def test_without_a_meaning_or_a_passage_nothing_is_near(
    base: KnowledgeBase, meaning: Callable[[str], Meaning]
) -> None:
    assert closeness(IDS, [], base.retriever.searcher) == []
    assert closeness([], [meaning("宽带")], base.retriever.searcher) == []


@pytest.mark.parametrize(
    ("field", "asked"),
    [("question", True), ("open.question", True), ("open.customer", False), ("title", False)],
)
def test_a_passage_is_a_way_to_ask_by_its_field(field: str, asked: bool) -> None:
    assert Closeness(field, 0.0, 0.0, 0.0).is_question is asked


def test_a_question_asked_in_the_words_of_a_passage_meets_it_whole(
    base: KnowledgeBase, meaning: Callable[[str], Meaning]
) -> None:
    passage = next(p for p in PASSAGES if p.field == "question")
    (close,) = closeness(
        [passage.passage_id], [meaning(passage.indexed_text)], base.retriever.searcher
    )
    assert np.allclose([close.cosine, close.met, close.worst], 1.0, atol=1e-2)
