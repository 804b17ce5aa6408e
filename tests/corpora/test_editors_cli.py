"""``corpus gaps``, ``corpus jargon`` and ``corpus compare``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import zhiku
from tests.corpora.builders import ITEM_YAML, write

GLOSSARY = "- {term: 结转, plain: 留到下月用, state: approved, approved_by: 市场经营部}\n"
DEVICES = """\
- id: dev-a
  title: 甲
  facets: [{kind: overview, official: 手机。, customer: 手机。}]
  tariff: {one_time_fee: 899}
  device: {kind: phone, battery_mah: 5000, nfc: false, rear_megapixels: 13}
- id: dev-b
  title: 乙
  facets: [{kind: overview, official: 手机。, customer: 手机。}]
  tariff: {one_time_fee: 1299}
  device: {kind: phone, battery_mah: 5000, nfc: true}
- id: dev-c
  title: 丙
  facets: [{kind: overview, official: 手表。, customer: 手表。}]
  device: {kind: watch, battery_mah: 500}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(zhiku.app, ["corpus", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "knowledge/business/a.yaml", ITEM_YAML)
    write(tmp_path, "knowledge/terminals/a.yaml", DEVICES)
    write(tmp_path, "knowledge/lexicon/glossary.yaml", GLOSSARY)
    return tmp_path / "knowledge"


def gaps_of(folder: Path, table: str | bytes, *options: str) -> dict[str, object]:
    registry = write(folder.parent, "registry.csv", table)
    result = run("gaps", str(registry), str(folder), "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_codes_without_knowledge_are_listed_with_their_line_and_owner(folder: Path) -> None:
    found = gaps_of(folder, "编码,名称,责任部门\n30010001,月包,市场部\n30019999,新包,数据部\n")
    assert (found["registered"], found["covered"]) == (2, 1)
    missing = found["missing"]
    assert isinstance(missing, list)
    assert missing == [
        {"value": "30019999", "system": "boss", "name": "新包", "owner": "数据部", "line": 3}
    ]


def test_leading_zeros_other_headings_and_other_encodings_are_kept(folder: Path) -> None:
    table = "产品名称,产品编码,系统\n月包,00300100,boss\n".encode("gb18030")
    missing = gaps_of(folder, table)["missing"]
    assert isinstance(missing, list)
    assert missing[0]["value"] == "00300100"
    assert missing[0]["name"] == "月包"


def test_knowledge_that_does_not_hold_on_the_day_is_told_apart(folder: Path) -> None:
    found = gaps_of(folder, "编码\n30010001\n", "--as-of", "2024-01-01")
    assert found["missing"] == []
    lapsed = found["lapsed"]
    assert isinstance(lapsed, list)
    assert lapsed[0]["value"] == "30010001"


def test_codes_that_only_the_knowledge_has_are_named(folder: Path) -> None:
    found = gaps_of(folder, "编码\n30019999\n")
    assert found["unregistered"] == [{"value": "30010001", "item_id": "biz-pack"}]


def test_lines_for_people_name_file_and_line(folder: Path) -> None:
    registry = write(folder.parent, "registry.csv", "编码,名称\n30019999,新包\n")
    result = run("gaps", str(registry), str(folder))
    assert f"{registry}:2: boss 30019999 新包：没有知识" in result.stdout
    assert "没有1个" in result.stderr


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("代码,名称\n1,2\n", "编码"),
        ("编码,名称\n,新包\n", "是空的"),
        (b"\xff\xfe\x00\x01\x81", "编码"),
    ],
)
def test_a_registry_that_cannot_be_used_exits_2(
    folder: Path, table: str | bytes, says: str
) -> None:
    registry = write(folder.parent, "registry.csv", table)
    result = run("gaps", str(registry), str(folder))
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_code_given_twice_counts_once(folder: Path) -> None:
    registry = write(folder.parent, "registry.csv", "编码\n30010001\n30010001\n")
    result = run("gaps", str(registry), str(folder), "--json")
    assert json.loads(result.stdout)["registered"] == 1
    assert "第2行已有" in result.stderr


def test_a_text_is_scored_and_its_terms_explained(folder: Path) -> None:
    found = json.loads(run("jargon", "流量不结转。", str(folder), "--json").stdout)["text"]
    assert found["score"] == pytest.approx(20.0)
    assert found["terms"] == [{"term": "结转", "plain": "留到下月用", "start": 3}]
    assert "结转 → 留到下月用" in run("jargon", "流量不结转。", str(folder)).stdout


def test_the_wordings_of_an_item_are_scored_one_by_one(folder: Path) -> None:
    assert set(json.loads(run("jargon", "biz-pack", str(folder), "--item", "--json").stdout)) == {
        "简介"
    }


def test_devices_stand_side_by_side(folder: Path) -> None:
    arguments = ("compare", "dev-a", "dev-b", "--folder", str(folder))
    rows = {r["label"]: r for r in json.loads(run(*arguments, "--json").stdout)["rows"]}
    assert rows["零售价"]["values"] == ["899元", "1299元"]
    assert rows["NFC"] == {"label": "NFC", "values": ["不支持", "支持"], "differs": True}
    assert rows["电池"]["differs"] is False
    assert rows["后置主摄"]["values"] == ["1300万像素", "—"]
    assert "屏幕" not in rows
    assert "零售价 *" in run(*arguments).stdout


@pytest.mark.parametrize(
    ("devices", "says"),
    [
        (("dev-a",), "两台"),
        (("dev-a", "dev-c"), "种类不同"),
        (("dev-a", "dev-x"), "没有条目dev-x"),
        (("dev-a", "biz-pack"), "结构化"),
    ],
)
def test_devices_that_cannot_be_compared_are_refused(
    folder: Path, devices: tuple[str, ...], says: str
) -> None:
    result = run("compare", *devices, "--folder", str(folder))
    assert says in str(result.exception)
