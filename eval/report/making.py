"""How a run was made: everything that anyone needs to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from eval.stored import FaqRun, system_name

_NAMES: Final = {
    "faqset": "题集",
    "file": "题集文件",
    "questions": "题数",
    "digest": "题集指纹",
    "as_of": "按这一天的知识",
    "started_at": "开始时间",
    "workers": "同时提问数",
    "resumed": "接着做时已问过的题",
    "depth": "每题取前几条",
    "resamples": "重抽样次数",
    "seed": "随机种子",
    "system.kind": "系统种类",
    "system.name": "系统名称",
    "system.url": "系统地址",
    "system.index.version": "索引版本",
    "system.index.encoder": "向量模型",
    "system.index.encoder_fingerprint": "向量模型指纹",
    "system.index.analyzer_fingerprint": "分词器指纹",
    "system.index.items": "条目数",
    "system.index.passages": "片段数",
    "system.constants.fitted": "常数经过拟合",
    "system.constants.fingerprint": "常数指纹",
    "system.constants.threshold": "作答阈值",
    "system.constants.adapted": "适配过这套知识",
    "system.constants.digest": "常数摘要",
    "system.taught": "再读一遍的模型",
    "options.system": "选项 --system",
    "options.encoder": "选项 --encoder",
    "options.split": "选项 --split",
    "options.only": "选项 --only",
    "machine.system": "操作系统",
    "machine.processor": "处理器",
    "machine.cores": "核数",
    "machine.python": "Python",
    "code.zhiku": "程序版本",
    "code.commit": "程序提交号",
}


def making(run: FaqRun) -> list[tuple[str, str]]:
    """The setting as names and values."""
    return [(_NAMES.get(name, name), text) for name, text in _flat(run.setting) if text]


def commands(run: FaqRun) -> list[str]:
    """What makes the run again, and what compares the two."""
    setting = run.setting
    file = str(setting.get("file") or "题集.jsonl")
    again = ["zhiku", "eval", "run", file, "--as-of", str(setting["as_of"])]
    for name, value in setting.get("options", {}).items():
        again += [f"--{name}", str(value)]
    if workers := setting.get("workers"):
        again += ["--workers", str(workers)]
    return [
        shlex.join([*again, "--out", "again"]),
        "zhiku eval compare run.json again/run.json",
    ]


def cautions(run: FaqRun) -> Iterator[str]:
    """What a reader has to know before believing the figures."""
    setting, metrics = run.setting, run.metrics
    if errors := metrics.get("errors"):
        yield f"有 {errors} 题被系统拒绝，按错计。"
    if degraded := metrics.get("degraded"):
        yield f"有 {degraded} 题是在降级状态下作答的，数值可能偏低。"
    parts = metrics.get("by_split", {})
    if "train" in parts and "test" in parts:
        test = parts["test"]["measures"].get("right")
        more = (
            f"，测试划分全部要求达到 {test['value']:.1%} ±{test['half_width'] * 100:.1f}"
            if test
            else ""
        )
        yield (
            f"题集里有 {parts['train']['questions']} 题属于训练划分，拟合常数时可能用过；"
            f"没有用过的题更说明问题{more}。"
        )
    if str(setting.get("code", {}).get("commit", "")).endswith("+"):
        yield "评测时程序有没有提交的修改，只凭提交号不能完全重做。"
    if setting.get("resumed"):
        yield f"这次评测中断过，{setting['resumed']} 题是接着做之前问的。"


def title_of(run: FaqRun) -> str:
    """What was asked of which system."""
    return f"{run.setting.get('faqset') or '题集'} · {system_name(run.setting)}"


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, inside in value.items():
        if isinstance(inside, Mapping):
            yield from _flat(inside, f"{prefix}{name}.")
        elif isinstance(inside, bool):
            yield f"{prefix}{name}", "是" if inside else "否"
        elif inside is not None:
            yield (
                f"{prefix}{name}",
                "、".join(map(str, inside)) if isinstance(inside, list | tuple) else str(inside),
            )
