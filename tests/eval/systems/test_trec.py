"""TREC run files: looked up by question, and every bad line named."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import pytest

from eval.errors import FaqSetError, SystemBroken
from eval.faqset import load
from eval.run import run_faqset
from eval.systems.protocol import Asked
from eval.systems.trec import TrecOpener
from retriever.filters import Filter
from tests.eval.builders import faq_line, write_faqset

DAY = dt.date(2026, 11, 1)
QUESTIONS = [
    faq_line(),
    faq_line(id="q2", question="宽带怎么装", expect={"items": ["biz-broadband"]}),
    faq_line(id="q3", filters={"library": ["tips"], "audience": "customer", "region": "yj"}),
    faq_line(id="q4", filters={"as_of": "2026-12-01"}),
]
RUN = """\
q1 Q0 biz-other 2 1.5 tag
q1 Q0 biz-family 1 2.5 tag
q1\tQ0\tbiz-third\t3\t-1e-3\ttag

q3 Q0 tip-a 0 1 tag
q3 Q0 tip-b 0 7 tag
q4 Q0 biz-later 1 1 tag
"""


def opener(folder: Path, run: str = RUN) -> TrecOpener:
    (folder / "bm25.run").write_text(run, encoding="utf-8")
    return TrecOpener(folder / "bm25.run", write_faqset(folder / "f.jsonl", QUESTIONS))


def test_the_highest_score_is_first_whatever_the_order_of_lines(tmp_path: Path) -> None:
    asked = Asked("亲情网怎么取消", Filter(DAY), 2, "q1")

    assert opener(tmp_path).open().ask(asked).ranked == ("biz-family", "biz-other")


def test_questions_of_the_same_words_are_told_apart(tmp_path: Path) -> None:
    system = opener(tmp_path).open()
    run = run_faqset(load(tmp_path / "f.jsonl"), system)
    ranked = {verdict.question.id: verdict.ranked for verdict in run.verdicts}

    assert ranked["q1"][0] == "biz-family"
    assert ranked["q2"] == ()
    assert ranked["q3"] == ("tip-b", "tip-a")
    assert ranked["q4"] == ("biz-later",)
    assert run.setting["system"]["name"] == "bm25.run"


def test_a_set_may_be_asked_for_another_day(tmp_path: Path) -> None:
    opened = opener(tmp_path)
    run = run_faqset(load(opened.faqset), opened.open(), as_of=dt.date(2027, 1, 1))

    assert run.verdicts[0].ranked[0] == "biz-family"


def test_ids_that_our_own_export_encoded_are_found_again(tmp_path: Path) -> None:
    (tmp_path / "own.run").write_text("q%201 Q0 a%25b 1 1 t\n", encoding="utf-8")
    faqset = write_faqset(tmp_path / "f.jsonl", [faq_line(id="q 1")])
    asked = Asked("亲情网怎么取消", Filter(DAY), 9, "q 1")

    assert TrecOpener(tmp_path / "own.run", faqset).open().ask(asked).ranked == ("a%b",)


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    run = "\n".join(
        [
            "q1 Q0 a 1 2.0 t",
            "q1 Q0 b 2 1.0",
            "q9 Q0 a 1 1 t",
            "q1 Q0 c x 1 t",
            "q1 Q0 d 3 nan t",
            "q1 Q0 e 3 high t",
            "q1 Q0 a 4 0.5 t",
        ]
    )
    with pytest.raises(SystemBroken) as caught:
        opener(tmp_path, run).open()

    file = tmp_path / "bm25.run"
    assert str(caught.value).split("\n") == [
        f"{file}:2: 整行: 应是 6 列 qid Q0 item rank score tag，现在是 5 列",
        f"{file}:3: qid: 题集里没有题 q9",
        f"{file}:4: rank: 'x' 不是整数",
        f"{file}:5: score: 'nan' 不是数",
        f"{file}:6: score: 'high' 不是数",
        f"{file}:7: item: a 在第 1 行已经有了",
    ]


def test_scores_that_are_distances_are_noticed(tmp_path: Path) -> None:
    run = "q1 Q0 near 1 0.1 t\nq1 Q0 far 2 0.9 t\n"

    with pytest.raises(SystemBroken, match=r"bm25\.run:1: score: 题 q1 .+score 应越大越好"):
        opener(tmp_path, run).open()


def test_equal_scores_are_ordered_by_rank(tmp_path: Path) -> None:
    run = "q1 Q0 b 2 1 t\nq1 Q0 c 1 1 t\n"

    assert opener(tmp_path, run).open().ask(
        Asked("亲情网怎么取消", Filter(DAY), 9, "q1")
    ).ranked == (
        "c",
        "b",
    )


@pytest.mark.parametrize(("run", "told"), [("", "是空的"), ("\n\n", "是空的")])
def test_an_empty_file_is_refused(tmp_path: Path, run: str, told: str) -> None:
    with pytest.raises(SystemBroken, match=told):
        opener(tmp_path, run).open()


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    known = opener(tmp_path)
    with pytest.raises(SystemBroken, match=r"none\.run:1: 文件: 读不出来"):
        TrecOpener(tmp_path / "none.run", known.faqset).open()
    with pytest.raises(FaqSetError, match="不存在"):
        TrecOpener(known.path, tmp_path / "none.jsonl").open()


def test_a_description_changes_with_the_file_and_an_opener_is_a_plain_value(tmp_path: Path) -> None:
    first = opener(tmp_path)
    about = first.open().describe()
    first.path.write_text("q1 Q0 other 1 1 t\n", encoding="utf-8")

    assert first.open().describe()["fingerprint"] != about["fingerprint"]
    assert str(tmp_path) not in str(about)
    assert pickle.loads(pickle.dumps(first)) == first
