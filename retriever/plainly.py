"""Questions that say an item's name and what to tell of it, and nothing else: a clerk's LLB50多少钱."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from retriever.intents import subject_of

_A_MONTH: Final = re.compile(r"(?<!\d)1个月")  # how prices are asked for, no amount
_WHAT_IT_IS: Final = re.compile(
    r"\W*(?:是个?)?(?:什么|啥)(?:业务|套餐|意思|东西|活动)?\W*|\W*介绍一?下\W*"
)


def asks_plainly(normalized: str, names: Iterable[str], *, has_facet: bool) -> bool:
    """Whether a question says one of an item's normalised names and else only what to tell of it: a
    facet, where the item ``has_facet`` that is asked for, or what it is.

    >>> asks_plainly("llb50多少钱", ["llb50", "流量包"], has_facet=True)
    True
    >>> asks_plainly("llb50送朋友多少钱", ["llb50", "流量包"], has_facet=True)
    False
    """
    said = max((name for name in names if name in normalized), key=len, default="")
    if not said:
        return False
    rest = _A_MONTH.sub(" ", normalized.replace(said, " "))
    if _WHAT_IT_IS.fullmatch(rest):
        return True
    return has_facet and not any(sign.isdigit() for sign in rest) and not subject_of(rest)
