from __future__ import annotations

from pathlib import Path

import orjson

from eval.report.trend import runs_below, trend
from eval.stored import write_run
from tests.eval.report.runs import mixed, ranked_only, run_of


def test_runs_are_found_in_the_folder_and_one_below_oldest_first(tmp_path: Path) -> None:
    write_run(mixed(started_at="2026-11-03T00:00:00"), tmp_path / "c")
    write_run(mixed(started_at="2026-11-01T00:00:00"), tmp_path / "b")
    write_run(mixed(started_at="2026-11-02T00:00:00"), tmp_path)
    write_run(mixed(started_at="2026-11-04T00:00:00"), tmp_path / "deeper" / "still")
    runs, notes = runs_below(tmp_path)
    days = [run.setting["started_at"][:10] for run in runs]
    assert days == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert notes == []


def test_a_broken_run_is_left_out_with_a_note(tmp_path: Path) -> None:
    write_run(mixed(), tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{", encoding="utf-8")
    runs, notes = runs_below(tmp_path)
    assert len(runs) == 1
    assert len(notes) == 1
    assert "bad/run.json" in notes[0]
    assert "走势里跳过" in notes[0]


def test_an_older_run_without_its_figures_is_left_out_with_a_note(tmp_path: Path) -> None:
    write_run(mixed(), tmp_path / "good")
    written = orjson.loads(write_run(mixed(), tmp_path / "bad").read_bytes())
    del written["content_digest"]  # as files were before there was one
    del written["metrics"]["overall"]["questions"]
    (tmp_path / "bad" / "run.json").write_bytes(orjson.dumps(written))

    runs, notes = runs_below(tmp_path)

    assert len(runs) == 1
    assert "bad/run.json: 评测结果不完整" in notes[0]


def test_runs_of_another_set_are_left_out_with_a_note(tmp_path: Path) -> None:
    write_run(mixed(faqset="别的题集"), tmp_path / "other")
    write_run(mixed(), tmp_path / "ours")
    runs, notes = runs_below(tmp_path, mixed())
    assert [run.setting["faqset"] for run in runs] == ["小题集"]
    assert "别的题集" in notes[0]


def test_the_run_itself_is_there_once_whether_stored_or_not(tmp_path: Path) -> None:
    run = mixed()
    assert len(runs_below(tmp_path, run)[0]) == 1
    write_run(run, tmp_path / "stored")
    write_run(run, tmp_path / "copied")
    assert len(runs_below(tmp_path, run)[0]) == 1


def test_an_empty_folder_has_no_runs(tmp_path: Path) -> None:
    assert runs_below(tmp_path) == ([], [])


def test_rows_keep_the_bounds_and_the_oldest_comes_first() -> None:
    newer, older = mixed(started_at="2026-11-02T09:05:00"), mixed(started_at="2026-11-01T00:00:00")
    rows = trend([newer, older])
    assert [row["started_at"] for row in rows] == ["2026-11-01 00:00", "2026-11-02 09:05"]
    row = rows[1]
    assert row["right"]["value"] == 0.4
    assert row["right"]["low"] < 0.4 < row["right"]["high"]
    assert row["false_answer"]["value"] == 0.5
    assert (row["fatal"], row["questions"], row["digest"]) == (1, 5, "0123456789abcdef")


def test_a_system_that_only_ranks_has_no_rates_of_answering() -> None:
    row = trend([run_of([ranked_only()])])[0]
    assert row["false_answer"] is None
    assert row["Hit@1"]["value"] == 1.0
