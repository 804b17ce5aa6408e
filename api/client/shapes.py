"""Dataclasses out of JSON: what a shape declares is read and checked, what it does not is kept in ``raw``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar

S = TypeVar("S", bound="Shape")
_KEY: Final = "key"


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """Part of a reply. ``raw`` is all of it as it came, also what this version does not know."""

    raw: Mapping[str, Any] = dataclasses.field(
        default_factory=dict, repr=False, compare=False, kw_only=True
    )


class Misshapen(Exception):
    """A reply without something that it must have; the message says where."""


def called(key: str) -> Any:
    """A field whose key in JSON is no name in Python, empty where it is left out."""
    return dataclasses.field(default=(), metadata={_KEY: key})


def shaped(shape: type[S]) -> Callable[[Any], S]:
    """What reads ``shape`` from JSON; ``Misshapen`` where it does not fit.

    >>> from api.client.knowledge import Snippet
    >>> shaped(Snippet)({"text": "5元", "spans": [[0, 1]], "later": 1})
    Snippet(text='5元', spans=((0, 1),))
    """
    return lambda found: _shape(shape, found, shape.__name__)


@cache
def _fields(shape: type[Any]) -> list[tuple[str, str, Any, bool]]:
    hints = typing.get_type_hints(shape)
    return [
        (one.name, one.metadata.get(_KEY, one.name), hints[one.name], _required(one))
        for one in dataclasses.fields(shape)
        if one.name != "raw"
    ]


def _required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _shape(shape: Any, found: Any, where: str) -> Any:
    if not isinstance(found, dict):
        raise Misshapen(f"{where} 应为对象")
    given: dict[str, Any] = {}
    for name, key, hint, required in _fields(shape):
        if key in found:
            given[name] = _value(hint, found[key], f"{where}.{key}")
        elif required:
            raise Misshapen(f"{where} 里没有 {key}")
    return shape(**given, raw=found)


def _value(hint: Any, found: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        if found is None:
            return None
        (hint,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
        return _value(hint, found, where)
    if hint is Any:
        return found
    if origin is tuple:
        return _tuple(typing.get_args(hint), found, where)
    if isinstance(hint, type) and issubclass(hint, Shape):
        return _shape(hint, found, where)
    if hint in _MOMENTS:
        return _moment(hint, found, where)
    expected = origin or hint
    # a whole number is a float, too; true is a number in Python, but not here
    fits = isinstance(found, _ALSO.get(expected, expected))
    if not fits or (isinstance(found, bool) and expected is not bool):
        raise Misshapen(f"{where} 不是 {_NAMES.get(expected, expected.__name__)}")
    return float(found) if expected is float else found


_MOMENTS: Final = (dt.datetime, dt.date)
_ALSO: Final[Mapping[Any, Any]] = {float: (int, float), Mapping: dict}
_NAMES: Final[Mapping[Any, str]] = {
    str: "文字",
    int: "整数",
    float: "数",
    bool: "true 或 false",
    Mapping: "对象",
}


def _tuple(inside: tuple[Any, ...], found: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(found, list):
        raise Misshapen(f"{where} 应为列表")
    hints = [inside[0]] * len(found) if inside[-1] is Ellipsis else list(inside)
    if len(hints) != len(found):
        raise Misshapen(f"{where} 应有 {len(hints)} 个值")
    pairs = enumerate(zip(hints, found, strict=True))
    return tuple(_value(hint, one, f"{where}[{place}]") for place, (hint, one) in pairs)


def _moment(kind: Any, found: Any, where: str) -> Any:
    try:
        return kind.fromisoformat(found)
    except (TypeError, ValueError):
        raise Misshapen(f"{where} 不是日期或时刻") from None
