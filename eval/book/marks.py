"""What ties a workbook to the run that it was written from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from eval.stored import FaqRun, system_name

SHEET: Final = "运行信息（勿改）"
_OF_RUN: Final = ("faqset", "digest", "as_of", "system")


def mark_of(run: FaqRun) -> str:
    """What was asked of what and what came of it, as 16 hex digits; when and how fast is left out."""
    state = hashlib.blake2b(digest_size=8)
    state.update(_spelt({name: run.setting.get(name) for name in _OF_RUN}))
    for verdict in run.verdicts:
        row = verdict.to_json()
        told = {name: row[name] for name in ("id", "question", "outcome", "item", "text", "right")}
        state.update(_spelt(told))
    return state.hexdigest()


def mark_rows(run: FaqRun) -> list[tuple[str, ...]]:
    """The rows of the sheet that carries the mark and, for people, what it stands for."""
    setting = run.setting
    return [
        ("这一页由程序使用，请不要修改或删除",),
        ("运行指纹", mark_of(run)),
        ("题集", str(setting.get("faqset", ""))),
        ("题集指纹", str(setting.get("digest", ""))),
        ("系统", system_name(setting)),
        ("按这一天的知识", str(setting["as_of"])),
        ("设置", _spelt(setting).decode()),
    ]


def other_run(found: Mapping[str, str], run: FaqRun) -> str:
    """Why a workbook that carries these rows belongs to another run; "" where it does not."""
    expected = {row[0]: row[1] for row in mark_rows(run) if len(row) > 1}
    if "运行指纹" not in found:
        return "没有运行指纹，不知道是哪次评测的；请在 questions.xlsx 原来的工作簿里填写"
    if found["运行指纹"] == expected["运行指纹"]:
        return ""
    for name in ("题集", "题集指纹", "系统", "按这一天的知识"):
        if found.get(name) != expected[name]:
            return (
                f"是另一次评测的：{name}是 {found.get(name, '空的')}，这次评测是 {expected[name]}；"
                "请给写出这个工作簿的那次评测"
            )
    return "是另一次评测的：题目和系统相同，回答不同；请给写出这个工作簿的那次评测"


def _spelt(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
