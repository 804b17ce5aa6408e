"""Train, dev and test: whole groups, every style by its share, and what was held back stays so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalError
from eval.faqset import FaqSet, Question, Split, Style
from eval.splitting import SHARES, split_by_group
from tests.eval.builders import make_question, make_set


def questions(groups: int, *, of: int = 2, style: str = Style.COLLOQUIAL) -> list[Question]:
    return [
        replace(make_question(), id=f"{style}-{g}-{n}", group=f"{style}-{g}", style=style, split="")
        for g in range(groups)
        for n in range(of)
    ]


def a_set(found: list[Question]) -> FaqSet:
    return replace(make_set(), questions=tuple(found))


def test_a_group_never_straddles_two_parts() -> None:
    dealt = split_by_group(a_set(questions(40, of=3)))
    parts = {q.group: set[str]() for q in dealt.questions}
    for question in dealt.questions:
        parts[question.group].add(question.split)
    assert all(len(found) == 1 for found in parts.values())


def test_every_style_comes_as_close_to_the_shares_as_whole_groups_allow() -> None:
    found = [q for style in (Style.FORMAL, Style.SPEECH) for q in questions(50, style=style)]
    dealt = split_by_group(a_set(found)).questions
    for style in (Style.FORMAL, Style.SPEECH):
        counted = Counter(q.split for q in dealt if q.style == style)
        for split, share in SHARES.items():
            assert abs(counted[split] - 100 * share) <= 2


def test_what_was_held_back_stays_so_when_questions_are_added() -> None:
    first = split_by_group(a_set(questions(30)))
    more = [*first.questions, *questions(30, style=Style.FORMAL)]
    again = split_by_group(a_set(list(more)), seed=99)
    before = {q.id: q.split for q in first.questions}
    assert {q.id: q.split for q in again.questions if q.id in before} == before
    assert all(q.split for q in again.questions)


def test_a_question_joins_the_part_of_its_group() -> None:
    one, two = questions(1)
    dealt = split_by_group(a_set([replace(one, split="test"), two]))
    assert [q.split for q in dealt.questions] == ["test", "test"]


def test_a_group_that_straddles_already_is_refused() -> None:
    one, two = questions(1)
    with pytest.raises(EvalError, match="不同的 split"):
        split_by_group(a_set([replace(one, split="test"), replace(two, split="dev")]))


def test_shares_add_up() -> None:
    with pytest.raises(EvalError, match="加起来"):
        split_by_group(a_set(questions(2)), {Split.TRAIN: 0.5, Split.DEV: 0.5, Split.TEST: 0.5})


@given(st.integers(0, 1000), st.integers(1, 30))
def test_a_seed_gives_the_same_parts_in_any_order(seed: int, groups: int) -> None:
    found = questions(groups)
    dealt = {q.id: q.split for q in split_by_group(a_set(found), seed=seed).questions}
    turned = {q.id: q.split for q in split_by_group(a_set(found[::-1]), seed=seed).questions}
    assert dealt == turned
