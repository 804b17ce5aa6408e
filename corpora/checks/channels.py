"""The matrix of touch-points: the items that it names, and whether their actions agree with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.source import Problem
from corpora.touchpoints import Level
from corpora.types import ActionKind, Channel, FieldError

_CHANNELS: Final[Mapping[str, Channel]] = {
    "hotline": Channel.HOTLINE,
    "app": Channel.APP,
    "sms": Channel.SMS,
}
_HANDLES: Final = (ActionKind.OPEN, ActionKind.CANCEL, ActionKind.CHANGE)


def matrix_contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    """Rows about unknown items, and actions at a touch-point which the matrix says cannot do it."""
    for row in catalogue.knowledge.channels:
        key = f"channels/{row.operation}"
        item = catalogue.item_of.get(row.item)
        if item is None:
            if row.item not in catalogue.places:
                yield catalogue.problem(key, "item", f"没有条目{row.item}，请改正")
            continue
        for name, channel in _CHANNELS.items():
            level = getattr(row, name)
            there = any(a.channel is channel and a.kind in _HANDLES for a in item.actions)
            if there and level in (Level.NONE, Level.CHECK):
                problem = f"写的是{level.label}，但{item.id}有{channel.value}办理的动作，请改正其一"
                yield catalogue.problem(key, name, problem)


def halls(catalogue: Catalogue) -> Iterator[Problem]:
    """Halls that the register of regions lacks, twice the same, or with unknown operations."""
    operations = {row.operation for row in catalogue.knowledge.channels}
    seen: set[str] = set()
    for hall in catalogue.knowledge.halls:
        key = f"halls/{hall.region}"
        try:
            catalogue.knowledge.regions.find(hall.region)
        except FieldError as error:
            yield catalogue.problem(key, "region", error.problem)
        if hall.region in seen:
            yield catalogue.problem(key, "region", f"{hall.region}写了两次，请合并")
        seen.add(hall.region)
        for name in ("also", "not_here"):
            for n, operation in enumerate(getattr(hall, name)):
                if operation not in operations:
                    problem = f"矩阵里没有“{operation}”，请改成channels.yaml里的业务名"
                    yield catalogue.problem(key, f"{name}[{n}]", problem, WARNING)
