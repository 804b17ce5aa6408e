"""Runs to write workbooks from, without asking anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from eval.stored import FaqRun
from eval.summary import summary
from eval.verdict import Verdict
from tests.eval.builders import make_question

SETTING: dict[str, Any] = {
    "faqset": "小题集",
    "digest": "00ff",
    "as_of": "2026-11-01",
    "system": {"kind": "index", "index": {"version": "v1"}},
}


def make_verdict(name: str, *, right: bool = True, **changes: Any) -> Verdict:
    question = changes.pop("question", None) or make_question(
        id=name, question=f"亲情网怎么办{name}"
    )
    known: dict[str, Any] = {
        "outcome": "answered",
        "confidence": 0.9,
        "ranked": ("biz-family", "biz-pack"),
        "checks": {"outcome": True, "item": right},
        "why": () if right else ("条目应为 biz-family，实为 biz-pack",),
        "stage": "" if right else "ranked_lower",
        "cause": "" if right else "检索",
        "owner": "" if right else "市场部",
        "item_id": "biz-family" if right else "biz-pack",
        "facet": "price",
        "text": "每月5元",
    }
    return Verdict(question=question, **{**known, **changes})


def make_run(*verdicts: Verdict, **setting: Any) -> FaqRun:
    return FaqRun(verdicts, summary(verdicts), {**SETTING, **setting})


def edit(path: Path, change: Callable[[Worksheet], None], sheet: str = "题目") -> Path:
    """Opens a workbook as people do, changes a sheet, and saves it."""
    book = load_workbook(path)
    change(book[sheet])
    book.save(path)
    return path


def column_of(sheet: Worksheet, heading: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def fill(sheet: Worksheet, row: int, **values: Any) -> None:
    """Writes under headings: ``fill(sheet, 2, 初评="对")``."""
    for heading, value in values.items():
        sheet.cell(row, column_of(sheet, heading)).value = value
