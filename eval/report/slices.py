"""A run in parts: a table and a plot for each way of cutting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eval.report import plots
from eval.report.labels import key_label, measure_label, slice_label
from eval.report.svg import Svg
from eval.stored import FaqRun
from eval.summary import SLICES

WIDE: Final = 0.20
"""A half-width from which a figure says little: 0.20 is about 20 questions."""

_PLOT_WIDE: Final = 420.0  # beside a table, also on paper
_MOST_ROWS: Final = 40  # of a plot; a table holds all


@dataclass(frozen=True, slots=True)
class Part:
    """One row: what one part of the questions came to; the figures are None where none applies."""

    label: str
    questions: int
    groups: int
    fatal: int
    hit: Mapping[str, Any] | None
    headline: Mapping[str, Any] | None

    @property
    def little(self) -> bool:
        """Whether there are too few questions to say much."""
        return self.headline is None or self.headline["half_width"] > WIDE


@dataclass(frozen=True, slots=True)
class Slice:
    """One way of cutting a run; ``plot`` is None where there is nothing to compare."""

    name: str
    label: str
    parts: tuple[Part, ...]
    plot: Svg | None


def headline_of(run: FaqRun) -> str:
    """The measure that a run is known by: of a system that only ranks, its first place."""
    measures = run.metrics["overall"]["measures"]
    return "right" if "outcome" in measures or "Hit@1" not in measures else "Hit@1"


def slices(run: FaqRun) -> list[Slice]:
    """Every slice that cuts the set into more than one part."""
    headline = headline_of(run)
    found = []
    for name in SLICES:
        known: Mapping[str, Any] = run.metrics.get(f"by_{name}", {})
        if len(known) < 2:
            continue
        fatal = Counter(
            key for verdict in run.verdicts if verdict.fatal for key in SLICES[name](verdict)
        )
        # what is asked most first; what nobody has named last
        keys = sorted(known, key=lambda key: (key == "none", -known[key]["questions"], key))
        parts = tuple(
            Part(
                label=key_label(name, key),
                questions=known[key]["questions"],
                groups=known[key]["groups"],
                fatal=fatal[key],
                hit=known[key]["measures"].get("Hit@1"),
                headline=known[key]["measures"].get(headline),
            )
            for key in keys
        )
        found.append(Slice(name, slice_label(name), parts, _plot(run, name, parts, headline)))
    return found


def _plot(run: FaqRun, name: str, parts: tuple[Part, ...], headline: str) -> Svg | None:
    figures = {
        part.label: part.headline for part in parts[:_MOST_ROWS] if part.headline is not None
    }
    if len(figures) < 2:
        return None
    overall = run.metrics["overall"]["measures"][headline]["value"]
    title = f"按{slice_label(name)}：{measure_label(headline)}和 95% 区间，虚线是全部题"
    return plots.intervals(figures, title=title, overall=overall, wide=_PLOT_WIDE)
