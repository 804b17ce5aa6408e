from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from pathlib import Path

import pytest

from corpora.types import Audience
from indexer.analyzer import Analyzer
from indexer.normalize import normalize
from retriever.knowledge_base import KnowledgeBase
from retriever.term_scores import stored_length, term_parts
from tests.builders import (
    make_content,
    make_filter,
    make_mixed_release,
    open_published,
)
from tests.contract.brute_force import quantised
from tests.retriever.explained import (
    QUESTIONS,
    CharacterEncoder,
    base_of,
    explained,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    opened = base_of(tmp_path_factory.mktemp("explaining"), CharacterEncoder())
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "question", ["流量包怎么取消", "宽带10元多少钱", "5g手机和光猫，129元", "办理条件以系统为准"]
)
def test_the_terms_of_a_passage_sum_to_what_the_engine_gives(question: str, tmp_path: Path) -> None:
    release = make_mixed_release(60)
    searcher = open_published(tmp_path / "index", make_content(release))
    analyzer = Analyzer(release.lexicon.words)
    terms = list(dict.fromkeys(analyzer.terms(question)))
    weights = dict(zip(terms, searcher.term_weights(terms), strict=True))
    found = searcher.lexical(terms, make_filter(audience=Audience.INTERNAL), 400)
    passages = searcher.fetch([match.passage_id for match in found])
    lengths = set()
    for match, passage in zip(found, passages, strict=True):
        own = analyzer.terms(
            f"{passage.context} {passage.text}" if passage.context else passage.text
        )
        lengths.add(len(own))
        parts = term_parts(weights, own, searcher.manifest.mean_terms, 0.5)
        assert fsum(part.bm25 for part in parts) == pytest.approx(match.score, rel=5e-5)
        assert all(part.value == 0.5 * part.bm25 for part in parts)
    assert max(lengths) > 80  # so that lengths are rounded
    searcher.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_terms_of_a_hit_sum_to_its_lexical_part(base: KnowledgeBase, question: str) -> None:
    page, explanations = explained(base, question)
    for hit, why in zip(page.hits, explanations, strict=True):
        lexical = {part.name: part.value for part in why.parts}.get("lexical", 0.0)
        assert fsum(part.value for part in why.terms) == pytest.approx(lexical, rel=5e-5)
        text = normalize(f"{hit.passage.context} {hit.passage.text}")
        assert all(part.term in text for part in why.terms)


def test_a_term_outside_the_first_by_words_adds_nothing_to_the_score() -> None:
    [part] = term_parts({"流量": 2.0}, ["流量", "流量", "包"], 3.0, 0.0)
    assert part.times == 2
    assert part.bm25 == pytest.approx(2.0 * 2 * 2.2 / (2 + 1.2))
    assert part.value == 0.0
    assert term_parts({"流量": 2.0}, ["流量"], 0.0, 1.0) == []


def test_lengths_are_rounded_as_engines_round_them() -> None:
    assert [stored_length(n) for n in range(5000)] == [quantised(n) for n in range(5000)]
