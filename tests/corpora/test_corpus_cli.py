"""``corpus check`` and ``corpus stats``: data on stdout, talk on stderr, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from corpora.cli import app
from tests.corpora.builders import ITEM_YAML, write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_good_knowledge_exits_0_and_prints_only_a_summary_for_people(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML)
    result = run("check", str(tmp_path))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "条目1条" in result.stderr


def test_an_error_exits_1_and_is_one_line_with_file_line_and_field(tmp_path: Path) -> None:
    path = write(tmp_path, "business/a.yaml", ITEM_YAML + "  colour: red\n")
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}:11: colour: ")
    assert result.stdout.count("\n") == 1


def test_a_warning_alone_exits_0(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML.replace(", 月包怎么退", ""))
    result = run("check", str(tmp_path))
    assert result.exit_code == 0
    assert "（提醒）" in result.stdout


def test_json_is_one_document_with_every_problem(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML.replace("每月10元", "每月12元"))
    result = run("check", str(tmp_path), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["errors"], report["warnings"], report["items"]) == (1, 0, 1)
    assert report["problems"][0].keys() == {"file", "line", "field", "problem", "severity"}


def test_a_folder_that_cannot_be_read_exits_2(tmp_path: Path) -> None:
    for arguments in (("check", str(tmp_path / "none")), ("stats", str(tmp_path))):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr


def test_stats_count_every_library_even_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML)
    report = json.loads(run("stats", str(tmp_path), "--json", "--as-of", "2024-01-01").stdout)
    assert report["per_library"] == {
        "business": 1,
        "marketing": 0,
        "tips": 0,
        "terminals": 0,
        "technical": 0,
        "cases": 0,
    }
    assert report["facets_per_audience"] == {"customer": 1, "agent": 0, "internal": 0}
    assert report["validity"] == {"valid": 0, "future": 1, "expired": 0}
    assert report["questions"] == 3


def test_stats_count_ways_to_ask_of_items_and_of_facets_by_library(tmp_path: Path) -> None:
    asked = f"{ITEM_YAML}      questions: [月包什么价, 月包有多少流量]\n"
    write(tmp_path, "business/a.yaml", asked)
    write(tmp_path, "tips/a.yaml", ITEM_YAML.replace("biz-pack", "tip-pack"))
    report = json.loads(run("stats", str(tmp_path), "--json").stdout)
    assert report["questions"] == 8
    assert report["questions_per_library"] == {
        "business": 5,
        "marketing": 0,
        "tips": 3,
        "terminals": 0,
        "technical": 0,
        "cases": 0,
    }


def test_stats_for_people_say_the_same_in_lines(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML)
    shown = run("stats", str(tmp_path)).stdout
    assert "各子库条目" in shown
    assert "各子库问法" in shown
    assert "business 1" in shown


def test_the_shipped_knowledge_is_the_default() -> None:
    assert json.loads(run("stats", "--json").stdout)["items"] > 100
