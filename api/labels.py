"""What values are called on screen, where the domain types do not say it themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from corpora.push_template import PushChannel
from corpora.regions import Regions
from corpora.types import Audience, Channel, FacetKind, RelationKind, SaleStatus, SubLibrary
from retriever.answer import Outcome

_AUDIENCES: Final[Mapping[Audience, str]] = {
    Audience.CUSTOMER: "客户",
    Audience.AGENT: "坐席",
    Audience.INTERNAL: "内部人员",
}
_OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.ANSWERED: "已回答",
    Outcome.CLARIFY: "需要确认",
    Outcome.HANDOVER: "转办",
    Outcome.UNKNOWN: "暂无把握",
}
_TOUCH_POINTS: Final[Mapping[Channel, str]] = {
    Channel.HALL: "营业厅",
    Channel.HOTLINE: "热线",
    Channel.APP: "APP",
    Channel.SMS: "短信",
    Channel.BOSS: "BOSS",
}
_PUSH_CHANNELS: Final[Mapping[PushChannel, str]] = {
    PushChannel.SMS: "短信",
    PushChannel.MMS: "彩信",
    PushChannel.DUAL_SCREEN: "双屏",
    PushChannel.RECEIPT: "小票",
    PushChannel.PROMPT_BOX: "提示框",
    PushChannel.FLOATING_BOX: "浮窗",
}
_RELATIONS: Final[Mapping[RelationKind, str]] = {
    RelationKind.TIP: "提示",
    RelationKind.BUSINESS: "相关业务",
    RelationKind.CAMPAIGN: "营销活动",
    RelationKind.COMBINES: "可同享",
    RelationKind.DEVICE: "终端",
    RelationKind.OPERATION: "操作说明",
    RelationKind.CASE: "案例",
    RelationKind.SIBLING: "同类产品",
    RelationKind.SEE_ALSO: "参见",
}


def labels(regions: Regions) -> dict[str, list[dict[str, str]]]:
    """Everything that a filter may name and everything that a screen must call by name."""
    return {
        "libraries": _listed((library, library.label) for library in SubLibrary),
        "regions": _listed((entry.path, entry.name) for entry in regions.entries),
        "audiences": _listed(_AUDIENCES.items()),
        "facets": _listed((kind, kind.label) for kind in FacetKind),
        "sale_statuses": _listed((status, status.label) for status in SaleStatus),
        "outcomes": _listed(_OUTCOMES.items()),
        "channels": _listed([*_TOUCH_POINTS.items(), *_PUSH_CHANNELS.items()]),
        "relations": _listed(_RELATIONS.items()),
    }


def _listed(pairs: Iterable[tuple[Any, str]]) -> list[dict[str, str]]:
    return [
        {"value": value, "label": label}
        for value, label in {str(value): label for value, label in pairs}.items()
    ]
