"""Verdicts → figures: plain and weighted by volume, each with its 95 % interval, in slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from eval import abstention
from eval.groups import by_group, effective_groups, shares
from eval.intervals import Z95, Interval, mean_interval, rate_interval
from eval.latency import percentiles
from eval.measures import FAQ_MEASURES, PerQuery, per_query
from eval.verdict import CHECKS, ERROR, RANKED, Verdict
from retriever.answer import Outcome

_SHOWN_AS: Final = {
    "Success@1": "Hit@1",
    "Success@3": "Hit@3",
    "Success@5": "Hit@5",
    "RR@10": "MRR",
}
_NOT_RATES: Final = frozenset({"MRR", "nDCG@10"})
WRONG_ALLOWED: Final = 0.05

SLICES: Final[Mapping[str, Callable[[Verdict], Iterable[str]]]] = {
    "library": lambda verdict: [verdict.question.library or "none"],
    "style": lambda verdict: [verdict.question.style or "none"],
    "kind": lambda verdict: [verdict.question.kind or "none"],
    "tag": lambda verdict: verdict.question.tags,
    "split": lambda verdict: [verdict.question.split or "none"],
    "outcome": lambda verdict: [verdict.question.expect.outcome.value],
    "business_line": lambda verdict: [verdict.question.business_line or "none"],
    "department": lambda verdict: [verdict.question.department or "none"],
    "city": lambda verdict: [verdict.city or "all"],
    "channel": lambda verdict: [verdict.question.channel or "none"],
}
"""Name of a slice → the keys under which a verdict counts in it."""


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The metrics document of a run."""
    values = ranking_values(verdicts)
    slices: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in SLICES}
    for place, verdict in enumerate(verdicts):
        for name, keys_of in SLICES.items():
            for key in keys_of(verdict):
                slices[name][key].append(place)
    timed = [verdict for verdict in verdicts if verdict.outcome != ERROR]
    return {
        "overall": _slice(verdicts, values, range(len(verdicts))),
        **{
            f"by_{name}": {key: _slice(verdicts, values, members[key]) for key in sorted(members)}
            for name, members in slices.items()
        },
        "abstention": abstention_figures(verdicts),
        "errors": len(verdicts) - len(timed),
        "fatal": sum(bool(verdict.fatal) for verdict in verdicts),
        "fatal_by_kind": _counts(kind for verdict in verdicts for kind in verdict.fatal),
        "lost_by_stage": _counts(verdict.stage for verdict in verdicts if verdict.stage),
        "lost_by_cause": _counts(verdict.cause for verdict in verdicts if verdict.cause),
        "degraded": sum(bool(verdict.degraded) for verdict in verdicts),
        "latency_ms": {
            "search": percentiles([v.search_ms for v in timed]),
            "answer": percentiles([v.answer_ms for v in timed if v.outcome != RANKED]),
        },
    }


def _counts(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for name in names:
        found[name] += 1
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


def ranking_values(verdicts: Sequence[Verdict]) -> PerQuery:
    """The ranking measures of the questions that items answer, keyed by place in ``verdicts``."""
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
    return {_SHOWN_AS.get(name, name): of_queries for name, of_queries in values.items()}


def check_values(verdicts: Sequence[Verdict]) -> PerQuery:
    """Each check, and ``right``, as 0 or 1 for the questions to which it applies."""
    found: PerQuery = {name: {} for name in (*CHECKS, "right")}
    for place, verdict in enumerate(verdicts):
        for name, is_right in verdict.checks.items():
            found[name][str(place)] = float(is_right)
        if verdict.judged:
            found["right"][str(place)] = float(verdict.right)
    return {name: of_queries for name, of_queries in found.items() if of_queries}


def is_rate(measure: str) -> bool:
    """Whether a measure is a share of questions (a single question has 0 or 1 of it)."""
    return measure not in _NOT_RATES


def _slice(verdicts: Sequence[Verdict], values: PerQuery, places: Iterable[int]) -> dict[str, Any]:
    places = list(places)
    members = [verdicts[place] for place in places]
    measures: dict[str, Any] = {}
    for name, of_queries in (values | check_values(members)).items():
        if name in values:
            counted = [place for place in places if str(place) in of_queries]
            numbers = [of_queries[str(place)] for place in counted]
        else:  # checks are keyed by place inside the slice
            counted = [places[int(place)] for place in of_queries]
            numbers = list(of_queries.values())
        if counted:
            measures[name] = _figure([verdicts[place] for place in counted], numbers, name)
    return {
        "questions": len(places),
        "groups": effective_groups([verdict.question for verdict in members]),
        "weight": round(sum(verdict.question.weight for verdict in members), 3),
        "measures": measures,
    }


def _figure(verdicts: Sequence[Verdict], numbers: Sequence[float], name: str) -> dict[str, Any]:
    grouped = by_group([verdict.question for verdict in verdicts], numbers)
    interval = rate_interval if is_rate(name) else mean_interval
    return {
        "n": len(numbers),
        "groups": len(grouped.values),
        **_bounds(interval(grouped.values, None)),
        "weighted": _bounds(interval(grouped.weighted, grouped.volumes)),
    }


def _bounds(interval: Interval) -> dict[str, float]:
    return {
        "value": round(interval.value, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "half_width": round(interval.half_width, 4),
    }


def abstention_figures(verdicts: Sequence[Verdict]) -> dict[str, Any] | None:
    """Answering and abstaining, judged from both sides; None where the system only ranks.

    Questions that should be asked back or handed over are left out: what is right there is neither.
    ``aurc``, coverage and ``ece`` hold an answer to be right when its first item is expected. A
    group of near-duplicates counts once.
    """
    if any(verdict.outcome == RANKED for verdict in verdicts):
        return None
    counted = [
        verdict
        for verdict in verdicts
        if verdict.question.expect.outcome in (Outcome.ANSWERED, Outcome.UNKNOWN)
    ]
    answerable = [v.question.expect.outcome is Outcome.ANSWERED for v in counted]
    sure = [verdict.sure for verdict in counted]
    right = [
        can and verdict.first_is_expected for can, verdict in zip(answerable, counted, strict=True)
    ]
    loads = shares([verdict.question for verdict in counted])

    def rate(side: bool, *, answered: bool) -> dict[str, Any] | None:
        members = [v for v, can in zip(counted, answerable, strict=True) if can is side]
        happened = [float((v.outcome == Outcome.ANSWERED) is answered) for v in members]
        return _figure(members, happened, "rate") if members else None

    return {
        "answerable": sum(answerable),
        "unanswerable": len(counted) - sum(answerable),
        "auroc": _rounded(abstention.auroc(sure, answerable, loads)),
        "auroc_half_width": _auroc_half_width(sure, answerable, loads),
        "aurc": _rounded(abstention.aurc(sure, right, loads)),
        f"coverage_at_{WRONG_ALLOWED * 100:.0f}pct_wrong": _rounded(
            abstention.coverage_at_risk(sure, right, WRONG_ALLOWED, loads)
        ),
        "false_answer": rate(False, answered=True),
        "false_abstention": rate(True, answered=False),
        "ece": _rounded(abstention.ece(sure, right, weights=loads)),
        "reliability": [
            {
                "low": entry.low,
                "high": entry.high,
                "count": round(entry.count, 2),
                "confidence": round(entry.confidence, 4),
                "accuracy": round(entry.accuracy, 4),
            }
            for entry in abstention.reliability(sure, right, weights=loads)
        ],
        "curve": [
            {
                "threshold": round(point.threshold, 4),
                "coverage": round(point.coverage, 4),
                "risk": round(point.risk, 4),
            }
            for point in abstention.risk_coverage(sure, right, loads)
        ],
    }


def _auroc_half_width(
    sure: Sequence[float], answerable: Sequence[bool], loads: Sequence[float]
) -> float | None:
    area = abstention.auroc(sure, answerable, loads)
    if area is None:
        return None
    positives = sum(load for load, can in zip(loads, answerable, strict=True) if can)
    return round(Z95 * abstention.auroc_error(area, positives, sum(loads) - positives), 4)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
