"""Free text without numbers that belong to a person: what clerks type is masked before it is kept.

Masked are mobile and landline numbers, numbers of identity papers (15 or 18 signs) and of cards (16
to 19), also with spaces or hyphens between the digits and in full width. Left alone is what is
shorter: product codes, prices, dates, short numbers such as 10086. Numbers in Chinese words are not
found.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from typing import Final

MOBILE: Final = "[手机号]"
LANDLINE: Final = "[电话]"
PAPER: Final = "[证件号]"
CARD: Final = "[卡号]"
NUMBER: Final = "[号码]"

_MARK: Final = re.compile("|".join(map(re.escape, (MOBILE, LANDLINE, PAPER, CARD, NUMBER))))
_SEPARATOR: Final = r"[\s\u2010-\u2015\u2212\u200b-\u200f\ufeff\uff0d-]"
# digits of any script, in groups with at most two separators between them
_RUN: Final = re.compile(
    rf"\d+(?:{_SEPARATOR}{{1,2}}\d+)*(?:[Xx\uff38\uff58](?![A-Za-z]))?"  # an X that ends a paper
)
_GROUP: Final = re.compile(r"\d+[Xx\uff38\uff58]?")
_MOBILE: Final = re.compile(r"(?:0{0,2}86)?1[3-9][0-9]{9}")
_MOBILE_INSIDE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"0[1-9][0-9]{9,10}")
_LANDLINE_PARTS: Final = re.compile(r"0[1-9][0-9]{1,2} [0-9]{7,8}")
_PAPER: Final = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_CARD: Final = re.compile(r"[0-9]{16,19}")
_LONGEST: Final = 24  # signs of a number that is written in groups


def masked_text(text: str) -> str:
    """``text`` with every number of a person replaced by what kind of number it was.

    >>> masked_text("客户 138 0000 1234 说 30010002 每月要收59元")
    '客户 [手机号] 说 30010002 每月要收59元'
    >>> masked_text("身份证１１０１０１１９９００１０１１２３Ｘ")
    '身份证[证件号]'
    """
    return _RUN.sub(lambda run: _masked_run(run[0]), text)


def without_marks(text: str) -> str:
    """``text`` without what stands where a number was, for a search that it would mislead.

    >>> without_marks("流量不够用了，号码[手机号]")
    '流量不够用了，号码'
    """
    return _MARK.sub("", text)


def is_personal(text: str) -> bool:
    """Whether something in ``text`` would be masked."""
    return masked_text(text) != text


def _masked_run(run: str) -> str:
    found = list(_GROUP.finditer(run))
    groups = [_plain(group[0]) for group in found]
    alone = [_kind(group) for group in groups]
    told: list[str] = []
    at = here = 0
    while at < len(groups):
        end, kind = _number_at(run, found, groups, alone, at)
        if kind:
            told += [run[here : found[at].start()], kind]
            here = found[end - 1].end()
        at = end
    return "".join([*told, run[here:]])


def _number_at(
    run: str,
    found: Sequence[re.Match[str]],
    groups: Sequence[str],
    alone: Sequence[str],
    at: int,
) -> tuple[int, str]:
    """The end of the longest number that begins with the group ``at``, and its kind, if it is one."""
    if alone[at]:
        return at + 1, alone[at]
    # what is surely a number by itself is never the tail of another one
    sure = (
        n
        for n in range(at + 1, len(groups))
        if alone[n] == PAPER or (alone[n] not in ("", NUMBER) and groups[n].isdigit())
    )
    last = next(sure, len(groups))
    for end in range(last, at + 1, -1):
        parts = groups[at:end]
        if sum(map(len, parts)) > _LONGEST or _may_be_plain(run, found[at:end], parts):
            continue
        hyphens = not any(char.isspace() for char in run[found[at].end() : found[end - 1].start()])
        if kind := _kind_of_parts(parts, hyphens=hyphens):
            return end, kind
    return at + 1, ""


def _plain(group: str) -> str:
    """ASCII digits, and a capital X."""
    return "".join("X" if char in "Xx\uff38\uff58" else str(int(char)) for char in group)


def _kind(group: str) -> str:
    """What an unbroken row of digits is; empty for what is nobody's."""
    digits = group.rstrip("X")
    if _MOBILE.fullmatch(digits):
        return MOBILE
    if _PAPER.fullmatch(group) and (len(group) == 15 or _born(group) or group.endswith("X")):
        return PAPER
    if _LANDLINE.fullmatch(digits):
        return LANDLINE
    if _CARD.fullmatch(digits):
        return CARD
    # nothing of ours is that long; of what is shorter a mobile number may be a part
    if len(digits) >= 15 or (len(digits) > 11 and _MOBILE_INSIDE.search(digits)):
        return NUMBER
    return ""


def _kind_of_parts(parts: Sequence[str], *, hyphens: bool) -> str:
    """What groups of digits are together. Codes and prices stand side by side as well: papers and
    cards are told by how they are grouped, or by a day of birth.
    """
    if any("X" in part for part in parts[:-1]):
        return ""
    joined = "".join(parts)
    if _MOBILE.fullmatch(joined.rstrip("X")):
        return MOBILE
    if _LANDLINE_PARTS.fullmatch(" ".join(parts)):
        return LANDLINE
    if _PAPER.fullmatch(joined) and (_born(joined) or joined.endswith("X")):
        return PAPER
    if len(joined) == 15 and len(parts[0]) == 6 and _is_day(f"19{joined[6:12]}"):
        return PAPER
    in_fours = all(len(part) == 4 for part in parts[:-1]) and len(parts[-1]) <= 4
    in_ones = all(len(part) == 1 for part in parts)
    in_two = len(parts) == 2 and len(parts[0]) == 6 and len(parts[1]) >= 10
    grouped = in_fours or in_ones or in_two or (hyphens and all(len(part) <= 6 for part in parts))
    return CARD if grouped and _CARD.fullmatch(joined.rstrip("X")) else ""


def _may_be_plain(run: str, found: Sequence[re.Match[str]], parts: Sequence[str]) -> bool:
    """Whether groups stand side by side without being one number: prices, or dates."""
    between = [run[a.end() : b.start()] for a, b in itertools.pairwise(found)]
    spaced = all(gap.isspace() for gap in between)
    if spaced and all(2 <= len(part) <= 3 for part in parts):
        return True
    return all(map(_is_day, _days(parts)))


def _days(parts: Sequence[str]) -> list[str]:
    """The groups as they would be if they were dates: 2026 03 01 is one."""
    days: list[str] = []
    rest = list(parts)
    while rest:
        taken = 3 if [len(part) for part in rest[:3]] == [4, 2, 2] else 1
        days.append("".join(rest[:taken]))
        rest = rest[taken:]
    return days


def _is_day(digits: str) -> bool:
    if len(digits) != 8 or digits[:2] not in ("19", "20"):
        return False
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _born(paper: str) -> bool:
    return _is_day(paper[6:14])
