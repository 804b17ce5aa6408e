"""An adapter is learned on train, measured on dev, kept where it wins; test is never looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpora.types import Facet, FacetKind
from eval import finding
from eval.adapting import adapt, crossed
from eval.errors import FitError
from eval.faqset import Expectation, FaqSet, Question, Split
from eval.finding import found_by_known, found_by_set
from eval.fit import fit
from eval.samples import samples
from eval.turning import Found, learned_change
from indexer.encoders.protocol import Vectors
from retriever.adapter import adapter_in
from retriever.answer import Outcome
from retriever.knowledge_base import KnowledgeBase
from tests.encoders import HashEncoder
from tests.eval.builders import DAY, make_base, make_item, make_question, make_set

NAMES = [a + b for a in "青蓝绿橙紫银金" for b in "川岭湖海原洲"]
"""Products; of each one item says how it is taken up and one how it is given up."""
OPEN, CLOSE = "开通受理", "退订取消"
WANTS = {"a": "我想来一份", "b": "我不打算要了"}  # what customers say, in words of their own


class Counting:
    """Vectors of passages, and how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return HashEncoder().encode_passages(texts)


def knowledge(folder: Path) -> KnowledgeBase:
    items = []
    for n, name in enumerate(NAMES):
        for letter, what in (("a", OPEN), ("b", CLOSE)):
            text = f"{name}的{what}按规定在营业厅进行。"
            asked = (f"{name}怎么{what}", f"{name}{what}要多久")
            facet = Facet(FacetKind.OVERVIEW, official=text, customer=text, questions=asked)
            items.append(make_item(f"biz-{letter}{n}", title=f"{name}{what}", facets=(facet,)))
    return make_base(folder, items)


def questions(letters: str = "ab") -> FaqSet:
    """Train and test ask of some products, dev of others."""
    asked: list[Question] = []
    for n, name in enumerate(NAMES):
        split = ("train", "train", "dev")[n % 3]
        for letter in letters:
            expect = Expectation(Outcome.ANSWERED, (f"biz-{letter}{n}",))
            text = f"{name}{WANTS[letter]}"
            asked.append(make_question(expect, id=f"{letter}{n}", question=text, split=split))
    lost = make_question(id="lost", question="(", split="dev")  # the product refuses it
    return make_set(*asked, lost)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return knowledge(tmp_path_factory.mktemp("adapting"))


def test_an_adapter_that_wins_on_other_products_is_kept_with_its_evidence(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    before = base.retriever.constants
    found = adapt(questions(), base, Counting(), made_on=DAY)
    assert base.retriever.constants is before  # measuring leaves no trace
    assert found.wins
    assert found.dev["Hit@1"].b > found.dev["Hit@1"].a + 0.2
    assert found.dev["Hit@1"].questions == 29  # a question that is refused finds nothing
    path = found.write(tmp_path, base.manifest.encoder_fingerprint)
    told = json.loads(path.with_suffix(".json").read_bytes())
    assert told["kept"] is True
    assert told["train_questions"] == 56
    assert told["known_questions"] == 4 * len(NAMES)
    assert told["dev"]["RR@10"]["verdict"] == "better"
    read = adapter_in(tmp_path, base.manifest.encoder_fingerprint)
    assert read is not None
    assert read.knows([f"biz-a{n}" for n in range(len(NAMES))])


def test_an_adapter_in_use_does_not_flatter_the_next_one(base: KnowledgeBase) -> None:
    first = adapt(questions(), base, Counting(), made_on=DAY)
    before = base.retriever.constants
    base.retriever.constants = replace(before, adapter=first.adapter)
    try:
        again = adapt(questions(), base, Counting(), made_on=DAY)
    finally:
        base.retriever.constants = before
    assert again.dev == first.dev
    assert np.array_equal(again.adapter.change, first.adapter.change)


def test_an_adapter_that_learned_nothing_useful_does_not_win(base: KnowledgeBase) -> None:
    """Labels that say nothing: what train calls right is turned round in dev."""
    swapped = [
        replace(q, expect=Expectation(Outcome.ANSWERED, (q.expect.items[0].translate(AROUND),)))
        if q.split == "dev" and q.id != "lost"
        else q
        for q in questions().questions
    ]
    found = adapt(make_set(*swapped), base, Counting(), made_on=DAY)
    assert not found.wins
    assert found.to_json()["kept"] is False


AROUND = str.maketrans({"a": "b", "b": "a"})


def test_the_test_split_is_never_asked(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_back = [
        make_question(id=f"t{n}", question=f"{name}留着不看", split=Split.TEST)
        for n, name in enumerate(NAMES)
    ]
    asked: list[str] = []
    search = base.search
    monkeypatch.setattr(
        base, "search", lambda text, *rest: (asked.append(text), search(text, *rest))[1]
    )
    adapt(make_set(*questions().questions, *held_back), base, Counting(), made_on=DAY)
    assert len(asked) > 56 + 29
    assert not [text for text in asked if "留着不看" in text]


def test_known_questions_are_asked_as_if_nobody_had_written_them(base: KnowledgeBase) -> None:
    known = [f"{name}{ask}" for name in NAMES[:1] for ask in (f"怎么{OPEN}", f"{OPEN}要多久")]
    typed = [make_question(id=text, question=text, split="train") for text in known]
    seen = found_by_set(make_set(*typed), base, DAY, Counting())
    hidden = found_by_known(base, DAY, Counting())
    assert len(hidden) == 4 * len(NAMES)
    for text, less in zip(known, hidden, strict=False):
        assert np.array_equal(seen[text].vector, less.vector)
        # the passage that says the same has a cosine of 1 with its question
        assert nearest(less) < nearest(seen[text]) - 0.05


def nearest(found: Found) -> float:
    return float((found.sides @ found.vector).max())


def test_no_more_known_questions_are_asked_than_pay(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_KNOWN_AT_MOST", 10)
    one, other = (found_by_known(base, DAY, Counting()) for _ in range(2))
    assert len(one) == 10
    assert all(np.array_equal(a.vector, b.vector) for a, b in zip(one, other, strict=True))


def test_train_is_crossed_by_group_and_no_adapter_has_learned_its_part(base: KnowledgeBase) -> None:
    train = questions().only(Split.TRAIN)
    paired = replace(train, questions=tuple(replace(q, group=q.id[1:]) for q in train.questions))
    parts = list(crossed(paired, base, Counting(), DAY))
    asked = [question.id for part, _ in parts for question in part.questions]
    assert sorted(asked) == sorted(question.id for question in train.questions)
    groups = [{question.group for question in part.questions} for part, _ in parts]
    assert len(groups) == 3
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    for part, adapter in parts:
        others = make_set(*(q for q in paired.questions if q not in part.questions))
        assert adapter.questions == {question.id for question in others.questions}
        assert adapter.change == pytest.approx(learned_from(others, base), abs=1e-3)


def learned_from(train: FaqSet, base: KnowledgeBase) -> np.ndarray:
    found = list(found_by_set(train, base, DAY, Counting()).values())
    known = [
        replace(one, load=len(found) / (4 * len(NAMES)))
        for one in found_by_known(base, DAY, Counting())
    ]
    return learned_change([*found, *known], base.retriever.constants.blend.semantic)


def test_constants_are_fitted_with_adapters_that_have_not_learned_the_question(
    base: KnowledgeBase,
) -> None:
    unknown = [
        make_question(Expectation(Outcome.UNKNOWN), id=f"u{n}{s}", question=text, split=s)
        for s in ("train", "dev")
        for n, text in enumerate(f"红烧肉{name}" for name in NAMES[:15])
    ]
    faq_set = make_set(*questions().questions, *unknown)
    before = base.retriever.constants
    adapter = adapt(faq_set, base, Counting(), made_on=DAY).adapter
    counting = Counting()
    try:
        base.retriever.constants = replace(before, adapter=adapter)
        by_heart = sum(s.right for s in samples(faq_set.only(Split.TRAIN), base, DAY))
        adapted = fit(faq_set, base, vectors_of=counting, made_on=DAY)
    finally:
        base.retriever.constants = before
    plain = fit(faq_set, base, made_on=DAY)
    assert counting.asked
    first_right = {
        name: (one.evidence["train"]["first_right"], one.evidence["dev"]["first_right"])
        for name, one in (("plain", plain), ("adapted", adapted))
    }
    assert first_right["plain"][0] < first_right["adapted"][0] <= by_heart
    assert first_right["plain"][1] < first_right["adapted"][1]


@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_set_without_train_or_dev_cannot_be_adapted_to(base: KnowledgeBase, split: str) -> None:
    left = [question for question in questions().questions if question.split != split]
    with pytest.raises(FitError, match=split):
        adapt(make_set(*left), base, Counting(), made_on=DAY)


def test_an_adapter_that_learned_other_questions_is_used_as_it_is(base: KnowledgeBase) -> None:
    """Nothing of the set was learned by heart, so nothing has to be crossed."""
    before = base.retriever.constants
    learned = adapt(questions(), base, Counting(), made_on=DAY).adapter
    other = replace(learned, questions=frozenset({"of another set"}))
    strange = [
        make_question(Expectation(Outcome.UNKNOWN), id=f"u{n}", question=f"红烧肉{n}", split=s)
        for n, s in enumerate(["train"] * 15 + ["dev"] * 5)
    ]
    few = make_set(*questions().questions[:24], *strange)  # too few to adapt to, enough to fit
    counting = Counting()
    try:
        base.retriever.constants = replace(before, adapter=other)
        fit(few, base, made_on=DAY, vectors_of=counting)
    finally:
        base.retriever.constants = before
    assert counting.asked == 0


def test_a_train_split_that_is_too_small_says_so(base: KnowledgeBase) -> None:
    few = [q for n, q in enumerate(questions().questions) if q.split == "dev" or n < 20]
    with pytest.raises(FitError, match="至少要 50"):
        adapt(make_set(*few), base, Counting(), made_on=DAY)
