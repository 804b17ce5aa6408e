"""Checks of what arrives: with the store around it, and of very many items in little memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora import arrivals
from corpora.arrivals import ACROSS, ALONE, Surroundings, check_arrivals
from corpora.checks import CHECKS
from corpora.knowledge import Knowledge
from corpora.sheets.findings import Findings
from corpora.sheets.staging import Staging
from corpora.source import Problem, Severity
from corpora.standing import Standing
from corpora.store import Store
from corpora.types import KnowledgeItem, Relation, RelationKind, SubLibrary
from tests.builders import make_facet, make_item

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def arriving(item_id: str, title: str = "流量月包", **fields: Any) -> KnowledgeItem:
    return make_item(item_id, title, facets=[make_facet()], **fields)


def found(
    items: Sequence[KnowledgeItem], url: str = "sqlite:////nowhere/at/all.db"
) -> set[tuple[str, str]]:
    """Where the errors stand: item and field."""
    findings = Findings()

    def locate(item_id: str, path: str, problem: str, severity: Severity) -> Problem:
        return Problem(item_id, 1, path, problem, severity)

    with Staging() as staging, Standing.open(url) as standing:
        for item in items:
            staging.add_item(item, None)
        around = Surroundings(standing, Knowledge())
        check_arrivals(staging, around, findings, locate, lambda step, done, total: None)
    return {(problem.file, problem.field) for problem in findings.errors}


@pytest.fixture(params=[2_000, 0], ids=["together", "by itself"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "CHECKED_TOGETHER", request.param)


def test_the_checks_that_are_named_exist() -> None:
    names = {check.__name__ for check in CHECKS}
    assert names >= ALONE | ACROSS
    assert not ALONE & ACROSS


@pytest.mark.usefixtures("way")
def test_both_ways_find_the_errors_of_and_between_items() -> None:
    broken = [
        replace(arriving("a"), excludes=("nobody",), templates=("no-template",)),
        replace(arriving("b", codes=("X1",)), requires=("b",)),
        arriving("c", codes=("X1",)),
        arriving("d", "拨打13912345678"),
        replace(arriving("e"), relations=(Relation(RelationKind.TIP, "a"),)),
        arriving("f", sub_library=SubLibrary.TIPS, region="yj", variant_of="a"),
    ]
    assert found(broken) == {
        ("a", "excludes[0]"),
        ("a", "templates[0]"),
        ("b", "requires[0]"),
        ("c", "codes[0]"),
        ("d", "title"),
        ("e", "relations[0].kind"),
        ("f", "variant_of"),
    }


@pytest.mark.usefixtures("way")
def test_what_stands_in_the_store_counts_and_its_own_faults_do_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zhiku.db'}"
    faulty = replace(make_item("old", codes=("X1",)), excludes=("nobody",))
    with Store.open(url) as store:
        knowledge = Knowledge((faulty, make_item("gone"), make_item("a", "旧的a")))
        store.import_knowledge(knowledge, author="test", recorded_at=NOW)
        store.retire("gone", from_date=NOW.date(), author="test", recorded_at=NOW)
    new = [
        replace(arriving("a"), excludes=("old", "gone")),
        arriving("b", codes=("X1",)),
    ]
    assert found(new, url) == {("a", "excludes[1]"), ("b", "codes[0]")}
