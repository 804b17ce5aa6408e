"""Runs as tables on the terminal."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.table import Table

from eval.fit import Fitted
from eval.run import FaqRun

_LABELS: Final = {
    "right": "全部要求达到",
    "outcome": "结局正确",
    "item": "条目正确",
    "facet": "方面正确",
    "facts": "关键事实齐全",
    "not_forbidden": "没有禁说事实",
    "must_say": "必说提醒齐全",
    "clarify": "反问选项正确",
    "route": "转办去向正确",
}
_SLICES: Final = {
    "by_library": "子库",
    "by_style": "问法",
    "by_tag": "标签",
    "by_outcome": "应有结局",
    "by_split": "划分",
}
_SHOWN: Final = ("Hit@1", "Hit@3", "item", "facet", "facts", "outcome", "right")


def show_run(run: FaqRun, console: Console | None = None) -> None:
    """The figures of a run, overall and by slice."""
    console = console or Console()
    metrics = run.metrics
    overall = Table(title=f"{run.setting['faqset']}（按 {run.setting['as_of']} 的知识）")
    for heading in ("指标", "题数", "数值", "95% 区间", "半宽", "按题量加权"):
        overall.add_column(heading, justify="left" if heading == "指标" else "right")
    for name, figure in metrics["overall"]["measures"].items():
        overall.add_row(
            _LABELS.get(name, name),
            str(figure["n"]),
            f"{figure['value']:.3f}",
            f"{figure['low']:.3f}–{figure['high']:.3f}",
            f"±{figure['half_width']:.3f}",
            f"{figure['weighted']['value']:.3f}",
        )
    console.print(overall)
    for key, title in _SLICES.items():
        if metrics[key]:
            console.print(_by(title, metrics[key]))
    abstention = metrics["abstention"]
    console.print(
        f"弃答：AUROC {_plain(abstention['auroc'])}，误答率 {_value(abstention['false_answer'])}，"
        f"误弃率 {_value(abstention['false_abstention'])}，"
        f"错误不超过 5% 时可答 {_plain(abstention['coverage_at_5pct_wrong'])}，"
        f"ECE {_plain(abstention['ece'])}"
    )
    search = metrics["latency_ms"]["search"]
    console.print(
        f"检索毫秒：p50 {search['p50']}，p95 {search['p95']}，p99 {search['p99']}；"
        f"致命错误 {metrics['fatal']} 题，被拒绝 {metrics['errors']} 题"
    )


def show_fitted(fitted: Fitted, console: Console | None = None) -> None:
    """What was fitted and how good it is on either split."""
    console = console or Console()
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


def _by(title: str, slices: dict[str, Any]) -> Table:
    table = Table(title=f"按{title}")
    table.add_column(title)
    table.add_column("题数", justify="right")
    for name in _SHOWN:
        table.add_column(_LABELS.get(name, name), justify="right")
    for key, of_slice in slices.items():
        measures = of_slice["measures"]
        table.add_row(
            key, str(of_slice["questions"]), *(_value(measures.get(name)) for name in _SHOWN)
        )
    return table


def _value(figure: dict[str, Any] | None) -> str:
    return "–" if figure is None else f"{figure['value']:.3f}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
