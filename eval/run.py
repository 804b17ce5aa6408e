"""A FAQ set against a system: every question is asked and judged, and all of it can be repeated."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from corpora.regions import Regions
from corpora.source import Problem
from corpora.types import FieldError, Region
from eval.asking import Task, ask_all
from eval.errors import FaqSetError, RunUnfinished, SystemDown
from eval.faqset import FaqSet, Question, question_json
from eval.intervals import RESAMPLES, SEED
from eval.journal import Journal
from eval.stored import FaqRun
from eval.summary import summary
from eval.systems.protocol import Asked, Opener, System
from eval.verdict import Verdict
from retriever.filters import Filter

DEPTH: Final = 10  # the largest cutoff among the measures
_CITY: Final = 2  # the depth of a city's path: province/city
_NAMED: Final = 5  # questions named where many are missing

Progress = Callable[[int, int], None]
"""Called with the questions done and all of them."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a run's caller knows and this package must not look up: when, with which code, and how
    the command was called.
    """

    started_at: str = ""
    code: Mapping[str, str] | None = None
    options: Mapping[str, str] | None = None


def run_faqset(
    faq_set: FaqSet,
    system: System,
    *,
    opener: Opener | None = None,
    workers: int = 1,
    as_of: dt.date | None = None,
    folder: Path | None = None,
    restart: bool = False,
    circumstances: Circumstances | None = None,
    progress: Progress | None = None,
) -> FaqRun:
    """Asks every question; one that the system refuses is judged, not raised.

    With a ``folder``, what was asked is kept there until the run is stored, and a run that was
    stopped goes on. ``RunUnfinished`` says what is missing when the system goes away.
    """
    tasks = tasks_of(faq_set, system.regions, as_of or faq_set.as_of)
    setting = _setting(faq_set, system, as_of or faq_set.as_of)
    given = circumstances or Circumstances()
    setting["code"] = dict(given.code or {})
    parts = ("faqset", "digest", "as_of", "depth", "system", "code")
    identity = {name: setting[name] for name in parts}
    journal = Journal.open(folder, identity, restart=restart) if folder else None
    verdicts: dict[str, Verdict] = {}
    try:
        for question in (task.question for task in tasks):
            if journal and (row := journal.rows.get(question.id)):
                known = Verdict.from_json(row, str(folder))
                # the same question, which may stand on another line by now
                verdicts[question.id] = replace(known, question=question)
        resumed = len(verdicts)
        todo = [task for task in tasks if task.question.id not in verdicts]
        if progress:
            progress(len(verdicts), len(tasks))
        for verdict in ask_all(system, opener, todo, workers):
            verdicts[verdict.question.id] = verdict
            if journal:
                journal.add(verdict.to_json())
            if progress:
                progress(len(verdicts), len(tasks))
    except (SystemDown, KeyboardInterrupt) as error:
        missing = [task.question.id for task in tasks if task.question.id not in verdicts]
        raise RunUnfinished(_unfinished(error, missing, len(tasks), folder), missing) from error
    finally:
        if journal:
            journal.close()
    found = [verdicts[task.question.id] for task in tasks]
    setting |= {
        "started_at": given.started_at,
        "options": dict(given.options or {}),
        "workers": workers,
        "resumed": resumed,
    }
    return FaqRun(tuple(found), summary(found), setting)


def _unfinished(
    error: BaseException, missing: Sequence[str], total: int, folder: Path | None
) -> str:
    named = "、".join(missing[:_NAMED]) + ("……" if len(missing) > _NAMED else "")
    why = str(error) or "被中断"
    kept = (
        f"问过的保存在 {folder}，用同样的命令可以接着做"
        if folder
        else "没有给 --out，问过的没有保存；加 --out 目录 就能接着做"
    )
    return f"{why}；评测停在 {total - len(missing)}/{total} 题，还缺 {len(missing)} 题（{named}）；{kept}"


def tasks_of(faq_set: FaqSet, regions: Regions | None, day: dt.date) -> list[Task]:
    """Each question with its filter; its own date wins over ``day``. Without a register the system
    cannot tell regions apart, and none is asked for.

    ``FaqSetError`` names every question whose region nobody knows or whose id another one has.
    """
    tasks: list[Task] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for question in faq_set.questions:
        own = question.filters
        if question.id in lines:
            problem = f"{question.id!r} 与第 {lines[question.id]} 行重复"
            problems.append(Problem(faq_set.file, question.line, "id", problem))
        lines.setdefault(question.id, question.line)
        try:
            region = regions.find(own.region) if regions is not None and own.region else None
        except FieldError as error:
            problems.append(Problem(faq_set.file, question.line, "filters.region", error.problem))
            continue
        wanted = Filter(
            as_of=own.as_of or day,
            audience=own.audience,
            libraries=frozenset(own.libraries),
            region=region,
        )
        city = _city(region, regions) if regions is not None else own.region
        asked = Asked(question.question, wanted, DEPTH, question.id)
        tasks.append(Task(question, asked, city))
    if problems:
        raise FaqSetError(problems)
    return tasks


def _city(region: Region | None, regions: Regions) -> str:
    if region is None or region.depth < _CITY:
        return ""
    return regions.name_of(region.lineage[_CITY - 1])


def digest_of(questions: Sequence[Question]) -> str:
    """What the questions ask and expect, as 16 hex digits."""
    state = hashlib.blake2b(digest_size=8)
    for question in questions:
        state.update(repr(sorted(question_json(question).items())).encode())
    return state.hexdigest()


def _setting(faq_set: FaqSet, system: System, day: dt.date) -> dict[str, Any]:
    return {
        "faqset": faq_set.name,
        "file": faq_set.file,
        "questions": len(faq_set.questions),
        "digest": digest_of(faq_set.questions),
        "as_of": day.isoformat(),
        "system": system.describe(),
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
