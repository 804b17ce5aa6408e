"""Runs as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.fit import Fitted
from eval.labels import fatal_label, key_label, measure_label, slice_label, stage_label
from eval.stored import FaqRun, system_name

_SLICES: Final = ("library", "style", "tag", "outcome", "split")  # all of them are in the report
_SHOWN: Final = ("Hit@1", "Hit@3", "item", "facet", "facts", "outcome", "right")
_WORST: Final = 5
_WIDE: Final = 140  # columns that the widest table needs


def paper() -> Console:
    """Where tables are printed: a terminal as wide as it is, a file or a pipe wide enough."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, _WIDE))


def show_run(run: FaqRun, console: Console | None = None) -> None:
    """The figures of a run, overall and by slice."""
    console = console or paper()
    metrics = run.metrics
    title = (
        f"{run.setting['faqset']} × {system_name(run.setting)}（按 {run.setting['as_of']} 的知识）"
    )
    overall = Table(title=escape(title))
    for heading in ("指标", "题数", "组数", "数值", "95% 区间", "半宽", "按咨询量加权"):
        overall.add_column(heading, justify="left" if heading == "指标" else "right")
    for name, figure in metrics["overall"]["measures"].items():
        weighted = figure["weighted"]
        overall.add_row(
            measure_label(name),
            str(figure["n"]),
            str(figure["groups"]),
            f"{figure['value']:.3f}",
            f"{figure['low']:.3f}–{figure['high']:.3f}",
            f"±{figure['half_width']:.3f}",
            f"{weighted['value']:.3f} ±{weighted['half_width']:.3f}",
        )
    console.print(overall)
    for name in _SLICES:
        if metrics[f"by_{name}"]:
            console.print(_by(name, metrics[f"by_{name}"]))
    if abstention := metrics["abstention"]:
        console.print(
            f"弃答：AUROC {_plain(abstention['auroc'])} ±{_plain(abstention['auroc_half_width'])}，"
            f"误答率 {_value(abstention['false_answer'])}，"
            f"误弃率 {_value(abstention['false_abstention'])}，"
            f"错误不超过 5% 时可答 {_plain(abstention['coverage_at_5pct_wrong'])}，"
            f"AURC {_plain(abstention['aurc'])}，ECE {_plain(abstention['ece'])}"
        )
    search = metrics["latency_ms"]["search"]
    console.print(
        f"检索毫秒（{run.setting['workers']} 路同时问）："
        f"p50 {search['p50']}，p95 {search['p95']}，p99 {search['p99']}"
    )
    if metrics["lost_by_stage"]:
        worst = list(metrics["lost_by_stage"].items())[:_WORST]
        console.print("失分最多：" + "，".join(f"{stage_label(n)} {count}" for n, count in worst))
    fatal = "，".join(f"{fatal_label(n)} {count}" for n, count in metrics["fatal_by_kind"].items())
    console.print(
        f"致命错误 {metrics['fatal']} 题"
        + (f"（{fatal}）" if fatal else "")
        + f"，被拒绝 {metrics['errors']} 题，降级 {metrics['degraded']} 题"
    )


def show_fitted(fitted: Fitted, console: Console | None = None) -> None:
    """What was fitted and how good it is on either split."""
    console = console or paper()
    table = Table(title=f"{fitted.evidence['encoder']}（{fitted.fingerprint}）")
    for heading in ("划分", "题数", "首条正确", "AUROC", "作答", "答错", "漏答"):
        table.add_column(heading, justify="left" if heading == "划分" else "right")
    for split in ("train", "dev"):
        row = fitted.evidence[split]
        table.add_row(
            split,
            *(str(row[name]) for name in ("questions", "first_right")),
            _plain(row["auroc"]),
            *(str(row[name]) for name in ("answered", "wrong", "missed")),
        )
    console.print(table)
    console.print(f"阈值 {fitted.calibration.threshold}，混合权重 {fitted.blend}")
    if again := fitted.evidence.get("reconsidered"):
        console.print(_reconsidered(again, kept=fitted.constants.reconsidered is not None))


def _reconsidered(evidence: Mapping[str, Any], *, kept: bool) -> str:
    """What a second look makes of dev's outcomes, told by models that have not seen the question."""
    if "loss" not in evidence:
        return (
            f"逐个方面再读一遍后重新判断：dev 没学过又再读过的题 {evidence['questions']} 道，"
            f"该不该答、首条对不对里少的一边 {evidence['rarer']} 道，不够拟合"
        )
    loss, right, area = (evidence[name] for name in ("loss", "outcome_right", "auroc"))
    return (
        f"逐个方面再读一遍后重新判断（dev {evidence['questions']} 题，交叉验证）："
        f"四种结果对 {right['found']} → {right['looked']} 题，"
        f"AUROC {_plain(area['found'])} → {_plain(area['looked'])}，"
        f"损失 {loss['found']} → {loss['looked']}" + ("" if kept else "；没有更好，不采用")
    )


def _by(name: str, slices: Mapping[str, Any]) -> Table:
    table = Table(title=f"按{slice_label(name)}")
    table.add_column(slice_label(name))
    table.add_column("题数", justify="right")
    for measure in _SHOWN:
        table.add_column(measure_label(measure), justify="right")
    for key, of_slice in slices.items():
        measures = of_slice["measures"]
        table.add_row(
            escape(key_label(name, key)),
            str(of_slice["questions"]),
            *(_value(measures.get(measure)) for measure in _SHOWN),
        )
    return table


def _value(figure: Mapping[str, Any] | None) -> str:
    return "–" if figure is None else f"{figure['value']:.3f} ±{figure['half_width']:.3f}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
