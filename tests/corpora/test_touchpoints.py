"""Halls and the matrix of channels become items, so that an address is written once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpora.checks import check
from corpora.loader import load
from corpora.regions import NamedRegion, Regions
from corpora.source import Problem
from corpora.touchpoints import ChannelRow, Hall, HallType, Level, operations_of, touchpoint_items
from corpora.types import FieldError
from tests.corpora.builders import write

FULL, NONE, PART = Level.FULL, Level.NONE, Level.PART
REGIONS = Regions(
    (
        NamedRegion("yj", "云江省"),
        NamedRegion("yj/wanghai", "望海市"),
        NamedRegion("yj/wanghai/h01", "望海滨海厅"),
    )
)
SIM = ChannelRow(
    "补换卡", "biz-sim", own=FULL, partner=NONE, hotline=NONE, app=PART, sms=NONE, note="邮寄"
)
PLAN = ChannelRow("套餐变更", "biz-plan", own=FULL, partner=FULL, hotline=FULL, app=FULL, sms=FULL)


def hall(**fields: Any) -> Hall:
    given = {
        "region": "yj/wanghai/h01",
        "type": HallType.PARTNER,
        "address": "滨海路1号",
        "hours": "每天9:00至18:00",
    }
    return Hall(**(given | fields))


def test_what_a_hall_can_do_follows_its_type_and_its_own_exceptions() -> None:
    rows = (SIM, PLAN)
    assert operations_of(hall(), rows) == (["套餐变更"], ["补换卡"])
    assert operations_of(hall(type=HallType.OWN), rows) == (["补换卡", "套餐变更"], [])
    assert operations_of(hall(also=("补换卡",)), rows) == (["补换卡", "套餐变更"], [])
    assert operations_of(hall(not_here=("套餐变更",)), rows) == ([], ["套餐变更", "补换卡"][::-1])


def test_every_hall_and_every_channel_has_an_item_that_tells_customers() -> None:
    items = {item.id: item for item, _ in touchpoint_items([hall()], [SIM, PLAN], REGIONS)}
    told = " ".join(facet.customer for facet in items["biz-hall-wanghai-h01"].facets)
    for word in ("滨海路1号", "9:00", "套餐变更", "补换卡"):
        assert word in told
    assert "补换卡（邮寄）" in items["biz-channel-app"].facets[0].official
    assert "补换卡" in items["biz-channel-sms"].facets[0].customer
    assert len(items) == 6


def problems(tmp_path: Path, halls: str, channels: str) -> list[Problem]:
    write(
        tmp_path,
        "regions.yaml",
        "- {path: yj, name: 云江省}\n- {path: yj/wanghai, name: 望海市}\n- {path: yj/wanghai/h01, name: 望海滨海厅}\n",
    )
    write(tmp_path, "halls.yaml", halls)
    write(tmp_path, "channels.yaml", channels)
    item = {
        "id": "biz-plan",
        "title": "套餐变更",
        "similar_questions": ["怎么改套餐", "改套餐", "换套餐"],
        "facets": [
            {"kind": "open", "official": "短信、APP均可。", "customer": "短信和APP都能改。"}
        ],
        "actions": [{"kind": "change", "channel": "app", "label": "APP", "target": "我的-套餐"}],
        "relations": [{"kind": "tip", "target": "tip-proxy"}],
    }
    tip = {
        "id": "tip-proxy",
        "title": "代办提醒",
        "similar_questions": ["代办要啥", "代办", "替人办"],
        "facets": [{"kind": "warning", "official": "带双方证件。", "customer": "请带双方证件。"}],
    }
    write(tmp_path, "business/a.jsonl", json.dumps(item, ensure_ascii=False))
    write(tmp_path, "tips/a.jsonl", json.dumps(tip, ensure_ascii=False))
    loaded = load(tmp_path)
    return [*loaded.problems, *check(loaded.knowledge, loaded.places)]


HALL = "- {region: yj/wanghai/h01, type: own, address: 滨海路1号, hours: 每天9:00至18:00}\n"
ROW = "- {operation: 套餐变更, item: biz-plan, own: full, partner: full, hotline: none, app: full, sms: none}\n"


def test_good_registers_have_no_problems(tmp_path: Path) -> None:
    assert not [str(p) for p in problems(tmp_path, HALL, ROW)]


@pytest.mark.parametrize(
    ("halls", "channels", "file", "field", "says"),
    [
        (HALL, ROW.replace("app: full", "app: none"), "channels.yaml", "app", "有app办理"),
        (
            HALL,
            ROW.replace("biz-plan", "biz-nothing"),
            "channels.yaml",
            "item",
            "没有条目biz-nothing",
        ),
        (HALL, ROW.replace("app: full", "app: part"), "channels.yaml", "note", "哪一部分"),
        (HALL + HALL, ROW, "halls.yaml", "region", "两次"),
        (HALL.replace("h01", "h09"), ROW, "halls.yaml", "region", "yj/wanghai/h09"),
        (HALL.replace("}", ", not_here: [卖手机]}"), ROW, "halls.yaml", "not_here[0]", "卖手机"),
        (HALL.replace("yj/wanghai/h01", "yj/wanghai"), ROW, "halls.yaml", "region", "三级"),
    ],
    ids=["action", "item", "note", "twice", "region", "operation", "depth"],
)
def test_a_register_that_contradicts_is_named_at_its_line(
    tmp_path: Path, halls: str, channels: str, file: str, field: str, says: str
) -> None:
    found = [p for p in problems(tmp_path, halls, channels) if p.field == field]
    assert found, [str(p) for p in problems(tmp_path, halls, channels)]
    assert Path(found[0].file).name == file
    assert found[0].line >= 1
    assert says in found[0].problem


def test_a_hall_needs_an_address() -> None:
    with pytest.raises(FieldError, match="address"):
        hall(address=" ")
