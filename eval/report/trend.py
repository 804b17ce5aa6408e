"""Stored runs of one FAQ set over time."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from eval.errors import RunError
from eval.stored import NAME, FaqRun, read_run, system_name

MEASURES: Final = ("right", "Hit@1")


def runs_below(folder: Path, run: FaqRun | None = None) -> tuple[list[FaqRun], list[str]]:
    """The stored runs in ``folder`` and the folders in it, oldest first, and a note on each that
    was left out.

    They are of the set of ``run``, or, without one, of the newest. Their verdicts are left out: a
    year of nightly runs would not fit into memory. Deeper folders are not searched: the folder may
    be anybody's home.
    """
    found: list[FaqRun] = []
    notes: list[str] = []
    for path in sorted({*folder.glob(NAME), *folder.glob(f"*/{NAME}")}):
        try:
            other = replace(read_run(path), verdicts=())
            _row(other)
            found.append(other)
        except RunError as error:
            notes.append(f"走势里跳过：{error}")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            notes.append(f"走势里跳过：{path}: 评测结果不完整（{error}）")
    if run is not None:
        found.append(replace(run, verdicts=()))
    if not found:
        return [], notes
    found.sort(key=_moment)
    wanted = (run or found[-1]).setting.get("faqset")
    others = {str(other.setting.get("faqset")) for other in found} - {str(wanted)}
    if others:
        named = "、".join(sorted(others))
        notes.append(f"走势里只有题集 {wanted}；另有 {named} 的结果，没有放在一起")
    return _each_once([other for other in found if other.setting.get("faqset") == wanted]), notes


def trend(runs: Sequence[FaqRun]) -> list[dict[str, Any]]:
    """A row a run, oldest first; a figure keeps its bounds, what a run does not have is None.

    Rows with another ``digest`` asked other questions and are not on one line.
    """
    return [_row(run) for run in sorted(runs, key=_moment)]


def _row(run: FaqRun) -> dict[str, Any]:
    setting, metrics = run.setting, run.metrics
    measures = metrics["overall"]["measures"]
    abstention = metrics.get("abstention") or {}
    return {
        "started_at": moment_of(setting),
        "system": system_name(setting),
        "digest": str(setting.get("digest") or ""),
        "questions": metrics["overall"]["questions"],
        **{name: bounds(measures.get(name)) for name in MEASURES},
        "false_answer": bounds(abstention.get("false_answer")),
        "false_abstention": bounds(abstention.get("false_abstention")),
        "fatal": metrics.get("fatal", 0),
        "search_p95": metrics.get("latency_ms", {}).get("search", {}).get("p95"),
    }


def moment_of(setting: Mapping[str, Any]) -> str:
    """When a run was made, to the minute; without a time, the day of its knowledge."""
    started = str(setting.get("started_at") or "")
    return started[:16].replace("T", " ") if started else str(setting["as_of"])


def bounds(figure: Mapping[str, Any] | None) -> dict[str, float] | None:
    """The value of a figure and how sure it is."""
    if figure is None:
        return None
    value, low, high, half_width = operator.itemgetter("value", "low", "high", "half_width")(figure)
    return {"value": value, "low": low, "high": high, "half_width": half_width}


def _moment(run: FaqRun) -> tuple[str, str]:
    return str(run.setting.get("started_at") or run.setting["as_of"]), run.name


def _each_once(runs: Sequence[FaqRun]) -> list[FaqRun]:
    """Leaves out copies of one run: a folder that was copied, or the run that was just stored."""
    kept: list[FaqRun] = []
    for run in runs:
        if not any((run.setting, run.metrics) == (k.setting, k.metrics) for k in kept):
            kept.append(run)
    return kept
