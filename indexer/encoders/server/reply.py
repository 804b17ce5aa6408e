"""What an embedding server answers, read without trust: pure, no network."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import numpy as np
import orjson

from indexer.encoders.protocol import ServerAnswerBad, Vectors

_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_SAID: Final = 160
"""Characters of a server's own message that are repeated."""


def vectors_of(content: bytes, count: int, dim: int | None) -> Vectors:
    """Vectors of length one, shape (count, dim), in the order in which the texts were sent.

    ``ServerAnswerBad`` where there is not exactly one usable vector a text, or another length than
    ``dim`` (None: the first one decides).
    """
    try:
        answer = orjson.loads(content)
        entries = answer["data"]
        places = [entry["index"] for entry in entries]
        written = [entry["embedding"] for entry in entries]
    except orjson.JSONDecodeError as error:
        raise ServerAnswerBad(f"回答不是 JSON（{error}）") from None
    except (KeyError, TypeError):
        raise ServerAnswerBad("回答里没有 data[].index 和 data[].embedding") from None
    if len(places) != count:
        raise ServerAnswerBad(
            f"送去 {count} 段文字，只应有 {count} 个向量，回答里有 {len(places)} 个"
        )
    if any(type(place) is not int for place in places) or sorted(places) != list(range(count)):
        raise ServerAnswerBad(f"回答里的 index 不是 0 至 {count - 1} 各一个")
    rows = [_row(one) for one in written]
    width = dim or len(rows[0])
    for place, row in zip(places, rows, strict=True):
        if len(row) != width or width == 0:
            raise ServerAnswerBad(f"第 {place + 1} 个向量有 {len(row)} 维，应为 {width} 维")
    matrix = np.stack(rows)[np.argsort(places)].astype(np.float64)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise ServerAnswerBad("向量里有 NaN 或无穷大")
    if not (lengths > 0.0).all():
        raise ServerAnswerBad("有全是 0 的向量")
    vectors: Vectors = (matrix / lengths).astype(np.float32)
    return vectors


def _row(written: Any) -> Vectors:
    try:
        if isinstance(written, str):
            return np.frombuffer(base64.b64decode(written, validate=True), dtype="<f4")
        row = np.asarray(written, dtype=np.float32)
        if row.ndim != 1:
            raise ValueError(row.shape)
        return row
    except (binascii.Error, ValueError, TypeError):
        raise ServerAnswerBad("有一个向量既不是一列数，也不是 base64 的 float32") from None


def message_of(content: bytes) -> str:
    """What a server says is wrong, in one short line; empty where it says nothing readable."""
    try:
        said: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and key in said:
            said = said[key]
    return " ".join(said.split())[:_SAID] if isinstance(said, str) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After`` asks for, in either of its forms; None where it says nothing.

    >>> retry_after({"retry-after": "7"})
    7.0
    """
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    until, said_at = _moment(asked), _moment(headers.get("date", ""))
    if until is None or said_at is None:  # against the server's own clock, or not at all
        return None
    return max(0.0, math.ceil((until - said_at).total_seconds()))


def _moment(written: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
