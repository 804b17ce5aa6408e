"""A run that is stopped keeps what was answered, and the same command goes on with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.errors import RunError, RunUnfinished, SystemBroken, SystemDown
from eval.journal import NAME as UNFINISHED
from eval.run import run_faqset
from eval.stored import read_run, write_run
from eval.systems.protocol import Asked, Reply
from tests.eval.builders import (
    QUESTIONS,
    LoggedOpener,
    Scripted,
    journalled,
    make_questions,
    make_set,
    numbered,
    run_of,
    texts,
    untimed,
)

HOW = [
    pytest.param(False, 1, id="one after the other"),
    pytest.param(False, 3, id="in threads"),
    pytest.param(True, 2, id="in processes", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("in_processes", "workers"), HOW)
def test_however_it_is_run_the_figures_are_the_same(
    tmp_path: Path, in_processes: bool, workers: int
) -> None:
    opener = LoggedOpener(tmp_path / "log", in_processes)

    run = run_of(opener, workers)

    assert run.verdicts == run_of(LoggedOpener(tmp_path / "again")).verdicts
    assert [verdict.question.question for verdict in run.verdicts] == texts()
    assert sorted(opener.answered()) == sorted(texts())


@pytest.mark.parametrize(("in_processes", "workers"), HOW)
def test_a_system_that_goes_away_loses_nothing_that_it_answered(
    tmp_path: Path, in_processes: bool, workers: int
) -> None:
    opener = LoggedOpener(tmp_path / "log", in_processes, down_at="第20问")
    out = tmp_path / "out"

    with pytest.raises(RunUnfinished) as caught:
        run_of(opener, workers, out)

    answered = opener.answered()
    assert len(answered) >= 16
    assert sorted(journalled(out)) == sorted(answered)
    left = [f"q{n}" for n in range(1, QUESTIONS + 1) if f"第{n}问" not in answered]
    assert list(caught.value.missing) == left
    named = "、".join(left[:5]) + ("……" if len(left) > 5 else "")
    assert str(caught.value) == (
        f"连不上 10.0.0.8；评测停在 {len(answered)}/40 题，还缺 {len(left)} 题（{named}）；"
        f"问过的保存在 {out}，用同样的命令可以接着做"
    )

    undisturbed = run_of(LoggedOpener(tmp_path / "other"))
    resumed = run_of(replace(opener, down_at=""), workers, out)

    assert sorted(opener.answered()) == sorted(texts())  # each of them once
    assert untimed(resumed) == untimed(undisturbed)
    assert resumed.metrics == undisturbed.metrics
    assert resumed.setting["resumed"] == len(answered)
    write_run(resumed, out)
    assert read_run(out) == resumed


def test_without_a_folder_nothing_is_kept_and_the_message_says_how_it_would_be(
    tmp_path: Path,
) -> None:
    opener = LoggedOpener(tmp_path / "log", down_at="第38问")

    with pytest.raises(RunUnfinished, match=r"还缺 3 题（q38、q39、q40）；没有给 --out"):
        run_of(opener)
    assert not (tmp_path / "out").exists()


def test_after_a_system_has_gone_nothing_more_is_handed_out(tmp_path: Path) -> None:
    opener = LoggedOpener(tmp_path / "log", down_at="第1问")

    with pytest.raises(RunUnfinished):
        run_of(opener, workers=2)

    assert len(opener.answered()) < 10


@dataclass
class Interrupting(Scripted):
    def ask(self, asked: Asked) -> Reply:
        if asked.text == "第5问":
            raise KeyboardInterrupt
        return super().ask(asked)


def test_an_interrupted_run_says_what_is_missing_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(RunUnfinished, match=r"^被中断；评测停在 4/40 题，还缺 36 题（q5、"):
        run_faqset(numbered(), Interrupting(), folder=tmp_path)

    system = Scripted()
    run_faqset(numbered(), system, folder=tmp_path)
    assert system.asked == texts(5)


@pytest.mark.parametrize("error", [SystemBroken("不是答案对象"), ValueError("a bug")])
def test_any_other_error_is_raised_as_it_is_and_keeps_what_was_asked(
    tmp_path: Path, error: Exception
) -> None:
    with pytest.raises(type(error), match=str(error)):
        run_faqset(numbered(), Scripted({"第9问": error}), folder=tmp_path)

    assert journalled(tmp_path) == texts(1, 8)


def test_progress_counts_what_is_known_already(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(RunUnfinished):
        run_of(LoggedOpener(tmp_path / "log", down_at="第39问"), folder=tmp_path / "out")

    run_faqset(numbered(), Scripted(), folder=tmp_path / "out", progress=lambda *n: told.append(n))

    assert told == [(38, 40), (39, 40), (40, 40)]


def unfinished(folder: Path) -> None:
    with pytest.raises(RunUnfinished):
        run_faqset(numbered(), Scripted({"第3问": SystemDown("停机")}), folder=folder)


CHANGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda out: run_faqset(numbered(), Scripted(name="other"), folder=out), "system"),
    (
        lambda out: run_faqset(numbered(), Scripted(), folder=out, as_of=dt.date(2026, 12, 1)),
        "as_of",
    ),
    (
        lambda out: run_faqset(make_set(*make_questions(QUESTIONS)), Scripted(), folder=out),
        "digest",
    ),
    (
        lambda out: run_faqset(replace(numbered(), name="大题集"), Scripted(), folder=out),
        "faqset",
    ),
]


@pytest.mark.parametrize(("other", "differing"), CHANGES, ids=[name for _, name in CHANGES])
def test_another_run_does_not_go_on_with_this_one(
    tmp_path: Path, other: Callable[[Path], object], differing: str
) -> None:
    unfinished(tmp_path)

    with pytest.raises(RunError, match=f"不同之处：{differing}）.*--restart"):
        other(tmp_path)
    assert journalled(tmp_path) == texts(1, 2)


def test_a_restart_asks_everything_anew(tmp_path: Path) -> None:
    unfinished(tmp_path)
    system = Scripted(name="other")

    run = run_faqset(numbered(), system, folder=tmp_path, restart=True)

    assert system.asked == texts()
    assert run.setting["resumed"] == 0


def test_a_row_that_cannot_be_read_back_says_so_instead_of_being_counted(tmp_path: Path) -> None:
    unfinished(tmp_path)
    path = tmp_path / UNFINISHED
    path.write_bytes(path.read_bytes().replace(b'"ranked":["biz-family"]', b'"ranked":5', 1))

    with pytest.raises(RunError, match="题 q1 的结果读不出来"):
        run_faqset(numbered(), Scripted(), folder=tmp_path)


def test_a_question_that_moved_to_another_line_is_not_asked_again(tmp_path: Path) -> None:
    unfinished(tmp_path)
    moved = make_set(*(replace(q, line=q.line + 1) for q in numbered().questions))

    system = Scripted()
    run = run_faqset(moved, system, folder=tmp_path)

    assert system.asked == texts(3)
    assert [verdict.question.line for verdict in run.verdicts] == list(range(3, QUESTIONS + 3))
