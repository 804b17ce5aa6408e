"""Products that differ by a number, and what customers call all of them: 全球通, 物联卡 (ADR 0026)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from indexer.normalize import UNITS

_NUMBER: Final = re.compile(rf"\d+(?:\.\d+)?\s*(?:{UNITS})?")
_ASIDE: Final = re.compile(r"\([^)]*\)|\s")
_TIER: Final = "档"
_CALLED: Final = re.compile(r"[\u4e00-\u9fff]{2}")
_PLANS: Final = "套餐"  # 全球通套餐 is what 全球通 is
_NO_PLANS: Final = ("活动", "包", "手机")


def series_of(names: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """What items are called together, each with their ids: normalised ``names`` without their number.

    Left out is what some item is called itself, and what stands in the names of as many others as it
    has members: 宽带 is no series. What begins with a series' name and has a number belongs to it.

    >>> series_of({"动感地带19元档": ["a"], "动感地带29元档": ["b"], "亲情网": ["c"]})
    {'动感地带': ('a', 'b'), '动感地带套餐': ('a', 'b')}
    """
    members: dict[str, set[str]] = {}
    numbered: dict[str, set[str]] = {}
    for name, ids in names.items():
        whole = _ASIDE.sub("", name)
        called = _NUMBER.sub("", whole).replace(_TIER, "")
        if called == whole:
            continue
        numbered.setdefault(called, set()).add(name)
        if _CALLED.search(called):
            members.setdefault(called, set()).update(ids)
    several = {
        called: own
        for called, own in members.items()
        if len(own) > 1 and len(numbered[called]) > 1 and called not in names
    }
    within = _within(names, several)
    found: dict[str, tuple[str, ...]] = {}
    for called, own in several.items():
        holding = {one for name in within[called] for one in names[name]}
        more = {
            one
            for name in within[called]
            if name.startswith(called) and _NUMBER.search(name)
            for one in names[name]
        }
        if len(holding - own - more) < len(own):
            found[called] = tuple(sorted(own | more))
    plans = {
        f"{called}{_PLANS}": own
        for called, own in found.items()
        if not called.endswith(_NO_PLANS) and _PLANS not in called
    }
    return {called: own for called, own in plans.items() if called not in names} | found


def _within(names: Iterable[str], wanted: Collection[str]) -> dict[str, list[str]]:
    """The names that hold each of the wanted words; every name is cut once, however many are wanted."""
    found: dict[str, list[str]] = {word: [] for word in wanted}
    lengths = sorted({len(word) for word in wanted})
    for name in names:
        pieces = {
            name[start : start + length]
            for length in lengths
            for start in range(len(name) - length + 1)
        }
        for word in pieces & found.keys():
            found[word].append(name)
    return found
