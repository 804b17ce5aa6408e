"""Items → workbook → items: nothing is lost, nothing is changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.cleaning import cleaned
from corpora.regions import Regions
from corpora.sheets.assembly import Registers
from corpora.sheets.export import ExportError, write_items
from corpora.types import (
    Action,
    ActionKind,
    Attachment,
    Audience,
    Channel,
    Code,
    DataAllowance,
    DataKind,
    Device,
    DeviceKind,
    Facet,
    FacetKind,
    FirstMonth,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SaleStatus,
    SubLibrary,
    Tariff,
)
from tests.builders import make_facet, make_item
from tests.corpora.sheets.books import read
from tests.corpora.shipped import shipped_knowledge

_CHARACTERS = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn", "Co"),
    exclude_characters="|_",
)
_PLAIN = st.text(_CHARACTERS, min_size=1, max_size=12)
TEXT = st.lists(st.lists(_PLAIN, min_size=1, max_size=2).map(" ".join), min_size=1, max_size=2).map(
    "\n".join
)
LINE = st.lists(_PLAIN, min_size=1, max_size=2).map(" ".join)
TRICKY = st.sampled_from(
    [
        "=1+1",
        "#N/A",
        "TRUE",
        "007",
        "2026-12-01",
        "1e5",
        "'10086",
        "+86",
        "@x",
        "甲、乙",
        "a,b；c",
        "-1",
    ]
)
WORDS = LINE | TRICKY
ID = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
BOSS = st.from_regex(r"[A-Za-z0-9_-]{2,12}", fullmatch=True)
DAY = st.dates(dt.date(1890, 1, 1), dt.date(2120, 1, 1))
NUMBER = st.integers(0, 10**16)
AMOUNT = (
    st.decimals(0, 10**6, places=2) | st.integers(0, 10**18).map(Decimal) | st.just(Decimal("0.15"))
)


def some(part: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(part, max_size=3).map(tuple)


@st.composite
def facets(draw: st.DrawFn) -> Facet:
    audience = draw(st.sampled_from(Audience))
    customer = draw(TEXT | TRICKY) if audience is Audience.CUSTOMER else ""
    return Facet(
        draw(st.sampled_from(FacetKind)),
        draw(TEXT | TRICKY),
        customer,
        draw(some(WORDS)),
        audience,
        draw(some(WORDS)),
    )


TARIFFS = st.builds(
    Tariff,
    price_book=st.just("") | BOSS,
    monthly_fee=st.none() | AMOUNT,
    data=some(st.builds(DataAllowance, st.sampled_from(DataKind), st.decimals(0, 1000, places=1), st.booleans())),
    voice_minutes=st.none() | NUMBER,
    first_month=st.none() | st.sampled_from(FirstMonth),
    penalty_rate=st.none() | st.decimals(0, 1, places=3),
)  # fmt: skip
DEVICES = st.builds(
    Device,
    st.sampled_from(DeviceKind),
    network=st.just("") | LINE,
    screen_inches=st.none() | AMOUNT,
    sim_slots=st.none() | st.integers(0, 9),
    esim=st.none() | st.booleans(),
    wifi=st.just("") | LINE,
)
ACTIONS = st.builds(
    Action, st.sampled_from(ActionKind), st.sampled_from([c for c in Channel if c is not Channel.SMS]), WORDS, WORDS
) | st.just(Action(ActionKind.OPEN, Channel.SMS, "短信", "KTLLB10@10086"))  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> KnowledgeItem:
    start, end = draw(st.none() | DAY), draw(st.none() | DAY)
    if start and end and end < start:
        start, end = end, start
    own = draw(ID)
    region = draw(st.none() | st.just(Region("yj/yundu")))
    return KnowledgeItem(
        id=own,
        title=draw(WORDS),
        sub_library=draw(st.sampled_from(SubLibrary)),
        facets=tuple(draw(st.lists(facets(), min_size=1, max_size=4))),
        similar_questions=draw(some(WORDS)),
        aliases=draw(some(WORDS)),
        codes=draw(some(st.builds(Code, st.sampled_from(["boss", "marketing", "crm"]), BOSS))),
        screens=draw(some(BOSS)),
        sale_status=draw(st.sampled_from(SaleStatus)),
        effective_from=start,
        effective_to=end,
        at_end=draw(st.just("") | TEXT),
        region=region,
        variant_of=draw(ID.filter(lambda other: other != own)) if region else "",
        brands=draw(some(WORDS)),
        suited_to=draw(st.just("") | TEXT),
        excludes=draw(some(ID)),
        requires=draw(some(ID)),
        owner=draw(st.just("") | WORDS),
        filing_number=draw(st.just("") | WORDS),
        weight=draw(st.integers(1, 10**9)),
        tariff=draw(st.none() | TARIFFS),
        device=draw(st.none() | DEVICES),
        errors=draw(some(BOSS)),
        actions=draw(some(ACTIONS)),
        relations=draw(some(st.builds(Relation, st.sampled_from(RelationKind), ID))),
        templates=draw(some(ID)),
        attachments=draw(some(st.builds(Attachment, LINE, LINE, LINE))),
        must_say=draw(st.booleans()),
        tags=draw(some(WORDS)),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(items(), min_size=1, max_size=3, unique_by=lambda item: item.id))
def test_a_workbook_gives_back_the_items_that_were_written(written: list[KnowledgeItem]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items.xlsx"
        assert write_items(written, path) == len(written)
        found = read(path)
    assert found.errors == []
    assert found.items == written


@pytest.mark.slow
def test_the_shipped_knowledge_comes_back_as_it_is_cleaning_included(tmp_path: Path) -> None:
    knowledge = shipped_knowledge()
    path = tmp_path / "items.xlsx"
    write_items(knowledge.items, path)
    found = read(path, registers=Registers(knowledge.regions, {}), clean=cleaned)
    assert found.errors == []
    assert {i.id: i for i in found.items} == {i.id: i for i in knowledge.items}


def test_an_empty_register_takes_regions_as_they_are(tmp_path: Path) -> None:
    item = make_item(region="yj/yundu")
    write_items([item], tmp_path / "items.xlsx")
    found = read(tmp_path / "items.xlsx", registers=Registers(Regions(), {}))
    assert found.only.region == item.region


@pytest.mark.parametrize(
    "item",
    [
        make_item(title="标题 "),
        make_item(title="控\x07制"),
        make_item(similar_questions=("一行\n两行",)),
        make_item(facets=[make_facet(questions=("一行\n两行",))]),
        make_item(facets=[make_facet(questions=("前后有空格 ",))]),
        make_item(facets=[make_facet(official="_x0041_")]),
        make_item(facets=[make_facet(official="长" * 40_000)]),
    ],
)
def test_what_a_cell_would_change_is_refused_and_no_file_is_written(
    tmp_path: Path, item: KnowledgeItem
) -> None:
    path = tmp_path / "items.xlsx"
    with pytest.raises(ExportError, match=item.id):
        write_items([item, make_item("biz-other")], path)
    assert list(tmp_path.iterdir()) == []
