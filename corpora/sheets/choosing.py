"""Which sheet of a workbook is which of ours."""

from __future__ import annotations

from typing import Final

from corpora.messages import nearest
from corpora.sheets import columns
from corpora.sheets.columns import HELP
from corpora.sheets.findings import Findings, TableProblem
from corpora.sheets.words import folded
from corpora.sheets.workbook import Workbook
from corpora.source import Problem, Severity

_HELP_SHEETS: Final = frozenset(folded(name) for name in (HELP, "说明", "使用说明"))


def chosen_sheets(book: Workbook, file: str, found: Findings) -> dict[str, str]:
    """The names of the sheets to read by the names that we give them; a lone sheet holds items."""
    names = {folded(n): kind.name for kind in columns.SHEETS for n in (kind.name, *kind.others)}
    chosen: dict[str, str] = {}
    visible = [name for name, hidden in book.sheets.items() if not hidden]
    for name, hidden in book.sheets.items():
        if folded(name) in _HELP_SHEETS:
            continue
        ours = names.get(folded(name))
        if ours is None and visible == [name]:
            ours = columns.ITEMS.name
        if hidden and ours is not None:
            problem = "是隐藏的工作表，没有读取；要导入请先取消隐藏"
            found.add(about_sheet(file, name, problem))
        elif ours is None and not hidden:
            known = [kind.name for kind in columns.SHEETS]
            problem = f"不认识这张工作表，没有读取{nearest(name, known)}；可用：{'、'.join(known)}"
            found.add(about_sheet(file, name, problem))
        elif ours is not None and ours in chosen:
            problem = f"和工作表“{chosen[ours]}”重复，请合并成一张"
            found.add(about_sheet(file, name, problem, Severity.ERROR))
        elif ours is not None:
            chosen[ours] = name
    if columns.ITEMS.name not in chosen:
        problem = "没有“条目”工作表；请用zhiku corpus template生成模板"
        found.add(Problem(file, 1, "文件", problem))
    return chosen


def about_sheet(
    file: str, sheet: str, problem: str, severity: Severity = Severity.WARNING
) -> TableProblem:
    """A problem of a whole sheet."""
    return TableProblem(file, 0, "", problem, severity, sheet=sheet)
