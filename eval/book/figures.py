"""What people's verdicts make of a run: how right it is, how far the machine agrees, and why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpora.source import Problem
from eval.faqset import Question
from eval.groups import by_group
from eval.intervals import Interval, rate_interval
from eval.stored import FaqRun
from eval.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Remark:
    """What people wrote beside one question; None and "" where they wrote nothing."""

    first: bool | None = None
    appeal: str = ""
    final: bool | None = None
    cause: str = ""
    note: str = ""

    @property
    def verdict(self) -> bool | None:
        """People's last word."""
        return self.first if self.final is None else self.final


@dataclass(frozen=True, slots=True)
class Review:
    """A workbook read back: remarks by question id; ``warnings`` are what to look at again."""

    remarks: Mapping[str, Remark]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A share of questions, near-duplicates counted once: plain and weighted by volume."""

    n: int
    groups: int
    plain: Interval
    weighted: Interval

    def to_json(self) -> dict[str, Any]:
        """With the keys of a run's figures."""
        return {
            "n": self.n,
            "groups": self.groups,
            **_bounds(self.plain),
            "weighted": _bounds(self.weighted),
        }


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """The figures of a reviewed run.

    ``first`` and ``final`` fall back to the machine where people wrote nothing, ``final`` to the
    first verdict before that; the pairs count the questions that both judged.
    """

    questions: int
    reviewed: int
    machine: Share
    first: Share
    final: Share
    agreement: Share
    kappa: float | None
    both_right: int
    both_wrong: int
    only_machine_right: int
    only_people_right: int
    appeals: int
    appeals_decided: int
    appeals_upheld: int
    causes: Mapping[str, int]
    causes_changed: int

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        shares = {
            "right_machine": self.machine,
            "right_first": self.first,
            "right_final": self.final,
            "agreement": self.agreement,
        }
        return {
            "questions": self.questions,
            "reviewed": self.reviewed,
            **{name: share.to_json() if share.n else None for name, share in shares.items()},
            "kappa": None if self.kappa is None else round(self.kappa, 4),
            "both_right": self.both_right,
            "both_wrong": self.both_wrong,
            "only_machine_right": self.only_machine_right,
            "only_people_right": self.only_people_right,
            "appeals": self.appeals,
            "appeals_decided": self.appeals_decided,
            "appeals_upheld": self.appeals_upheld,
            "causes": dict(self.causes),
            "causes_changed": self.causes_changed,
        }


def reviewed(run: FaqRun, review: Review) -> ReviewFigures:
    """The run as people see it."""
    rows = [(v, review.remarks.get(v.question.id, Remark())) for v in run.verdicts]
    pairs = [
        (verdict.question, verdict.right, remark.verdict)
        for verdict, remark in rows
        if verdict.judged and remark.verdict is not None
    ]
    counted = Counter((machine, people) for _, machine, people in pairs)
    appeals = [remark for _, remark in rows if remark.appeal]
    decided = [remark for remark in appeals if remark.final is not None]
    wrong = [(verdict, remark) for verdict, remark in rows if _final(verdict, remark) is False]
    return ReviewFigures(
        questions=len(rows),
        reviewed=sum(remark.verdict is not None for _, remark in rows),
        machine=_share([(v.question, _machine(v)) for v, _ in rows]),
        first=_share([(v.question, _first(v, remark)) for v, remark in rows]),
        final=_share([(v.question, _final(v, remark)) for v, remark in rows]),
        agreement=_share([(question, machine == people) for question, machine, people in pairs]),
        kappa=kappa([(machine, bool(people)) for _, machine, people in pairs]),
        both_right=counted[True, True],
        both_wrong=counted[False, False],
        only_machine_right=counted[True, False],
        only_people_right=counted[False, True],
        appeals=len(appeals),
        appeals_decided=len(decided),
        appeals_upheld=sum(remark.final is not remark.first for remark in decided),
        causes=_causes(remark.cause or verdict.cause for verdict, remark in wrong),
        causes_changed=sum(
            bool(remark.cause and verdict.cause and remark.cause != verdict.cause)
            for verdict, remark in wrong
        ),
    )


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa (1960): agreement beyond chance, (p - e) / (1 - e), of two judges.

    p is the share on which they agree, e the one that two judges who call as many right would
    agree on by chance. None where there is nothing to compare, or where chance alone gives full
    agreement: both called everything right, or everything wrong.

    >>> kappa([(True, True), (True, True), (False, False), (True, False)])
    0.5
    """
    n = len(pairs)
    if n == 0:
        return None
    agreed = sum(a is b for a, b in pairs) / n
    a_right, b_right = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    by_chance = a_right * b_right + (1.0 - a_right) * (1.0 - b_right)
    return None if by_chance == 1.0 else (agreed - by_chance) / (1.0 - by_chance)


def _machine(verdict: Verdict) -> bool | None:
    return verdict.right if verdict.judged else None


def _first(verdict: Verdict, remark: Remark) -> bool | None:
    return _machine(verdict) if remark.first is None else remark.first


def _final(verdict: Verdict, remark: Remark) -> bool | None:
    return _machine(verdict) if remark.verdict is None else remark.verdict


def _share(judged: Sequence[tuple[Question, bool | None]]) -> Share:
    """Over what was judged at all; what is None counts neither way."""
    known = [(question, float(right)) for question, right in judged if right is not None]
    grouped = by_group([question for question, _ in known], [value for _, value in known])
    return Share(
        n=len(known),
        groups=len(grouped.values),
        plain=rate_interval(grouped.values),
        weighted=rate_interval(grouped.weighted, grouped.volumes if known else None),
    )


def _causes(named: Iterable[str]) -> dict[str, int]:
    counted = Counter(cause for cause in named if cause)
    return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


def _bounds(interval: Interval) -> dict[str, float]:
    return {
        "value": round(interval.value, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "half_width": round(interval.half_width, 4),
    }
