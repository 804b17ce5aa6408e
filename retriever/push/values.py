"""What may stand in the gaps of a message: typed values of a caller and chosen fields of an item.

A source is looked up in a closed list, never by walking attributes. So no template, however it is
written, can reach a facet: official wording and internal knowledge cannot enter a message.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    PushTemplate,
    known_source,
    plain_number,
    source_value,
)
from corpora.types import KnowledgeItem
from retriever.push.errors import ConflictingValue, IllTypedValue, UnknownSource, UnknownValue

# [0-9], not \d: \d also takes digits of other scripts, which a handset cannot dial.
_PHONE: Final = re.compile(
    r"1[3-9][0-9]{9}"  # a mobile number
    r"|1[3-9][0-9]\*{4}[0-9]{4}"  # the same, masked, as receipts show it
    r"|0[0-9]{2,3}-?[0-9]{7,8}"  # a fixed line
    r"|(?:10|12|95|96)[0-9]{3,6}"  # service numbers such as 10086
    r"|400-?[0-9]{3}-?[0-9]{4}"
)
_CHARDIGIT: Final = re.compile(r"[A-Za-z0-9#_-]+")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_MONEY: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,2})?")
_ECHO_LIMIT: Final = 20  # characters of a refused value that an error repeats

# Cf holds writing-direction overrides and zero-width spaces, good only for disguise.
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER: Final = "\u200d"  # the one Cf character with a use here: it binds emoji together


def filled_values(
    template: PushTemplate, values: Mapping[str, str], item: KnowledgeItem | None
) -> dict[str, str]:
    """Every placeholder that can be filled, as the customer will read it; open ones are left out.

    A blank counts as open. A caller may repeat what the item says but not contradict it.
    """
    declared = [placeholder.name for placeholder in template.placeholders]
    if unknown := sorted(set(values) - set(declared)):
        raise UnknownValue(unknown, declared)
    filled: dict[str, str] = {}
    for placeholder in template.placeholders:
        name = placeholder.name
        given, sourced = values.get(name, "").strip(), _from_source(placeholder, item)
        if given:
            filled[name] = typed(placeholder, given)
        if sourced:
            from_item = typed(placeholder, sourced)
            if filled.setdefault(name, from_item) != from_item:
                raise ConflictingValue(name, from_item)
    return filled


def typed(placeholder: Placeholder, value: str) -> str:
    """``value`` as the customer reads it, or ``IllTypedValue``.

    >>> typed(Placeholder("fee", PlaceholderType.MONEY), "10.00")
    '10元'
    """
    match placeholder.type:
        case PlaceholderType.PHONE:
            return _phone(placeholder, value)
        case PlaceholderType.CHARDIGIT:
            return _chardigit(placeholder, value)
        case PlaceholderType.DATETIME:
            return _datetime(placeholder, value)
        case PlaceholderType.MONEY:
            return _money(placeholder, value)
        case PlaceholderType.TEXT:
            return _text(placeholder, value)


def unfit_character(text: str) -> str:
    """The first character that would break a message, as it can be shown; empty when there is none.

    【】 would forge a signature, braces a placeholder; control characters hide or move words.
    """
    for character in text:
        if character in "【】{}":
            return character
        if unicodedata.category(character) in _CONTROL and character != _JOINER:
            return f"U+{ord(character):04X}"
    return ""


def _from_source(placeholder: Placeholder, item: KnowledgeItem | None) -> str:
    """What the item says, written as a caller would write it; empty when it says nothing."""
    source = placeholder.source
    if not source:
        return ""
    if not known_source(source):
        raise UnknownSource(placeholder.name, source)
    return "" if item is None else source_value(item, source)


def _phone(placeholder: Placeholder, value: str) -> str:
    # The value is not repeated: errors are logged, and a number is personal data.
    if not _PHONE.fullmatch(value):
        raise IllTypedValue(placeholder.name, "应为手机号、固定电话或服务号码，如10086")
    return value


def _chardigit(placeholder: Placeholder, value: str) -> str:
    if not _CHARDIGIT.fullmatch(value):
        raise IllTypedValue(placeholder.name, "只能由字母、数字和 # - _ 组成")
    return _within(placeholder, value)


def _datetime(placeholder: Placeholder, value: str) -> str:
    mend = f"“{value[:_ECHO_LIMIT]}”不是日期，应写成2026-12-01或2026-12-01T09:30"
    if not _DATE.fullmatch(value):
        raise IllTypedValue(placeholder.name, mend)
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise IllTypedValue(placeholder.name, mend) from error
    day = f"{moment.year}年{moment.month}月{moment.day}日"
    if len(value) == len("2026-12-01"):
        return day
    return day + moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def _money(placeholder: Placeholder, value: str) -> str:
    if not _MONEY.fullmatch(value):
        raise IllTypedValue(
            placeholder.name,
            f"“{value[:_ECHO_LIMIT]}”不是金额，应写成10或0.15，不带“元”，最多两位小数",
        )
    return f"{plain_number(Decimal(value))}元"


def _text(placeholder: Placeholder, value: str) -> str:
    if unfit := unfit_character(value):
        raise IllTypedValue(placeholder.name, f"含有不允许的字符{unfit}，请删去")
    return _within(placeholder, value)


def _within(placeholder: Placeholder, value: str) -> str:
    if len(value) > placeholder.max_length:
        raise IllTypedValue(
            placeholder.name, f"共{len(value)}字，超过{placeholder.max_length}字，请缩短"
        )
    return value
