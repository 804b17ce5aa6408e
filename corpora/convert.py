"""Plain records → domain values; every field that does not fit becomes a flaw with its path."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from corpora.messages import EMPTY, NOT_DATE, NOT_NUMBER, in_chinese, nearest
from corpora.serial import adapter
from corpora.types import FieldError
from corpora.yaml_nodes import FieldPath

T = TypeVar("T")
Flaws = list[tuple[FieldPath, str]]

_DROP: Final = object()


def converted(raw: object, kind: type[T]) -> tuple[T | None, Flaws]:
    """A value of ``kind`` from plain data, or None and all that keeps it from being one."""
    flaws: Flaws = []
    clean = _clean(raw, kind, (), flaws)
    hashable: Any = kind  # mypy compares the class with Hashable as if it were an instance
    try:
        value: T = adapter(hashable).validate_python(clean)
    except ValidationError as error:
        flaws += list(_refusals(error))
        return None, _first_of_each(flaws)
    return (None if flaws else value), flaws


def _clean(value: object, hint: Any, path: FieldPath, flaws: Flaws) -> object:
    """``value`` without what pydantic would wave through or explain badly."""
    kind, optional = _unwrapped(hint)
    if value is None and not optional:
        flaws.append((path, EMPTY))
        return _DROP
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, Mapping):
        return _clean_mapping(value, kind, path, flaws)
    if get_origin(kind) is tuple and isinstance(value, list):
        cleaned = [
            _clean(part, get_args(kind)[0], (*path, n), flaws) for n, part in enumerate(value)
        ]
        return [part for part in cleaned if part is not _DROP]
    # pydantic reads a bare number as seconds since 1970, and true as 1.
    if kind is dt.date and isinstance(value, (int, float)):
        flaws.append((path, NOT_DATE))
        return _DROP
    if kind in (int, Decimal) and isinstance(value, bool):
        flaws.append((path, NOT_NUMBER))
        return _DROP
    return value


def _clean_mapping(
    value: Mapping[str, object], kind: type[Any], path: FieldPath, flaws: Flaws
) -> dict[str, object]:
    hashable: Any = kind
    hints: dict[str, Any] = _hints(hashable)
    cleaned: dict[str, object] = {}
    for key, part in value.items():
        if key not in hints:
            known = f"可用：{'、'.join(hints)}"
            flaws.append(((*path, key), f"没有这个字段{nearest(key, hints) or f'；{known}'}"))
            continue
        kept = _clean(part, hints[key], (*path, key), flaws)
        if kept is not _DROP:
            cleaned[key] = kept
    return cleaned


@lru_cache(maxsize=64)
def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    """The type without ``| None``, and whether None was allowed."""
    if get_origin(hint) in (Union, types.UnionType):
        others = [part for part in get_args(hint) if part is not type(None)]
        return others[0], True
    return hint, False


def _refusals(error: ValidationError) -> Iterator[tuple[FieldPath, str]]:
    for refusal in error.errors(include_url=False):
        path: FieldPath = tuple(refusal["loc"])
        cause = refusal.get("ctx", {}).get("error")
        if isinstance(cause, FieldError):
            tail = cause.field.rpartition(".")[2]
            names = [part for part in path if isinstance(part, str)]
            if not names or names[-1] != tail:
                path = (*path, tail)
        yield path, in_chinese(refusal)


def _first_of_each(flaws: Flaws) -> Flaws:
    """One flaw a field: what was dropped as unusable is not missing as well."""
    first: dict[FieldPath, str] = {}
    for path, problem in flaws:
        first.setdefault(path, problem)
    return list(first.items())
