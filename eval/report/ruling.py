"""The head of the report: what can be said of the run, in one sentence and a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eval.intervals import wilson
from eval.report import wording
from eval.report.labels import measure_label
from eval.report.slices import headline_of
from eval.stored import FaqRun

_TITLES: Final = {
    "pass": "通过",
    "warn": "通过，但有提醒",
    "fail": "不通过",
    "open": "没有基线，不作升降结论",
}
_MARKS: Final = {"pass": "✓", "warn": "!", "fail": "✕", "open": "–"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that everybody asks for."""

    label: str
    value: str
    beside: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule of the gate says, with its mark."""

    kind: str
    mark: str
    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """``kind`` is ``pass``, ``warn``, ``fail``, or ``open`` where there is no baseline."""

    kind: str
    mark: str
    title: str
    lead: tuple[str, ...]
    reasons: tuple[Reason, ...]
    tiles: tuple[Tile, ...]


def ruling_of(run: FaqRun, gate: Mapping[str, Any] | None) -> Ruling:
    """The gate's word where there is one; otherwise only what the run itself can carry."""
    kind = str(gate["verdict"]) if gate else "open"
    lead = [_in_a_sentence(run), _fatal_sentence(run)]
    if gate:
        lead.insert(0, _against(gate))
    return Ruling(
        kind=kind,
        mark=_MARKS.get(kind, ""),
        title=_TITLES.get(kind, kind),
        lead=tuple(lead),
        reasons=tuple(_reasons(gate["reasons"])) if gate else (),
        tiles=tuple(_tiles(run)),
    )


def no_fatal_bound(run: FaqRun) -> str:
    """How often there may be fatal errors although none was seen: the upper 95 % bound."""
    return wording.percent(wilson(0.0, run.metrics["overall"]["groups"]).high)


def _in_a_sentence(run: FaqRun) -> str:
    overall = run.metrics["overall"]
    headline = headline_of(run)
    figure = overall["measures"].get(headline)
    if figure is None:
        return "题集里没有可以判对错的题。"
    return (
        f"{measure_label(headline)} {wording.percent(figure['value'])}，95% 区间 "
        f"{wording.interval(headline, figure)}（半宽 {wording.half_width(headline, figure)} 个百分点；"
        f"{figure['n']} 题，近似题合并后 {figure['groups']} 组）。"
    )


def _fatal_sentence(run: FaqRun) -> str:
    fatal = run.metrics.get("fatal", 0)
    return f"致命错误 {fatal} 题。" if fatal else "没有发现致命错误。"


def _against(gate: Mapping[str, Any]) -> str:
    measure = gate["measure"]
    name, delta = measure["name"], measure["delta"]
    unit = "个百分点" if wording.is_share(name) else ""
    paired = f"，{measure['n']} 题" if measure.get("n") else ""
    unpaired = gate.get("unpaired") or 0
    alone = f"；另有 {unpaired} 题两次不同，没有比较" if unpaired else ""
    return (
        f"与基线 {gate['baseline']} 逐题比：{measure_label(name)} "
        f"{wording.value(name, measure['baseline'])} → {wording.value(name, measure['run'])}，"
        f"差 {wording.signed(name, delta['value'])} {unit}（95% 区间 "
        f"{wording.signed(name, delta['low'])} 至 {wording.signed(name, delta['high'])}{paired}{alone}）。"
    )


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> list[Reason]:
    kinds = [str(reason["verdict"]) for reason in reasons]
    return [
        Reason(kind, _MARKS.get(kind, ""), _REASONS.get(kind, kind), str(reason["says"]))
        for kind, reason in zip(kinds, reasons, strict=True)
    ]


_REASONS: Final = {"pass": "通过", "warn": "提醒", "fail": "不通过"}


def _tiles(run: FaqRun) -> list[Tile]:
    metrics = run.metrics
    measures, abstention = metrics["overall"]["measures"], metrics.get("abstention")
    headline = headline_of(run)
    tiles = [_tile(measure_label(headline), headline, measures.get(headline))]
    if headline != "Hit@1":
        tiles.append(_tile("Hit@1（首条命中）", "Hit@1", measures.get("Hit@1")))
    fatal = metrics.get("fatal", 0)
    beside = f"没有发现；真实比例仍可能到 {no_fatal_bound(run)}"
    if fatal:
        beside = "一题也不该有"
    tiles.append(Tile("致命错误", str(fatal), beside, bad=bool(fatal)))
    if abstention:
        wrong, missed = abstention["false_answer"], abstention["false_abstention"]
        tiles.append(_tile("误答率（不该答的答了）", "rate", wrong))
        tiles.append(_tile("误弃率（该答的没答）", "rate", missed))
    else:
        tiles.append(_tile(measure_label("Hit@5"), "Hit@5", measures.get("Hit@5")))
        tiles.append(_tile("MRR（首个正确条目）", "MRR", measures.get("MRR")))
    return tiles


def _tile(label: str, measure: str, figure: Mapping[str, Any] | None) -> Tile:
    if figure is None:
        return Tile(label, wording.NONE, "没有这样的题")
    return Tile(
        label,
        wording.value(measure, figure["value"]),
        f"{wording.half_width(measure, figure)} · {figure['n']} 题",
    )
