"""Figures of a run in, an SVG picture out: for the report and for notebooks.

Every function is pure, and the same figures give the same bytes. Texts of data may be anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eval.report.canvas import SIZE, SMALL, Margins, drawing, only_bars, percent_axis, round_ticks
from eval.report.svg import INK, PAPER, QUIET, SERIES, Svg, cut, width

_ROW: Final = 24.0
_LABEL_EMS: Final = 13.0
_MOST_POINTS: Final = 240  # more cannot be told apart at this size, and make a page heavy
_DATE_WIDE: Final = 92.0
_DASHED: Final = (0, (4, 3))
_NOTE: Final[dict[str, Any]] = {
    "textcoords": "offset points",
    "fontsize": SMALL,
    "color": QUIET,
}


def intervals(
    figures: Mapping[str, Mapping[str, Any]],
    *,
    title: str = "各部分的数值和 95% 区间",
    overall: float | None = None,
    share: bool = True,
    wide: float = 520.0,
) -> Svg:
    """A row a name, top down: the value as a dot, its bounds as a whisker.

    ``figures`` is name → ``{"value", "low", "high"}``; ``overall`` is drawn as a line.

    >>> "<svg" in intervals({"业务知识库": {"value": 0.4, "low": 0.3, "high": 0.5}})
    True
    """
    names = [cut(name, _LABEL_EMS) for name in figures]
    left = 18.0 + SIZE * max((width(name) for name in names), default=0.0)
    margins = Margins(left=left, right=24.0, top=10.0, bottom=30.0)
    high = margins.top + margins.bottom + _ROW * max(1, len(names))
    with drawing(title, wide, high, margins) as opened:
        axes, places = opened.axes, range(len(names))
        for place, figure in zip(places, figures.values(), strict=True):
            bounds = [figure["low"], figure["high"]]
            axes.plot(bounds, [place, place], color=SERIES[0], linewidth=2.0, alpha=0.55)
            axes.plot([figure["value"]], [place], "o", color=SERIES[0], markersize=6.5)
        if overall is not None:
            axes.axvline(overall, color=QUIET, linewidth=1.0, linestyle=_DASHED)
        axes.set_yticks(list(places), names, color=INK, size=SIZE)
        axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        if share:
            percent_axis(axes, "x")
        return opened.svg(title)


def risk_coverage(
    curve: Sequence[Mapping[str, float]],
    *,
    title: str = "风险—覆盖曲线",
    allowed: float = 0.05,
    threshold: float | None = None,
    wide: float = 520.0,
    high: float = 320.0,
) -> Svg:
    """Answering ever more: the share answered, and the share of the answers that is wrong.

    ``curve`` is ``metrics["abstention"]["curve"]``; ``threshold`` marks where the system stands.
    """
    with drawing(title, wide, high) as opened:
        axes = opened.axes
        points = _thinned(curve)
        covered = [point["coverage"] for point in points]
        risks = [point["risk"] for point in points]
        axes.plot(covered, risks, color=SERIES[0], linewidth=2.0)
        axes.axhline(allowed, color=QUIET, linewidth=1.0, linestyle=_DASHED)
        axes.annotate(f"允许答错 {allowed:.0%}", (1.0, allowed), (0.0, 5.0), **_NOTE, ha="right")
        top = max([*risks, 2 * allowed]) * 1.12
        here = [
            point for point in curve if threshold is not None and point["threshold"] >= threshold
        ]
        if here:
            now = here[-1]
            axes.plot([now["coverage"]], [now["risk"]], "o", color=SERIES[1], markersize=8.0)
            said = f"现在的阈值：作答 {now['coverage']:.0%}，其中错 {now['risk']:.0%}"
            near_right = now["coverage"] > 0.5
            axes.annotate(
                said,
                (now["coverage"], now["risk"]),
                (-8.0 if near_right else 8.0, 10.0),
                **{**_NOTE, "color": INK},
                ha="right" if near_right else "left",
            )
        percent_axis(axes, "x")
        percent_axis(axes, "y", top)
        axes.set_xlabel("作答的比例（覆盖率）")
        axes.set_ylabel("答错的比例（风险）")
        return opened.svg(title)


def reliability(
    bins: Sequence[Mapping[str, float]],
    *,
    title: str = "可靠性图",
    wide: float = 520.0,
    high: float = 320.0,
) -> Svg:
    """How often an answer is right at each confidence; on the diagonal a confidence can be believed.

    ``bins`` is ``metrics["abstention"]["reliability"]``; the number over a bar counts its questions.
    """
    with drawing(title, wide, high) as opened:
        axes = opened.axes
        for entry in bins:
            middle = (entry["low"] + entry["high"]) / 2.0
            span = (entry["high"] - entry["low"]) * 0.88
            axes.bar(middle, entry["accuracy"], span, color=SERIES[0], alpha=0.75)
            note = (middle, entry["accuracy"]), (0.0, 4.0)
            axes.annotate(f"{entry['count']:.0f}", *note, **_NOTE, ha="center")
        axes.plot([0.0, 1.0], [0.0, 1.0], color=QUIET, linewidth=1.0, linestyle=_DASHED)
        percent_axis(axes, "x")
        percent_axis(axes, "y", 1.08)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("系统给出的把握")
        axes.set_ylabel("首条真的正确的比例")
        return opened.svg(title)


def latency(
    series: Mapping[str, Sequence[float]],
    *,
    title: str = "时延的累计分布",
    wide: float = 640.0,
    high: float = 300.0,
) -> Svg:
    """How many questions were done within so many milliseconds, a line a name.

    ``series`` is name → milliseconds; the legend names p50 and p95.
    """
    with drawing(title, wide, high) as opened:
        axes = opened.axes
        timed = {name: sorted(max(t, 0.01) for t in times) for name, times in series.items()}
        styles = ("-", (0, (5, 2)), (0, (1, 1.5)))
        for place, (name, times) in enumerate(timed.items()):
            if not times:
                continue
            steps = [(place_ + 1) / len(times) for place_ in range(len(times))]
            kept = _thinned(list(zip(times, steps, strict=True)))
            colour, style = SERIES[place % len(SERIES)], styles[place % len(styles)]
            axes.step(
                [t for t, _ in kept],
                [s for _, s in kept],
                where="post",
                color=colour,
                linestyle=style,
                linewidth=2.0,
                label=cut(name, 24.0),
            )
        everything = [t for times in timed.values() for t in times] or [1.0, 100.0]
        axes.set_xscale("log")
        round_ticks(axes, min(everything), max(everything))
        percent_axis(axes, "y", 1.03)
        axes.set_xlabel("毫秒（对数刻度）")
        axes.set_ylabel("在此时间内完成的题")
        if any(timed.values()):
            axes.legend(loc="lower right", frameon=False, fontsize=SMALL, labelcolor=INK)
        return opened.svg(title)


def stages(
    counts: Mapping[str, Mapping[str, int]],
    *,
    title: str = "题丢在哪一步",
    wide: float = 640.0,
) -> Svg:
    """A bar a stage, as long as the questions that it lost; its parts are the causes.

    ``counts`` is stage → cause → questions, in the order in which they are drawn.
    """
    names = [cut(name, _LABEL_EMS) for name in counts]
    causes = list(dict.fromkeys(cause for parts in counts.values() for cause in parts))
    left = 18.0 + SIZE * max((width(name) for name in names), default=0.0)
    margins = Margins(left=left, right=36.0, top=34.0 if causes else 10.0, bottom=12.0)
    high = margins.top + margins.bottom + _ROW * max(1, len(names))
    with drawing(title, wide, high, margins) as opened:
        axes, places = opened.axes, range(len(names))
        begun = [0.0] * len(names)
        for number, cause in enumerate(causes):
            long = [float(parts.get(cause, 0)) for parts in counts.values()]
            colour, label = SERIES[number % len(SERIES)], cut(cause, 12.0)
            axes.barh(list(places), long, 0.62, left=begun, color=colour, label=label)
            begun = [start + more for start, more in zip(begun, long, strict=True)]
        for place, total in zip(places, begun, strict=True):
            axes.annotate(f"{total:.0f}", (total, place), (5.0, 0.0), **_NOTE, va="center")
        axes.set_yticks(list(places), names, color=INK, size=SIZE)
        axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
        axes.set_xlim(0.0, max([*begun, 1.0]) * 1.06)
        only_bars(axes)
        if causes:
            axes.legend(
                loc="lower left",
                bbox_to_anchor=(0.0, 1.0),
                ncols=len(causes),
                frameon=False,
                fontsize=SMALL,
                labelcolor=INK,
                borderaxespad=0.2,
            )
        return opened.svg(title)


def trend(
    rows: Sequence[Mapping[str, Any]],
    measure: str = "right",
    *,
    title: str = "走势",
    wide: float = 640.0,
    high: float = 280.0,
) -> Svg:
    """One measure over stored runs, with whiskers; ``rows`` is what ``eval.report.trend`` gives.

    Only runs that asked the same questions as the last one are joined; others are hollow.
    """
    shown = [row for row in rows if row.get(measure) is not None]
    with drawing(title, wide, high, Margins(bottom=52.0)) as opened:
        axes = opened.axes
        same = [row.get("digest") == shown[-1].get("digest") for row in shown]
        joined = [place for place, is_same in enumerate(same) if is_same]
        values = [row[measure]["value"] for row in shown]
        axes.plot(joined, [values[place] for place in joined], color=SERIES[0], linewidth=1.5)
        for place, (row, is_same) in enumerate(zip(shown, same, strict=True)):
            bounds = [row[measure]["low"], row[measure]["high"]]
            axes.plot([place, place], bounds, color=SERIES[0], linewidth=2.0, alpha=0.5)
            fill = SERIES[0] if is_same else PAPER
            axes.plot([place], [values[place]], "o", color=SERIES[0], markersize=7.0, mfc=fill)
        step = max(1, math.ceil(len(shown) * _DATE_WIDE / wide))
        places = list(range(len(shown) - 1, -1, -step))[::-1]
        names = [cut(str(shown[place].get("started_at", "")), 10.0) for place in places]
        axes.set_xticks(places, [name.replace(" ", "\n", 1) for name in names])
        axes.set_xlim(-0.5, max(1, len(shown)) - 0.5)
        percent_axis(axes, "y")
        axes.grid(visible=False, axis="x")
        return opened.svg(title)


def _thinned(points: Sequence[Any]) -> list[Any]:
    """At most so many of the points, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(place * step)] for place in range(_MOST_POINTS)]
