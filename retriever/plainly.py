"""Questions that say an item's name and what to tell of it, and nothing else: a clerk's LLB50多少钱."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from corpora.types import FacetKind
from retriever.intents import subject_of, wanted_facets

_LONGEST: Final = (
    40  # characters: who asks plainly is brief, and every part of the text is looked up
)
_SHORTEST: Final = 2
_A_MONTH: Final = re.compile(r"(?<!\d)1个月")  # how prices are asked for, no amount
_WHAT_IT_IS: Final = re.compile(
    r"\W*(?:请问)?\W*(?:是个?)?(?:什么|啥)(?:业务|套餐|意思|东西|活动)?\W*|\W*介绍一?下\W*"
)
_BESIDES: Final = re.compile(
    r"客户|客人|用户|家人|本人|系统里?|boss里?|跟?其他的?|跟?别的|[跟和与比办出]|开始|起?算|划算|介绍"
)
"""What says to whom, where and how it is to be told."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A name as the index spells it, and the facets that the question wants told of it, the first
    one first; none where it says the name alone.
    """

    name: str
    facets: tuple[FacetKind, ...]


def asked_plainly(normalized: str, names: Collection[str]) -> Plain | None:
    """The longest of the normalised ``names`` besides which a question only says what to tell of it.

    >>> asked_plainly("llb50多少钱", {"llb50", "流量包"})
    Plain(name='llb50', facets=(<FacetKind.PRICE: 'price'>,))
    >>> asked_plainly("llb50送朋友多少钱", {"llb50", "流量包"})
    """
    if len(normalized) > _LONGEST:
        return None
    for length in range(len(normalized), _SHORTEST - 1, -1):
        for start in range(len(normalized) - length + 1):
            name = normalized[start : start + length]
            if name not in names or _goes_on(normalized, start, start + length):
                continue
            rest = f"{normalized[:start]} {normalized[start + length :]}"
            if (facets := _told(rest)) is not None:
                return Plain(name, facets)
    return None


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the part of the text is only part of a longer number or Latin word."""

    def joined(at: int) -> bool:
        before, after = text[at - 1 : at], text[at : at + 1]
        one_word = before.isascii() and after.isascii()
        return one_word and before.isalnum() and after.isalnum()

    return (start > 0 and joined(start)) or joined(end)


def _told(rest: str) -> tuple[FacetKind, ...] | None:
    """What a question wants told, by what it says besides a name; None where it says anything else."""
    rest = _A_MONTH.sub(" ", rest)
    if _WHAT_IT_IS.fullmatch(rest):
        return (FacetKind.OVERVIEW,)
    if any(sign.isdigit() for sign in rest):
        return None
    # either may cut a word of the other in two: 开始 holds 开, 代办 holds 办
    if subject_of(_BESIDES.sub(" ", rest)) and _BESIDES.sub("", subject_of(rest)):
        return None
    # where to do it asks how to, too
    return wanted_facets(rest) or ((FacetKind.OPEN,) if "办" in rest else ())
