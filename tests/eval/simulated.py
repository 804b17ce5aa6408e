"""Stored runs with a known truth, made without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from eval.faqset import Expectation, Question
from eval.stored import FaqRun
from eval.summary import summary
from eval.verdict import Verdict
from retriever.answer import Outcome

RIGHT = Expectation(Outcome.ANSWERED, items=("biz-a",))
NONE = Expectation(Outcome.UNKNOWN)


def make_verdict(
    question_id: str = "q1",
    *,
    right: bool = True,
    answerable: bool = True,
    fatal: tuple[str, ...] = (),
    outcome: str = "",
    **changes: Any,
) -> Verdict:
    """A verdict whose first item is the expected one exactly when it is right."""
    expect = RIGHT if answerable else NONE
    known: dict[str, Any] = {"question": f"问题{question_id}", "library": "business", **changes}
    question = Question(id=question_id, expect=expect, **known)
    if answerable:
        checks = {"outcome": True, "item": right}
        ranked = ("biz-a", "biz-b") if right else ("biz-b", "biz-a")
        given = outcome or "answered"
    else:
        checks, ranked = {"outcome": right}, ("biz-b",)
        given = outcome or ("unknown" if right else "answered")
    return Verdict(
        question,
        given,
        confidence=0.9 if right == answerable else 0.2,
        ranked=ranked,
        checks=checks,
        fatal=fatal,
        stage="" if right else "ranked_lower",
        item_id=ranked[0] if given == "answered" else "",
    )


def make_run(
    verdicts: Iterable[Verdict],
    name: str = "system",
    started_at: str = "",
    *,
    with_metrics: bool = False,
) -> FaqRun:
    """``with_metrics`` costs a second for some hundred questions; pairing reads verdicts alone."""
    found = tuple(verdicts)
    setting = {
        "faqset": "模拟题集",
        "file": "f.jsonl",
        "digest": "0" * 16,
        "as_of": "2026-11-01",
        "started_at": started_at,
        "workers": 1,
        "seed": 1,
        "resamples": 2000,
        "depth": 10,
        "system": {"kind": "simulated", "name": name},
        "machine": {},
        "code": {},
    }
    return FaqRun(found, summary(found) if with_metrics else {}, setting)


def run_of(rights: Sequence[bool], answerable: Sequence[bool] | None = None) -> FaqRun:
    """A run over q0, q1, … that is right where it is said to be."""
    can = answerable or [True] * len(rights)
    return make_run(
        make_verdict(f"q{n}", right=bool(right), answerable=bool(may))
        for n, (right, may) in enumerate(zip(rights, can, strict=True))
    )


def two_systems(
    draw: np.random.Generator, n: int, *, discordant: float, worse_by: float = 0.0
) -> tuple[FaqRun, FaqRun]:
    """A and B on n questions, a fifth of which nobody can answer: each alone is right on half of
    the discordant share, and B loses ``worse_by`` more; all by chance.
    """
    chance = draw.random(n)
    lost = chance < discordant / 2 + worse_by
    won = (chance >= 1.0 - discordant / 2) & ~lost
    both = draw.random(n) < 0.85
    before, after = (both & ~won) | lost, (both & ~lost) | won
    answerable = (np.arange(n) % 5 != 0).tolist()
    return run_of(before.tolist(), answerable), run_of(after.tolist(), answerable)
