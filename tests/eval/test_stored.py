"""Runs on disk: written whole, read back the same, and refused with what is wrong."""

from __future__ import annotations

import datetime as dt
import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora.types import Audience, FacetKind, SubLibrary
from eval.errors import FaqSetError, RunError
from eval.faqset import Expectation, Question, QuestionFilter, load, question_from, question_json
from eval.journal import NAME as UNFINISHED
from eval.run import run_faqset
from eval.stored import (
    FORMAT,
    FaqRun,
    read_run,
    set_aside,
    system_name,
    write_run,
    write_whole,
)
from eval.verdict import Verdict
from retriever.answer import Outcome
from tests.conftest import REPOSITORY
from tests.eval.builders import (
    Scripted,
    make_answer,
    make_question,
    make_reply,
    make_set,
)

FULL = Verdict(
    question=make_question(
        Expectation(
            Outcome.ANSWERED,
            ("a", "b"),
            FacetKind.PRICE,
            ("5元",),
            ("6元",),
            ("tip-a",),
            ("tpl-a",),
        ),
        style="typo",
        kind="price",
        library="business",
        tags=("sibling", "polarity"),
        group="g",
        split="dev",
        weight=12.5,
        business_line="套餐",
        department="市场部",
        channel="app",
        filters=QuestionFilter(
            (SubLibrary.TIPS, SubLibrary.CASES), "yj/yundu", Audience.CUSTOMER, dt.date(2026, 12, 1)
        ),
        line=7,
    ),
    outcome="answered",
    confidence=0.1235,
    ranked=("a", "x"),
    checks={"outcome": True, "item": False},
    why=("条目应为 a", "漏了"),
    fatal=("price", "must_say"),
    stage="ranked_lower",
    cause="检索",
    owner="市场部",
    city="云都市",
    item_id="x",
    facet="price",
    text="每月6元",
    templates=("tpl-a",),
    search_ms=1.234,
    answer_ms=5.678,
    degraded=("semantic",),
)
BARE = Verdict(make_question(), "unknown", 0.0, (), {})


def make_run(*questions: Question) -> FaqRun:
    return run_faqset(make_set(*(questions or (make_question(),))), Scripted())


# questions


def test_every_question_of_the_sample_is_written_as_it_was_read() -> None:
    questions = load(REPOSITORY / "corpora" / "faq" / "sample.jsonl").questions

    assert len(questions) > 400
    for question in questions:
        through_json = json.loads(json.dumps(question_json(question)))
        assert question_from(through_json, "f", question.line) == question


@pytest.mark.parametrize(
    "expect",
    [
        Expectation(Outcome.ANSWERED),
        Expectation(Outcome.CLARIFY),
        Expectation(Outcome.CLARIFY, facet=FacetKind.OPEN, clarify=("a",)),
        Expectation(Outcome.HANDOVER),
        Expectation(Outcome.HANDOVER, handover="balance"),
        Expectation(Outcome.UNKNOWN),
        FULL.question.expect,
    ],
)
def test_every_expectation_is_written_as_it_was_read(expect: Expectation) -> None:
    question = replace(FULL.question, expect=expect)

    assert question_from(question_json(question), "f", 7) == question


@pytest.mark.parametrize("value", [None, 5, [], {}, {"id": "q"}, {"id": "q", "question": "问"}])
def test_what_is_no_question_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(FaqSetError, match=r"^f:3: "):
        question_from(value, "f", 3)


# verdicts


@pytest.mark.parametrize("verdict", [FULL, BARE])
def test_a_verdict_is_read_back_as_it_was(verdict: Verdict) -> None:
    read = Verdict.from_json(json.loads(json.dumps(verdict.to_json())))

    assert read == verdict
    assert read.question.line == verdict.question.line


def test_a_judged_verdict_loses_nothing_on_disk() -> None:
    reply = replace(make_reply(confidence=0.123456789), search_ms=1.23456789, answer_ms=9.87654321)
    run = run_faqset(make_set(make_question()), Scripted({"亲情网": reply}))

    (verdict,) = run.verdicts
    assert Verdict.from_json(verdict.to_json()) == verdict


@pytest.mark.parametrize(
    "row",
    [
        {**FULL.to_json(), "confidence": "sure"},
        {**FULL.to_json(), "checks": []},
        {**FULL.to_json(), "question": "亲情网"},
        {**FULL.to_json(), "question": {"id": "q1"}},
        {**FULL.to_json(), "ranked": None},
        {key: value for key, value in FULL.to_json().items() if key != "fatal"},
        "row",
        None,
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: Any) -> None:
    named = "q1" if isinstance(row, dict) else r"\?"
    with pytest.raises(RunError, match=f"^somewhere: 题 {named} 的结果读不出来"):
        Verdict.from_json(row, "somewhere")


# runs


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    none = Expectation(Outcome.UNKNOWN)
    run = make_run(make_question(group="g"), make_question(none, id="q2", question="天气"))

    path = write_run(run, tmp_path / "new" / "out")

    assert path == tmp_path / "new" / "out" / "run.json"
    assert read_run(path) == read_run(path.parent) == run
    assert read_run(path).name == "scripted 2026-11-01"


def test_run_json_holds_figures_rows_and_what_it_takes_to_repeat_them(tmp_path: Path) -> None:
    written = json.loads(write_run(make_run(), tmp_path).read_text(encoding="utf-8"))

    assert set(written) == {"format", "content_digest", "setting", "metrics", "questions"}
    assert written["setting"]["system"] == {"kind": "scripted", "name": "scripted"}
    assert {"machine", "seed", "as_of", "digest", "depth", "code"} <= set(written["setting"])
    assert written["questions"][0]["item"] == "biz-family"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_run_takes_the_place_of_the_one_before_and_of_its_own_journal(tmp_path: Path) -> None:
    first = run_faqset(make_set(make_question()), Scripted(), folder=tmp_path)
    assert (tmp_path / UNFINISHED).exists()
    write_run(first, tmp_path)
    assert not (tmp_path / UNFINISHED).exists()

    system = Scripted({"亲情网": make_reply(make_answer(Outcome.UNKNOWN))})
    again = run_faqset(make_set(make_question()), system, folder=tmp_path)
    write_run(again, tmp_path)

    assert system.asked == ["亲情网"]  # asked anew, not taken from the run before
    assert read_run(tmp_path) == again != first


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ({"kind": "index", "index": {"version": "v-1"}}, "知库 v-1"),
        ({"kind": "endpoint", "name": "厂商甲"}, "厂商甲"),
        ({"kind": "bm25"}, "bm25"),
    ],
)
def test_a_system_is_named_in_a_few_words(system: dict[str, Any], name: str) -> None:
    assert system_name({"system": system}) == name


def test_a_missing_run_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"run\.json: 读不出来.*zhiku eval run --out"):
        read_run(tmp_path)
    with pytest.raises(RunError, match=r"elsewhere\.json: 读不出来"):
        read_run(tmp_path / "elsewhere.json")


def test_a_torn_run_is_refused(tmp_path: Path) -> None:
    path = write_run(make_run(), tmp_path)
    whole = path.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        with pytest.raises(RunError, match="不是完整的 JSON"):
            read_run(tmp_path)


@pytest.mark.parametrize("content", [[], 5, {}, {"format": FORMAT - 1}, {"format": FORMAT + 1}])
def test_another_format_is_refused(tmp_path: Path, content: object) -> None:
    (tmp_path / "run.json").write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(RunError, match="不是本版本的评测结果"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"metrics": ...}, "'metrics'"),
        ({"setting": ...}, "'setting'"),
        ({"questions": ...}, "'questions'"),
        ({"questions": 5}, "不完整"),
        ({"questions": [{}]}, "读不出来"),
        ({"setting": {}}, "'system'"),
        ({"setting": {"system": {}}}, "'as_of'"),
        ({"setting": None}, "不完整"),
        ({"metrics": {}}, "'overall'"),
        ({"metrics": []}, "不完整"),
    ],
)
def test_an_incomplete_run_is_refused(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = write_run(make_run(), tmp_path)
    written = {**json.loads(path.read_bytes()), **changes}
    kept = {key: value for key, value in written.items() if value is not ...}
    path.write_text(json.dumps(kept), encoding="utf-8")

    with pytest.raises(RunError, match=problem):
        read_run(tmp_path)


def test_an_unfinished_run_is_no_run_yet(tmp_path: Path) -> None:
    run_faqset(make_set(make_question()), Scripted(), folder=tmp_path)

    with pytest.raises(RunError, match=r"还没有做完.*同样的命令"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda run: run["questions"][0].update(right=not run["questions"][0]["right"]),
        lambda run: run["metrics"]["overall"]["measures"].pop("right"),
        lambda run: run["metrics"]["overall"].update(questions="many"),
        lambda run: run["setting"]["system"].update(kind=5),
    ],
)
def test_what_was_changed_by_hand_is_no_result(tmp_path: Path, edit: Any) -> None:
    path = write_run(make_run(), tmp_path)
    written = json.loads(path.read_bytes())
    edit(written)
    path.write_text(json.dumps(written), encoding="utf-8")

    with pytest.raises(RunError, match=r"run\.json: 内容和写下时不同"):
        read_run(tmp_path)


def test_a_file_from_before_there_was_a_digest_is_read(tmp_path: Path) -> None:
    path = write_run(make_run(), tmp_path)
    written = json.loads(path.read_bytes())
    del written["content_digest"]
    path.write_text(json.dumps(written), encoding="utf-8")

    assert read_run(tmp_path) == make_run()


def test_a_run_of_something_else_is_set_aside_and_a_repetition_is_not(tmp_path: Path) -> None:
    run = make_run()
    assert set_aside(run, tmp_path) is None
    write_run(run, tmp_path)
    assert set_aside(run, tmp_path) is None

    other_set = replace(run, setting={**run.setting, "faqset": "另一份"})
    other_system = replace(run, setting={**run.setting, "system": {"kind": "baseline"}})
    fewer = replace(run, verdicts=run.verdicts[:-1])
    for number, other in enumerate((other_set, other_system, fewer), 1):
        write_run(run, tmp_path)
        kept = set_aside(other, tmp_path)
        assert kept == tmp_path / f"run-{number}.json"
        assert read_run(kept) == run
        assert not (tmp_path / "run.json").exists()


def test_what_cannot_be_read_is_set_aside_too(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("mine", encoding="utf-8")

    kept = set_aside(make_run(), tmp_path)

    assert kept is not None
    assert kept.read_text(encoding="utf-8") == "mine"


def test_what_cannot_be_written_leaves_nothing_and_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run.json"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_whole(folder, b"x")
    assert caught.value.filename == str(folder)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("eval.stored.os.fsync", full)
    path = tmp_path / "there.txt"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(OSError, match="No space left") as caught_full:
        write_whole(path, b"after")

    assert caught_full.value.filename == str(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert {entry.name for entry in tmp_path.iterdir()} == {"run.json", "there.txt"}
