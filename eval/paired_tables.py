"""What two or more runs say of each other, as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.compare import SLICED, Comparison, direction_of
from eval.gate import Gate, Ruling
from eval.labels import key_label, measure_label, slice_label
from eval.paired import Difference, Direction
from eval.tables import paper

_COLOURS: Final = {Ruling.PASS: "green", Ruling.WARN: "yellow", Ruling.FAIL: "red"}
_MARKS: Final = {Direction.BETTER: "↑ ", Direction.WORSE: "↓ ", Direction.INCONCLUSIVE: ""}
_LISTED: Final = 20  # questions of a kind; all of them are in the JSON and in the report


def show_comparison(found: Comparison, console: Console | None = None) -> None:
    """Measures overall, the two main ones by library and style, and the questions that changed."""
    console = console or paper()
    title = f"甲 {found.a.name}  →  乙 {found.b.name}（{len(found.paired.pairs)} 题）"
    show_differences(title, found.measures, console)
    for slice_ in SLICED:
        table = Table(title=f"按{slice_label(slice_)}（p 已按 Holm 校正）")
        _headings(
            table, slice_label(slice_), "指标", "题数", "甲", "乙", "差", "95% 区间", "p", "结论"
        )
        for key, by_measure in found.slices[slice_].items():
            for name, difference in by_measure.items():
                honest = found.holm[slice_][name].get(key)
                sure = honest is not None and honest < 0.05
                table.add_row(
                    escape(key_label(slice_, key)),
                    measure_label(name),
                    str(difference.questions),
                    f"{difference.a:.3f}",
                    f"{difference.b:.3f}",
                    f"{difference.delta.value:+.3f}",
                    f"{difference.delta.low:+.3f}–{difference.delta.high:+.3f}",
                    "–" if honest is None else f"{honest:.3f}",
                    _said(name, difference) if sure else Direction.INCONCLUSIVE.label,
                )
        console.print(table)
    console.print(f"变好 {len(found.wins)} 题，变差 {len(found.losses)} 题，不变 {found.ties} 题")
    for title, verdicts in (("变差", found.losses), ("变好", found.wins)):
        for verdict in verdicts[:_LISTED]:
            question = verdict.question
            where = key_label("library", question.library), key_label("style", question.style)
            console.print(
                escape(f"  {title} {question.id} {question.question}（{'，'.join(where)}）")
            )
        if len(verdicts) > _LISTED:
            console.print(f"  {title} 另有 {len(verdicts) - _LISTED} 题，见 --json 或报告")


def show_differences(
    title: str, measures: Mapping[str, Difference], console: Console | None = None
) -> None:
    """A line a measure."""
    table = Table(title=escape(title))
    _headings(
        table, "指标", "题数", "组数", "甲", "乙", "差", "95% 区间", "半宽", "胜/负", "p", "结论"
    )
    for name, found in measures.items():
        table.add_row(*_row(name, measure_label(name), found))
    (console or paper()).print(table)


def show_gate(found: Gate, console: Console | None = None) -> None:
    """The ruling first, then why."""
    console = console or paper()
    console.print(f"[bold {_COLOURS[found.ruling]}]{found.ruling.label}[/]")
    delta = found.delta
    console.print(
        f"{measure_label(found.measure)}：基线 {delta.a:.3f} → 本次 {delta.b:.3f}，"
        f"差 {delta.delta.value:+.3f} ±{delta.delta.half_width:.3f}（{delta.groups} 组）"
    )
    for reason in found.reasons:
        console.print(
            f"  [{_COLOURS[reason.ruling]}]{reason.ruling.label}[/]  {escape(reason.says)}"
        )
    for fatal in found.new_fatal[:_LISTED]:
        verdict = fatal.verdict
        said = f"    {verdict.question.id} {verdict.question.question}：{'；'.join(verdict.why)}"
        console.print(escape(said))


def show_trend(rows: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """One line a run, oldest first."""
    console = console or paper()
    table = Table(title="历次评测")
    for place, name in enumerate(rows[0]):
        table.add_column(measure_label(str(name)), justify="left" if place < 2 else "right")
    for row in rows:
        table.add_row(*(escape(_cell(value)) for value in row.values()))
    console.print(table)


def show_review(figures: Mapping[str, Any], console: Console | None = None) -> None:
    """What people found when they looked at the answers."""
    console = console or paper()
    table = Table(title="人工复核")
    _headings(table, "项目", "数值")
    for name, value in figures.items():
        table.add_row(measure_label(name), escape(_cell(value)))
    console.print(table)


def _headings(table: Table, first: str, *others: str) -> None:
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")


def _row(name: str, label: str, found: Difference) -> list[str]:
    return [
        label,
        str(found.questions),
        str(found.groups),
        f"{found.a:.3f}",
        f"{found.b:.3f}",
        f"{found.delta.value:+.3f}",
        f"{found.delta.low:+.3f}–{found.delta.high:+.3f}",
        f"±{found.delta.half_width:.3f}",
        f"{found.wins}/{found.losses}",
        "–" if found.p is None else f"{found.p:.3f}",
        _said(name, found),
    ]


def _said(name: str, found: Difference) -> str:
    direction = direction_of(name, found)
    return _MARKS[direction] + direction.label


def _cell(value: object) -> str:
    if isinstance(value, Mapping) and {"value", "half_width"} <= value.keys():
        return f"{value['value']:.3f} ±{value['half_width']:.3f}"
    if isinstance(value, Mapping):
        return "，".join(f"{name} {_cell(inside)}" for name, inside in value.items())
    if isinstance(value, float):
        return f"{value:.3f}"
    return "–" if value is None else str(value)
