"""Files become records with lines, or problems with lines; never a traceback."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from corpora.source import Problem, Record, Severity, read_records
from corpora.yaml_nodes import FieldPath
from tests.corpora.builders import ITEM_YAML, write


def records_of(folder: Path, content: str | bytes, name: str = "a.yaml") -> list[Record]:
    records, problems = read_records(write(folder, name, content))
    assert not problems
    return records


def only_problem(folder: Path, content: str | bytes, name: str = "a.yaml") -> Problem:
    records, problems = read_records(write(folder, name, content))
    assert len(problems) == 1, (records, problems)
    return problems[0]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("codes", 0, "value"), 5),
        (("facets", 0, "customer"), 10),
        (("facets", 0, "missing"), 8),
        (("nowhere",), 1),
    ],
)
def test_every_field_knows_its_line(tmp_path: Path, path: FieldPath, line: int) -> None:
    assert records_of(tmp_path, ITEM_YAML)[0].line_of(path) == line


def test_the_second_item_counts_from_the_top_of_the_file(tmp_path: Path) -> None:
    second = records_of(tmp_path, ITEM_YAML * 2)[1]
    assert second.line == 11
    assert second.line_of(("title",)) == 12


def test_values_are_what_the_safe_loader_makes_of_them(tmp_path: Path) -> None:
    text = "- {a: 2026-12-01, b: 10, c: 0.15, d: true, e: null, f: '007', g: 全球通}"
    assert records_of(tmp_path, text)[0].value == {
        "a": dt.date(2026, 12, 1),
        "b": 10,
        "c": 0.15,
        "d": True,
        "e": None,
        "f": "007",
        "g": "全球通",
    }


def test_a_field_name_is_the_text_that_was_written(tmp_path: Path) -> None:
    assert records_of(tmp_path, "- {on: 1, 5: 2}")[0].value == {"on": 1, "5": 2}


def test_documents_and_lists_and_single_mappings_all_give_records(tmp_path: Path) -> None:
    records = records_of(tmp_path, "---\n- id: a\n- id: b\n---\nid: c\n")
    assert [(record.value, record.line) for record in records] == [
        ({"id": "a"}, 2),
        ({"id": "b"}, 3),
        ({"id": "c"}, 5),
    ]


def test_merged_fields_yield_to_own_ones(tmp_path: Path) -> None:
    records = records_of(tmp_path, "- &base {id: a, title: t}\n- {<<: *base, id: b}\n")
    assert records[1].value == {"id": "b", "title": "t"}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert records_of(tmp_path, b"\xef\xbb\xbfid: a\n")[0].value == {"id": "a"}


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("- id: a\n\ttitle: t\n", 2, "制表符"),
        ("- id: a\n  title: t\n\tfacets: []\n", 3, "制表符"),
        ("- id: a\n  title: 说: 好\n", 2, "加引号"),
        ('- id: "a\n  title: t\n', 3, "没有成对"),
        ("- id: [a\n  title: t\n", 2, "逗号"),
        ("- title: @全球通\n", 1, "加引号"),
        ("- title: *全球通\n", 1, "加引号"),
        ("- id: a\n  id: b\n", 2, "写了两次"),
        ("- id: a\n  facets:\n    - {kind: a, kind: b}\n", 3, "写了两次"),
        ("- id: a\n  effective_from: 2026-02-30\n", 2, "不是有效的日期"),
        ("- id: !!python/object:os.system a\n", 1, "不支持标签"),
        ("- id: a\n- {[x]: 1}\n", 2, "字段名应是文字"),
        ("- id: a\n- {<<: 3}\n", 2, "<<"),
        ("- id: a\x01\n", 1, "U+0001"),
        ("- id: a\n  title: " + "字" * 3_500_000, 2, "3500009个字符"),
        ("[" * 100_000, 1, "嵌套太深"),
        ("- " * 50_000 + "a", 1, "嵌套太深"),
        ("- &a [*a]\n", 1, "太多"),
        ("", 1, "是空的"),
        ("# 只有注释\n", 1, "是空的"),
        ("- id: a\n- title: 宽带\n".encode("gbk"), 2, "UTF-8"),
        ("- id: a".encode("utf-16"), 1, "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x01", 3, "二进制"),
    ],
    ids=range(23),
)
def test_a_damaged_yaml_file_is_one_problem_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, says: str
) -> None:
    problem = only_problem(tmp_path, content)
    assert (problem.line, problem.severity) == (line, Severity.ERROR)
    assert says in problem.problem


def test_aliases_that_multiply_are_stopped(tmp_path: Path) -> None:
    levels = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "太多" in only_problem(tmp_path, "\n".join(levels)).problem


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "不是JSON"),
        ('{"id": "a", "id": "b"}', "写了两次"),
        ('{"weight": NaN}', "NaN"),
        ('{"weight": ' + "9" * 5000 + "}", "太长"),
        ('{"title": "\\ud800"}', "半个字符"),
        ("[" * 100_000, "嵌套太深"),
    ],
    ids=range(6),
)
def test_a_bad_line_of_jsonl_leaves_the_others(tmp_path: Path, line: str, says: str) -> None:
    path = write(tmp_path, "a.jsonl", f'{{"id": "a"}}\n{line}\n\n{{"id": "c"}}\n')
    records, problems = read_records(path)
    assert [(record.value, record.line) for record in records] == [
        ({"id": "a"}, 1),
        ({"id": "c"}, 4),
    ]
    assert [problem.line for problem in problems] == [2]
    assert says in problems[0].problem


def test_an_empty_jsonl_file_is_a_problem(tmp_path: Path) -> None:
    assert "是空的" in only_problem(tmp_path, "\n", "a.jsonl").problem


def test_an_absent_file_is_a_problem(tmp_path: Path) -> None:
    _, problems = read_records(tmp_path / "none.yaml")
    assert "读不出来" in problems[0].problem


def test_a_problem_reads_file_line_field_problem() -> None:
    assert str(Problem("a.yaml", 3, "title", "是空的")) == "a.yaml:3: title: 是空的"
