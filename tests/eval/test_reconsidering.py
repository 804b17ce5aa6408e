"""What a second look makes of outcomes: learned on dev, of what it was not taught, kept where it wins."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from eval.faqset import Expectation, FaqSet
from eval.fit import fit
from eval.fitted import Fitted
from eval.reconsidering import reconsidered
from eval.tables import show_fitted
from indexer.taught import Joined, Taught
from retriever.answer import Outcome
from retriever.constants import constants_for
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import FeatureModel
from retriever.retriever import Retriever
from retriever.taught import SecondLook
from tests.builders import make_content, make_held, open_published
from tests.eval.builders import DAY, make_item, make_question, make_set
from tests.eval.test_fit import STRANGE, TRADES
from tests.retriever.knowledge import SURE, constants_in
from tests.teachable import TeachableEncoder, make_taught

ASKS = ("靠谱么", "我妈也想弄行不", "昨天弄坏了", "同事说不好使", "还值得留着么")
"""More than a name and what to tell of it: such a question is read a second time."""
ITEMS = [make_item(f"biz-{n}", title=title) for n, title in enumerate(TRADES)]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    from corpora.lexicon import Lexicon
    from indexer.release import Release

    encoder = TeachableEncoder()
    release = Release(tuple(map(make_held, ITEMS)), lexicon=Lexicon())
    searcher = open_published(tmp_path / "index", make_content(release, encoder))
    fitted = constants_in(tmp_path / "constants", dict(SURE))
    known = [item.id for item in ITEMS]
    make_taught(*known, joined=Joined(0.1, 0.5, 0.1)).write(fitted, encoder.fingerprint)
    found = KnowledgeBase(searcher, encoder, fitted=fitted)
    # of nothing but the bias: what is found says nothing about outcomes yet
    guess = FeatureModel({"answered": 0.0, "unknown": 0.0}, {})
    found.retriever.constants = replace(found.retriever.constants, outcomes=guess)
    yield found
    found.close()


def questions(split: str = "dev") -> FaqSet:
    answered = [
        make_question(
            Expectation(Outcome.ANSWERED, (f"biz-{n}",)),
            id=f"{split}-a{n}{ask}",
            question=f"{trade}{ask}",
            split=split,
        )
        for n, trade in enumerate(TRADES)
        for ask in ASKS
    ]
    unknown = [
        make_question(
            Expectation(Outcome.UNKNOWN),
            id=f"{split}-u{n}{ask}",
            question=f"{ask}{text}",
            split=split,
        )
        for n, text in enumerate(STRANGE)
        for ask in ASKS
    ]
    return make_set(*answered, *unknown)


def look_of(retriever: Retriever) -> SecondLook:
    look, retriever.second_look = retriever.second_look, None
    assert look is not None
    return look


def test_what_tells_outcomes_better_is_learned_and_leaves_no_trace(base: KnowledgeBase) -> None:
    look, before = look_of(base.retriever), base.retriever.constants
    again, evidence = reconsidered(questions(), base, DAY, before, look)
    assert again is not None
    assert again.taught == look.reader.taught.in_use
    assert {"nothing", "answers"} <= again.answered.weights.keys()
    assert {"nothing", "answers"} <= again.calibration.weights.keys()
    assert 0.0 < again.calibration.threshold < 1.0
    assert evidence["questions"] == len(TRADES) * len(ASKS) * 2
    assert evidence["loss"]["looked"] < evidence["loss"]["found"]
    assert evidence["outcome_right"]["looked"] > evidence["outcome_right"]["found"]
    assert base.retriever.constants is before
    assert base.retriever.second_look is None


def test_questions_that_it_was_taught_are_left_out(base: KnowledgeBase) -> None:
    look = look_of(base.retriever)
    asked = questions()
    by_heart = frozenset(question.id for question in asked.questions[:8])
    taught: Taught = replace(look.reader.taught, questions=by_heart)
    look.reader.taught = taught
    _, evidence = reconsidered(asked, base, DAY, base.retriever.constants, look)
    assert evidence["questions"] == len(asked.questions) - 8


def test_too_few_questions_teach_nothing(base: KnowledgeBase) -> None:
    look = look_of(base.retriever)
    few = make_set(*questions().questions[:50])
    again, evidence = reconsidered(few, base, DAY, base.retriever.constants, look)
    assert again is None
    assert evidence["questions"] == 50
    assert "loss" not in evidence


def test_what_is_no_better_is_not_kept(base: KnowledgeBase) -> None:
    look = look_of(base.retriever)
    asked = questions()
    # every outcome is drawn by lot: no look can know it
    lots = [
        replace(
            question,
            expect=Expectation(Outcome.ANSWERED, question.expect.items or ("biz-0",))
            if n * 7919 % 13 < 6
            else Expectation(Outcome.UNKNOWN),
        )
        for n, question in enumerate(asked.questions)
    ]
    again, evidence = reconsidered(make_set(*lots), base, DAY, base.retriever.constants, look)
    assert again is None
    assert evidence["loss"]["looked"] >= evidence["loss"]["found"]


def test_questions_of_one_group_teach_nothing(base: KnowledgeBase) -> None:
    look = look_of(base.retriever)
    alike = make_set(*(replace(question, group="one") for question in questions().questions))
    again, evidence = reconsidered(alike, base, DAY, base.retriever.constants, look)
    assert again is None
    assert "loss" not in evidence


def test_a_fit_tells_what_its_look_makes_of_dev(base: KnowledgeBase) -> None:
    look = look_of(base.retriever)
    both = make_set(*questions("train").questions, *questions().questions)
    fitted = fit(both, base, made_on=DAY, look=look)
    assert fitted.evidence["reconsidered"]["questions"] == len(questions().questions)
    # train says the same as dev in other words: nothing is left to be told
    assert fitted.constants.reconsidered is None
    assert "没有更好，不采用" in shown(fitted)
    plain = fit(both, base, made_on=DAY)
    assert "再读一遍" not in shown(plain)


def test_what_was_learned_is_written_read_back_and_shown(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    look = look_of(base.retriever)
    fitted = fit(make_set(*questions("train").questions), base, made_on=DAY)
    before = fitted.constants
    again, evidence = reconsidered(questions(), base, DAY, base.retriever.constants, look)
    assert again is not None
    told = replace(
        fitted,
        constants=replace(before, reconsidered=again),
        evidence={**fitted.evidence, "reconsidered": evidence},
    )
    told.write(tmp_path / "fitted")
    read = constants_for(fitted.fingerprint, tmp_path / "fitted")
    assert read.reconsidered == again
    assert read.digest != replace(read, reconsidered=None).digest
    assert read.describe()["threshold"] == again.calibration.threshold
    assert read.describe()["reconsidered"] == look.reader.taught.in_use
    assert before.describe()["reconsidered"] == ""
    assert f"→ {evidence['outcome_right']['looked']} 题" in shown(told)
    assert "不采用" not in shown(told)


def shown(fitted: Fitted) -> str:
    console = Console(record=True, width=200, file=io.StringIO())
    show_fitted(fitted, console)
    return console.export_text()
