"""Lessons are what the product would read; what is right is marked, and what cannot teach is left out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from corpora.types import Audience, Facet, FacetKind, Region
from eval import teach_cli
from eval.faqset import Expectation, Question, QuestionFilter
from eval.teach_cli import model_teach
from eval.teaching.batches import batches, drawn, padded
from eval.teaching.lessons import FacetLesson, LessonMaker, Offered, looking_once
from indexer.encoders.protocol import Vectors
from indexer.readings import FacetReader
from indexer.taught import Joined, Taught
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.taught import LOOKED_AT
from tests.eval.builders import (
    DAY,
    faq_line,
    make_base,
    make_facet,
    make_item,
    make_question,
    make_set,
)
from tests.eval.builders import write_faqset as written
from tests.eval.deployed import call

NAMES = [a + b for a in "青蓝绿橙紫" for b in "川岭湖海"]
ASKED = "不想要了咋整"


class Letters:
    """Every character is a token; what was read is remembered."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def ids(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def framed(self, tokens: Sequence[int]) -> list[int]:
        return [1, *tokens, 2]

    def states(self, tokens: Sequence[int]) -> Vectors:
        self.read.append(list(tokens))
        return np.ones((len(tokens), 2), dtype=np.float32)


def told(tokens: Sequence[int]) -> str:
    return "".join(map(chr, tokens))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    items = []
    for n, name in enumerate(NAMES):
        overview = make_facet(FacetKind.OVERVIEW, f"{name}每月送流量。")
        cancel = Facet(
            FacetKind.CANCEL,
            official=f"{name}可以退订。",
            customer=f"{name}可以退订。",
            questions=(f"{name}怎么退订", f"{name}{ASKED}"),
        )
        script = Facet(
            FacetKind.SCRIPT,
            official=f"{name}要挽留。",
            customer="",
            audience=Audience.INTERNAL,
            questions=(f"{name}怎么挽留",),
        )
        items.append(make_item(f"biz-{n}", title=name, facets=(overview, cancel, script)))
    opened = make_base(tmp_path_factory.mktemp("teaching"), items)
    yield opened
    opened.close()


def taught_by(base: KnowledgeBase, *questions: Question) -> list[FacetLesson]:
    return LessonMaker(base, Letters()).of_set(make_set(*questions), DAY)


CANCEL = Expectation(Outcome.ANSWERED, ("biz-3",), FacetKind.CANCEL)


def test_a_lesson_offers_what_the_asker_may_read_of_the_first_items(base: KnowledgeBase) -> None:
    (lesson,) = taught_by(base, make_question(CANCEL, question=f"{NAMES[3]}退订"))
    assert told(lesson.asked) == f"{NAMES[3]}退订"
    assert lesson.answered
    assert sorted({one.place for one in lesson.offered}) == list(range(12))
    assert len(lesson.offered) == 24  # internal facets are not an agent's
    right = [one for one in lesson.offered if one.item_right]
    assert {one.facet.partition("@")[0] for one in right} == {"biz-3"}
    (given,) = [one for one in lesson.offered if one.facet_right]
    assert given.facet.endswith("/1")
    assert "可以退订" in told(given.tokens)
    everything = QuestionFilter(audience=Audience.INTERNAL)
    (lesson,) = taught_by(
        base, make_question(CANCEL, question=f"{NAMES[3]}退订", filters=everything)
    )
    assert len(lesson.offered) == 36


def test_without_a_facet_the_item_alone_is_right(base: KnowledgeBase) -> None:
    expect = replace(CANCEL, facet=None)
    (lesson,) = taught_by(base, make_question(expect, question=f"{NAMES[3]}退订"))
    assert sum(one.item_right for one in lesson.offered) == 2
    assert not any(one.facet_right for one in lesson.offered)


def test_a_right_item_that_was_not_found_is_offered_behind_the_others(base: KnowledgeBase) -> None:
    everyone = {f"biz-{n}" for n in range(len(NAMES))}
    found = {hit.item_id for hit in base.search(NAMES[3], Filter(DAY), LOOKED_AT).hits}
    missing = min(everyone - found)
    expect = replace(CANCEL, items=(missing,))
    (lesson,) = taught_by(base, make_question(expect, question=NAMES[3]))
    right = [one for one in lesson.offered if one.item_right]
    assert {one.place for one in right} == {LOOKED_AT}
    assert [one.facet for one in right if one.facet_right] == [f"{missing}@1/1"]


def test_a_member_of_a_family_stands_for_the_right_one(tmp_path: Path) -> None:
    region = Region("yj/yundu")
    local = make_item("biz-local", title="云都畅享套餐", variant_of="biz-all", region=region)
    items = [make_item("biz-all", title="畅享套餐"), local, make_item("biz-far", title="彩铃")]
    base = make_base(tmp_path, items)
    expect = Expectation(Outcome.ANSWERED, ("biz-local",))
    assert taught_by(base, make_question(expect, question="畅享套餐多少钱")) == []
    base.close()


def test_a_facet_that_the_asker_may_not_read_teaches_nothing(base: KnowledgeBase) -> None:
    script = replace(CANCEL, facet=FacetKind.SCRIPT)
    assert taught_by(base, make_question(script, question=f"{NAMES[3]}退订")) == []
    everything = QuestionFilter(audience=Audience.INTERNAL)
    question = make_question(script, question=f"{NAMES[3]}退订", filters=everything)
    (lesson,) = taught_by(base, question)
    assert lesson.told


def test_what_cannot_teach_is_left_out(base: KnowledgeBase) -> None:
    asked_back = Expectation(Outcome.CLARIFY, clarify=("biz-1", "biz-2"))
    elsewhere = Expectation(Outcome.ANSWERED, ("biz-nowhere",))
    lessons = taught_by(
        base,
        make_question(asked_back, id="back", question="退订"),
        make_question(elsewhere, id="gone", question=f"{NAMES[1]}退订"),
        make_question(CANCEL, id="refused", question="("),
        make_question(Expectation(Outcome.UNKNOWN), id="none", question="红烧肉怎么做"),
        make_question(Expectation(Outcome.HANDOVER), id="person", question="叫人来"),
        make_question(CANCEL, id="good", question=f"{NAMES[3]}退订"),
    )
    assert {lesson.id: lesson.answered for lesson in lessons} == {
        "none": False,
        "person": False,
        "good": True,
    }


@pytest.mark.parametrize("text", [f"{NAMES[3]}退订", f"{NAMES[3]}" + "退订到底要多久" * 20])
def test_a_question_is_read_as_the_product_reads_it(base: KnowledgeBase, text: str) -> None:
    (lesson,) = taught_by(base, make_question(CANCEL, question=text))
    letters, ones = Letters(), np.ones((1, 2), dtype=np.float32)
    untaught = Taught({}, ones, 1.0, 1.0, ones[0], 0.0, Joined())
    query = base.retriever.understand(text)
    FacetReader(letters, untaught).ask(query.normalized, query.reading)
    assert letters.read == [letters.framed(lesson.asked)]


def test_a_known_question_is_a_lesson_beside_facets_that_do_not_list_it(
    base: KnowledgeBase,
) -> None:
    lessons = LessonMaker(base, Letters()).of_known(DAY, 1000, 1)
    assert len(lessons) > 20
    asked = {told(lesson.asked): lesson for lesson in lessons}
    own = asked[f"{NAMES[3]}{ASKED}"]
    (given,) = [one for one in own.offered if one.facet_right]
    assert given.facet == "biz-3@1/1"
    assert f"{NAMES[3]}{ASKED}" not in told(given.tokens)
    assert f"{NAMES[3]}怎么退订" in told(given.tokens)
    beside = [told(one.tokens) for one in own.offered if not one.item_right]
    assert any(ASKED in tokens for tokens in beside)
    assert all(lesson.told for lesson in lessons)
    assert f"{NAMES[3]}怎么挽留" not in asked  # listed by a facet that only others may read


def test_known_questions_are_drawn_by_a_seed(base: KnowledgeBase) -> None:
    maker = LessonMaker(base, Letters())
    one, same, other = (maker.of_known(DAY, 8, seed) for seed in (1, 1, 2))
    assert len(one) <= 8
    assert one == same
    assert one != other


def test_the_second_look_is_off_and_comes_back(base: KnowledgeBase) -> None:
    second: Any = object()
    base.retriever.second_look = second
    try:
        assert taught_by(base, make_question(CANCEL, question=f"{NAMES[3]}退订"))
        assert LessonMaker(base, Letters()).of_known(DAY, 3, 1)
        with looking_once(base):
            assert base.retriever.second_look is None
        assert base.retriever.second_look is second
    finally:
        base.retriever.second_look = None


def offered(facet: int, place: int, **changes: Any) -> Offered:
    one = Offered(f"{place}/{facet}", (place, facet), place, item_right=False, facet_right=False)
    return replace(one, **changes)


def lesson(name: str, right: int, items: int = 12, facets: int = 4) -> FacetLesson:
    """The last facet of the item at the right place is the right one."""
    found = tuple(
        offered(n, place, item_right=place == right, facet_right=place == right and n == facets - 1)
        for place in range(items)
        for n in range(facets)
    )
    return FacetLesson(name, (7, 8), found)


def test_the_right_items_are_always_drawn_and_the_first_more_often() -> None:
    rng = random.Random(1)
    seen = [0] * 12
    for _ in range(300):
        found = drawn(lesson("a", right=11), rng)
        assert any(one.facet_right for one in found)
        assert len({one.place for one in found}) == 5
        for place in {one.place for one in found}:
            seen[place] += 1
    assert seen[11] == 300
    assert seen[0] > seen[5] > seen[10] > 0


def test_of_many_facets_the_right_one_stays() -> None:
    many = drawn(lesson("a", right=3, facets=40), random.Random(1))
    assert len(many) == 28
    assert any(one.facet_right for one in many)


def test_a_batch_marks_what_is_right_for_whom() -> None:
    taught = [lesson("a", right=0), lesson("b", right=1), lesson("none", right=-1)]
    batch = next(batches(taught, 32, seed=1))
    assert batch.asked == ((7, 8),) * 3
    assert batch.unanswered.tolist().count(True) == 1
    for row in range(3):
        right = {batch.facets[column] for column in np.flatnonzero(batch.item_right[row])}
        given = {batch.facets[column] for column in np.flatnonzero(batch.facet_right[row])}
        if batch.unanswered[row]:
            assert not right | given
        else:
            place = next(iter(right))[0]
            assert right == {(place, n) for n in range(4)}
            assert given == {(place, 3)}
    assert not batch.hidden.any()


def test_a_facet_without_a_question_is_not_held_against_the_same_facet_with_it() -> None:
    known = lesson("known", right=0, items=1)
    less = [replace(one, tokens=(99,)) if one.facet_right else one for one in known.offered]
    both = [lesson("plain", right=0, items=1), replace(known, asked=(5,), offered=tuple(less))]
    batch = next(batches(both, 2, seed=1))
    row = batch.asked.index((5,))
    of_known, of_plain = batch.facets.index((99,)), batch.facets.index((0, 3))
    assert batch.facet_right[row, of_known]
    assert batch.hidden[row, of_plain]
    assert batch.hidden[1 - row, of_known]
    assert batch.facet_right[1 - row, of_plain]
    assert batch.hidden.sum() == 2


def test_where_no_facet_is_named_all_of_the_right_item_count() -> None:
    untold = lesson("a", right=0)
    facets = tuple(replace(one, facet_right=False) for one in untold.offered)
    batch = next(batches([replace(untold, offered=facets)], 32, seed=1))
    assert np.array_equal(batch.facet_right, batch.item_right)
    assert batch.item_right.sum() == 4


def test_one_pass_teaches_each_lesson_once_and_a_seed_gives_the_same_passes() -> None:
    taught = [replace(lesson(str(n), right=n % 12), asked=(n,)) for n in range(6)]
    one, same, other = (list(islice(batches(taught, 2, seed), 6)) for seed in (1, 1, 2))
    assert [batch.asked for batch in one] == [batch.asked for batch in same]
    assert [batch.facets for batch in one] == [batch.facets for batch in same]
    assert [batch.asked for batch in one] != [batch.asked for batch in other]
    for start in (0, 3):
        assert sorted(q for batch in one[start : start + 3] for q in batch.asked) == [
            (n,) for n in range(6)
        ]


def test_rows_are_filled_up_and_masked() -> None:
    tokens, mask = padded([[5, 6], [7] * 9])
    assert tokens.shape == mask.shape == (2, 16)
    assert tokens[0].tolist() == [5, 6] + [0] * 14
    assert mask.sum(axis=1).tolist() == [2, 9]


def test_without_the_extra_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = teach_cli.find_spec
    monkeypatch.setattr(
        teach_cli, "find_spec", lambda name: None if name == "torch" else found("json")
    )
    app = typer.Typer()
    app.command("teach")(model_teach)
    faqset = written(tmp_path / "f.jsonl", [faq_line()])

    result = call(app, faqset, "--out", tmp_path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "torch 没有安装；请运行 pip install 'zhiku[teach]'" in result.stderr
