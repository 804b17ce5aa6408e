"""Sheet 概况: the main figures of a run with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from eval.book.marks import mark_of
from eval.book.writing import Value
from eval.labels import fatal_label, key_label, measure_label, stage_label
from eval.stored import FaqRun, system_name
from eval.summary import is_rate

_HEADINGS: Final = ("题数", "数值", "95% 下限", "95% 上限", "半宽", "按咨询量加权")


def overview_rows(run: FaqRun) -> Iterator[tuple[Value, ...]]:
    """The rows of the sheet; a row of one value is a heading."""
    setting, metrics = run.setting, run.metrics
    overall = metrics["overall"]
    yield (f"{setting.get('faqset', '')} · {run.name}",)
    yield "系统", system_name(setting)
    yield "按这一天的知识", str(setting["as_of"])
    yield "题数", overall["questions"]
    yield "近似题合并后的组数", overall["groups"]
    yield "有致命错误的题", metrics["fatal"]
    yield "被拒绝的题", metrics["errors"]
    yield "运行指纹（勿改，读回时核对）", mark_of(run)
    yield "", ""
    yield from _table("指标（95% 区间，近似题合并计）", overall["measures"])
    if abstention := metrics.get("abstention"):
        rates = {
            "不该答的答了（误答率）": abstention["false_answer"],
            "该答的没答（误弃率）": abstention["false_abstention"],
        }
        yield from _table("弃答", rates)
        yield "能答与不能答的区分（AUROC）", _score(abstention["auroc"])
        yield "", ""
    by_library = {
        key_label("library", key): part["measures"].get("right")
        for key, part in metrics["by_library"].items()
    }
    yield from _table("按子库：全部要求达到", by_library)
    yield from _counts(
        "致命错误", {fatal_label(kind): n for kind, n in metrics["fatal_by_kind"].items()}
    )
    yield from _counts(
        "在哪一步丢的", {stage_label(stage): n for stage, n in metrics["lost_by_stage"].items()}
    )
    yield from _counts("建议原因", metrics["lost_by_cause"])


def _table(title: str, figures: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    yield (title,)
    yield ("指标", *_HEADINGS)
    for name, figure in figures.items():
        if figure is not None:
            bounds = [float(figure[bound]) for bound in ("value", "low", "high", "half_width")]
            numbers = [*bounds, float(figure["weighted"]["value"])]
            # MRR and nDCG are means, not shares of questions: no percent
            shown = numbers if is_rate(name) else [f"{number:.3f}" for number in numbers]
            yield measure_label(name), figure["n"], *shown
    yield "", ""


def _counts(title: str, counts: Mapping[str, int]) -> Iterator[tuple[Value, ...]]:
    if counts:
        yield (title,)
        yield from counts.items()
        yield "", ""


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
