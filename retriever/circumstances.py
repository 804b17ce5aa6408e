"""What this region, date and customer change about an answer: remarks for the clerk.

They are made from the fields of items alone: a name or a date in a remark stands in its sources.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from corpora.amounts import amounts
from corpora.regions import Regions
from corpora.types import Audience, KnowledgeItem, Region, SubLibrary
from corpora.versions import OPEN_TO, ItemVersion
from retriever.answer import Note, NoteKind
from retriever.backends.protocol import Searcher
from retriever.filters import Filter

SOON: Final = 90  # days: an end further off is told, but nobody counts the days to it
RECENT: Final = 30  # days: what began longer ago is no news
_LISTED: Final = 4  # regions or facets by name; more are a list that nobody reads
_KIND_OF_PLACE: Final = re.compile(r"(?<=.)[省市县区]$")  # of 沙市区 the name is 沙市
_HORIZON: Final = 366  # days ahead: what begins later is not announced yet


def notes_of(
    held: ItemVersion,
    wanted: Filter,
    *,
    named: Sequence[str],
    brand: str,
    members: Sequence[ItemVersion],
    regions: Regions,
) -> tuple[Note, ...]:
    """All remarks about the item that is shown.

    ``named`` are the region paths in the question, ``brand`` is the customer's, ``members`` are the
    item's family on that day in every region.
    """
    return (
        *region_notes(held, members, named, wanted.region, regions),
        *date_notes(held, wanted.as_of),
        # what to check with a customer is for staff
        *(() if wanted.audience is Audience.CUSTOMER else brand_notes(held.item, brand)),
    )


def family_everywhere(
    held: ItemVersion, searcher: Searcher, wanted: Filter
) -> Sequence[ItemVersion]:
    """The item's family on the day of the filter, in every region."""
    family = held.item.family
    return searcher.family([family], Filter(wanted.as_of, wanted.audience))[family]


def region_notes(
    held: ItemVersion,
    members: Sequence[ItemVersion],
    named: Sequence[str],
    region: Region | None,
    regions: Regions,
) -> tuple[Note, ...]:
    """Whether what is shown holds where the customer is, and what holds there otherwise.

    Places that the question names come before the reader's own.
    """
    asked = _most_local(path for path in named if Region(path).depth > 1)
    places = asked or ([region.path] if region and region.depth > 1 else [])
    if not places:
        return tuple(_without_place(held.item, members, regions))
    notes = [
        note
        for place in places
        for note in _at(held.item, members, place, regions, asked=bool(asked))
    ]
    return tuple(dict.fromkeys(notes))


def _most_local(paths: Iterable[str]) -> list[str]:
    """The paths that contain no other one: the name of a hall contains the name of its city."""
    known = list(dict.fromkeys(paths))
    return [path for path in known if not any(o.startswith(f"{path}/") for o in known)]


def _without_place(
    item: KnowledgeItem, members: Sequence[ItemVersion], regions: Regions
) -> Iterator[Note]:
    own = _local_path(item)
    if own:
        yield Note(NoteKind.LOCAL, f"这是{regions.name_of(own)}的规定", item.id, ("region",))
        return
    paths = dict.fromkeys(path for m in members if (path := _local_path(m.item)))
    if paths:
        names = _names([regions.name_of(path) for path in paths])
        text = f"这是全省口径；{names}有本地版本，客户在那里的按当地的答复"
        yield Note(NoteKind.LOCAL_ELSEWHERE, text, item.id, ("region",))


def _at(
    item: KnowledgeItem,
    members: Sequence[ItemVersion],
    place: str,
    regions: Regions,
    *,
    asked: bool,
) -> Iterator[Note]:
    name, own, there = regions.name_of(place), _local_path(item), _holding_at(members, place)
    if own and own not in Region(place).lineage:
        text = f"这是{regions.name_of(own)}的规定，不能用于{name}"
        text += f"；{name}按“{there.title}”" if there else f"；知识库里没有{name}的规定"
        yield Note(NoteKind.NOT_HERE, text, there.id if there else item.id, ("region",))
    elif there is not None and there.id != item.id and _local_path(there):
        text = f"{name}有本地版本“{there.title}”，以它为准{_different(there, item)}"
        yield Note(NoteKind.LOCAL_ELSEWHERE, text, there.id, ("region", "title"))
    elif own:
        base = next((m.item for m in members if not _local_path(m.item)), None)
        text = f"这是{regions.name_of(own)}的规定{_different(item, base)}"
        yield Note(NoteKind.LOCAL, text, item.id, ("region",))
    elif asked and _is_a_rule(item, name):
        text = f"这是全省口径，知识库里没有{name}单独的规定"
        yield Note(NoteKind.PROVINCE, text, item.id, ("region",))


def _is_a_rule(item: KnowledgeItem, place: str) -> bool:
    """Whether an item says what holds in a province: a case does not, nor does one about the place."""
    short = _KIND_OF_PLACE.sub("", place)
    return item.sub_library is not SubLibrary.CASES and not any(
        short in name for name in (item.title, *item.aliases)
    )


def _holding_at(members: Sequence[ItemVersion], place: str) -> KnowledgeItem | None:
    """The member that is the most local one at a place."""
    lineage = Region(place).lineage
    fitting = [m.item for m in members if m.item.region is None or m.item.region.path in lineage]
    return max(fitting, key=lambda item: item.region.depth if item.region else 0, default=None)


def _local_path(item: KnowledgeItem) -> str:
    """The path of a city or a hall that an item holds in; empty for the whole province."""
    return item.region.path if item.region and item.region.depth > 1 else ""


def _different(local: KnowledgeItem, base: KnowledgeItem | None) -> str:
    """The facets of a local version that state other numbers than the same facets of the whole
    province.
    """
    if base is None:
        return ""
    known = {facet.kind: set(amounts(facet.official)) for facet in base.facets}
    kinds = [
        facet.kind.label
        for facet in local.facets
        if facet.kind in known and set(amounts(facet.official)) != known[facet.kind]
    ]
    return f"（数字与全省不同：{_names(kinds)}）" if kinds else ""


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:_LISTED]) + ("等" if len(names) > _LISTED else "")


def date_notes(held: ItemVersion, as_of: dt.date) -> tuple[Note, ...]:
    """When what is shown began, if lately; when it ends; and when something else takes its place."""
    item, notes = held.item, []
    first = began(held)
    if 0 <= (as_of - first).days <= RECENT:
        source = "effective_from" if first == item.effective_from else "valid_from"
        notes.append(Note(NoteKind.STARTED, f"{_day(first)}起执行", item.id, (source,)))
    end = item.effective_to
    if end is not None and end >= as_of:
        what = "这个活动" if item.sub_library is SubLibrary.MARKETING else "这一条"
        left = _days_left(end, as_of)
        text = f"{what}到{_day(end)}截止{left}"
        sources = ["effective_to", "as_of"] if left else ["effective_to"]
        if item.at_end:
            text, sources = f"{text}。{item.at_end}", [*sources, "at_end"]
        notes.append(Note(NoteKind.ENDS, text, item.id, tuple(sources)))
    if held.valid_to != OPEN_TO and (end is None or held.valid_to < end):
        text = f"这个说法到{_day(held.valid_to)}为止，之后有变动"
        notes.append(Note(NoteKind.CHANGES, text, item.id, ("valid_to",)))
    return tuple(notes)


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _days_left(end: dt.date, as_of: dt.date) -> str:
    left = (end - as_of).days
    if left == 0:
        return "，就是当天"
    return f"，还有{left}天" if left <= SOON else ""


def brand_notes(item: KnowledgeItem, brand: str) -> tuple[Note, ...]:
    """What the item says of brands, where the customer's is another one or the offer is for some only.

    The brand of a plan is the one that it belongs to, not a condition: it is never said to be one.
    """
    if not item.brands or (brand and any(own in brand or brand in own for own in item.brands)):
        return ()
    own = "、".join(item.brands)
    if brand:
        text = f"条目登记的品牌是{own}，客户现在是{brand}，先核对办理条件"
    elif item.sub_library is SubLibrary.MARKETING:
        text = f"条目登记的品牌是{own}，先核对客户的品牌"
    else:
        return ()
    return (Note(NoteKind.BRAND, text, item.id, ("brands",)),)


def began(held: ItemVersion) -> dt.date:
    """The first day on which an item says what it says now."""
    return max(held.valid_from, held.item.effective_from or held.valid_from)


def starts_later(held: ItemVersion, as_of: dt.date) -> Note | None:
    """The remark about an item that does not hold yet; None where it does."""
    first, item = began(held), held.item
    if first <= as_of:
        return None
    sold = item.sub_library in (SubLibrary.BUSINESS, SubLibrary.MARKETING)
    until = "在此之前还不能办" if sold else "在此之前还不适用"
    text = f"“{item.title}”自{_day(first)}起才生效，还有{(first - as_of).days}天，{until}"
    source = "effective_from" if first == item.effective_from else "valid_from"
    return Note(NoteKind.UPCOMING, text, item.id, ("title", source, "as_of"))


def waiting(item_ids: Sequence[str], searcher: Searcher, wanted: Filter) -> tuple[ItemVersion, ...]:
    """The first version of each of the items that begins after the day of the filter, ``looking_ahead``,
    and does not hold on it.
    """
    today = {held.item.id for held in searcher.items(item_ids, wanted)}
    missing = [item_id for item_id in dict.fromkeys(item_ids) if item_id not in today]
    first: dict[str, ItemVersion] = {}
    for held in searcher.items(missing, looking_ahead(wanted)):
        first.setdefault(held.item.id, held)
    return tuple(first.values())


def looking_ahead(wanted: Filter) -> Filter:
    """The filter for what begins within a year after its day."""
    ahead = min(_HORIZON, (dt.date.max - wanted.as_of).days)
    return replace(wanted, begins_by=wanted.as_of + dt.timedelta(ahead))
