"""The door to the template engine: a run as one page that opens anywhere and asks nobody."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined

from eval.report import labels, plots, wording
from eval.report.failures import choosers, failures
from eval.report.indicators import REFERENCES, indicators
from eval.report.losses import by_cause, by_owner, by_stage, stage_plot
from eval.report.making import cautions, commands, making, title_of
from eval.report.mending import FATAL_DAYS, OTHER_DAYS, mending_list
from eval.report.ruling import no_fatal_bound, ruling_of
from eval.report.slices import WIDE, headline_of, slices
from eval.report.svg import Svg
from eval.report.trend import MEASURES, moment_of, trend
from eval.stored import FaqRun, system_name
from eval.verdict import ERROR, RANKED

_TEMPLATE: Final = "report.html.j2"
_SCRIPT: Final = "report.js"
_SHARE: Final = "rate"  # the measure of a figure that has no name in runs: told in percent

FigureRows: TypeAlias = list[tuple[str, str, Mapping[str, Any]]]
"""What a row is called, its measure, and its figure."""


def report_html(
    run: FaqRun,
    *,
    gate: Mapping[str, Any] | None = None,
    comparison: Mapping[str, Any] | None = None,
    history: Sequence[FaqRun] = (),
    review: Mapping[str, Any] | None = None,
) -> str:
    """The report of a run: the verdict first, then what is fatal, the figures, and every failure.

    ``gate``, ``comparison`` and ``review`` are the JSON documents of those commands. Nothing is
    fetched when the page is opened, and whatever stands in the data stays text.
    """
    environment = _environment()
    lost = failures(run)
    rows = trend(history)
    to_mend = mending_list(run)
    named = indicators(run.verdicts)
    return environment.get_template(_TEMPLATE).render(
        run=run,
        setting=run.setting,
        metrics=run.metrics,
        title=title_of(run),
        system=system_name(run.setting),
        moment=moment_of(run.setting),
        policy=_policy(environment),
        ruling=ruling_of(run, gate),
        cautions=list(cautions(run)),
        headline=headline_of(run),
        measure_rows=_measure_rows(run),
        fatal=[failure for failure in lost if failure.verdict.fatal],
        new_fatal={str(entry["id"]) for entry in gate["new_fatal"]} if gate else set(),
        no_fatal_bound=no_fatal_bound(run),
        indicators=named,
        indicator_rows=[(name, _SHARE, figure) for name, figure in named.items()],
        references=REFERENCES,
        abstention=run.metrics.get("abstention"),
        abstention_rows=_abstention_rows(run),
        abstention_plots=_abstention_plots(run),
        slices=slices(run),
        wide=WIDE,
        by_stage=by_stage(run),
        by_cause=by_cause(run),
        by_owner=by_owner(run),
        stage_plot=stage_plot(run),
        latency=_latency(run),
        comparison=comparison,
        anchors={failure.verdict.question.id: failure.anchor for failure in lost},
        trend=rows if len(rows) > 1 else [],
        trend_plots=_trend_plots(rows),
        review=review,
        review_rows=_review_rows(review or {}),
        failures=lost,
        choosers=choosers(lost),
        mending=to_mend,
        # the owner with the most pressing entry first
        mending_by_owner={
            owner: [entry for entry in to_mend if entry.owner == owner]
            for owner in dict.fromkeys(entry.owner for entry in to_mend)
        },
        days=(FATAL_DAYS, OTHER_DAYS),
        making=making(run),
        commands=commands(run),
    )


@cache
def _environment() -> Environment:
    # every template is escaped: the default goes by suffixes and would take .j2 for plain text
    environment = Environment(
        loader=PackageLoader("eval.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=wording.percent,
        plain=wording.plain,
        volume=wording.volume,
        p_value=wording.p_value,
        measure_label=labels.measure_label,
        stage_label=labels.stage_label,
        fatal_label=labels.fatal_label,
    )
    environment.globals.update(
        value=wording.value,
        interval=wording.interval,
        half_width=wording.half_width,
        signed=wording.signed,
        key_label=labels.key_label,
        slice_label=labels.slice_label,
        dash=wording.NONE,
    )
    return environment


def _policy(environment: Environment) -> str:
    """What a browser lets the page do: show itself, and run this one script."""
    loader = environment.loader
    assert loader is not None, "templates come from the package"
    script = environment.get_template(_SCRIPT).render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _measure_rows(run: FaqRun) -> FigureRows:
    measures = run.metrics["overall"]["measures"]
    # what the run is known by comes first
    names = sorted(measures, key=lambda name: name != headline_of(run))
    return [(labels.measure_label(name), name, measures[name]) for name in names]


def _abstention_rows(run: FaqRun) -> FigureRows:
    known = run.metrics.get("abstention") or {}
    named = {"误答率（不该答的答了）": "false_answer", "误弃率（该答的没答）": "false_abstention"}
    return [(label, _SHARE, known[name]) for label, name in named.items() if known.get(name)]


def _review_rows(review: Mapping[str, Any]) -> FigureRows:
    return [
        (labels.measure_label(name), _SHARE, figure)
        for name, figure in review.items()
        if isinstance(figure, Mapping) and "half_width" in figure
    ]


def _abstention_plots(run: FaqRun) -> list[Svg]:
    abstention = run.metrics.get("abstention")
    if not abstention or not abstention["curve"]:
        return []
    threshold = run.setting["system"].get("constants", {}).get("threshold")
    return [
        plots.risk_coverage(abstention["curve"], threshold=threshold, title="风险—覆盖曲线"),
        plots.reliability(abstention["reliability"], title="可靠性图：把握和正确率"),
    ]


def _latency(run: FaqRun) -> dict[str, Any]:
    timed = [verdict for verdict in run.verdicts if verdict.outcome != ERROR]
    answered = [verdict for verdict in timed if verdict.outcome != RANKED]
    series = {
        "检索": [verdict.search_ms for verdict in timed],
        "回答（连同检索）": [verdict.answer_ms for verdict in answered],
    }
    series = {name: times for name, times in series.items() if any(times)}
    known = run.metrics.get("latency_ms", {})
    percentiles = {
        "检索": known.get("search", {}),
        "回答（连同检索）": known.get("answer", {}),
    }
    return {
        "rows": [
            (name, len(times), percentiles[name], max(times)) for name, times in series.items()
        ],
        "plot": plots.latency(series) if series else None,
        "workers": run.setting.get("workers") or 1,
    }


def _trend_plots(rows: Sequence[Mapping[str, Any]]) -> list[Svg]:
    if len(rows) < 2:
        return []
    return [
        plots.trend(rows, measure, title=f"走势：{labels.measure_label(measure)}", wide=500.0)
        for measure in MEASURES
        if any(row[measure] is not None for row in rows)
    ]
