"""The figures of a run: measures, slices, near-duplicates, and abstention from both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from eval.faqset import Expectation, Split
from eval.intervals import rate_interval, wilson
from eval.judge import judge
from eval.summary import abstention_figures, check_values, ranking_values, summary
from eval.systems.protocol import Reply
from eval.verdict import Verdict
from retriever.answer import Outcome
from tests.eval.builders import (
    AGENT,
    make_answer,
    make_question,
    make_reply,
    make_verdict,
    source_of,
)

NONE = Expectation(Outcome.UNKNOWN)
FOUND, MISSED = ["biz-family"], ["biz-other", "biz-family"]


def asked(question_id: str = "q1", ranked: Sequence[str] = FOUND, **changes: Any) -> Verdict:
    return make_verdict(make_question(id=question_id, **changes), ranked)


def refused(question_id: str = "q9", **changes: Any) -> Verdict:
    reply = Reply((), 0.0, problem="太长")
    return judge(make_question(id=question_id, **changes), reply, AGENT, source_of())


def ranked_only(question_id: str, ranked: Sequence[str], **changes: Any) -> Verdict:
    question = make_question(id=question_id, **changes)
    return judge(question, Reply(tuple(ranked), 1.0), AGENT, source_of())


def figure(verdicts: Sequence[Verdict], name: str = "Hit@1") -> Any:
    return summary(verdicts)["overall"]["measures"][name]


def test_weights_and_slices_count_each_question_where_it_belongs() -> None:
    verdicts = [
        asked(style="typo", library="business", weight=30.0, tags=("sibling",)),
        asked("q2", MISSED, style="formal", library="tips", weight=10.0),
    ]

    found = summary(verdicts)

    hit = found["overall"]["measures"]["Hit@1"]
    assert (hit["n"], hit["value"], hit["weighted"]["value"]) == (2, 0.5, 30 / 40)
    assert found["overall"]["measures"]["MRR"]["value"] == (1 + 1 / 2) / 2
    assert {key: part["questions"] for key, part in found["by_style"].items()} == {
        "typo": 1,
        "formal": 1,
    }
    assert found["by_library"]["tips"]["measures"]["Hit@3"]["value"] == 1.0
    assert list(found["by_tag"]) == ["sibling"]
    assert found["by_outcome"]["answered"]["weight"] == 40.0


@pytest.mark.parametrize(
    ("name", "fields", "absent"),
    [
        ("business_line", ("套餐", "流量"), "none"),
        ("department", ("市场部", "客服部"), "none"),
        ("channel", ("hotline", "app"), "none"),
        ("library", ("business", "tips"), "none"),
        ("style", ("typo", "formal"), "none"),
        ("kind", ("price", "how_to"), "none"),
        ("split", (Split.DEV, Split.TEST), "none"),
    ],
)
def test_a_slice_has_the_figures_of_its_own_questions(
    name: str, fields: tuple[str, str], absent: str
) -> None:
    first, second = fields
    verdicts = [
        asked("q1", **{name: first}),
        asked("q2", MISSED, **{name: second}),
        asked("q3", **{name: second}),
        asked("q4", MISSED),
    ]

    found = summary(verdicts)[f"by_{name}"]

    assert {key: part["questions"] for key, part in found.items()} == {
        first: 1,
        second: 2,
        absent: 1,
    }
    assert {key: part["measures"]["Hit@1"]["value"] for key, part in found.items()} == {
        first: 1.0,
        second: 0.5,
        absent: 0.0,
    }
    assert found[second]["measures"]["right"]["n"] == 2


def test_cities_are_sliced_by_their_names_and_the_rest_is_all() -> None:
    verdicts = [
        judge(make_question(id=str(n)), make_reply(ranked=FOUND), AGENT, source_of(), city=city)
        for n, city in enumerate(["云都市", "望海市", "云都市", ""])
    ]

    found = summary(verdicts)["by_city"]

    assert {key: part["questions"] for key, part in found.items()} == {
        "云都市": 2,
        "望海市": 1,
        "all": 1,
    }


def test_a_question_counts_under_each_of_its_tags() -> None:
    found = summary([asked(tags=("sibling", "polarity")), asked("q2", tags=("sibling",))])

    assert {key: part["questions"] for key, part in found["by_tag"].items()} == {
        "sibling": 2,
        "polarity": 1,
    }


def test_a_check_counts_where_it_applies() -> None:
    demanding = Expectation(Outcome.ANSWERED, ("biz-family",), must_contain=("8元",))
    verdicts = [make_verdict(make_question(demanding)), asked("q2"), asked("q3")]

    found = summary(verdicts)["overall"]["measures"]

    assert (found["facts"]["n"], found["facts"]["value"]) == (1, 0.0)
    assert (found["item"]["n"], found["item"]["value"]) == (3, 1.0)
    assert found["right"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert "clarify" not in found
    assert check_values(verdicts)["facts"] == {"0": 0.0}


def test_a_refused_question_is_a_miss_and_an_error() -> None:
    found = summary([asked(), refused()])

    assert found["errors"] == 1
    assert found["lost_by_stage"] == {"refused": 1}
    assert found["overall"]["measures"]["Hit@1"] | {"weighted": None} == {
        "n": 2,
        "groups": 2,
        "value": 0.5,
        "low": pytest.approx(wilson(0.5, 2).low, abs=1e-4),
        "high": pytest.approx(wilson(0.5, 2).high, abs=1e-4),
        "half_width": pytest.approx(wilson(0.5, 2).half_width, abs=1e-4),
        "weighted": None,
    }
    # no time was taken by what was not asked
    assert found["latency_ms"]["search"]["p50"] == 1.0


def test_fatal_errors_stages_and_causes_are_counted() -> None:
    forbidding = Expectation(Outcome.ANSWERED, ("biz-family",), must_not_contain=("5元",))
    untraced = make_answer(text="每月5元", facts=())
    verdicts = [
        make_verdict(make_question(forbidding), FOUND, untraced),
        make_verdict(make_question(forbidding, id="q2"), FOUND),
        asked("q3"),
    ]

    found = summary(verdicts)

    assert found["fatal"] == 2
    assert found["fatal_by_kind"] == {"price": 2, "promise": 1}
    assert found["lost_by_stage"] == {"forbidden": 2}
    assert found["lost_by_cause"] == {"知识": 2}
    assert found["degraded"] == 0


def test_an_answer_without_semantic_search_counts_as_degraded() -> None:
    assert summary([make_verdict(degraded=["semantic"])])["degraded"] == 1


def test_questions_without_items_have_no_ranking_figures() -> None:
    verdicts = [make_verdict(make_question(NONE), FOUND, make_answer(Outcome.UNKNOWN))]

    assert all(not of for of in ranking_values(verdicts).values())
    assert "Hit@1" not in summary(verdicts)["overall"]["measures"]


def test_several_right_items_are_all_relevant() -> None:
    both = Expectation(Outcome.ANSWERED, ("a", "b"))

    measures = summary([make_verdict(make_question(both), ["b", "x", "a"])])["overall"]["measures"]

    assert measures["Hit@1"]["value"] == 1.0
    assert measures["R@1"]["value"] == 1 / 2
    assert measures["R@3"]["value"] == 1.0


def test_an_empty_run_has_figures_too() -> None:
    found = summary([])

    assert found["overall"] == {"questions": 0, "groups": 0, "weight": 0, "measures": {}}
    assert found["abstention"]["auroc"] is None


# near-duplicates


def test_near_duplicates_count_once_plain_and_by_volume() -> None:
    verdicts = [
        asked("q1", FOUND, group="g", weight=30.0),
        asked("q2", MISSED, group="g", weight=10.0),
        asked("q3", MISSED, weight=5.0),
    ]

    hit = figure(verdicts)

    assert (hit["n"], hit["groups"]) == (3, 2)
    assert hit["value"] == ((1 + 0) / 2 + 0) / 2
    plain = rate_interval([1 / 2, 0.0])
    assert (hit["low"], hit["high"]) == pytest.approx((plain.low, plain.high), abs=1e-4)
    by_volume = rate_interval([30 / 40, 0.0], [40.0, 5.0])
    assert hit["weighted"]["value"] == pytest.approx(30 / 45, abs=1e-4)
    assert hit["weighted"]["high"] == pytest.approx(by_volume.high, abs=1e-4)
    assert summary(verdicts)["overall"]["groups"] == 2


def test_asking_the_same_thing_in_more_ways_makes_nothing_surer() -> None:
    few = [asked("a", FOUND, group="g"), asked("b", MISSED, group="h")]
    many = [asked(f"a{n}", FOUND, group="g") for n in range(50)]
    many += [asked(f"b{n}", MISSED, group="h") for n in range(50)]

    for name in ("Hit@1", "MRR", "right"):
        found = figure(many, name)
        assert {**figure(few, name), "n": 100, "weighted": None} == {**found, "weighted": None}


def test_a_group_that_is_cut_by_a_slice_counts_there_with_what_it_has_there() -> None:
    verdicts = [
        asked("q1", FOUND, group="g", style="typo"),
        asked("q2", MISSED, group="g", style="formal"),
    ]

    found = summary(verdicts)

    assert found["overall"]["measures"]["Hit@1"]["value"] == 1 / 2
    assert found["by_style"]["typo"]["measures"]["Hit@1"]["value"] == 1.0
    assert found["by_style"]["typo"]["groups"] == 1


def test_a_check_of_a_slice_is_grouped_by_the_groups_of_the_slice() -> None:
    verdicts = [
        asked("q1", group="g", style="typo"),
        asked("q2", group="g", style="typo"),
        asked("q3", style="formal"),
        asked("q4", style="formal"),
    ]

    found = summary(verdicts)["by_style"]

    assert found["typo"]["measures"]["right"]["groups"] == 1
    assert found["formal"]["measures"]["right"]["groups"] == 2


# abstention


def test_abstention_is_judged_from_both_sides() -> None:
    verdicts = [
        make_verdict(make_question(id="1"), FOUND, make_answer(confidence=0.9)),
        make_verdict(make_question(id="2"), FOUND, make_answer(Outcome.UNKNOWN, confidence=0.3)),
        make_verdict(make_question(NONE, id="3"), FOUND, make_answer(confidence=0.6)),
        make_verdict(
            make_question(NONE, id="4"), FOUND, make_answer(Outcome.UNKNOWN, confidence=0.1)
        ),
        make_verdict(make_question(Expectation(Outcome.CLARIFY), id="5"), FOUND),
        refused("6"),
    ]

    found = abstention_figures(verdicts)

    assert found is not None
    assert (found["answerable"], found["unanswerable"]) == (3, 2)
    assert found["false_answer"]["value"] == 1 / 2
    assert found["false_abstention"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    # (.9 > .6, .9 > .1, .3 > .1) of six pairs are in order; the refused question counts 0
    assert found["auroc"] == 3 / 6
    assert found["coverage_at_5pct_wrong"] == 1 / 5
    assert [point["threshold"] for point in found["curve"]] == [0.9, 0.6, 0.3, 0.1, 0.0]


def test_always_answering_shows_on_one_side_and_never_answering_on_the_other() -> None:
    def figures(outcome: Outcome) -> Any:
        answer = make_answer(outcome)
        return abstention_figures(
            [make_verdict(make_question(id=str(n)), FOUND, answer) for n in range(3)]
            + [make_verdict(make_question(NONE, id="x"), FOUND, answer)]
        )

    always, never = figures(Outcome.ANSWERED), figures(Outcome.UNKNOWN)
    assert always["false_answer"]["value"] == 1.0
    assert always["false_abstention"]["value"] == 0.0
    assert never["false_answer"]["value"] == 0.0
    assert never["false_abstention"]["value"] == 1.0


def test_a_side_without_questions_has_no_rate() -> None:
    answerable = abstention_figures([asked()])
    unanswerable = abstention_figures([make_verdict(make_question(NONE))])

    assert answerable is not None
    assert unanswerable is not None
    assert answerable["false_answer"] is answerable["auroc"] is None
    assert answerable["auroc_half_width"] is None
    assert unanswerable["false_abstention"] is None


def test_asking_back_or_handing_over_is_no_answer() -> None:
    for outcome in (Outcome.CLARIFY, Outcome.HANDOVER):
        found = abstention_figures([make_verdict(answer=make_answer(outcome))])
        assert found is not None
        assert found["false_abstention"]["value"] == 1.0


def test_near_duplicates_count_once_in_abstention() -> None:
    sure = [(0.9, True), (0.8, True), (0.3, True), (0.6, False), (0.1, False), (0.5, False)]
    groups = ["a", "a", "a", "b", "b", "c"]
    verdicts = [
        make_verdict(
            make_question(None if can else NONE, id=str(n), group=group),
            FOUND,
            make_answer(confidence=confidence),
        )
        for n, ((confidence, can), group) in enumerate(zip(sure, groups, strict=True))
    ]
    loads = [1 / 3, 1 / 3, 1 / 3, 1 / 2, 1 / 2, 1.0]

    found = abstention_figures(verdicts)

    assert found is not None
    by_sklearn = roc_auc_score([can for _, can in sure], [s for s, _ in sure], sample_weight=loads)
    assert found["auroc"] == pytest.approx(by_sklearn, abs=1e-4)
    # surest first, the three groups add 1/3, 1/3, 1/2 (wrong), 1 (wrong), 1/3, 1/2 (wrong)
    risks = [0, 0, 0.5 / (7 / 6), 1.5 / (13 / 6), 1.5 / (15 / 6), 2 / 3]
    steps = [1 / 3, 1 / 3, 1 / 2, 1, 1 / 3, 1 / 2]
    area = sum(step / 3 * risk for step, risk in zip(steps, risks, strict=True))
    assert found["aurc"] == pytest.approx(area, abs=1e-4)
    assert found["coverage_at_5pct_wrong"] == pytest.approx((2 / 3) / 3, abs=1e-4)
    assert [point["coverage"] for point in found["curve"]][-1] == 1.0
    assert sum(entry["count"] for entry in found["reliability"]) == pytest.approx(3, abs=0.01)
    assert (found["false_answer"]["n"], found["false_answer"]["groups"]) == (3, 2)


def test_a_system_that_only_ranks_has_no_abstention_to_judge() -> None:
    verdicts = [ranked_only("q1", FOUND), ranked_only("q2", MISSED), ranked_only("q3", FOUND)]

    found = summary(verdicts)

    assert found["abstention"] is None
    assert found["overall"]["measures"]["item"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["overall"]["measures"]["Hit@1"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["latency_ms"]["answer"]["p50"] == 0.0


def test_a_question_that_a_ranking_refuses_makes_it_no_answering_system() -> None:
    assert abstention_figures([ranked_only("q1", FOUND), refused()]) is None


def test_what_cannot_be_judged_is_neither_right_nor_wrong() -> None:
    found = summary([ranked_only("q1", FOUND), ranked_only("q2", FOUND, expect=NONE)])

    assert found["overall"]["questions"] == 2
    assert found["overall"]["measures"]["right"]["n"] == 1
