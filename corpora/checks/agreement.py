"""One truth for every library and channel: what an item says of another's price or last day."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from corpora.amounts import Amount, Unit, amounts, normal, tariff_amounts
from corpora.catalogue import WARNING, Catalogue
from corpora.source import Problem
from corpora.types import FacetKind, KnowledgeItem, SubLibrary

_SHORTEST_NAME: Final = 3  # shorter names, 副卡 for example, stand in other words too often
_KEY: Final = 3
_COMPARED: Final = (Unit.MONEY, Unit.GB, Unit.MINUTES, Unit.SPEED)
# What may stand between a product and what it costs; anything else and the amount is not its own.
_BETWEEN: Final = re.compile(
    r"(?:(?:手机|套餐|活动|业务|会员|的)?(?:每个?月|月费|月租|每天|每次|每年|一个月|零售价|售价|裸机价|资费|价格|费用|"
    r"标准|只要|仅|统一|按|收费|收取|收|为|是|含|包含|有|送|共|国内通用流量|流量|国内通话|通话|[:(、\s])){0,4}"
)
_DAY: Final = r"(?P<y>20[0-9]{2})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日"
_LAST_DAY: Final = re.compile(rf"(?:至|到|截止到?|截至){_DAY}")
_LAST_DAY_OF: Final = re.compile(
    rf"[^。；;!?]{{0,12}}?(?:受理|办理|参加|有效|活动)期?[^。；;!?]{{0,8}}?(?:至|到|截止到?|截至){_DAY}"
)


def prices_of_others(catalogue: Catalogue) -> Iterator[Problem]:
    """A product's name followed by an amount that neither its tariff nor its own text has."""
    products = _products(catalogue)
    own_amounts = cache(_own_amounts)
    for key, item, path, text in _texts(catalogue):
        for name, end in products.named_in(text):
            rest = text[end:]
            between = _BETWEEN.match(rest)
            said = amounts(rest[between.end() if between else 0 :][:16])
            if not said or not _starts(rest[between.end() if between else 0 :], said[0]):
                continue
            amount = said[0]
            owners = products.owners[name]
            if amount.unit not in _COMPARED or any(owner.family == item.family for owner in owners):
                continue
            offer = frozenset(tariff_amounts(item.tariff))
            if amount in offer:  # 300M宽带每月30元 in a campaign that makes it so
                continue
            if not any(amount in own_amounts(owner) for owner in owners):
                stated = "、".join(dict.fromkeys(str(a) for a in tariff_amounts(owners[0].tariff)))
                problem = (
                    f"“{name}…{amount}”与{owners[0].id}不一致（{stated or '没有这个数'}），"
                    "请核对后改正其一"
                )
                yield catalogue.problem(key, path, problem, WARNING)


def last_days_of_others(catalogue: Catalogue) -> Iterator[Problem]:
    """A campaign's name followed by a last day that is not its own."""
    products = _products(catalogue, campaigns=True)
    for key, item, path, text in _texts(catalogue):
        for name, end in products.named_in(text):
            owners = products.owners[name]
            found = _LAST_DAY_OF.match(text[end:])
            if found is None or any(owner.family == item.family for owner in owners):
                continue
            if all(owner.effective_to != _day(found) for owner in owners):
                problem = (
                    f"说“{name}”到{_day(found)}，{owners[0].id}写的是{owners[0].effective_to}，"
                    "请核对后改正其一"
                )
                yield catalogue.problem(key, path, problem, WARNING)


def own_last_day(catalogue: Catalogue) -> Iterator[Problem]:
    """A facet on validity that names last days, none of which is the item's own."""
    for key, item in catalogue.items:
        if item.effective_to is None or item.sub_library is not SubLibrary.MARKETING:
            continue
        for n, facet in enumerate(item.facets):
            if facet.kind not in (FacetKind.OVERVIEW, FacetKind.EFFECTIVE):
                continue
            days = [_day(found) for found in _LAST_DAY.finditer(normal(facet.official))]
            if days and item.effective_to not in days:
                problem = f"写的是到{days[0]}，effective_to是{item.effective_to}，请改正其一"
                yield catalogue.problem(key, f"facets[{n}].official", problem)


def template_amounts(catalogue: Catalogue) -> Iterator[Problem]:
    """Amounts written into a template that the items which offer it do not have."""
    offering: dict[str, list[KnowledgeItem]] = defaultdict(list)
    for _, item in catalogue.items:
        for own in item.templates:
            offering[own].append(item)
    own_amounts = cache(_own_amounts)
    for key, template in catalogue.templates:
        said = [a for a in amounts(template.body) if a.unit in _COMPARED]
        for item in offering.get(template.id, ()):
            if lost := [str(amount) for amount in said if amount not in own_amounts(item)]:
                problem = (
                    f"模板里写死的{'、'.join(lost)}，引用它的{item.id}里没有，请改成变量或换模板"
                )
                yield catalogue.problem(key, "body", problem, WARNING)


class _Names:
    """The names of products, found in a text by their first characters."""

    def __init__(self, owners: Mapping[str, list[KnowledgeItem]]) -> None:
        self.owners = owners
        self._starting: dict[str, list[str]] = defaultdict(list)
        for name in sorted(owners, key=len, reverse=True):
            self._starting[name[:_KEY]].append(name)

    def named_in(self, text: str) -> Iterator[tuple[str, int]]:
        """Each longest name with the place after it; none that goes on with a digit or letter."""
        place = 0
        while place <= len(text) - _KEY:
            name = next(
                (
                    n
                    for n in self._starting.get(text[place : place + _KEY], ())
                    if text.startswith(n, place)
                ),
                "",
            )
            if not name:
                place += 1
                continue
            place += len(name)
            if not (text[place : place + 1].isascii() and text[place : place + 1].isalnum()):
                yield name, place


def _products(catalogue: Catalogue, *, campaigns: bool = False) -> _Names:
    owners: dict[str, list[KnowledgeItem]] = defaultdict(list)
    for _, item in catalogue.items:
        wanted = (
            item.sub_library is SubLibrary.MARKETING and item.effective_to is not None
            if campaigns
            else item.tariff is not None and bool(item.tariff.price_book)
        )
        for name in {normal(name) for name in (item.title, *item.aliases)} if wanted else ():
            if len(name) >= _SHORTEST_NAME and not name.isascii():
                owners[name].append(item)
    return _Names(owners)


def _own_amounts(item: KnowledgeItem) -> frozenset[Amount]:
    texts = [item.title, *(f"{facet.official} {facet.customer}" for facet in item.facets)]
    return frozenset(tariff_amounts(item.tariff)) | {a for text in texts for a in amounts(text)}


def _starts(text: str, amount: Amount) -> bool:
    """Whether the amount stands right here, not further on."""
    return text[:1].isdigit() and bool(amount)


def _texts(catalogue: Catalogue) -> Iterator[tuple[str, KnowledgeItem, str, str]]:
    for key, item in catalogue.items:
        for n, facet in enumerate(item.facets):
            yield key, item, f"facets[{n}].official", normal(facet.official)
            if facet.customer:
                yield key, item, f"facets[{n}].customer", normal(facet.customer)


def _day(found: re.Match[str]) -> dt.date | None:
    try:
        return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None
