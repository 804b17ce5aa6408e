"""Where customers are served: halls, and which operation each kind of touch-point can do.

Both are registers of the operator. From them come the items that answer 哪里有营业厅 and APP能办什么, so
that an address or a limit is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.regions import Regions
from corpora.types import (
    ITEM_ID,
    Facet,
    FacetKind,
    FieldError,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SubLibrary,
)

_OWNER: Final = "渠道管理部"
_NAMED: Final = 5  # operations that a customer can take in when they are read aloud


class HallType(StrEnum):
    """Who runs a hall: the operator (自营) or a partner (他营), which customers cannot tell apart."""

    OWN = "own"
    PARTNER = "partner"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return {"own": "自营厅", "partner": "合作厅"}[self.value]


class Level(StrEnum):
    """How much of an operation a touch-point can do."""

    FULL = "full"
    PART = "part"
    CHECK = "check"
    NONE = "none"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return {"full": "可办", "part": "部分可办", "check": "只能查", "none": "不能办"}[self.value]


@dataclass(frozen=True, slots=True)
class Hall:
    """A business hall; what it can do follows its type, but for ``also`` and ``not_here``."""

    region: str
    type: HallType
    address: str
    hours: str
    also: tuple[str, ...] = ()
    not_here: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if Region(self.region).depth != 3:
            raise FieldError("region", f"{self.region!r} is no hall like yj/yundu/h01")
        for name in ("address", "hours"):
            if not getattr(self, name).strip():
                raise FieldError(name, "is empty")


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """What each touch-point can do of one operation; ``note`` says which part where it is one."""

    operation: str
    item: str
    own: Level
    partner: Level
    hotline: Level
    app: Level
    sms: Level
    note: str = ""

    def __post_init__(self) -> None:
        if not ITEM_ID.fullmatch(self.item):
            raise FieldError("item", f"{self.item!r} is not the id of an item")
        partial = any(getattr(self, name) is Level.PART for name in TOUCHPOINTS)
        if partial and not self.note.strip():
            raise FieldError("note", "says which part can be done where a channel is `part`")


TOUCHPOINTS: Final = {
    "own": "自营营业厅",
    "partner": "合作营业厅",
    "hotline": "10086热线",
    "app": "云江移动APP",
    "sms": "短信",
}
"""The touch-points of the matrix: field of ``ChannelRow`` → Chinese name."""

_ASKED: Final = {
    "own": (
        "营业厅都能办啥",
        "自营厅和合作厅有什么不一样",
        "去大厅能办哪些业务",
        "哪些业务非得去大厅",
    ),
    "partner": ("合作厅能过户吗", "街边代理点能办什么", "合作厅不能办哪些业务", "他营厅可以补卡不"),
    "hotline": (
        "打10086能办什么业务",
        "热线人工能帮我办哪些",
        "电话里办不了的有哪些",
        "10086能不能直接改套餐",
    ),
    "app": (
        "云江移动APP能办什么",
        "手机上自己能办哪些业务",
        "APP办不了的业务有哪些",
        "在APP里能补卡吗",
    ),
    "sms": ("发短信能办哪些业务", "短信办理支持什么", "短信能不能改套餐", "哪些业务能发指令办"),
}


def touchpoint_items(
    halls: Sequence[Hall], rows: Sequence[ChannelRow], regions: Regions
) -> Iterator[tuple[KnowledgeItem, Hall | str]]:
    """The items that the registers make, each with the hall or the touch-point behind it."""
    for hall in halls:
        yield _hall_item(hall, rows, regions), hall
    if rows:
        for name in TOUCHPOINTS:
            yield _channel_item(name, rows), name


def operations_of(hall: Hall, rows: Sequence[ChannelRow]) -> tuple[list[str], list[str]]:
    """What a hall can do and what it cannot, in the order of the matrix."""
    can: list[str] = []
    cannot: list[str] = []
    for row in rows:
        level = getattr(row, hall.type.value)
        own = row.operation
        able = own in hall.also or (level is not Level.NONE and own not in hall.not_here)
        (can if able else cannot).append(own)
    return can, cannot


def _hall_item(hall: Hall, rows: Sequence[ChannelRow], regions: Regions) -> KnowledgeItem:
    name = regions.name_of(hall.region)
    can, cannot = operations_of(hall, rows)
    city = regions.name_of(Region(hall.region).lineage[1])
    note = f"{hall.note}。" if hall.note else ""
    facets = [
        Facet(
            FacetKind.OVERVIEW,
            f"{name}是{city}{hall.type.label}，地址：{hall.address}；营业时间：{hall.hours}。{note}",
            f"{name}在{hall.address}。营业时间{hall.hours}。{note}",
        )
    ]
    if rows:
        refused = f"这里办不了{_listed(cannot)}，我可以帮您看别的办法。" if cannot else ""
        facets.append(
            Facet(
                FacetKind.RULES,
                f"{name}可办：{'、'.join(can)}。"
                + (f"不能办：{'、'.join(cannot)}。" if cannot else "矩阵内业务均可办理。"),
                f"这家{hall.type.label}能办{len(can)}项业务。常办的有{_listed(can)}。{refused}",
            )
        )
        # the count is said to customers, so it is stated officially as well
        facets[-1] = _counted(facets[-1], len(can))
    short = name.removeprefix(city.removesuffix("市"))
    return KnowledgeItem(
        id="biz-hall-" + "-".join(hall.region.split("/")[1:]),
        title=f"{name}（地址、营业时间与可办业务）",
        sub_library=SubLibrary.BUSINESS,
        facets=tuple(facets),
        similar_questions=(
            f"{name}在哪儿",
            f"{short}几点开门几点关",
            f"{name}能办过户不",
            f"{city}{short}周末上班吗",
        ),
        aliases=(name, short),
        owner=_OWNER,
        weight=40,
        relations=(Relation(RelationKind.TIP, "tip-proxy"),),
        tags=("营业厅", hall.type.label, city),
    )


def _channel_item(touchpoint: str, rows: Sequence[ChannelRow]) -> KnowledgeItem:
    label = TOUCHPOINTS[touchpoint]
    at: dict[Level, list[ChannelRow]] = {level: [] for level in Level}
    for row in rows:
        at[getattr(row, touchpoint)].append(row)
    stated = "；".join(
        f"{level.label}：{'、'.join(_with_note(row, level) for row in found)}"
        for level, found in at.items()
        if found
    )
    can = [row.operation for row in at[Level.FULL]]
    cannot = [row.operation for row in at[Level.NONE]]
    refused = f"办不了的有{_listed(cannot)}。" if cannot else ""
    spoken = f"{label}能完整办{len(can)}项业务。常办的有{_listed(can)}。{refused}"
    return KnowledgeItem(
        id=f"biz-channel-{touchpoint}",
        title=f"{label}能办哪些业务",
        sub_library=SubLibrary.BUSINESS,
        facets=(
            Facet(
                FacetKind.OVERVIEW,
                f"{label}可完整办理{len(can)}项业务。{stated}。",
                f"{spoken}您想办哪项，我来帮您看。",
            ),
        ),
        similar_questions=_ASKED[touchpoint],
        owner=_OWNER,
        weight=90,
        relations=(Relation(RelationKind.TIP, "tip-proxy"),),
        tags=("渠道", label),
    )


def _counted(facet: Facet, count: int) -> Facet:
    return Facet(facet.kind, f"{facet.official}共{count}项。", facet.customer)


def _listed(operations: Sequence[str]) -> str:
    more = "等" if len(operations) > _NAMED else ""
    return "、".join(operations[:_NAMED]) + more


def _with_note(row: ChannelRow, level: Level) -> str:
    return f"{row.operation}（{row.note}）" if level is Level.PART else row.operation
