from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.types import Audience, FacetKind
from corpora.versions import ItemVersion
from indexer.passages import ASKED, STEP, WINDOW, Passage, passages_of, windows
from tests.builders import make_facet, make_held, make_item, make_mixed_release

texts = st.text(st.sampled_from("流量包退订\n 10元。"), min_size=1, max_size=20).filter(str.strip)
facets = st.builds(
    make_facet,
    st.sampled_from([FacetKind.OVERVIEW, FacetKind.PRICE, FacetKind.OPEN]),
    texts,
    st.just(""),
    st.sampled_from(Audience),
    st.lists(texts, max_size=2).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
)
held_items = st.builds(
    lambda title, facets, questions, aliases, version: make_held(
        make_item("x", title, facets=facets, similar_questions=questions, aliases=aliases), version
    ),
    texts,
    st.lists(facets, min_size=1, max_size=4),
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.integers(1, 3),
)
quick = settings(max_examples=150, deadline=None)


def listed(held: ItemVersion) -> list[Passage]:
    return list(passages_of(held))


@given(st.text(max_size=900) | st.integers(0, 900).map(lambda n: "字" * n))
def test_windows_cover_the_whole_text_and_never_exceed_their_size(text: str) -> None:
    cut = windows(text)
    assert all(len(window) <= WINDOW for window in cut)
    joined = cut[0] + "".join(window[WINDOW - STEP :] for window in cut[1:])
    assert joined == text
    # the last one is never a stub of what the one before it holds already
    assert all(len(window) > STEP for window in cut[1:])


@quick
@given(held_items)
def test_passage_ids_are_unique_and_so_are_indexed_texts(held: ItemVersion) -> None:
    passages = listed(held)
    assert len({p.passage_id for p in passages}) == len(passages)
    assert len({p.indexed_text for p in passages}) == len(passages)
    assert all(p.text.strip() for p in passages)


@quick
@given(held_items)
def test_everything_that_a_reader_may_find_is_in_a_passage_for_that_reader(
    held: ItemVersion,
) -> None:
    passages = listed(held)
    for audience in Audience:
        indexed = [p.indexed_text for p in passages if audience.may_read(p.audience)]
        for facet in held.item.facets:
            if audience.may_read(facet.audience):
                assert any(facet.official in text for text in indexed)
                assert all(question in indexed for question in facet.questions)
        if any(audience.may_read(facet.audience) for facet in held.item.facets):
            assert all(question in indexed for question in held.item.similar_questions)
    for passage in passages:
        own = [f for f in held.item.facets if f.kind is passage.facet]
        if passage.facet is not None:
            assert passage.audience in {facet.audience for facet in own}


@quick
@given(held_items, st.randoms())
def test_ids_do_not_depend_on_the_order_of_questions_and_aliases(
    held: ItemVersion, draw: random.Random
) -> None:
    item = held.item
    questions, aliases = list(item.similar_questions), list(item.aliases)
    draw.shuffle(questions)
    draw.shuffle(aliases)
    shuffled = replace(item, similar_questions=tuple(questions), aliases=tuple(aliases))
    assert {p.passage_id for p in passages_of(replace(held, item=shuffled))} == {
        p.passage_id for p in listed(held)
    }


def test_ids_are_unique_over_items_versions_and_spans_of_time() -> None:
    held = make_mixed_release(60).item_versions
    ids = [p.passage_id for h in held for p in passages_of(h)]
    assert len(set(ids)) == len(ids)
    assert any("~" in passage_id for passage_id in ids)
    again = [p.passage_id for h in reversed(held) for p in passages_of(h)]
    assert sorted(again) == sorted(ids)


def test_a_text_for_two_audiences_is_one_passage_for_the_wider_one() -> None:
    kinds = itertools.permutations([Audience.CUSTOMER, Audience.AGENT, Audience.INTERNAL])
    for order in kinds:
        same = [make_facet(FacetKind.RULES, "同一句话", audience=a) for a in order]
        passages = listed(make_held(make_item(facets=same)))
        (found,) = [p for p in passages if p.text == "同一句话"]
        assert found.audience is Audience.CUSTOMER


def test_a_question_of_a_facet_is_a_passage_for_the_readers_of_that_facet() -> None:
    shown = make_facet(FacetKind.OPEN, questions=("怎么开", "开要多久"))
    hidden = make_facet(FacetKind.RULES, audience=Audience.INTERNAL, questions=("能不能少收",))
    passages = listed(make_held(make_item(facets=[shown, hidden])))
    asked = {p.text: (p.field, p.audience, p.facet) for p in passages if p.field.endswith(ASKED)}
    assert asked == {
        "怎么开": ("open.question", Audience.CUSTOMER, FacetKind.OPEN),
        "开要多久": ("open.question", Audience.CUSTOMER, FacetKind.OPEN),
        "能不能少收": ("rules.question", Audience.INTERNAL, FacetKind.RULES),
    }
    assert all(p.indexed_text == p.text for p in passages if p.text in asked)  # as it is typed


def test_a_question_of_item_and_facet_is_one_passage_that_names_the_facet() -> None:
    facets = [make_facet(), make_facet(FacetKind.CANCEL, questions=("怎么退",))]
    item = make_item(facets=facets, similar_questions=("怎么退", "退了退钱吗"))
    passages = [p for p in listed(make_held(item)) if p.field.endswith(ASKED)]
    assert [(p.text, p.field) for p in passages] == [
        ("怎么退", "cancel.question"),
        ("退了退钱吗", "question"),
    ]


def test_a_question_of_the_item_is_not_hidden_by_a_facet_that_fewer_may_read() -> None:
    staff = make_facet(FacetKind.RULES, audience=Audience.AGENT, questions=("怎么退",))
    for facets in ([make_facet(), staff], [staff, make_facet()]):
        item = make_item(facets=facets, similar_questions=("怎么退",))
        (found,) = [p for p in listed(make_held(item)) if p.text == "怎么退"]
        assert (found.field, found.audience, found.facet) == ("question", Audience.CUSTOMER, None)
    (found,) = [
        p
        for p in listed(make_held(make_item(facets=[staff], similar_questions=("怎么退",))))
        if p.text == "怎么退"
    ]
    assert (found.field, found.audience) == ("rules.question", Audience.AGENT)


def test_a_question_of_two_facets_is_one_passage_for_the_wider_readers() -> None:
    for order in itertools.permutations(Audience):
        same = [make_facet(FacetKind.RULES, audience=a, questions=("怎么退",)) for a in order]
        (found,) = [p for p in listed(make_held(make_item(facets=same))) if p.text == "怎么退"]
        assert found.audience is Audience.CUSTOMER


def test_the_same_answer_to_two_questions_is_found_under_both() -> None:
    same = [make_facet(kind, "请到营业厅。") for kind in (FacetKind.OPEN, FacetKind.CANCEL)]
    passages = listed(make_held(make_item(facets=same)))
    assert {p.facet for p in passages if p.text == "请到营业厅。"} == {
        FacetKind.OPEN,
        FacetKind.CANCEL,
    }


def test_a_title_is_only_as_public_as_the_most_public_facet() -> None:
    internal = make_facet(FacetKind.LESSON, "内部", audience=Audience.INTERNAL)
    assert {p.audience for p in passages_of(make_held(make_item(facets=[internal])))} == {
        Audience.INTERNAL
    }


def test_two_spans_of_one_version_have_different_ids() -> None:
    item = make_item()
    early = make_held(item, 1, valid_to=dt.date(2026, 1, 31))
    late = make_held(item, 1, valid_from=dt.date(2026, 3, 1))
    first, second = listed(early), listed(late)
    assert not {p.passage_id for p in first} & {p.passage_id for p in second}
    assert [p.indexed_text for p in first] == [p.indexed_text for p in second]
