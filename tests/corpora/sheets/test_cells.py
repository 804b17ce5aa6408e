"""What spreadsheets do to dates, codes and numbers is undone, or refused in one sentence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from corpora.sheets import cells
from corpora.sheets.cells import Cell, CellProblem, Holds

DAY = dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    "cell",
    [
        Cell(dt.datetime(2026, 12, 1), Holds.DATE),
        Cell("2026-12-01"),
        Cell("2026/12/1"),
        Cell("2026.12.1"),
        Cell("2026年12月1日"),
        Cell("2026-12-01 00:00:00"),
        Cell("20261201"),
        Cell(20261201, Holds.NUMBER),
        Cell(46357, Holds.NUMBER),
        Cell(46357.0, Holds.NUMBER),
        Cell(44895, Holds.NUMBER, epoch=dt.date(1904, 1, 1)),
    ],
)
def test_a_day_is_read_however_it_stands_in_the_cell(cell: Cell) -> None:
    assert cells.date(cell) == DAY


@pytest.mark.parametrize("written", ["长期", "永久", "不限", "-"])
def test_a_day_that_never_comes_is_open(written: str) -> None:
    assert cells.date(Cell(written)) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Cell("2026/13/1"), "“2026/13/1”不是日期，请写成2026-12-01"),
        (Cell("下个月"), "不是日期"),
        (Cell(7, Holds.NUMBER), "不是日期"),
        (Cell(46357.5, Holds.NUMBER), "不是日期"),
        (Cell(dt.datetime(2026, 12, 1, 8, 30), Holds.DATE), "带了时刻"),
        (Cell("#N/A", Holds.ERROR), "错误值#N/A"),
        (Cell("", Holds.FORMULA), "没有算好的结果"),
        (Cell(True, Holds.TRUTH), "不是日期"),
    ],
)
def test_what_is_no_day_is_refused_with_the_right_form(cell: Cell, said: str) -> None:
    with pytest.raises(CellProblem, match=said):
        cells.date(cell)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("00120"), "00120"),
        (Cell(10010001, Holds.NUMBER), "10010001"),
        (Cell(10010001.0, Holds.NUMBER), "10010001"),
        (Cell(120, Holds.NUMBER, zeros=5), "00120"),
        (Cell(" CPBG "), "CPBG"),
    ],
)
def test_a_code_is_what_people_see(cell: Cell, code: str) -> None:
    assert cells.code(cell) == code


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Cell(898600123456789012345.0, Holds.NUMBER), "位数太多"),
        (Cell(1.5, Holds.NUMBER), "不是编码"),
        (Cell(dt.datetime(2026, 1, 2), Holds.DATE), "当成了日期"),
    ],
)
def test_a_code_that_the_spreadsheet_has_changed_is_refused(cell: Cell, said: str) -> None:
    with pytest.raises(CellProblem, match=said):
        cells.code(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        (Cell(59.0, Holds.NUMBER), "59"),
        (Cell(0.15, Holds.NUMBER), "0.15"),
        (Cell(0.1 + 0.05, Holds.NUMBER), "0.15000000000000002"),
        (Cell("59元"), "59"),
        (Cell("1,299"), "1299"),
        (Cell("10.00"), "10.00"),
    ],
)
def test_an_amount_is_exact_and_without_its_unit(cell: Cell, amount: str) -> None:
    assert str(cells.amount(cell)) == amount


@pytest.mark.parametrize("value", ["五十九", "NaN", "inf", "1e400x", ""])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(CellProblem, match="不是数字"):
        cells.amount(Cell(value))


def test_a_fraction_is_no_whole_number() -> None:
    assert cells.whole(Cell(12.0, Holds.NUMBER)) == 12
    with pytest.raises(CellProblem, match="不是整数"):
        cells.whole(Cell(1.5, Holds.NUMBER))


def test_a_truth_or_a_date_is_no_wording() -> None:
    for cell in (Cell(True, Holds.TRUTH), Cell(dt.datetime(2026, 1, 2), Holds.DATE)):
        with pytest.raises(CellProblem, match="设为文本"):
            cells.wording(cell)


def test_data_by_kind_keeps_its_order() -> None:
    assert cells.allowances("定向15GB\n通用40GB（结转）") == [
        {"kind": "directed", "gb": Decimal(15)},
        {"kind": "general", "gb": Decimal(40), "carry_over": True},
    ]
    with pytest.raises(CellProblem, match="通用10GB"):
        cells.allowances("40个G")
