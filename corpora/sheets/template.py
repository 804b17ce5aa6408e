"""The workbook to fill in, and the explanations that go with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from corpora.sheets import columns
from corpora.sheets.columns import EXAMPLE_MARK, HELP, Column, Form, SheetKind
from corpora.sheets.item_rows import Value
from corpora.sheets.writing import Book

_EXAMPLE_ID: Final = f"{EXAMPLE_MARK}-1"
_EXAMPLE_FACETS: Final = {
    "facet:overview:customer": "流量月包10元档每月10元，含1GB国内流量。当月没用完的可以用到下月底。",
    "facet:overview:official": "流量月包10元档月费10元，含1GB国内通用流量，当月未用完的结转到次月底。",
    "facet:open:customer": "您发送KTLLB10到10086就能开通，当月生效。",
    "facet:cancel:customer": "您发送QXLLB10到10086就能取消，次月生效。",
}
_HOW: Final = (
    ("怎样填写",),
    ("1", "小条目只填“条目”表：一行一个，写标题，再写“简介(客户口径)”等列就可以。"),
    ("2", "口径多的条目，在“口径”表里一行写一段，用条目编号（没有编号的用标题）对应。"),
    ("3", f"灰色的示例行（编号以“{EXAMPLE_MARK}”开头）不导入，可以留着，也可以删去。"),
    ("4", "黄色表头必须有内容，其他按需要填；不用的列和工作表可以删去，列的次序可以调整。"),
    ("5", "一格里写几项时，一行一项（Alt+Enter换行）；短的名称和编码也可以用顿号、分号、逗号隔开。"),
    ("6", "编码、编号、号码所在的列是文本格式，请不要改成数字，否则前面的0会丢失。"),
    ("7", "先试导入：zhiku corpus import 文件.xlsx --dry-run；没有错误后去掉--dry-run，内容先进草稿。"),
    ("8", "发布草稿：zhiku corpus publish --all，然后zhiku index build，之后就能搜到。"),
)  # fmt: skip


def write_template(path: Path) -> None:
    """Writes an empty workbook with example rows and explanations."""
    book = Book()
    for kind in columns.SHEETS:
        offered = [column for column in kind.columns if column.offered]
        book.sheet(kind, offered)
        book.row(kind, [_example(kind, column) for column in offered], example=True)
    write_help(book)
    book.save(path)


def write_help(book: Book) -> None:
    """The sheet that explains every column."""
    book.page(HELP, (14, 18, 60, 34, 50, 30), [*_HOW, *_explained()])


def _example(kind: SheetKind, column: Column) -> Value:
    if column is kind.key:
        return _EXAMPLE_ID
    if column.field in _EXAMPLE_FACETS:
        return _EXAMPLE_FACETS[column.field]
    if not column.example:
        return None
    if column.form is Form.DATE:
        return dt.date.fromisoformat(column.example)
    if column.form in (Form.WHOLE, Form.AMOUNT):
        number = float(column.example)
        return int(number) if number.is_integer() else number
    return column.example


_FORMS: Final = {
    Form.TEXT: "文字",
    Form.LINES: "文字，一行一项",
    Form.NAMES: "文字，一行一项或用顿号隔开",
    Form.CODE: "照原样写，文本格式",
    Form.CODES: "照原样写，一行一项或用顿号隔开",
    Form.DATE: "日期，如2026-12-01",
    Form.WHOLE: "整数，不带单位",
    Form.AMOUNT: "数字，不带单位",
    Form.ALLOWANCES: "通用10GB、定向15GB、闲时5GB，一行一项",
}


def _explained() -> Iterator[tuple[str, ...]]:
    for kind in columns.SHEETS:
        yield (f"工作表“{kind.name}”：{kind.about}",)
        yield ("工作表", "列名", "填什么", "例子", "可以填的内容", "也认得的列名")
        for column in kind.columns:
            allowed = "、".join(column.choices.choices) if column.choices else _FORMS[column.form]
            needed = "（必填）" if column.needed else ""
            yield (
                kind.name,
                column.heading + needed,
                column.about,
                column.example,
                allowed,
                "、".join(column.others),
            )
