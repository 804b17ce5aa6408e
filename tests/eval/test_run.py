"""Runs of FAQ sets: what is asked, of whom, and how it is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora.regions import NamedRegion, Regions
from corpora.types import Audience, Facet, FacetKind, Region, Relation, RelationKind, SubLibrary
from eval.errors import FaqSetError, SystemBroken
from eval.faqset import Expectation, QuestionFilter
from eval.run import Circumstances, digest_of, run_faqset, tasks_of
from eval.systems.index import IndexSystem
from eval.systems.protocol import Reply
from retriever.answer import Outcome
from tests.eval.builders import (
    DAY,
    HashOpener,
    Scripted,
    answer_everything,
    make_base,
    make_facet,
    make_item,
    make_question,
    make_set,
    untimed,
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


def test_a_reply_that_is_no_answer_object_is_a_broken_system() -> None:
    broken = Reply(("biz-family",), 1.0, {"answer": "每月5元"})

    with pytest.raises(SystemBroken, match="outcome"):
        run_faqset(make_set(make_question()), Scripted({"亲情网": broken}))
