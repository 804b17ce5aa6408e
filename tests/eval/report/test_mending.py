from __future__ import annotations

import datetime as dt

from eval.report.mending import FATAL_DAYS, NO_ITEM, NO_OWNER, OTHER_DAYS, mending_list
from tests.eval.report.runs import fatal, mixed, right, run_of, unanswerable, wrong


def test_questions_of_one_owner_item_and_cause_are_one_entry() -> None:
    found = mending_list(run_of([wrong("a"), wrong("b", stage="fact_missing"), right("c")]))
    assert len(found) == 1
    entry = found[0]
    assert (entry.owner, entry.item_id, entry.cause) == ("市场经营部", "biz-family", "检索")
    assert entry.questions == ("a", "b")
    assert entry.stages == ("wrong_facet", "fact_missing")
    assert entry.volume == 600.0
    assert entry.advice == "给条目补相似问法、别名或词典，再看排序"


def test_what_is_fatal_comes_first_and_is_due_sooner() -> None:
    first, *others = mending_list(mixed())
    assert first.fatal == ("price",)
    assert first.due == dt.date(2026, 11, 20) + dt.timedelta(days=FATAL_DAYS)
    assert {entry.due for entry in others} == {
        dt.date(2026, 11, 20) + dt.timedelta(days=OTHER_DAYS)
    }
    assert [entry.volume for entry in others] == sorted(
        (entry.volume for entry in others), reverse=True
    )


def test_without_a_starting_time_deadlines_count_from_the_day_of_the_knowledge() -> None:
    found = mending_list(run_of([wrong()], started_at=""))
    assert found[0].due == dt.date(2026, 11, 11)


def test_a_false_answer_names_the_item_that_should_not_have_answered() -> None:
    assert mending_list(run_of([unanswerable()]))[0].item_id == "biz-other"


def test_what_nobody_owns_and_no_item_answers_says_so() -> None:
    entry = mending_list(run_of([unanswerable(item_id="", owner="")]))[0]
    assert (entry.owner, entry.item) == (NO_OWNER, NO_ITEM)


def test_the_retest_command_asks_exactly_these_questions_and_survives_a_shell() -> None:
    run = run_of([wrong("a b"), wrong("$(rm)")], file="题 集.jsonl")
    assert mending_list(run)[0].retest == "zhiku eval run '题 集.jsonl' --only 'a b,$(rm)'"


def test_a_cause_of_another_version_has_no_advice() -> None:
    assert mending_list(run_of([wrong(cause="天气")]))[0].advice == ""


def test_a_row_is_chinese_and_leaves_room_to_write() -> None:
    row = mending_list(run_of([fatal()]))[0].row()
    assert row["丢在哪一步"] == "说了禁说的事实"
    assert row["致命错误"] == "资费或数量说错"
    assert row["建议期限"] == "2026-11-23"
    assert row["整改情况"] == row["复测结果"] == ""


def test_nothing_wrong_is_nothing_to_mend() -> None:
    assert mending_list(run_of([right()])) == []
