from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retriever.snippet import snippet, spans_of

texts = st.text(st.sampled_from("流量包退订ABab１１10ßİﬁ㎏ 。\n𠮷é①"), max_size=300)
terms = st.lists(st.text(st.sampled_from("流量包退订ab10ß𠮷i"), max_size=4), max_size=5)


@given(texts | st.text(max_size=300), terms)
def test_spans_are_in_bounds_disjoint_and_sorted(text: str, wanted: list[str]) -> None:
    for shown in (snippet(text, wanted), snippet(text[:50], iter(wanted))):
        for start, end in shown.spans:
            assert 0 <= start < end <= len(shown.text)
        for before, after in pairwise(shown.spans):
            assert before[1] < after[0]


@given(texts, terms)
def test_a_snippet_is_a_piece_of_its_text(text: str, wanted: list[str]) -> None:
    shown = snippet(text, wanted)
    assert shown.text in text
    assert len(shown.text) == min(len(text), 120)
    if spans_of(text, wanted):
        assert shown.spans


@given(texts, terms)
def test_the_order_of_terms_does_not_matter(text: str, wanted: list[str]) -> None:
    assert spans_of(text, wanted) == spans_of(text, reversed(wanted))


def test_words_are_found_in_any_width_and_case() -> None:
    text = "发ＫＴllb１０到10086"
    (first, second) = spans_of(text, ["ktllb10", "100"])
    assert text[slice(*first)] == "ＫＴllb１０"
    assert text[slice(*second)] == "100"


def test_positions_stay_true_behind_a_sign_that_folds_to_several() -> None:
    text = "㎏ﬁİ流量"
    ((start, end),) = spans_of(text, ["流量"])
    assert text[start:end] == "流量"


def test_single_characters_are_not_marked() -> None:
    assert spans_of("流量", ["流", "量", ""]) == ()


def test_a_long_text_is_shown_around_its_first_match() -> None:
    shown = snippet("字" * 500 + "退订" + "尾" * 300, ["退订"])
    assert [shown.text[start:end] for start, end in shown.spans] == ["退订"]
    at_end = snippet("字" * 500 + "退订", ["退订"])
    assert at_end.text.endswith("退订")
