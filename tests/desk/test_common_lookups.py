"""Common look-ups: read from a file, checked, kept in the store, and answered by the shipped knowledge."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from corpora.checks import check
from corpora.cli import SHIPPED
from corpora.knowledge import Knowledge
from corpora.loader import load
from corpora.lookups import CommonLookup, Lookups
from corpora.store import Store
from corpora.types import FieldError, Region, SubLibrary
from indexer.analyzer import Analyzer
from indexer.normalize import normalize

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
REGIONS = "- {path: yj, name: 云江省}\n- {path: yj/yundu, name: 云都市}\n"
ANYWHERE = (
    "怎么",
    "怎么办",
    "什么",
    "多少",
    "一个",
    "办理",
    "多久",
    "多少钱",
    "哪个",
    "处理",
    "的",
)


@cache
def shipped() -> Knowledge:
    return load(SHIPPED).knowledge


def problems(folder: Path, text: str) -> list[str]:
    (folder / "regions.yaml").write_text(REGIONS, encoding="utf-8")
    (folder / "lookups.yaml").write_text(text, encoding="utf-8")
    loaded = load(folder)
    found = [*loaded.problems, *check(loaded.knowledge, loaded.places)]
    return [str(one).removeprefix(f"{folder}/") for one in found]


def test_a_file_of_look_ups_is_read_in_its_order(tmp_path: Path) -> None:
    text = "- {query: 日包怎么开, title: 日包, libraries: [business]}\n- {query: 周末补卡, regions: [yj/yundu]}\n"
    assert problems(tmp_path, text) == []
    assert load(tmp_path).knowledge.lookups.entries == (
        CommonLookup("日包怎么开", "日包", (SubLibrary.BUSINESS,)),
        CommonLookup("周末补卡", regions=("yj/yundu",)),
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("- {query: ''}", "query: 问题是空的"),
        ("- {title: 日包}", "query: 缺少这个必填字段"),
        ("- {query: 日包, librarys: [business]}", "librarys: 没有这个字段"),
        (
            "- {query: 日包, libraries: [busines]}",
            "libraries[0]: 没有“busines”，是不是想写business",
        ),
        ("- {query: 日包, regions: [云都]}", "regions: 地区应写成yj"),
        ("- {query: 日包, regions: [yj/nowhere]}", "regions[0]: 没有地区 'yj/nowhere'"),
        ("- {query: " + "日" * 101 + "}", "query: 问题最多100个字"),
        ("- {query: 亲情网}", "query: “亲情网”写了两次"),
    ],
)
def test_what_is_wrong_with_a_look_up_is_told_with_its_line(
    tmp_path: Path, line: str, problem: str
) -> None:
    (found,) = problems(tmp_path, f"- {{query: 亲情网}}\n{line}\n")
    assert found.startswith(f"lookups.yaml:2: {problem}")


def test_a_look_up_is_offered_where_and_for_what_it_is_meant() -> None:
    local = CommonLookup("周末补卡", regions=("yj/yundu",), libraries=(SubLibrary.TECHNICAL,))
    assert [
        local.offered_in(region) for region in (None, Region("yj"), Region("yj/yundu/h01"))
    ] == [
        False,
        False,
        True,
    ]
    assert local.offered_for(())
    assert local.offered_for([SubLibrary.TECHNICAL])
    assert not local.offered_for([SubLibrary.BUSINESS])
    with pytest.raises(FieldError):
        CommonLookup(" ")


def test_look_ups_come_into_the_store_and_stay_where_a_source_has_none(engine: Engine) -> None:
    store = Store(engine)
    assert store.lookups() == Lookups()
    some = Lookups((CommonLookup("日包怎么开", "日包", (SubLibrary.BUSINESS,), ("yj",)),))
    report = store.import_knowledge(Knowledge(lookups=some), author="李工", recorded_at=NOW)
    assert report.assets.new == ("lookups",)
    store.import_knowledge(Knowledge(), author="李工", recorded_at=NOW)
    assert store.lookups() == some
    fewer = Lookups((CommonLookup("亲情网"),))
    report = store.import_knowledge(Knowledge(lookups=fewer), author="李工", recorded_at=NOW)
    assert report.assets.changed == ("lookups",)
    assert store.lookups() == fewer


def test_the_shipped_knowledge_has_twenty_look_ups_and_more() -> None:
    assert 20 <= len(shipped().lookups.entries) <= 40


@pytest.mark.parametrize(
    "lookup", load(SHIPPED / "lookups.yaml").knowledge.lookups.entries, ids=lambda one: one.query
)
def test_a_shipped_look_up_asks_for_something_that_is_there(lookup: CommonLookup) -> None:
    """All of its telling words stand in the title, the aliases and the known ways to ask of one item,
    in the libraries and the region that it is for.
    """
    analyzer = Analyzer(shipped().lexicon.words)
    asked = set(analyzer.words(normalize(lookup.query))) - set(ANYWHERE)
    place = Region(lookup.regions[0]) if lookup.regions else None
    for item in shipped().items:
        if item.region and (place is None or item.region.path not in place.lineage):
            continue
        if lookup.libraries and item.sub_library not in lookup.libraries:
            continue
        said = normalize("\n".join((item.title, *item.aliases, *(q for _, q in item.questions()))))
        if all(term in said for term in asked):
            return
    pytest.fail(f"nothing says {sorted(asked)}")
