"""Runs of FAQ sets: asked, judged, stopped at any moment and gone on with."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from corpora.regions import NamedRegion, Regions
from corpora.types import Audience, Facet, FacetKind, Region, Relation, RelationKind, SubLibrary
from eval.errors import FaqSetError, RunError, RunUnfinished, SystemBroken, SystemDown
from eval.faqset import Expectation, FaqSet, QuestionFilter
from eval.journal import NAME as UNFINISHED
from eval.run import Circumstances, digest_of, run_faqset, tasks_of
from eval.stored import FaqRun, read_run, write_run
from eval.systems.index import IndexSystem
from eval.systems.protocol import Asked, Opener, Reply
from retriever.answer import Outcome
from tests.conftest import REPOSITORY
from tests.eval.builders import (
    DAY,
    HashOpener,
    Scripted,
    answer_everything,
    make_answer,
    make_base,
    make_facet,
    make_item,
    make_question,
    make_questions,
    make_reply,
    make_set,
)

FAMILY = Expectation(Outcome.ANSWERED, ("biz-family",), FacetKind.CANCEL, ("QXQQW",))


# the product itself


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("base")
    tip = make_item(
        "tip-cancel",
        title="取消亲情网的提醒",
        sub_library=SubLibrary.TIPS,
        must_say=True,
        facets=(make_facet(FacetKind.WARNING, "取消后成员之间不再免费。"),),
    )
    items = [
        make_item(relations=(Relation(RelationKind.TIP, "tip-cancel"),)),
        make_item(
            "biz-pack",
            title="流量月包",
            facets=(make_facet(FacetKind.OVERVIEW, "流量月包当月有效，可以结转一次。"),),
        ),
        tip,
    ]
    make_base(made, items).close()
    return made


@pytest.fixture(scope="module")
def product(folder: Path) -> Iterator[IndexSystem]:
    opened = HashOpener(folder).open()
    yield opened
    opened.close()


def test_a_question_is_searched_answered_and_judged(product: IndexSystem) -> None:
    asked = make_question(FAMILY, question="亲情网怎么取消", library="business")

    run = run_faqset(make_set(asked), product)

    (verdict,) = run.verdicts
    assert verdict.checks == {
        "outcome": True,
        "item": True,
        "facet": True,
        "facts": True,
        "must_say": True,
    }
    assert verdict.ranked[0] == "biz-family"
    assert verdict.fatal == ()
    assert run.metrics["overall"]["measures"]["Hit@1"]["value"] == 1.0
    assert verdict.search_ms > 0.0
    assert verdict.answer_ms > 0.0


def test_the_must_say_tip_is_due_even_when_the_question_is_confined_to_a_library(
    product: IndexSystem,
) -> None:
    confined = QuestionFilter(libraries=(SubLibrary.BUSINESS,))
    asked = make_question(FAMILY, question="亲情网怎么取消", filters=confined)

    assert "must_say" in run_faqset(make_set(asked), product).verdicts[0].checks


def test_a_refused_question_is_a_wrong_one_and_does_not_stop_the_run(product: IndexSystem) -> None:
    questions = make_set(
        make_question(FAMILY, id="long", question="问" * 501),
        make_question(FAMILY, question="亲情网怎么取消"),
    )

    run = run_faqset(questions, product)

    assert [verdict.outcome for verdict in run.verdicts] == ["error", "answered"]
    assert run.metrics["errors"] == 1


def test_the_index_that_was_measured_is_described(product: IndexSystem, folder: Path) -> None:
    described = run_faqset(make_set(make_question()), product).setting["system"]

    assert described["kind"] == "index"
    assert described["index"]["version"] == (folder / "index" / "CURRENT").read_text().strip()
    assert described["index"]["encoder_fingerprint"] == "hash-bigrams-64-1"
    assert described["constants"]["fingerprint"] == "test"


def test_an_item_is_shown_whole_whatever_the_question_was_confined_to(
    product: IndexSystem,
) -> None:
    wanted = replace(
        tasks_of(make_set(make_question()), product.regions, DAY)[0].asked.wanted,
        audience=Audience.CUSTOMER,
        libraries=frozenset({SubLibrary.CASES}),
    )

    shown = product.item("tip-cancel", wanted)

    assert shown is not None
    assert shown["must_say"]
    assert shown["facets"][0]["official"] == "取消后成员之间不再免费。"
    assert product.item("gone", wanted) is None
    assert product.item("tip-cancel", wanted) is shown


def test_an_internal_facet_is_not_an_answer_for_customers(tmp_path: Path) -> None:
    secret = Facet(FacetKind.RULES, "内部审批权限为每月50元", audience=Audience.INTERNAL)
    base = make_base(tmp_path, [make_item("biz-secret", title="内部审批权限", facets=(secret,))])
    opened = IndexSystem(answer_everything(base))
    asked = make_question(
        Expectation(Outcome.UNKNOWN),
        question="内部审批权限是多少",
        filters=QuestionFilter(audience=Audience.CUSTOMER),
    )
    try:
        assert run_faqset(make_set(asked), opened).verdicts[0].right
    finally:
        opened.close()


def untimed(run: FaqRun) -> Any:
    """What must be the same however often and however a run is done."""
    rows = [replace(verdict, search_ms=0.0, answer_ms=0.0) for verdict in run.verdicts]
    setting = {k: v for k, v in run.setting.items() if k not in ("workers", "resumed")}
    return rows, {k: v for k, v in run.metrics.items() if k != "latency_ms"}, setting


@pytest.mark.slow
def test_processes_find_what_one_process_finds(product: IndexSystem, folder: Path) -> None:
    words = ["亲情网怎么取消", "流量月包怎么用", "亲情网多少钱", "今天天气怎么样", "问" * 501]
    questions = make_set(
        *(make_question(FAMILY, id=f"q{n}", question=words[n % 5], line=n) for n in range(20))
    )

    alone = run_faqset(questions, product)
    together = run_faqset(questions, product, opener=HashOpener(folder), workers=2)

    assert untimed(together) == untimed(alone)
    assert together.setting["workers"] == 2


# what is asked


def test_filters_come_from_the_question_and_the_date_from_the_set() -> None:
    own = QuestionFilter((SubLibrary.TIPS,), "yj", Audience.CUSTOMER, dt.date(2027, 1, 1))
    questions = make_set(make_question(), make_question(id="q2", filters=own))
    plain, dated = (task.asked.wanted for task in tasks_of(questions, Regions(), DAY))

    assert (plain.as_of, plain.audience, plain.libraries) == (DAY, Audience.AGENT, frozenset())
    assert plain.region is None
    assert (dated.as_of, dated.audience) == (dt.date(2027, 1, 1), Audience.CUSTOMER)
    assert dated.libraries == {SubLibrary.TIPS}
    assert dated.region == Region("yj")


REGIONS = Regions(
    (
        NamedRegion("yj", "云江省"),
        NamedRegion("yj/yundu", "云都市"),
        NamedRegion("yj/yundu/h1", "厅"),
    )
)


@pytest.mark.parametrize(
    ("region", "city"), [("", ""), ("yj", ""), ("yj/yundu", "云都市"), ("厅", "云都市")]
)
def test_a_question_belongs_to_the_city_in_which_it_is_asked(region: str, city: str) -> None:
    asked = make_set(make_question(filters=QuestionFilter(region=region)))

    assert run_faqset(asked, Scripted(regions=REGIONS)).verdicts[0].city == city


def test_every_unknown_region_is_named_by_line_before_anything_is_asked(tmp_path: Path) -> None:
    questions = make_set(
        make_question(id="q1", line=2),
        make_question(id="q2", filters=QuestionFilter(region="nowhere"), line=7),
        make_question(id="q3", filters=QuestionFilter(region="UP/DOWN"), line=9),
    )
    for system in (Scripted(regions=REGIONS), Scripted()):
        with pytest.raises(FaqSetError, match=r"f\.jsonl:9: filters\.region"):
            run_faqset(questions, system, folder=tmp_path / "out")
        assert system.asked == []
    assert not (tmp_path / "out").exists()


def test_an_id_that_two_questions_have_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    system = Scripted()
    questions = make_set(make_question(line=2), make_question(question="另一问", line=3))

    with pytest.raises(FaqSetError, match=r"f\.jsonl:3: id: 'q1' 与第 2 行重复"):
        run_faqset(questions, system, folder=tmp_path / "out")

    assert system.asked == []
    assert not (tmp_path / "out").exists()


def test_the_setting_says_when_with_which_code_and_how_it_was_run() -> None:
    given = Circumstances("2026-11-01T08:00:00", {"commit": "df014b1"})
    run = run_faqset(make_set(make_question()), Scripted(), circumstances=given)

    setting = run.setting
    assert (setting["started_at"], setting["code"]) == (given.started_at, {"commit": "df014b1"})
    assert (setting["faqset"], setting["questions"], setting["as_of"]) == (
        "小题集",
        1,
        "2026-11-01",
    )
    assert (setting["workers"], setting["resumed"]) == (1, 0)
    later = run_faqset(make_set(make_question()), Scripted(), as_of=dt.date(2026, 12, 1))
    assert later.setting["as_of"] == "2026-12-01"


def test_a_digest_follows_what_is_asked_and_expected_and_nothing_else() -> None:
    question = make_question(line=2)
    digest = digest_of([question])

    assert digest_of([replace(question, line=5)]) == digest
    changed: list[dict[str, Any]] = [
        {"question": "另一问"},
        {"expect": FAMILY},
        {"weight": 2.0},
        {"group": "g"},
        {"filters": QuestionFilter(region="yj")},
    ]
    for changes in changed:
        assert digest_of([replace(question, **changes)]) != digest
    assert digest_of([question, question]) != digest


# a run that is stopped

QUESTIONS = 40


def numbered() -> FaqSet:
    """Forty questions, some of which nothing answers, some near-duplicates."""
    none = Expectation(Outcome.UNKNOWN)
    asked = [
        replace(question, expect=none if n % 5 == 0 else question.expect, group=f"g{n % 30}")
        for n, question in enumerate(make_questions(QUESTIONS))
    ]
    return make_set(*asked)


def texts(first: int = 1, last: int = QUESTIONS) -> list[str]:
    return [f"第{n}问" for n in range(first, last + 1)]


def reply_to(text: str) -> Reply:
    """Right, wrong or silent, and never quite as sure as for another question."""
    n = int(text[1:-1])
    outcome = Outcome.UNKNOWN if n % 7 == 0 else Outcome.ANSWERED
    ranked = ["biz-family", "x"] if n % 3 else ["x", "biz-family"]
    return make_reply(make_answer(outcome), ranked, confidence=1 / n)


@dataclass
class Logged(Scripted):
    """Logs each question that it has answered; says so and waits where it is to be stuck."""

    opener: LoggedOpener = field(kw_only=True)

    def ask(self, asked: Asked) -> Reply:
        opener = self.opener
        if asked.text == opener.down_at:
            raise SystemDown("连不上 10.0.0.8")
        if asked.text == opener.dies_at:
            os._exit(3)
        if asked.text == opener.stuck_at:
            opener.log.with_suffix(".stuck").touch()
            time.sleep(120)
        time.sleep(0.002)
        with opener.log.open("a", encoding="utf-8") as log:
            log.write(f"{asked.text}\n")
        return reply_to(asked.text)


@dataclass(frozen=True)
class LoggedOpener:
    """Opens a ``Logged`` system, also in another process; ``log`` is shared by all of them."""

    log: Path
    in_processes: bool = False
    down_at: str = ""
    stuck_at: str = ""
    dies_at: str = ""

    def open(self) -> Logged:
        with self.log.with_suffix(".pids").open("a", encoding="utf-8") as pids:
            pids.write(f"{os.getpid()}\n")
        return Logged(opener=self)

    def answered(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []


def run_of(opener: LoggedOpener, workers: int = 1, folder: Path | None = None) -> FaqRun:
    return run_faqset(numbered(), opener.open(), opener=opener, workers=workers, folder=folder)


def journalled(folder: Path) -> list[str]:
    lines = (folder / UNFINISHED).read_bytes().split(b"\n")[1:-1]
    return [orjson.loads(line)["question"]["question"] for line in lines]


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


@pytest.mark.slow
def test_a_process_that_dies_stops_the_run_and_keeps_the_rest(tmp_path: Path) -> None:
    # the first sixteen questions are handed to the other process
    opener = LoggedOpener(tmp_path / "log", True, dies_at="第7问")
    out = tmp_path / "out"

    with pytest.raises(RunUnfinished, match="评测进程意外结束") as caught:
        run_of(opener, 2, out)

    assert {"q7", "q16"} <= set(caught.value.missing)
    assert len(journalled(out)) == QUESTIONS - len(caught.value.missing) >= 8
    assert untimed(run_of(replace(opener, dies_at=""), 2, out)) == untimed(
        run_of(LoggedOpener(tmp_path / "other"))
    )


@dataclass(frozen=True)
class Unopenable:
    in_processes: bool = True

    def open(self) -> Scripted:
        raise SystemBroken("索引版本 v-1 没有了")


@pytest.mark.slow
def test_a_system_that_a_process_cannot_open_says_why() -> None:
    opener: Opener = Unopenable()

    with pytest.raises(SystemBroken, match="索引版本 v-1 没有了"):
        run_faqset(numbered(), Scripted(), opener=opener, workers=2)


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


def test_a_reply_that_is_no_answer_object_is_a_broken_system() -> None:
    broken = Reply(("biz-family",), 1.0, {"answer": "每月5元"})

    with pytest.raises(SystemBroken, match="outcome"):
        run_faqset(make_set(make_question()), Scripted({"亲情网": broken}))


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


# a run whose process is killed

CHILD = """
import sys
from pathlib import Path
from tests.eval.test_run import LoggedOpener, run_of
root, in_processes, workers = Path(sys.argv[1]), sys.argv[2] == "True", int(sys.argv[3])
run_of(LoggedOpener(root / "log", in_processes, stuck_at=sys.argv[4]), workers, root / "out")
"""


def eventually(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("in_processes", "workers", "stuck", "kept"),
    [
        pytest.param(False, 1, "第20问", 19, id="one after the other"),
        pytest.param(False, 3, "第20问", 39, id="in threads"),
        # the other process has 1 to 16 and hands eight back together: 9 to 16 are missing
        pytest.param(True, 2, "第12问", 32, id="in processes"),
    ],
)
def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, in_processes: bool, workers: int, stuck: str, kept: int
) -> None:
    out, opener = tmp_path / "out", LoggedOpener(tmp_path / "log", in_processes)
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(in_processes), str(workers), stuck]
    child = subprocess.Popen(command, cwd=REPOSITORY)
    try:
        eventually(lambda: opener.log.with_suffix(".stuck").exists())
        eventually(lambda: (out / UNFINISHED).exists() and len(journalled(out)) == kept)
        assert child.poll() is None
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    # nobody waits for ever for a parent that is gone
    pids = [int(pid) for pid in opener.log.with_suffix(".pids").read_text().split()]
    eventually(lambda: not any(map(is_alive, pids)), seconds=30.0)

    undisturbed = run_of(LoggedOpener(tmp_path / "other"))
    before = journalled(out)
    resumed = run_of(opener, workers, out)

    assert resumed.setting["resumed"] == kept
    assert resumed.verdicts == undisturbed.verdicts
    assert resumed.metrics == undisturbed.metrics
    twice = {text for text in texts() if opener.answered().count(text) > 1}
    assert not twice & set(before)
    assert twice == (set(texts(9, 11)) if in_processes else set())
