"""Small, bounded corrections of an item's score; each constant with its reason.

They decide between items that the blend holds to be nearly equal, and all together stay below the
blend's own range on one question. Only a code and a name besides which nothing else is said are meant
to outrank whatever was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from corpora.types import Channel, FacetKind, KnowledgeItem, SubLibrary
from indexer.normalize import normalize
from retriever.intents import amounts_of, numbers_of
from retriever.understand import Query

EXACT_CODE: Final = 2.0  # a code or command names its item: nothing found by meaning may outrank it
NAMED: Final = 0.15  # the question contains the item's own title or alias
WHOLLY_NAMED: Final = 2.0
"""Besides: it says nothing else but what to tell of it. 亲情网多少钱 is not 亲情网升级版, and vectors make
nothing of 介绍一下 behind a code."""
AMOUNT_AGREES: Final = 0.12  # siblings differ in one number, which vectors hardly see
AMOUNT_DIFFERS: Final = -0.12
HAS_FACET: Final = 0.03  # the item can answer what is asked at all
NUMBERS_MISSING: Final = (
    -0.10
)  # times the share of the question's numbers that the item never states
BUSINESS: Final = (
    0.03  # of equals, the item itself comes before warnings, scripts and cases about it
)
HINTED: Final = 0.08  # the wording points to the item's sub-library
LOCAL: Final = 0.10  # the question names the item's own region


def boosts(
    query: Query, names: ItemNames, exact: frozenset[str], called: frozenset[str] = frozenset()
) -> list[tuple[str, float]]:
    """The named corrections for an item; ``exact`` holds the ids that a code in the question names,
    ``called`` the families of which it says only the name and what to tell.
    """
    item = names.item
    found: list[tuple[str, float]] = []
    if item.id in exact:
        found.append(("code", EXACT_CODE))
    wholly = item.family in called
    if wholly or any(len(name) > 1 and name in query.readings for name in names.names):
        found.append(("named", NAMED))
    if wholly:
        found.append(("wholly_named", WHOLLY_NAMED))
    if query.amounts and names.amounts:
        if any(agrees(asked, own) for asked in query.amounts for own in names.amounts):
            found.append(("amount", AMOUNT_AGREES))
        elif any(same_unit(asked, own) for asked in query.amounts for own in names.amounts):
            found.append(("other_amount", AMOUNT_DIFFERS))
    if query.numbers and (missing := len(query.numbers - names.numbers)):
        found.append(("numbers_missing", NUMBERS_MISSING * missing / len(query.numbers)))
    if item.sub_library is SubLibrary.BUSINESS and not query.hints:
        found.append(("business", BUSINESS))
    if query.facets and names.facets & set(query.facets):
        found.append(("facet", HAS_FACET))
    if item.sub_library in query.hints:
        found.append(("hint", HINTED))
    if item.region is not None and item.region.path in query.regions:
        found.append(("local", LOCAL))
    return found


def has_a_name(item: KnowledgeItem) -> bool:
    """Whether an item is called something: not where its title is all that it says, a sentence without one."""
    if item.aliases or len(item.facets) > 1:
        return True
    return all(item.title not in (facet.official, facet.customer) for facet in item.facets)


def names_by_code(item: KnowledgeItem, code: str) -> bool:
    """Whether ``code`` names the item: a screen, a command, or a code with a digit in it.

    A code that is a word (WIFI, ESIM) is found by its word; lifting it would drown the question.
    """
    if any(char.isdigit() for char in code) or code in (s.upper() for s in item.screens):
        return True
    commands = (a.target.split("@")[0] for a in item.actions if a.channel is Channel.SMS)
    return code in commands


@dataclass(frozen=True)
class ItemNames:
    """What corrections look at in an item, normalised once.

    All its texts are normalised only when a question has numbers, or for the first item: that takes
    longer than the rest of a search, for fifty items that nobody asked about lately.
    """

    item: KnowledgeItem
    names: tuple[str, ...]
    amounts: tuple[str, ...]
    facets: frozenset[FacetKind]

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        item = self.item
        wordings = (wording for f in item.facets for wording in (f.official, f.customer))
        # at once: normalising is quick by the character and slow by the call; no rule crosses a bar
        asked = (question for _, question in item.questions())
        spelled = normalize("|".join((*asked, *wordings)))
        codes = (code.value for code in item.codes)
        return (*self.names, spelled, *codes, *(action.target for action in item.actions))

    @cached_property
    def length(self) -> int:
        """How many characters its facets say, in official wording."""
        return sum(len(facet.official) for facet in self.item.facets)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number that the item states."""
        return frozenset(number for text in self._texts for number in numbers_of(text))

    @cached_property
    def text(self) -> str:
        """Everything that the item says, in lower case."""
        return "\n".join(self._texts).lower()


def names_of(item: KnowledgeItem, spelled: Sequence[str] = ()) -> ItemNames:
    """The normalised names of an item, the amounts in them, and the kinds of its facets.

    ``spelled`` are its title and aliases as the index holds them normalised, which saves the work. An item
    that is not called anything has no names, but their amounts.
    """
    names = tuple(spelled) or tuple(normalize(name) for name in (item.title, *item.aliases))
    amounts = tuple(dict.fromkeys(amount for name in names for amount in amounts_of(name)))
    if not has_a_name(item):
        names = ()
    return ItemNames(item, names, amounts, frozenset(facet.kind for facet in item.facets))


def _split(amount: str) -> tuple[str, str]:
    number = amount.rstrip("元gbm分钟天个月档年岁")
    return number, amount[len(number) :].replace("档", "元")


def agrees(asked: str, own: str) -> bool:
    """Whether two amounts can be the same: equal numbers whose units do not contradict.

    >>> agrees("59", "59元"), agrees("15元", "15gb"), agrees("59档", "59元")
    (True, False, True)
    """
    (number, unit), (other, other_unit) = _split(asked), _split(own)
    return number == other and (not unit or not other_unit or unit == other_unit)


def same_unit(asked: str, own: str) -> bool:
    """Whether two amounts speak of the same thing, so that different numbers contradict."""
    (number, unit), other = _split(asked), _split(own)[1]
    if not unit:
        # a bare number beside a product is its price: 不限量那个99的
        return other == "元" and len(number) > 1
    return unit == other
