"""Whether the messages offered beside an answer are the right ones and look as they will be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eval.facts import says
from eval.faqset import Expectation

_SIGNED: Final = re.compile(r"^【[^【】]+】|【[^【】]+】$")
_UNFILLED: Final = re.compile(r"\{\{|\}\}|\{%|%\}")
_ONE_SMS: Final = 70  # UTF-16 units of a single message; 67 a part when it is longer
_SMS_PART: Final = 67


def preview_problems(
    expect: Expectation, push: Sequence[Mapping[str, Any]], view: Mapping[str, Any] | None
) -> list[str]:
    """What is wrong with the previews, one sentence each; the item's own templates are due."""
    offered = [str(message.get("template_id")) for message in push]
    problems = []
    if expect.templates and not any(name in offered for name in expect.templates):
        problems.append(f"没有预览模板 {'、'.join(expect.templates)} 中的任何一个")
    if view is not None:
        lacking = [name for name in view["templates"] if name not in offered]
        if lacking:
            problems.append(f"没有预览条目的模板 {'、'.join(lacking)}")
    for message in push:
        problems += [f"预览 {message.get('template_id')}：{flaw}" for flaw in _flaws(message)]
        text = str(message.get("preview") or "")
        problems += [
            f"预览 {message.get('template_id')}：不该说 {fact}"
            for fact in expect.must_not_contain
            if says(text, fact)
        ]
    return problems


def _flaws(message: Mapping[str, Any]) -> Iterator[str]:
    text = str(message.get("preview") or "")
    if not text.strip():
        yield "是空的"
    if _UNFILLED.search(text):
        yield "有没填的占位符"
    if message.get("channel") != "sms":
        return
    if not _SIGNED.search(text):
        yield "没有签名"
    if not text.isascii() and message.get("segments") != _segments(text):
        yield f"条数应为 {_segments(text)}，写的是 {message.get('segments')}"


def _segments(text: str) -> int:
    """Segments of a UCS-2 message whose characters all take one unit; a pair that would be cut
    moves to the next part.

    >>> _segments("字" * 70), _segments("字" * 71), _segments("字" * 66 + "😀" + "字" * 3)
    (1, 2, 2)
    """
    units = [len(character.encode("utf-16-le")) // 2 for character in text]
    if sum(units) <= _ONE_SMS:
        return 1
    parts, used = 1, 0
    for size in units:
        if used + size > _SMS_PART:
            parts, used = parts + 1, 0
        used += size
    return parts
