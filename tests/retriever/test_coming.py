from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpora.types import Audience, KnowledgeItem, SubLibrary
from corpora.versions import ItemVersion
from retriever.answer import Answer, NoteKind, Outcome
from retriever.coming import coming
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.types import Match
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item
from tests.retriever.knowledge import NEVER_SURE, MoodyEncoder, make_base

FIRST_DAY = dt.date(2026, 4, 1)
LAST_DAY = dt.date(2026, 5, 15)
QUESTION = "新春流量包怎么办理"
FAMILY = make_item("family", "亲情网", facets=[make_facet(official="成员之间通话。")])


def from_april(item: KnowledgeItem, last: dt.date = LAST_DAY) -> ItemVersion:
    dated = replace(item, effective_from=FIRST_DAY, effective_to=last)
    return make_held(dated, valid_from=FIRST_DAY, valid_to=last)


SPRING = make_item("spring", "新春流量包", SubLibrary.MARKETING)
PACK = from_april(SPRING)


def asked(
    root: Path,
    *held: KnowledgeItem | ItemVersion,
    question: str = QUESTION,
    wanted: Filter | None = None,
    broken: bool = False,
) -> Answer:
    encoder = MoodyEncoder(broken=broken)
    base = make_base(root, FAMILY, *held, encoder=encoder, calibration=dict(NEVER_SURE))
    return base.answer(question, wanted or make_filter())


def watched(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> list[Filter]:
    """The filters that vectors are scanned under from now on."""
    scans: list[Filter] = []
    searcher = base.retriever.searcher
    semantic = searcher.semantic

    def scan(vector: NDArray[np.float32], wanted: Filter, k: int) -> list[Match]:
        scans.append(wanted)
        return semantic(vector, wanted, k)

    monkeypatch.setattr(searcher, "semantic", scan)
    return scans


def test_an_item_that_answers_later_is_told_with_its_first_day(tmp_path: Path) -> None:
    answer = asked(tmp_path, PACK)
    assert answer.outcome is Outcome.UNKNOWN
    told = "“新春流量包”自2026年4月1日起才生效，还有31天，在此之前还不能办"
    assert [(note.kind, note.text, note.item_id) for note in answer.notes] == [
        (NoteKind.UPCOMING, told, "spring")
    ]
    assert "还没有生效" in answer.reason
    # what does not hold yet is told of, never shown nor read out
    assert [hit.item_id for hit in answer.nearest] == ["family"]
    assert "新春" not in answer.text


def test_an_item_that_holds_already_is_not_announced(tmp_path: Path) -> None:
    answer = asked(tmp_path, PACK, wanted=make_filter(FIRST_DAY))
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.notes == ()
    assert answer.nearest[0].item_id == "spring"


@pytest.mark.parametrize("question", ["红烧肉怎么炖", "亲情网怎么办理"])
def test_what_the_question_is_not_about_is_not_announced(tmp_path: Path, question: str) -> None:
    answer = asked(tmp_path, PACK, question=question)
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.notes == ()


@pytest.mark.parametrize(
    ("region", "told"), [("yj/yundu", True), ("yj/yundu/h01", True), ("yj/linhe", False)]
)
def test_only_what_will_hold_where_the_reader_is_is_announced(
    tmp_path: Path, region: str, told: bool
) -> None:
    local = from_april(make_item("spring", "新春流量包", region="yj/yundu"))
    answer = asked(tmp_path, local, wanted=make_filter(region=region))
    assert bool(answer.notes) is told


def test_only_what_the_reader_may_read_is_announced(tmp_path: Path) -> None:
    secret = make_facet(official="内部口径。", audience=Audience.INTERNAL)
    hidden = from_april(make_item("spring", "新春流量包", facets=[secret]))
    told = {
        audience: asked(tmp_path / audience, hidden, wanted=make_filter(audience=audience)).notes
        for audience in Audience
    }
    assert [len(told[audience]) for audience in Audience] == [0, 0, 1]


def test_customers_are_told_nothing_of_what_does_not_hold_yet(tmp_path: Path) -> None:
    answer = asked(tmp_path, PACK, wanted=make_filter(audience=Audience.CUSTOMER))
    assert answer.outcome is Outcome.UNKNOWN
    assert "新春" not in str(answer.to_json()["notes"]) + answer.reason


def test_only_what_is_in_the_libraries_that_are_asked_is_announced(tmp_path: Path) -> None:
    there = make_filter(libraries=[SubLibrary.BUSINESS])
    assert asked(tmp_path, PACK, wanted=there).notes == ()


def test_of_several_that_are_coming_the_one_that_is_asked_for_is_announced(tmp_path: Path) -> None:
    names = ("新春流量包", "新春充值抽奖", "毕业季流量包", "毕业季充值抽奖")
    packs = []
    for n, name in enumerate(names):
        first = TODAY + dt.timedelta(10 + 20 * n)
        item = replace(make_item(f"pack{n}", name), effective_from=first)
        packs.append(make_held(item, valid_from=first))
    for n, name in enumerate(names):
        answer = asked(tmp_path / str(n), *packs, question=f"{name}怎么办理")
        assert [note.item_id for note in answer.notes] == [f"pack{n}"]


@pytest.mark.parametrize("days", [1, 2, 40, 365, 366])
def test_what_holds_for_one_day_within_a_year_is_announced(tmp_path: Path, days: int) -> None:
    first = TODAY + dt.timedelta(days)
    held = make_held(replace(SPRING, effective_from=first), valid_from=first, valid_to=first)
    (note,) = asked(tmp_path, held).notes
    assert f"还有{days}天" in note.text


def test_what_begins_more_than_a_year_later_is_not_announced(tmp_path: Path) -> None:
    first = TODAY + dt.timedelta(367)
    held = make_held(replace(SPRING, effective_from=first), valid_from=first)
    assert asked(tmp_path, held).notes == ()


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("nearer", "told"), [(2, ["spring"]), (20, [])])
def test_what_begins_is_told_only_if_it_is_among_the_nearest(
    tmp_path: Path, nearer: int, told: list[str], *, broken: bool
) -> None:
    question = "新春流量"
    holding = [make_item(f"near{n}", question) for n in range(nearer)]
    base = make_base(tmp_path, *holding, PACK, encoder=MoodyEncoder(broken=broken))
    page = base.retriever.search(question, make_filter())
    note = coming(page, make_filter(), base.retriever.searcher, lambda _: "spring")
    assert [one.item_id for one in [note] if one] == told


def test_what_says_something_else_later_holds_already_and_is_not_announced(
    tmp_path: Path,
) -> None:
    now = make_held(SPRING, 1, valid_to=FIRST_DAY - dt.timedelta(1))
    changed = make_held(SPRING, 2, valid_from=FIRST_DAY)
    assert asked(tmp_path, now, changed).notes == ()


def test_items_that_change_do_not_crowd_out_the_one_that_begins(tmp_path: Path) -> None:
    question, before = "新春流量", FIRST_DAY - dt.timedelta(1)
    changing = [
        held
        for n in range(10)
        for item in (make_item(f"near{n}", question),)
        for held in (
            make_held(item, 1, valid_to=before),
            *(
                make_held(item, 2 + month, FIRST_DAY + dt.timedelta(30 * month), end)
                for month in range(8)
                for end in (FIRST_DAY + dt.timedelta(30 * month + 29),)
            ),
        )
    ]
    base = make_base(tmp_path, *changing, PACK)
    page = base.retriever.search(question, make_filter())
    note = coming(page, make_filter(), base.retriever.searcher, lambda _: "spring")
    assert note is not None


def test_where_nothing_begins_what_holds_is_not_scanned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = make_base(tmp_path, FAMILY, calibration=dict(NEVER_SURE))
    scans = watched(base, monkeypatch)
    assert base.answer("红烧肉怎么炖", make_filter()).outcome is Outcome.UNKNOWN
    assert [wanted.begins_by is not None for wanted in scans] == [False, True]


def test_a_code_that_will_be_known_is_announced(tmp_path: Path) -> None:
    coded = from_april(replace(make_item("spring", "新春流量包", codes=("XC2026",))))
    answer = asked(tmp_path, coded, question="XC2026")
    assert [note.item_id for note in answer.notes] == ["spring"]


def test_without_the_encoder_words_find_what_is_coming(tmp_path: Path) -> None:
    answer = asked(tmp_path, PACK, broken=True)
    assert answer.degraded == ("semantic",)
    assert [note.item_id for note in answer.notes] == ["spring"]
    assert answer.reason.startswith("语义检索暂时不可用")


def test_the_last_day_of_the_calendar_can_be_asked_for(tmp_path: Path) -> None:
    assert asked(tmp_path, PACK, wanted=make_filter(dt.date.max)).notes == ()


def test_a_question_that_is_answered_is_not_looked_ahead_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = make_base(tmp_path, FAMILY, PACK)
    scans = watched(base, monkeypatch)
    assert base.answer("亲情网怎么办理", make_filter()).outcome is Outcome.ANSWERED
    assert set(scans) == {make_filter()}
