"""Stages and causes: where a question was lost and whose fault it probably is."""

from __future__ import annotations

from typing import Any

import pytest

from corpora.types import Facet, FacetKind
from eval.faqset import Expectation
from eval.stages import Cause, Stage, cause_of, mending, stage_of
from eval.verdict import ERROR, RANKED
from retriever.answer import Outcome
from tests.eval.builders import make_item, make_question, make_view

ANSWER = Expectation(Outcome.ANSWERED, ("a", "b"), FacetKind.PRICE, ("5元",))
CLARIFY = Expectation(Outcome.CLARIFY, clarify=("a",))
HANDOVER = Expectation(Outcome.HANDOVER, handover="balance")
UNKNOWN = Expectation(Outcome.UNKNOWN)
RIGHT = {"outcome": True, "item": True}
WRONG_ITEM = {"outcome": True, "item": False, "facet": False, "facts": False}
SILENT = {"outcome": False, "item": False, "facet": False, "facts": False}

CASES: list[tuple[Stage | None, Expectation, str, tuple[str, ...], dict[str, bool], bool]] = [
    (None, ANSWER, "answered", ("a",), RIGHT, False),
    (None, UNKNOWN, "unknown", (), {"outcome": True}, False),
    (None, UNKNOWN, RANKED, ("a",), {}, False),
    (Stage.FATAL, ANSWER, "answered", ("a",), RIGHT, True),
    (Stage.FATAL, CLARIFY, "clarify", (), {"outcome": True, "clarify": True}, True),
    (Stage.REFUSED, ANSWER, ERROR, (), SILENT, False),
    (Stage.REFUSED, UNKNOWN, ERROR, (), {"outcome": False}, False),
    # ranking
    (Stage.NOT_RETRIEVED, ANSWER, "answered", ("x", "y"), WRONG_ITEM, False),
    (Stage.NOT_RETRIEVED, ANSWER, "unknown", (), SILENT, False),
    (Stage.NOT_RETRIEVED, ANSWER, RANKED, ("x",), {"item": False}, False),
    (Stage.RANKED_LOWER, ANSWER, "answered", ("x", "b"), WRONG_ITEM, True),
    (Stage.RANKED_LOWER, ANSWER, "unknown", ("x", "b"), SILENT, False),
    (Stage.RANKED_LOWER, ANSWER, RANKED, ("x", "a"), {"item": False}, False),
    # it answered from another item than the first that it found: that is no abstention
    (Stage.RANKED_LOWER, ANSWER, "answered", ("a", "x"), WRONG_ITEM, False),
    (Stage.ABSTAINED, ANSWER, "unknown", ("b", "x"), SILENT, False),
    # the answer
    (Stage.WRONG_FACET, ANSWER, "answered", ("a",), RIGHT | {"facet": False, "facts": False}, True),
    (Stage.FACT_MISSING, ANSWER, "answered", ("a",), RIGHT | {"facet": True, "facts": False}, True),
    (
        Stage.FORBIDDEN,
        ANSWER,
        "answered",
        ("a",),
        RIGHT | {"facts": True, "not_forbidden": False, "must_say": False},
        True,
    ),
    (
        Stage.TIP_MISSING,
        ANSWER,
        "answered",
        ("a",),
        RIGHT | {"not_forbidden": True, "must_say": False, "preview": False},
        True,
    ),
    (
        Stage.WRONG_PREVIEW,
        ANSWER,
        "answered",
        ("a",),
        RIGHT | {"must_say": True, "preview": False},
        False,
    ),
    # the other outcomes
    (Stage.ASKED_BACK, ANSWER, "clarify", ("a",), SILENT, False),
    (Stage.ASKED_BACK, UNKNOWN, "clarify", ("a",), {"outcome": False}, False),
    (Stage.HANDED_OVER, ANSWER, "handover", ("a",), SILENT, False),
    (Stage.HANDED_OVER, UNKNOWN, "handover", ("a",), {"outcome": False}, False),
    (Stage.FALSE_ANSWER, UNKNOWN, "answered", ("a",), {"outcome": False}, True),
    (Stage.NOT_ASKED_BACK, CLARIFY, "answered", (), {"outcome": False, "clarify": False}, False),
    (Stage.NOT_ASKED_BACK, CLARIFY, "unknown", (), {"outcome": False, "clarify": False}, False),
    (Stage.WRONG_CHOICES, CLARIFY, "clarify", (), {"outcome": True, "clarify": False}, False),
    (Stage.NOT_HANDED_OVER, HANDOVER, "answered", (), {"outcome": False, "route": False}, False),
    (Stage.NOT_HANDED_OVER, HANDOVER, "clarify", (), {"outcome": False, "route": False}, False),
    (Stage.WRONG_ROUTE, HANDOVER, "handover", (), {"outcome": True, "route": False}, False),
]


@pytest.mark.parametrize(
    ("stage", "expect", "outcome", "ranked", "checks", "fatal"),
    CASES,
    ids=[f"{n}-{case[0] or 'right'}" for n, case in enumerate(CASES)],
)
def test_the_stage_that_lost_a_question_is_named(
    stage: Stage | None,
    expect: Expectation,
    outcome: str,
    ranked: tuple[str, ...],
    checks: dict[str, bool],
    fatal: bool,
) -> None:
    assert stage_of(make_question(expect), outcome, ranked, checks, fatal=fatal) is stage


def test_every_stage_has_a_case_and_a_name_of_its_own() -> None:
    assert {case[0] for case in CASES} == {None, *Stage}
    assert len({stage.label for stage in Stage}) == len(Stage)


SAYS_IT = make_view(make_item(facets=(Facet(FacetKind.PRICE, "月费5元。", "您可以办理。"),)))
SAYS_IT_IN_A_STEP = make_view(
    make_item(facets=(Facet(FacetKind.PRICE, "见步骤。", "您可以办理。", ("交五块",)),))
)
SAYS_LESS = make_view(make_item(facets=(Facet(FacetKind.PRICE, "见公告。", "您可以办理。"),)))


@pytest.mark.parametrize(
    ("stage", "view", "has_items", "cause"),
    [
        (Stage.REFUSED, None, False, Cause.QUESTION),
        (Stage.NOT_RETRIEVED, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.NOT_RETRIEVED, None, True, Cause.LABEL),
        (Stage.NOT_RETRIEVED, None, False, Cause.RETRIEVAL),
        (Stage.RANKED_LOWER, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.RANKED_LOWER, None, True, Cause.LABEL),
        (Stage.WRONG_FACET, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.ABSTAINED, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.ASKED_BACK, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.HANDED_OVER, SAYS_IT, True, Cause.RETRIEVAL),
        (Stage.FACT_MISSING, SAYS_IT, True, Cause.WORDING),
        (Stage.FACT_MISSING, SAYS_IT_IN_A_STEP, True, Cause.WORDING),
        (Stage.FACT_MISSING, SAYS_LESS, True, Cause.KNOWLEDGE),
        (Stage.FORBIDDEN, SAYS_IT, True, Cause.KNOWLEDGE),
        (Stage.TIP_MISSING, SAYS_IT, True, Cause.KNOWLEDGE),
        (Stage.WRONG_PREVIEW, SAYS_IT, True, Cause.WORDING),
        (Stage.FATAL, SAYS_IT, True, Cause.WORDING),
    ],
)
def test_the_probable_cause_follows_the_stage_and_the_expected_item(
    stage: Stage, view: Any, has_items: bool, cause: Cause
) -> None:
    assert cause_of(stage, make_question(ANSWER), view, has_items=has_items) is cause


@pytest.mark.parametrize(
    ("stage", "expect"),
    [
        (Stage.FALSE_ANSWER, UNKNOWN),
        (Stage.NOT_ASKED_BACK, CLARIFY),
        (Stage.WRONG_CHOICES, CLARIFY),
        (Stage.NOT_HANDED_OVER, HANDOVER),
        (Stage.WRONG_ROUTE, HANDOVER),
    ],
)
def test_a_question_that_expects_no_item_is_not_blamed_on_its_label(
    stage: Stage, expect: Expectation
) -> None:
    assert cause_of(stage, make_question(expect), None, has_items=True) is Cause.RETRIEVAL


def test_every_cause_says_what_mends_it() -> None:
    assert len({mending(cause) for cause in Cause}) == len(Cause)
