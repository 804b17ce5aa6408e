"""Items that contradict each other about one product: shown as such, never settled in silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from corpora.amounts import Amount, Unit, amounts, normal, tariff_amounts
from corpora.push_template import plain_number
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, SubLibrary
from retriever.answer import Conflict
from retriever.backends.protocol import Searcher
from retriever.compose import readable
from retriever.filters import Filter
from retriever.types import Hit

NEAR: Final = 0.1  # of scores: what lies nearer to the first item nearly answered instead of it
_LOOKED_AT: Final = 8  # near items beside the first one
_SHORTEST_NAME: Final = 3  # shorter names, 副卡 for example, stand in other words too often

_N: Final = r"([0-9]+(?:\.[0-9]+)?)"
_D: Final = r"(20[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日)"
_STATED: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = tuple(
    (role, unit, re.compile(pattern))
    for role, unit, pattern in (
        ("月费", "元", rf"(?:月费|月租|每个?月)(?:为|是|收|只要|仅|:)?{_N}元|{_N}元(?:/月|每月)"),
        ("押金", "元", rf"押金(?:为|收)?{_N}元"),
        ("费用", "元", rf"(?:工本费|手续费|装机费|移机费)(?:每[张次])?(?:为|收)?{_N}元"),
        ("一次性费用", "元", rf"一次性(?:收取|付)?{_N}元"),
        ("日费", "元", rf"{_N}元/天|每天{_N}元"),
        ("零售价", "元", rf"(?:零售价|售价|裸机价)(?:为|是)?{_N}元"),
        ("年龄下限", "岁", rf"(?<!未)满{_N}周?岁|{_N}周?岁(?:及)?以上"),
        ("年龄上限", "岁", rf"{_N}周?岁(?:及)?以下|不超过{_N}周?岁"),
        ("未成年", "岁", rf"未满{_N}周?岁"),
        ("约定", "个月", rf"(?:约定|合约期?|签约|承诺)(?:用?满)?{_N}个月"),
        ("截止", "", rf"(?:至|到|截止到?|截至){_D}|{_D}(?:停止|停售|结束|(?:\(含\))?前)"),
        ("起始", "", rf"(?:自|从){_D}|{_D}起"),
    )
)
"""What may be compared: numbers of one role, by the words around them."""
_TARIFF: Final[Mapping[str, tuple[str, str]]] = {
    "monthly_fee": ("月费", "元"),
    "one_time_fee": ("一次性费用", "元"),
    "daily_fee": ("日费", "元"),
    "over_data_per_gb": ("超出后每GB", "元"),
    "deposit": ("预存", "元"),
    "contract_months": ("约定", "个月"),
    "price_after": ("到期后每月", "元"),
}
# What may stand between a product and what it costs; anything else, and the amount is not its own.
_BETWEEN: Final = re.compile(
    r"(?:(?:手机|套餐|活动|业务|会员|的)?(?:每个?月|月费|月租|每天|每次|零售价|售价|资费|价格|费用|只要|仅|收取|收|为|是|[:(、\s])){0,4}"
)
_LAST_DAY: Final = re.compile(rf"[^。;!?]{{0,12}}?(?:至|到|截止到?|截至){_D}")
_COMPARED: Final = (Unit.MONEY, Unit.GB, Unit.MINUTES, Unit.SPEED)
_IDLE_ZERO: Final = re.compile(r"(?<=[年月])0")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_BEFORE_NAMES: Final = frozenset("理办订购开通的是为与和或把加选改比换用将从含送对升降成在按到")
_SHOWN: Final = 4  # values of one side; more would be a table


_plain = lru_cache(maxsize=8192)(normal)  # the same few facets are compared again and again


def rivals(hits: Sequence[Hit], searcher: Searcher, wanted: Filter) -> tuple[KnowledgeItem, ...]:
    """What could contradict the first hit: items with its codes, its family, and near ones."""
    if not hits:
        return ()
    first = hits[0]
    everywhere = Filter(wanted.as_of, wanted.audience, region=wanted.region)
    found = [hit.held for hit in hits[1 : _LOOKED_AT + 1] if first.score - hit.score < NEAR]
    for code in first.held.item.codes:
        found += searcher.by_code(code.value, everywhere)
    family = first.held.item.family
    found += searcher.family([family], everywhere)[family]
    others = {held.item.id: held.item for held in found}
    others.pop(first.item_id, None)
    return tuple(others.values())


def conflicts_of(
    item: KnowledgeItem,
    others: Iterable[KnowledgeItem],
    audience: Audience,
    kinds: Collection[FacetKind] = tuple(FacetKind),
) -> tuple[Conflict, ...]:
    """What ``others`` say against ``item`` about a price, a day or a condition, in facets of ``kinds``.

    Two items are about one product if they share a code, or a title, or within a library another
    name, and hold in one place and time. A local variant may differ from what it is a variant of,
    and siblings are different products. Beyond that, a text that names a product together with a
    number contradicts an item of that name which has no such number. Customers are told nothing of it.
    """
    if audience is Audience.CUSTOMER:
        return ()
    found: dict[tuple[str, FacetKind, str], Conflict] = {}
    for other in others:
        if other.id == item.id:
            continue
        if _one_product(item, other):
            pairs = [*_tariffs_differ(item, other), *_words_differ(item, other, audience)]
        elif item.family != other.family:
            pairs = [*_named_wrongly(item, other, audience), *_names_wrongly(item, other, audience)]
        else:
            pairs = []
        for conflict in pairs:
            if conflict.facet in kinds:
                found.setdefault((other.id, conflict.facet, conflict.line), conflict)
    return tuple(found.values())


def _one_product(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    if not (_same_time(one, other) and _same_place(one, other)):
        return False
    if one.family == other.family:
        return True
    if {(c.system, c.value.upper()) for c in one.codes} & {
        (c.system, c.value.upper()) for c in other.codes
    }:
        return True
    if _plain(one.title) == _plain(other.title):
        return True
    return one.sub_library is other.sub_library and bool(_names(one) & _names(other))


def _same_time(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    starts = [day for day in (one.effective_from, other.effective_from) if day]
    ends = [day for day in (one.effective_to, other.effective_to) if day]
    return not starts or not ends or max(starts) <= min(ends)


def _same_place(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    """Whether both hold in one place; within a family the more local one goes first, so that only
    members of the very same region can contradict each other.
    """
    if one.family == other.family or one.region is None or other.region is None:
        return one.family != other.family or one.region == other.region
    return one.region.path in other.region.lineage or other.region.path in one.region.lineage


def _names(item: KnowledgeItem) -> set[str]:
    return {
        name
        for name in map(_plain, (item.title, *item.aliases))
        if len(name) >= _SHORTEST_NAME and not name.isascii()
    }


def _tariffs_differ(item: KnowledgeItem, other: KnowledgeItem) -> Iterator[Conflict]:
    if item.tariff is None or other.tariff is None:
        return
    for field, (role, unit) in _TARIFF.items():
        own, theirs = getattr(item.tariff, field), getattr(other.tariff, field)
        if own is not None and theirs is not None and own != theirs:
            yield _conflict(
                other,
                FacetKind.PRICE,
                f"tariff.{field}",
                f"{role}{plain_number(Decimal(own))}{unit}",
                f"{role}{plain_number(Decimal(theirs))}{unit}",
            )


def _words_differ(
    item: KnowledgeItem, other: KnowledgeItem, audience: Audience
) -> Iterator[Conflict]:
    """Facets of one kind in which the numbers of one role have nothing in common."""
    theirs = {facet.kind: facet for facet in readable(other, audience)}
    for facet in readable(item, audience):
        against = theirs.get(facet.kind)
        if against is None:
            continue
        for role, unit, pattern in _STATED:
            said, contradicted = _values(pattern, facet), _values(pattern, against)
            if said and contradicted and not set(said) & set(contradicted):
                yield _conflict(
                    other,
                    facet.kind,
                    f"facets.{facet.kind.value}.official",
                    f"{role}{_listed(said)}{unit}",
                    f"{role}{_listed(contradicted)}{unit}",
                )


def _values(pattern: re.Pattern[str], facet: Facet) -> list[str]:
    """The values of a role in a facet, as they are written, without idle zeros."""
    found = []
    for match in pattern.finditer(_plain(facet.official)):
        value = next(group for group in match.groups() if group)
        found.append(_as_day(value) if "年" in value else plain_number(Decimal(value)))
    return list(dict.fromkeys(found))


def _as_day(said: str) -> str:
    """A day without idle zeros: 2026年03月01日 is 2026年3月1日."""
    return _IDLE_ZERO.sub("", said)


def _listed(values: Sequence[str]) -> str:
    return "、".join(values[:_SHOWN])


def _named_wrongly(
    item: KnowledgeItem, other: KnowledgeItem, audience: Audience
) -> Iterator[Conflict]:
    """What another item says of this product, and it is not so."""
    for facet in readable(other, audience):
        for name, said, own in _wrong(item, other, facet):
            field = f"facets.{facet.kind.value}.official"
            yield _conflict(other, facet.kind, field, f"{name}{own}", f"{name}{said}")


def _names_wrongly(
    item: KnowledgeItem, other: KnowledgeItem, audience: Audience
) -> Iterator[Conflict]:
    """What this item says of another product, and that one does not."""
    for facet in readable(item, audience):
        for name, said, own in _wrong(other, item, facet):
            field = "effective_to" if "年" in own else "tariff"
            yield _conflict(other, facet.kind, field, f"{name}{said}", f"{name}{own}")


def _wrong(
    product: KnowledgeItem, speaker: KnowledgeItem, facet: Facet
) -> Iterator[tuple[str, str, str]]:
    """The product's name, what ``facet`` of ``speaker`` says of it, and what the product itself says."""
    text = _plain(facet.official)
    itself = _names(speaker)
    for name in sorted(_names(product), key=len, reverse=True):
        place = text.find(name)
        if place < 0 or not _stands_alone(text, place, name):
            continue
        if any(name in own for own in itself):
            return  # the speaker goes by this name, too: it means itself
        rest = text[place + len(name) :]
        yield from _wrong_amount(product, speaker, name, rest)
        yield from _wrong_day(product, name, rest)
        return  # of several names the longest is the one that is meant


def _stands_alone(text: str, place: int, name: str) -> bool:
    """Whether a name is no piece of a longer one, as 宽带500M is of 企业宽带500M."""
    before, after = text[place - 1 : place], text[place + len(name) : place + len(name) + 1]
    joined = bool(_HAN.match(before)) and before not in _BEFORE_NAMES
    return not joined and not (after.isascii() and after.isalnum())


def _wrong_amount(
    product: KnowledgeItem, speaker: KnowledgeItem, name: str, rest: str
) -> Iterator[tuple[str, str, str]]:
    amount = _amount_at(rest)
    if amount is None or product.tariff is None or not product.tariff.price_book:
        return
    stated = [str(own) for own in tariff_amounts(product.tariff) if own.unit is amount.unit]
    # an offer on a product may change its price
    allowed = amount in _known(product) or amount in set(tariff_amounts(speaker.tariff))
    if stated and not allowed:
        yield name, str(amount), _listed(list(dict.fromkeys(stated)))


def _wrong_day(product: KnowledgeItem, name: str, rest: str) -> Iterator[tuple[str, str, str]]:
    day, end = _LAST_DAY.match(rest), product.effective_to
    if day is None or end is None or product.sub_library is not SubLibrary.MARKETING:
        return
    own = f"{end.year}年{end.month}月{end.day}日"
    if _as_day(day[1]) != own:
        yield name, f"到{_as_day(day[1])}", f"到{own}"


def _amount_at(rest: str) -> Amount | None:
    between = _BETWEEN.match(rest)
    after = rest[between.end() if between else 0 :][:16]
    said = amounts(after) if after[:1].isdigit() else ()
    return said[0] if said and said[0].unit in _COMPARED else None


def _known(item: KnowledgeItem) -> frozenset[Amount]:
    texts = [item.title, *(f"{facet.official} {facet.customer}" for facet in item.facets)]
    return frozenset(tariff_amounts(item.tariff)) | {a for text in texts for a in amounts(text)}


def _conflict(
    other: KnowledgeItem, facet: FacetKind, field: str, says: str, other_says: str
) -> Conflict:
    line = f"这里说{says}，“{other.title}”说{other_says}；两处不一致，先向业务部门核实再答复客户"
    return Conflict(other.id, other.title, facet, field, says, other_says, line)
