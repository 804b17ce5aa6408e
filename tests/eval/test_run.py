"""Runs of FAQ sets: the figures, their slices, and what is written down."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.types import Audience, Facet, FacetKind, Relation, RelationKind, SubLibrary
from eval.errors import FaqSetError
from eval.faqset import Expectation, FaqSet, Question, QuestionFilter
from eval.intervals import wilson
from eval.judge import judge, refused
from eval.run import FaqRun, filters_of, run_faqset, write_run
from eval.summary import abstention_figures, ranking_values, summary
from retriever.answer import Outcome
from retriever.constants import Blend, Calibration, Constants
from retriever.knowledge_base import KnowledgeBase
from tests.eval.builders import make_answer, make_base, make_facet, make_item, make_question

FAMILY = Expectation(Outcome.ANSWERED, ("biz-family",), FacetKind.CANCEL, ("QXQQW",))
DAY = dt.date(2026, 11, 1)


def make_set(*questions: Question) -> FaqSet:
    return FaqSet("小题集", DAY, "zh", questions, "f.jsonl")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    tip = make_item(
        "tip-cancel",
        title="取消亲情网的提醒",
        sub_library=SubLibrary.TIPS,
        must_say=True,
        facets=(make_facet(FacetKind.WARNING, "取消后成员之间不再免费。"),),
    )
    items = [
        make_item(relations=(Relation(RelationKind.TIP, "tip-cancel"),)),
        make_item(
            "biz-pack",
            title="流量月包",
            facets=(make_facet(FacetKind.OVERVIEW, "流量月包当月有效，可以结转一次。"),),
        ),
        tip,
    ]
    opened = make_base(tmp_path_factory.mktemp("base"), items)
    # everything is answered: what the product decides by itself is tested where it is decided
    opened.retriever.constants = Constants(
        "test", Blend(0.4, 1.6, 0.0), Calibration(0.0, {"score": 1.0}, 0.0), fitted=True
    )
    yield opened
    opened.close()


def run_of(base: KnowledgeBase, *questions: Question) -> FaqRun:
    return run_faqset(make_set(*questions), base, started_at="2026-11-01T00:00:00")


def test_a_question_is_searched_answered_and_judged(base: KnowledgeBase) -> None:
    run = run_of(base, make_question(FAMILY, question="亲情网怎么取消", library="business"))

    (verdict,) = run.verdicts
    assert verdict.checks == {
        "outcome": True,
        "item": True,
        "facet": True,
        "facts": True,
        "must_say": True,
    }
    assert verdict.ranked[0] == "biz-family"
    assert run.metrics["overall"]["measures"]["Hit@1"]["value"] == 1.0


def test_the_must_say_tip_is_due_even_when_the_question_is_confined_to_a_library(
    base: KnowledgeBase,
) -> None:
    confined = QuestionFilter(libraries=(SubLibrary.BUSINESS,))
    run = run_of(base, make_question(FAMILY, question="亲情网怎么取消", filters=confined))

    assert "must_say" in run.verdicts[0].checks


def test_a_refused_question_is_a_wrong_one_and_does_not_stop_the_run(base: KnowledgeBase) -> None:
    run = run_of(
        base,
        make_question(FAMILY, id="long", question="问" * 501),
        make_question(FAMILY, question="亲情网怎么取消"),
    )

    assert [verdict.outcome for verdict in run.verdicts] == ["error", "answered"]
    assert run.metrics["errors"] == 1
    assert run.metrics["overall"]["measures"]["Hit@1"] | {"weighted": None} == {
        "n": 2,
        "value": 0.5,
        "low": pytest.approx(wilson(0.5, 2).low, abs=1e-4),
        "high": pytest.approx(wilson(0.5, 2).high, abs=1e-4),
        "half_width": pytest.approx(wilson(0.5, 2).half_width, abs=1e-4),
        "weighted": None,
    }


def test_an_unknown_region_is_named_by_line_before_anything_is_asked(tmp_path: Path) -> None:
    opened = make_base(tmp_path, [make_item()])
    asked = make_question(filters=QuestionFilter(region="UP/DOWN"), line=7)
    try:
        with pytest.raises(FaqSetError, match=r"f\.jsonl:7: filters\.region"):
            run_of(opened, asked)
    finally:
        opened.close()


def test_filters_come_from_the_question_and_the_date_from_the_set(base: KnowledgeBase) -> None:
    own = QuestionFilter((SubLibrary.TIPS,), "", Audience.CUSTOMER, dt.date(2027, 1, 1))
    plain, dated = filters_of(make_set(make_question(), make_question(filters=own)), base, DAY)

    assert (plain.as_of, plain.audience, plain.libraries) == (DAY, Audience.AGENT, frozenset())
    assert (dated.as_of, dated.audience) == (dt.date(2027, 1, 1), Audience.CUSTOMER)
    assert dated.libraries == {SubLibrary.TIPS}


def test_run_json_holds_figures_rows_and_what_it_takes_to_repeat_them(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    run = run_of(base, make_question(FAMILY, question="亲情网怎么取消"))

    written = json.loads(write_run(run, tmp_path / "new" / "out").read_text(encoding="utf-8"))

    assert set(written) == {"setting", "metrics", "questions"}
    assert written["setting"]["index"]["version"] == base.manifest.version
    assert written["setting"]["index"]["encoder_fingerprint"] == base.manifest.encoder_fingerprint
    assert {"machine", "seed", "as_of", "constants"} <= set(written["setting"])
    assert written["questions"][0]["item"] == "biz-family"


def test_weights_and_slices_count_each_question_where_it_belongs() -> None:
    verdicts = [
        judge(
            make_question(style="typo", library="business", weight=30.0, tags=("sibling",)),
            ["biz-family"],
            make_answer(),
        ),
        judge(
            make_question(id="q2", style="formal", library="tips", weight=10.0),
            ["biz-other", "biz-family"],
            make_answer(Outcome.UNKNOWN),
        ),
    ]

    found = summary(verdicts)

    hit = found["overall"]["measures"]["Hit@1"]
    assert (hit["value"], hit["weighted"]["value"]) == (0.5, 30 / 40)
    assert found["overall"]["measures"]["MRR"]["value"] == (1 + 1 / 2) / 2
    assert {key: part["questions"] for key, part in found["by_style"].items()} == {
        "typo": 1,
        "formal": 1,
    }
    assert found["by_library"]["tips"]["measures"]["Hit@3"]["value"] == 1.0
    assert list(found["by_tag"]) == ["sibling"]
    assert found["by_outcome"]["answered"]["weight"] == 40.0


def test_questions_without_items_have_no_ranking_figures() -> None:
    unanswerable = make_question(Expectation(Outcome.UNKNOWN))
    verdicts = [judge(unanswerable, ["biz-family"], make_answer(Outcome.UNKNOWN))]

    assert all(not of for of in ranking_values(verdicts).values())
    assert "Hit@1" not in summary(verdicts)["overall"]["measures"]


def test_two_questions_with_one_id_are_still_two() -> None:
    verdicts = [judge(make_question(), [found], make_answer()) for found in ("biz-family", "x")]

    assert summary(verdicts)["overall"]["measures"]["Hit@1"]["value"] == 0.5


def test_abstention_is_judged_from_both_sides() -> None:
    none = Expectation(Outcome.UNKNOWN)
    back = Expectation(Outcome.CLARIFY)
    right = ["biz-family"]
    verdicts = [
        judge(make_question(), right, make_answer(confidence=0.9)),
        judge(make_question(), right, make_answer(Outcome.UNKNOWN, confidence=0.3)),
        judge(make_question(none), right, make_answer(confidence=0.6)),
        judge(make_question(none), right, make_answer(Outcome.UNKNOWN, confidence=0.1)),
        judge(make_question(back), right, make_answer(confidence=0.9)),
        refused(make_question(), "太长"),
    ]

    found = abstention_figures(verdicts)

    assert (found["answerable"], found["unanswerable"]) == (3, 2)
    assert found["false_answer"]["value"] == 1 / 2
    assert found["false_abstention"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    # (.9 > .6, .9 > .1, .3 > .1) of six pairs are in order; the refused question counts 0
    assert found["auroc"] == 3 / 6
    assert found["coverage_at_5pct_wrong"] == 1 / 5


def test_an_empty_run_has_figures_too() -> None:
    found = summary([])

    assert found["overall"]["questions"] == 0
    assert found["abstention"]["auroc"] is None


def test_an_internal_facet_is_not_an_answer_for_customers(tmp_path: Path) -> None:
    secret = Facet(FacetKind.RULES, "内部审批权限为每月50元", audience=Audience.INTERNAL)
    opened = make_base(tmp_path, [make_item("biz-secret", title="内部审批权限", facets=(secret,))])
    asked = make_question(
        Expectation(Outcome.UNKNOWN),
        question="内部审批权限是多少",
        filters=QuestionFilter(audience=Audience.CUSTOMER),
    )
    try:
        assert run_of(opened, asked).verdicts[0].right
    finally:
        opened.close()
