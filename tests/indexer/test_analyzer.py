from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.knowledge import Knowledge
from indexer.analyzer import Analyzer, JiebaCutter
from indexer.normalize import normalize
from tests.corpora.shipped import shipped_knowledge

PLAIN, ANOTHER = Analyzer(), Analyzer()
TEXTS = st.text(
    st.sampled_from("流量包宽带怎么退订10元5gGB兆KTLLB-_. /\n　，。é Жか两百块𠮷"), max_size=30
)
quick = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return shipped_knowledge()


@quick
@given(TEXTS | st.text(max_size=30))
def test_terms_are_never_empty_and_hold_no_space(text: str) -> None:
    for term in PLAIN.terms(text):
        assert term
        assert term.split() == [term]


@quick
@given(TEXTS)
def test_the_same_text_always_has_the_same_terms(text: str) -> None:
    assert PLAIN.terms(text) == PLAIN.terms(text) == ANOTHER.terms(text)


@quick
@given(TEXTS)
def test_normalized_text_has_the_terms_of_the_text(text: str) -> None:
    assert PLAIN.terms(normalize(text)) == PLAIN.terms(text)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("129元档", {"129", "129元", "元档", "档"}),
        ("30个G", {"30gb", "30", "gb"}),
        ("KTLLB10", {"ktllb10", "ktllb", "10"}),
        ("１０Ｇ流量", {"10gb", "流量", "流", "量"}),
        ("1.5元", {"1.5", "1.5元"}),
    ],
)
def test_numbers_are_found_with_and_without_their_unit(text: str, held: set[str]) -> None:
    assert held <= set(PLAIN.terms(text))


def test_a_term_comes_as_often_as_it_occurs() -> None:
    assert PLAIN.terms("退退").count("退") == 2
    assert PLAIN.terms("！？ …") == []


def test_a_lexicon_word_is_one_term() -> None:
    assert "流量月包" not in PLAIN.terms("流量月包")
    assert "流量月包" in Analyzer(["流量月包"]).terms("我要退流量月包")


def test_the_fingerprint_is_that_of_the_lexicon_not_of_its_order() -> None:
    words = ["流量月包", "亲情网", "千兆", " 亲情网 "]
    assert Analyzer(words).fingerprint == Analyzer(reversed(words)).fingerprint
    assert Analyzer(words).fingerprint == Analyzer([*words, ""]).fingerprint
    assert Analyzer(words).fingerprint != Analyzer(words[1:]).fingerprint


def test_rjieba_gives_the_terms_of_jieba(shipped: Knowledge) -> None:
    """jieba itself is the reference: on the shipped texts, and on their characters in disorder."""
    words = sorted({normalize(word) for word in shipped.lexicon.words})
    fast = Analyzer(shipped.lexicon.words)
    reference = Analyzer(shipped.lexicon.words, JiebaCutter(words))
    texts = [
        text
        for item in shipped.items
        for text in (
            item.title,
            *item.aliases,
            *item.similar_questions,
            *(facet.official for facet in item.facets),
        )
    ]
    draw = random.Random(1)
    characters = "".join(texts[:400])
    texts += ["".join(draw.choices(characters, k=20)) for _ in range(300)]
    texts += [first + second for first, second in zip(words, reversed(words), strict=True)]
    assert len(texts) > 2000
    assert [text for text in texts if fast.terms(text) != reference.terms(text)] == []
