"""A FAQ set against a knowledge base: every question is searched and answered, then judged."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from corpora.source import Problem
from corpora.types import FieldError, RelationKind
from eval.errors import FaqSetError
from eval.faqset import FaqSet, Question
from eval.intervals import RESAMPLES, SEED
from eval.judge import HANDLING, Verdict, judge, refused
from eval.summary import summary
from retriever.answer import Answer
from retriever.errors import RetrieverError
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase

DEPTH: Final = 10  # the largest cutoff among the measures

Progress = Callable[[int, int], None]
"""Called with the questions done and all of them."""


@dataclass(frozen=True, slots=True)
class FaqRun:
    """All verdicts of one run and what it was run with."""

    verdicts: tuple[Verdict, ...]
    metrics: dict[str, Any]
    setting: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """``run.json``: figures, rows, and everything needed to repeat the run."""
        return {
            "setting": self.setting,
            "metrics": self.metrics,
            "questions": [verdict.to_json() for verdict in self.verdicts],
        }


def filters_of(faq_set: FaqSet, base: KnowledgeBase, as_of: dt.date) -> list[Filter]:
    """Each question's filter; its own date wins over ``as_of``, an unknown region is named."""
    filters: list[Filter] = []
    problems: list[Problem] = []
    for question in faq_set.questions:
        own = question.filters
        try:
            region = base.regions.find(own.region) if own.region else None
        except FieldError as error:
            problems.append(Problem(faq_set.file, question.line, "filters.region", error.problem))
            continue
        filters.append(
            Filter(
                as_of=own.as_of or as_of,
                audience=own.audience,
                libraries=frozenset(own.libraries),
                region=region,
            )
        )
    if problems:
        raise FaqSetError(problems)
    return filters


def run_faqset(
    faq_set: FaqSet,
    base: KnowledgeBase,
    *,
    as_of: dt.date | None = None,
    started_at: str = "",
    progress: Progress | None = None,
) -> FaqRun:
    """Asks every question; one that the product refuses is judged, not raised."""
    day = as_of or faq_set.as_of
    verdicts: list[Verdict] = []
    filters = filters_of(faq_set, base, day)
    for question, wanted in zip(faq_set.questions, filters, strict=True):
        verdicts.append(_verdict(question, wanted, base))
        if progress:
            progress(len(verdicts), len(filters))
    return FaqRun(tuple(verdicts), summary(verdicts), _setting(faq_set, base, day, started_at))


def write_run(run: FaqRun, folder: Path) -> Path:
    """Writes ``run.json`` into ``folder``, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.json"
    path.write_bytes(orjson.dumps(run.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    return path


def _verdict(question: Question, wanted: Filter, base: KnowledgeBase) -> Verdict:
    try:
        before = time.perf_counter()
        page = base.search(question.question, wanted, DEPTH)
        between = time.perf_counter()
        answer = base.answer(question.question, wanted, trace_id=question.id)
        after = time.perf_counter()
    except RetrieverError as error:
        return refused(question, str(error))
    return judge(
        question,
        [hit.item_id for hit in page.hits],
        answer,
        due_tips=_due_tips(answer, wanted, base),
        search_ms=(between - before) * 1000.0,
        answer_ms=(after - between) * 1000.0,
    )


def _due_tips(answer: Answer, wanted: Filter, base: KnowledgeBase) -> list[str]:
    """The must-say tips of the item that an answer tells how to handle."""
    if answer.held is None or answer.facet not in HANDLING:
        return []
    related = [
        relation.target
        for relation in answer.held.item.relations
        if relation.kind is RelationKind.TIP
    ]
    # tips belong to another library than the one that a question may be confined to
    everywhere = Filter(wanted.as_of, wanted.audience, region=wanted.region)
    held = base.retriever.searcher.items(related, everywhere)
    return [version.item.id for version in held if version.item.must_say]


def _setting(faq_set: FaqSet, base: KnowledgeBase, day: dt.date, started_at: str) -> dict[str, Any]:
    manifest, constants = base.manifest, base.retriever.constants
    return {
        "faqset": faq_set.name,
        "file": faq_set.file,
        "as_of": day.isoformat(),
        "started_at": started_at,
        "index": {
            "version": manifest.version,
            "encoder": manifest.encoder,
            "encoder_fingerprint": manifest.encoder_fingerprint,
            "analyzer_fingerprint": manifest.analyzer_fingerprint,
            "items": manifest.items,
            "passages": manifest.passages,
        },
        "constants": {
            "fitted": constants.fitted,
            "fingerprint": constants.fingerprint,
            "threshold": constants.calibration.threshold,
        },
        "machine": {
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "depth": DEPTH,
        "resamples": RESAMPLES,
        "seed": SEED,
    }
