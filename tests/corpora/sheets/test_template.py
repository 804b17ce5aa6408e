"""The template has a place for everything that an item holds, with drop-downs and explanations."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from corpora.sheets import columns, words
from corpora.sheets.template import write_template
from corpora.types import Action, Device, Facet, KnowledgeItem, Relation, Tariff
from tests.corpora.sheets.books import read


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template(path)
    return path


@pytest.fixture(scope="module")
def opened(template: Path) -> Any:
    return load_workbook(template)


@pytest.mark.parametrize(
    ("kind", "sheet"),
    [
        (Facet, columns.FACETS),
        (Action, columns.ACTIONS),
        (Relation, columns.RELATIONS),
        (Tariff, columns.TARIFF),
        (Device, columns.DEVICE),
    ],
)
def test_every_field_has_a_column(kind: type[Any], sheet: columns.SheetKind) -> None:
    elsewhere = {"price_book"}  # 价目 stands on the sheet of the items
    known = {column.field for column in sheet.columns[1:]}
    assert {field.name for field in fields(kind)} - elsewhere == known


def test_every_field_of_an_item_has_a_column_or_a_sheet() -> None:
    apart = {"facets", "actions", "relations", "tariff", "device", "codes"}
    known = {column.field for column in columns.ITEM_COLUMNS if ":" not in column.field}
    assert {field.name for field in fields(KnowledgeItem)} - apart == known - {"price_book"}


@pytest.mark.parametrize("sheet", columns.SHEETS, ids=lambda sheet: sheet.name)
def test_no_two_columns_of_a_sheet_go_by_one_name(sheet: columns.SheetKind) -> None:
    names = [words.folded(column.heading) for column in sheet.columns]
    assert len(names) == len(set(names))
    for column in sheet.columns:
        for other in column.others:
            assert (
                sum(
                    words.folded(other) in map(words.folded, (c.heading, *c.others))
                    for c in sheet.columns
                )
                == 1
            )


@pytest.mark.parametrize(
    "vocabulary",
    [
        words.AUDIENCES,
        words.CHANNELS,
        words.ACTIONS,
        words.RELATIONS,
        words.DATA,
        words.FIRST_MONTHS,
    ],
)
def test_every_value_has_a_chinese_word(vocabulary: words.Words) -> None:
    for value, label in vocabulary.labels.items():
        assert label != value or label.isupper()
        assert vocabulary.value(label) == vocabulary.value(value) == value


def test_sheets_are_in_order_with_the_header_in_view(opened: Any) -> None:
    assert opened.sheetnames == [*(sheet.name for sheet in columns.SHEETS), columns.HELP]
    for sheet in columns.SHEETS:
        made = opened[sheet.name]
        assert made.freeze_panes == "C2"
        assert [cell.value for cell in made[1]] == [c.heading for c in sheet.columns if c.offered]
        assert made.column_dimensions["B"].width >= 10


def test_every_vocabulary_is_a_drop_down_and_every_date_a_date(opened: Any) -> None:
    for sheet in columns.SHEETS:
        made = opened[sheet.name]
        rules = {
            str(rule.sqref).split(":")[0].rstrip("0123456789"): rule
            for rule in made.data_validations.dataValidation
        }
        for cell, column in zip(made[1], (c for c in sheet.columns if c.offered), strict=True):
            if column.choices:
                assert rules[cell.column_letter].formula1 == f'"{",".join(column.choices.choices)}"'
                assert len(rules[cell.column_letter].formula1) <= 257  # 255 between quotes
            if column.form is columns.Form.DATE:
                assert rules[cell.column_letter].type == "date"
                assert made.column_dimensions[cell.column_letter].number_format == "yyyy-mm-dd"


def test_the_help_explains_every_column(opened: Any) -> None:
    told = {(row[0], str(row[1]).removesuffix("（必填）")) for row in opened[columns.HELP].values}
    for sheet in columns.SHEETS:
        for column in sheet.columns:
            assert (sheet.name, column.heading) in told


def test_an_unfilled_template_says_that_nothing_was_filled_in(template: Path) -> None:
    found = read(template)
    assert found.table.examples == 1
    assert len(found.errors) == 1
    assert "没有条目" in found.errors[0]


def test_the_example_would_be_a_sound_item(template: Path, tmp_path: Path) -> None:
    made = load_workbook(template)
    for sheet in columns.SHEETS:
        made[sheet.name]["A2"] = "biz-demo"
    made.save(tmp_path / "filled.xlsx")
    item = read(tmp_path / "filled.xlsx").only
    assert (item.title, item.weight, item.must_say) == ("流量月包10元档", 100, False)
    assert len(item.similar_questions) == 3
    assert [len(facet.questions) for facet in item.facets].count(2) == 1
    assert item.tariff is not None
    assert item.device is not None
