"""What pydantic finds wrong with a request, field by field, in Chinese that says what to change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.desk.masking import masked_text

_MOST_ERRORS: Final = 20
_SHOWN: Final = 40  # characters of a wrong value that are shown back
_PLACES: Final = frozenset({"query", "path", "header", "body"})

_UNSPOKEN: Final = frozenset({"number", "key"})
_MOBILE: Final = re.compile(r"1[3-9](?:[\s-]?[0-9]){9}")  # mobile numbers stray into any field
_DATE: Final = "应为日期，例如 2026-03-01"
_INTEGER: Final = "应为整数"
_NUMBER: Final = "应为数"
_OBJECT: Final = "应为对象，即 {…}"
_FLAG: Final = "应为 true 或 false"
_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "缺少这一项，请补上",
    "extra_forbidden": "没有这一项，请删去或核对拼写",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "string_type": "应为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "string_pattern_mismatch": "格式不对，应符合 {pattern}",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "应为有限的数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "list_type": "应为列表，即 […]",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": "应为 JSON 对象，并带上 Content-Type: application/json",
    "json_invalid": "不是合法的 JSON",
    "value_error": "{error}",
}


def fields_of(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """One entry a wrong field, at most 20: ``field`` as a dotted path, ``detail`` in Chinese."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for error in errors:
        entry = {"field": _name(error["loc"]), "detail": _detail(error)}
        found.setdefault((entry["field"], entry["detail"]), entry)
    return list(found.values())[:_MOST_ERRORS]


def _name(location: Iterable[object]) -> str:
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in _PLACES:
        parts = parts[1:]
    return _sane(_MOBILE.sub("1**********", ".".join(parts)), 2 * _SHOWN)


def _detail(error: Mapping[str, Any]) -> str:
    context = {
        key: str(value).replace("' or '", "、").replace("', '", "、").strip("'")
        for key, value in (error.get("ctx") or {}).items()
    }
    message = _MESSAGES.get(error["type"], "值不合要求").format_map(_Open(context))
    given = error.get("input")
    if error["type"] in ("missing", "extra_forbidden") or not isinstance(given, str | int | float):
        return message
    # of a person, or a secret: never repeated, however it is mistyped
    if not _UNSPOKEN.isdisjoint(map(str, error["loc"])):
        return message
    told = masked_text(_MOBILE.sub("1**********", str(given)))
    return f"{message}；收到的是 {_sane(told, _SHOWN)!r}"


class _Open(dict[str, str]):
    """Leaves a gap that nothing fills as it is."""

    def __missing__(self, key: str) -> str:
        return "…"


def _sane(text: str, length: int) -> str:
    """``text`` short and encodable: half of a surrogate pair cannot be written as UTF-8."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= length else whole[:length] + "…"
