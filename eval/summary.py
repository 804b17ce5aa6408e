"""Verdicts → figures: plain and weighted by volume, each with its 95 % interval, in slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from eval import abstention
from eval.intervals import Interval, mean_interval, rate_interval
from eval.judge import CHECKS, Verdict
from eval.latency import percentiles
from eval.measures import FAQ_MEASURES, PerQuery, per_query
from retriever.answer import Outcome

_SHOWN_AS: Final = {
    "Success@1": "Hit@1",
    "Success@3": "Hit@3",
    "Success@5": "Hit@5",
    "RR@10": "MRR",
    "nDCG@10": "nDCG@10",
}
_RATES: Final = frozenset({"Hit@1", "Hit@3", "Hit@5"})
WRONG_ALLOWED: Final = 0.05

_SLICES: Final[Mapping[str, Callable[[Verdict], Iterable[str]]]] = {
    "library": lambda verdict: [verdict.question.library or "none"],
    "style": lambda verdict: [verdict.question.style or "none"],
    "kind": lambda verdict: [verdict.question.kind or "none"],
    "tag": lambda verdict: verdict.question.tags,
    "split": lambda verdict: [verdict.question.split or "none"],
    "outcome": lambda verdict: [verdict.question.expect.outcome.value],
}


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The metrics document of a run."""
    values = ranking_values(verdicts)
    slices: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in _SLICES}
    for place, verdict in enumerate(verdicts):
        for name, keys_of in _SLICES.items():
            for key in keys_of(verdict):
                slices[name][key].append(place)
    return {
        "overall": _slice(verdicts, values, range(len(verdicts))),
        **{
            f"by_{name}": {key: _slice(verdicts, values, members[key]) for key in sorted(members)}
            for name, members in slices.items()
        },
        "abstention": abstention_figures(verdicts),
        "errors": sum(verdict.outcome == "error" for verdict in verdicts),
        "fatal": sum(bool(verdict.fatal) for verdict in verdicts),
        "latency_ms": {
            "search": percentiles([v.search_ms for v in verdicts if v.outcome != "error"]),
            # asked right after the search, so the question's vector is known already
            "answer_with_known_vector": percentiles(
                [v.answer_ms for v in verdicts if v.outcome != "error"]
            ),
        },
    }


def ranking_values(verdicts: Sequence[Verdict]) -> PerQuery:
    """Hit@k, MRR and nDCG@10 of the questions that items answer, keyed by place in ``verdicts``."""
    asked = {
        str(place): verdict
        for place, verdict in enumerate(verdicts)
        if verdict.question.expect.outcome is Outcome.ANSWERED
    }
    judged = {
        place: dict.fromkeys(verdict.question.expect.items, 1) for place, verdict in asked.items()
    }
    ranked = {place: verdict.ranked for place, verdict in asked.items()}
    values = per_query(judged, ranked, FAQ_MEASURES)
    return {_SHOWN_AS[name]: of_queries for name, of_queries in values.items()}


def _slice(verdicts: Sequence[Verdict], values: PerQuery, places: Iterable[int]) -> dict[str, Any]:
    places = list(places)
    measures: dict[str, Any] = {}
    for name, of_queries in values.items():
        members = [place for place in places if str(place) in of_queries]
        numbers = [of_queries[str(place)] for place in members]
        weights = [verdicts[place].question.weight for place in members]
        interval = rate_interval if name in _RATES else mean_interval
        if members:
            measures[name] = _figure(numbers, weights, interval)
    for check in CHECKS:
        members = [place for place in places if check in verdicts[place].checks]
        if members:
            measures[check] = _rate(
                [verdicts[place].checks[check] for place in members],
                [verdicts[place].question.weight for place in members],
            )
    measures["right"] = _rate(
        [verdicts[place].right for place in places],
        [verdicts[place].question.weight for place in places],
    )
    return {
        "questions": len(places),
        "weight": round(sum(verdicts[place].question.weight for place in places), 3),
        "measures": measures,
    }


def _rate(values: Sequence[bool], weights: Sequence[float]) -> dict[str, Any]:
    return _figure([float(value) for value in values], weights, rate_interval)


def _figure(
    values: Sequence[float],
    weights: Sequence[float],
    interval: Callable[[Sequence[float], Sequence[float] | None], Interval],
) -> dict[str, Any]:
    return {
        "n": len(values),
        **_bounds(interval(values, None)),
        "weighted": _bounds(interval(values, weights)),
    }


def _bounds(interval: Interval) -> dict[str, float]:
    return {
        "value": round(interval.value, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "half_width": round(interval.half_width, 4),
    }


def abstention_figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Answering and abstaining, judged from both sides.

    Questions that should be asked back or handed over are left out: what is right there is neither.
    ``aurc``, coverage and ``ece`` hold an answer to be right when its first item is expected.
    """
    counted = [
        verdict
        for verdict in verdicts
        if verdict.question.expect.outcome in (Outcome.ANSWERED, Outcome.UNKNOWN)
    ]
    answerable = [v.question.expect.outcome is Outcome.ANSWERED for v in counted]
    answered = [v.outcome == Outcome.ANSWERED for v in counted]
    sure = [verdict.sure for verdict in counted]
    right = [
        can and verdict.first_is_expected for can, verdict in zip(answerable, counted, strict=True)
    ]
    weights = [verdict.question.weight for verdict in counted]

    def rate(side: bool, happened: Callable[[bool], bool]) -> dict[str, Any] | None:
        members = [n for n, can in enumerate(answerable) if can is side]
        if not members:
            return None
        return _rate([happened(answered[n]) for n in members], [weights[n] for n in members])

    return {
        "answerable": sum(answerable),
        "unanswerable": len(counted) - sum(answerable),
        "auroc": _rounded(abstention.auroc(sure, answerable)),
        "aurc": _rounded(abstention.aurc(sure, right)),
        f"coverage_at_{WRONG_ALLOWED * 100:.0f}pct_wrong": _rounded(
            abstention.coverage_at_risk(sure, right, WRONG_ALLOWED)
        ),
        "false_answer": rate(False, lambda was_answered: was_answered),
        "false_abstention": rate(True, lambda was_answered: not was_answered),
        "ece": _rounded(abstention.ece(sure, right)),
        "curve": [
            {
                "threshold": round(point.threshold, 4),
                "coverage": round(point.coverage, 4),
                "risk": round(point.risk, 4),
            }
            for point in abstention.risk_coverage(sure, right)
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
