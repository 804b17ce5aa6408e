"""``zhiku index build --gate``: a release of knowledge is measured before anybody sees it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

from corpora.types import FacetKind, KnowledgeItem
from eval import index_cli
from eval.index_cli import build_index
from indexer.backends.embedded.folder import IndexFolder
from tests.eval.builders import faq_line, make_facet, make_item, write_faqset
from tests.eval.deployed import NOW, call, hold, settings_in

SERVICES = ("视频彩铃", "呼叫转移", "来电提醒", "流量月包", "宽带移机", "国际漫游", "副卡", "保号")

app = typer.Typer()
app.command("build")(build_index)


def service(place: int, price: int = 0, title: str = "") -> KnowledgeItem:
    name = title or SERVICES[place]
    text = f"{name}每月{price or 10 + place}元。"
    return make_item(f"biz-{place}", title=name, facets=(make_facet(FacetKind.PRICE, text),))


class Release:
    """A deployment in a folder, with a FAQ set that its first knowledge answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        self.faqset = write_faqset(
            folder / "f.jsonl",
            [
                faq_line(
                    id=f"q{place}",
                    question=f"{name}一个月多少钱",
                    kind="price",
                    expect={
                        "items": [f"biz-{place}"],
                        "must_contain": [f"{10 + place}元"],
                        "must_not_contain": ["99元"],
                    },
                )
                for place, name in enumerate(SERVICES)
            ],
            {"faqset": "发布前", "as_of": "2026-12-01", "language": "zh"},
        )

    def hold(self, items: Iterable[KnowledgeItem]) -> None:
        hold(self.settings, items, NOW + dt.timedelta(days=1))

    def build(self, *arguments: object) -> Any:
        return call(app, *arguments, env=self.settings)

    @property
    def current(self) -> str | None:
        return IndexFolder(self.folder / "index").current()

    @property
    def versions(self) -> set[str]:
        return {path.name for path in (self.folder / "index" / "versions").iterdir()}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    made = Release(tmp_path)
    made.hold(service(place) for place in range(len(SERVICES)))
    return made


def test_the_first_version_is_measured_and_published(release: Release) -> None:
    result = release.build("--gate", release.faqset, "--json")

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["published"]
    assert found["gate"] is None
    assert found["version"] == release.current
    assert "还没有在用版本可比" in result.stderr


def test_knowledge_with_a_wrong_price_is_discarded_and_the_version_in_use_stays(
    release: Release,
) -> None:
    assert release.build().exit_code == 0
    before = release.current
    release.hold([service(0, price=99), *(service(n) for n in range(1, len(SERVICES)))])

    result = release.build("--gate", release.faqset, "--json")

    assert result.exit_code == 1, result.stderr
    found = json.loads(result.stdout)
    assert not found["published"]
    assert found["gate"]["verdict"] == "fail"
    assert [(new["id"], new["kinds"]) for new in found["gate"]["new_fatal"]] == [("q0", ["price"])]
    assert release.current == before
    assert found["version"] not in release.versions
    assert "没有发布" in result.stderr


def test_knowledge_that_lost_its_items_is_discarded(release: Release) -> None:
    assert release.build().exit_code == 0
    before = release.current
    release.hold(service(n, title=f"另一种业务{n}") for n in range(2))

    result = release.build("--gate", release.faqset)

    assert result.exit_code == 1
    assert "不通过" in result.stderr
    assert release.current == before


def test_knowledge_that_answers_as_well_is_published(release: Release) -> None:
    assert release.build().exit_code == 0
    before = release.current
    more = make_item(
        "biz-more", title="积分商城", facets=(make_facet(FacetKind.OVERVIEW, "积分能换礼品。"),)
    )
    release.hold([*(service(n) for n in range(len(SERVICES))), more])

    result = release.build("--gate", release.faqset, "--json")

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["gate"]["verdict"] in ("pass", "warn")
    assert release.current == found["version"] != before


def test_a_broken_faq_set_stops_before_anything_is_built(release: Release) -> None:
    broken = write_faqset(release.folder / "broken.jsonl", [faq_line(id=""), "{"])

    result = release.build("--gate", broken)

    assert result.exit_code == 2
    assert "broken.jsonl:2: id" in result.stderr
    assert "broken.jsonl:3" in result.stderr
    assert not (release.folder / "index").exists()


def test_an_unknown_library_names_those_there_are(release: Release) -> None:
    result = release.build("--library", "news")
    assert result.exit_code == 2
    assert "business" in result.stderr


def test_a_version_that_was_compared_with_what_nobody_uses_any_more_is_discarded(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release.build().exit_code == 0
    passes = index_cli._Inspection.passes

    def passes_late(inspection: Any, version: str, report: Any) -> bool:
        release.hold(service(place) for place in range(len(SERVICES) - 1))
        assert release.build().exit_code == 0  # somebody else is faster
        return passes(inspection, version, report)

    monkeypatch.setattr(index_cli._Inspection, "passes", passes_late)
    release.hold(service(place) for place in range(len(SERVICES) - 2))
    result = release.build("--gate", release.faqset, "--json")

    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert "评测期间" in result.stderr
    assert release.current is not None
    assert release.current in release.versions


def test_a_gate_that_is_interrupted_says_that_nothing_was_published(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release.build().exit_code == 0
    before, versions = release.current, release.versions

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("eval.systems.index.IndexSystem.ask", interrupted)
    release.hold(service(place, price=50) for place in range(len(SERVICES)))
    result = release.build("--gate", release.faqset, "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "在用版本的评测没有做完（被中断）；没有发布" in result.stderr
    assert "--out" not in result.stderr
    assert (release.current, release.versions) == (before, versions)
