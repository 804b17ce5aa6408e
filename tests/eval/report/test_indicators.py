from __future__ import annotations

from dataclasses import replace

import pytest

from corpora.types import FacetKind
from eval.faqset import Expectation
from eval.report.indicators import indicators
from retriever.answer import Outcome
from tests.eval.report.runs import fatal, ranked_only, right, unanswerable, wrong

HANDLING = Expectation(Outcome.ANSWERED, items=("biz-family",), facet=FacetKind.OPEN)


def test_handling_counts_questions_about_opening_cancelling_and_changing() -> None:
    good = right("a")
    handled = replace(good, question=replace(good.question, expect=HANDLING))
    found = indicators([handled, wrong("b"), right("c"), unanswerable("d")])
    assert (found["办理准确"]["n"], found["办理准确"]["value"]) == (2, 0.5)
    assert (found["解答清楚全面"]["n"], found["解答清楚全面"]["value"]) == (1, 1.0)


def test_something_fatal_is_never_accurate_although_every_check_is_right() -> None:
    verdict = replace(right(), fatal=("price",))
    assert indicators([verdict])["解答清楚全面"]["value"] == 0.0


def test_unclear_counts_only_answers_from_the_right_item() -> None:
    found = indicators(
        [right("a"), wrong("b"), wrong("c", checks={"outcome": True, "item": False})]
    )
    assert (found["解释不清"]["n"], found["解释不清"]["value"]) == (2, 0.5)


def test_near_duplicates_count_once_and_volume_weighs() -> None:
    first, second = right("a", group="g", weight=1.0), right("b", group="g", weight=1.0)
    third = right("c", weight=6.0)
    lost = replace(third, checks={"outcome": True, "item": False})
    figure = indicators([first, second, lost])["解答清楚全面"]
    assert (figure["n"], figure["groups"], figure["value"]) == (3, 2, 0.5)
    assert figure["weighted"]["value"] == pytest.approx(0.25)
    assert figure["low"] < 0.5 < figure["high"]


def test_a_system_that_only_ranks_explains_nothing() -> None:
    assert indicators([ranked_only()]) == {}
    assert indicators([]) == {}


def test_every_figure_carries_its_definition() -> None:
    found = indicators([right(), wrong(), fatal()])
    assert list(found) == ["办理准确", "解答清楚全面", "解释不清"]
    assert all(figure["definition"].endswith("。") for figure in found.values())
