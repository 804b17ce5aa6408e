"""What every engine promises (``retriever.backends.protocol.Searcher``), as tests to inherit.

Agreement is measured against ``BruteForceSearcher``: on ids, on their order, and on scores.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.types import Audience, Region, SaleStatus, SubLibrary
from indexer.analyzer import Analyzer
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import EncoderError, Vectors
from retriever.backends.protocol import Searcher
from retriever.filters import Filter
from retriever.types import Match
from tests.builders import (
    REGIONS,
    SUBJECTS,
    VERBS,
    make_content,
    make_filter,
    make_mixed_release,
    make_projection,
    make_tokens,
)
from tests.contract.brute_force import BruteForceSearcher
from tests.encoders import HashEncoder

Opened = Callable[[StagedContent], Searcher]

ITEMS = 150
EVERYTHING = 1_000_000
READERS = (*REGIONS[1:], "yj/yundu/h09", "yj/beishan", "zz")
QUESTIONS = ["流量包怎么取消", "宽带10元多少钱", "5g手机和光猫，129元", "系统", "天气", ""]
filters = st.builds(
    Filter,
    as_of=st.dates(dt.date(2025, 12, 1), dt.date(2026, 12, 1)),
    audience=st.sampled_from(Audience),
    libraries=st.frozensets(st.sampled_from(SubLibrary), max_size=3),
    region=st.none() | st.builds(Region, st.sampled_from(READERS)),
    sale_statuses=st.frozensets(st.sampled_from(SaleStatus), max_size=2),
    begins_by=st.none() | st.dates(dt.date(2025, 12, 1), dt.date(2027, 12, 1)),
)
questions = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["", *SUBJECTS]),
    st.sampled_from(["", "10元", "129元", "天气"]),
    st.sampled_from(["", *VERBS]),
)
counts = st.sampled_from([1, 2, 7, 40, EVERYTHING])
ANALYZER = Analyzer()
ENCODER = HashEncoder()
# a contract is inherited, so one property runs for several engines, each with its own examples
few = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors],
)


def vector_of(question: str) -> Vectors:
    vector: Vectors = ENCODER.encode_queries([question])[0]
    return vector


@lru_cache(maxsize=1)
def mixed_content() -> StagedContent:
    plain = make_content(make_mixed_release(ITEMS))
    tokens = make_tokens(len(plain.passages))
    return replace(plain, token_vectors=tokens, projection=make_projection())


def ids(matches: Sequence[Match]) -> list[str]:
    return [match.passage_id for match in matches]


def assert_agree(found: Sequence[Match], expected: Sequence[Match]) -> None:
    assert ids(found) == ids(expected)
    assert [m.score for m in found] == pytest.approx([m.score for m in expected], rel=1e-4)


class SearcherContract:
    """A subclass provides ``opened``, a class-scoped fixture: a function that publishes and opens.

    An engine that only estimates which vectors are near says so with ``exact_vectors = False``.
    """

    exact_vectors = True

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Opened:
        raise NotImplementedError("the subclass says how its engine is opened on some content")

    @pytest.fixture(scope="class")
    @classmethod
    def content(cls) -> StagedContent:
        return mixed_content()

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(cls, opened: Opened, content: StagedContent) -> Searcher:
        return opened(content)

    @pytest.fixture(scope="class")
    @classmethod
    def reference(cls, content: StagedContent) -> BruteForceSearcher:
        return BruteForceSearcher(content)

    # --- words ---------------------------------------------------------------------------------

    @few
    @given(question=questions, wanted=filters, k=counts)
    def test_lexical_agrees_with_the_definition(
        self,
        searcher: Searcher,
        reference: BruteForceSearcher,
        question: str,
        wanted: Filter,
        k: int,
    ) -> None:
        terms = ANALYZER.terms(question)
        assert_agree(searcher.lexical(terms, wanted, k), reference.lexical(terms, wanted, k))

    @few
    @given(question=questions, wanted=filters)
    def test_a_filter_decides_but_never_scores(
        self, searcher: Searcher, reference: BruteForceSearcher, question: str, wanted: Filter
    ) -> None:
        terms = ANALYZER.terms(question)
        passages = {p.passage_id: p for p in reference._content.passages}
        anybody = replace(make_filter(wanted.as_of, Audience.INTERNAL), begins_by=wanted.begins_by)
        everything = searcher.lexical(terms, anybody, EVERYTHING)
        passing = [m for m in everything if reference.passes(passages[m.passage_id], wanted)]
        assert_agree(searcher.lexical(terms, wanted, EVERYTHING), passing)

    @pytest.mark.parametrize("question", QUESTIONS[:3])
    def test_six_libraries_together_score_as_one_flat_index(
        self, searcher: Searcher, question: str
    ) -> None:
        terms = ANALYZER.terms(question)
        flat = searcher.lexical(terms, make_filter(), EVERYTHING)
        parts = [
            match
            for library in SubLibrary
            for match in searcher.lexical(terms, make_filter(libraries=[library]), EVERYTHING)
        ]
        parts.sort(key=lambda m: (-m.score, m.passage_id))
        assert_agree(parts, flat)

    def test_a_term_said_twice_counts_once(self, searcher: Searcher) -> None:
        once = searcher.lexical(["流量", "取消"], make_filter(), 20)
        assert searcher.lexical(["流量", "取消", "流量"], make_filter(), 20) == once

    @pytest.mark.parametrize("terms", [[], [""], ["没有这个词"], ["  "]])
    def test_terms_that_occur_nowhere_find_nothing(
        self, searcher: Searcher, terms: list[str]
    ) -> None:
        assert searcher.lexical(terms, make_filter(), 10) == []

    def test_term_weights_are_the_inverse_document_frequencies(
        self, searcher: Searcher, reference: BruteForceSearcher
    ) -> None:
        terms = ["流量", "元", "10元", "没有这个词", "流量"]
        assert searcher.term_weights(terms) == pytest.approx(reference.term_weights(terms))
        assert searcher.term_weights([]) == []

    # --- meaning -------------------------------------------------------------------------------

    @few
    @given(question=questions, wanted=filters, k=counts)
    def test_semantic_agrees_with_the_definition(
        self,
        searcher: Searcher,
        reference: BruteForceSearcher,
        question: str,
        wanted: Filter,
        k: int,
    ) -> None:
        vector = vector_of(question)
        found = searcher.semantic(vector, wanted, k)
        expected = reference.semantic(vector, wanted, k)
        assert len(found) == len(expected)
        if self.exact_vectors:
            assert found == expected
        # an estimate decides which rows are looked at, never their scores or their order
        exact = {m.passage_id: m.score for m in reference.semantic(vector, wanted, EVERYTHING)}
        assert [m.score for m in found] == [exact[m.passage_id] for m in found]
        assert found == sorted(found, key=lambda m: (-m.score, m.passage_id))

    def test_semantic_finds_nearly_all_of_what_is_nearest(
        self, searcher: Searcher, reference: BruteForceSearcher
    ) -> None:
        asked = [s + v for s in SUBJECTS for v in VERBS[:2]]
        shares = []
        for question in asked:
            expected = reference.semantic(vector_of(question), make_filter(), 10)
            found = ids(searcher.semantic(vector_of(question), make_filter(), 10))
            shares.append(len(set(found) & set(ids(expected))) / len(expected))
        assert math.fsum(shares) / len(shares) >= (1.0 if self.exact_vectors else 0.95)

    def test_cosines_are_those_of_the_semantic_search_in_the_order_given(
        self, searcher: Searcher
    ) -> None:
        vector = vector_of("流量包怎么取消")
        found = searcher.semantic(vector, make_filter(), 60)
        asked = found[::-1] + found[:3]
        given_ids = ["不存在", *ids(asked), ""]
        assert searcher.cosines(vector, given_ids) == asked
        assert searcher.cosines(vector, []) == []

    def test_cosines_agree_with_the_definition(
        self, searcher: Searcher, reference: BruteForceSearcher, content: StagedContent
    ) -> None:
        vector = vector_of("宽带多少钱")
        all_ids = [passage.passage_id for passage in content.passages]
        assert searcher.cosines(vector, all_ids) == reference.cosines(vector, all_ids)

    # --- both ----------------------------------------------------------------------------------

    @few
    @given(question=questions, wanted=filters)
    def test_every_hit_passes_the_filter(
        self, searcher: Searcher, reference: BruteForceSearcher, question: str, wanted: Filter
    ) -> None:
        passages = {p.passage_id: p for p in reference._content.passages}
        lexical = searcher.lexical(ANALYZER.terms(question), wanted, 300)
        semantic = searcher.semantic(vector_of(question), wanted, 300)
        for match in [*lexical, *semantic]:
            assert reference.passes(passages[match.passage_id], wanted)

    @few
    @given(question=questions, wanted=filters, k=counts)
    def test_asked_together_words_and_meaning_find_what_each_finds_alone(
        self, searcher: Searcher, question: str, wanted: Filter, k: int
    ) -> None:
        terms, vector = ANALYZER.terms(question), vector_of(question)
        alone = searcher.lexical(terms, wanted, k), searcher.semantic(vector, wanted, k)
        assert searcher.both(terms, lambda: vector, wanted, k) == alone

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_without_a_vector_words_find_what_they_find_alone(
        self, searcher: Searcher, question: str
    ) -> None:
        terms, wanted = ANALYZER.terms(question), make_filter()
        alone = searcher.lexical(terms, wanted, 10)
        assert searcher.both(terms, lambda: None, wanted, 10) == (alone, [])

    def test_the_vector_is_made_once_and_what_fails_in_it_is_raised(
        self, searcher: Searcher
    ) -> None:
        made = []

        def sought() -> Vectors:
            made.append(1)
            raise EncoderError("away")

        with pytest.raises(EncoderError, match="away"):
            searcher.both(ANALYZER.terms("流量包"), sought, make_filter(), 10)
        assert made == [1]

    @pytest.mark.parametrize("question", QUESTIONS[:3])
    def test_a_smaller_k_is_a_prefix_of_a_larger_k(self, searcher: Searcher, question: str) -> None:
        terms, vector, wanted = ANALYZER.terms(question), vector_of(question), make_filter()
        most = searcher.lexical(terms, wanted, 200), searcher.semantic(vector, wanted, 200)
        for k in (1, 2, 5, 16, 17, 50, 130):
            assert searcher.lexical(terms, wanted, k) == most[0][:k]
            if self.exact_vectors:
                assert searcher.semantic(vector, wanted, k) == most[1][:k]

    @pytest.mark.parametrize("k", [0, -1])
    def test_no_results_wanted_are_none(self, searcher: Searcher, k: int) -> None:
        assert searcher.lexical(["流量"], make_filter(), k) == []
        assert searcher.semantic(vector_of("流量"), make_filter(), k) == []

    def test_a_day_outside_every_version_finds_only_what_is_always_valid(
        self, searcher: Searcher, reference: BruteForceSearcher
    ) -> None:
        for day in (dt.date.min, dt.date.max):
            wanted = make_filter(day)
            expected = reference.lexical(["元"], wanted, EVERYTHING)
            assert ids(searcher.lexical(["元"], wanted, EVERYTHING)) == ids(expected)

    def test_threads_get_the_same_results_as_one(self, searcher: Searcher) -> None:
        def ask(question: str) -> tuple[list[Match], list[Match]]:
            wanted = make_filter(region="yj/yundu")
            return (
                searcher.lexical(ANALYZER.terms(question), wanted, 30),
                searcher.semantic(vector_of(question), wanted, 30),
            )

        alone = [ask(question) for question in QUESTIONS]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, QUESTIONS * 5)) == alone * 5
