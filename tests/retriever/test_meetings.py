from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from pathlib import Path

import pytest

from indexer.encoders.catalog import BGE, open_encoder
from indexer.normalize import normalize
from retriever import explainer
from retriever.knowledge_base import KnowledgeBase
from retriever.meetings import SHOWN, Tokens, meetings, word_at
from tests.encoders import HashEncoder
from tests.retriever.explained import (
    LONG,
    WEIGHTS,
    CharacterEncoder,
    base_of,
    explained,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    opened = base_of(tmp_path_factory.mktemp("explaining"), CharacterEncoder())
    yield opened
    opened.close()


def test_each_token_names_the_word_that_it_met(base: KnowledgeBase) -> None:
    page, explanations = explained(base, "流量月包怎么退订")
    best = explanations[0].tokens
    assert best.why_none == ""
    assert [pair.token for pair in best.pairs] == list("流量月包怎么退订")
    text = normalize(f"{page.hits[0].passage.context} {page.hits[0].passage.text}")
    for pair in best.pairs:
        assert pair.token in pair.word
        assert pair.met in pair.met_word
        assert (pair.token == pair.met) == (pair.token in text)
        assert (pair.cosine > 0.98) == (pair.token in text)
    first = next(pair for pair in best.pairs if pair.token == "量")
    assert first.word == first.met_word == "流量"


def test_meetings_are_what_late_interaction_is_the_mean_of(base: KnowledgeBase) -> None:
    page, explanations = explained(base, "流量月包怎么退订")
    for hit, why in zip(page.hits, explanations, strict=True):
        mean = fsum(pair.cosine for pair in why.tokens.pairs) / len(why.tokens.pairs)
        assert WEIGHTS.met * mean == pytest.approx(hit.evidence.late, abs=1e-5)


def test_of_many_tokens_only_the_extremes_are_shown(base: KnowledgeBase) -> None:
    _, explanations = explained(base, LONG)
    shown = explanations[0].tokens
    total = len(normalize(LONG))
    assert len(shown.pairs) == 2 * SHOWN < total
    assert shown.left_out == total - 2 * SHOWN
    text = "".join(str(n % 10) for n in range(25))
    plain = Tokens(text, tuple((n, n + 1) for n in range(25)), ())
    cosines = [n / 25 for n in range(25)]
    kept = [pair.cosine for pair in meetings(plain, plain, [0] * 25, cosines).pairs]
    assert kept == [*cosines[:10], *cosines[15:]]


def test_an_index_without_token_vectors_says_why_there_are_none(tmp_path: Path) -> None:
    opened = base_of(tmp_path, HashEncoder())
    for why in explained(opened, "流量月包怎么退订")[1]:
        assert why.tokens.pairs == ()
        assert why.tokens.why_none == explainer.NO_VECTORS
    opened.close()


def test_a_search_without_meaning_says_so_and_still_explains_the_words(tmp_path: Path) -> None:
    encoder = CharacterEncoder()
    opened = base_of(tmp_path, encoder)
    encoder.broken = True
    page, explanations = explained(opened, "流量月包怎么退订")
    assert page.degraded == ("semantic",)
    for hit, why in zip(page.hits, explanations, strict=True):
        assert why.tokens.why_none == explainer.NO_MEANING
        assert "semantic" not in {part.name for part in why.parts}
        assert fsum(part.value for part in why.parts) == pytest.approx(hit.score, abs=1e-8)
    opened.close()


def test_a_word_is_the_longest_around_its_token() -> None:
    assert word_at("办流量月包", (1, 2), ["流量", "月包", "流量月包"]) == "流量月包"
    assert word_at("发qx123到", (1, 3), []) == "qx123"
    assert word_at("流量，流量", (2, 3), ["流量"]) == "，"


@pytest.mark.parametrize(
    "text",
    ["", "，", "退订20GB流量包", "發送ＫＴ１０到10086", "[UNK] 𠮷野家 ￥5", "流量月包" * 200],
)
def test_the_model_tells_the_place_of_every_token_that_it_gives_a_vector(
    models: Path, text: str
) -> None:
    encoder = open_encoder(BGE, models)
    assert isinstance(encoder, explainer.SpanEncoder)
    spans = encoder.token_spans(text)
    assert len(spans) == len(next(iter(encoder.encode_both([text]))).tokens)
    whole = normalize(text)
    assert all(0 <= start <= end <= len(whole) for start, end in spans)
    assert spans == sorted(spans)
