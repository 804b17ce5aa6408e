"""``zhiku model adapt``: an encoder fitted to one's own questions, kept only if dev says that it wins."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from eval.deployment import (
    AsOf,
    EncoderName,
    FaqSetFile,
    JsonFlag,
    base_to_learn_from,
    counted,
    date,
    failing_clearly,
    loaded,
    settings,
)
from indexer.cli import print_json, progress, say


def model_adapt(
    faqset: FaqSetFile,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="写到这个目录；默认 ZHIKU_FITTED，再默认随附常数目录"),
    ] = None,
    as_of: AsOf = "",
    encoder: EncoderName = "",
    as_json: JsonFlag = False,
) -> None:
    """用题集的 train 题为这套知识训练一个小的适配矩阵；只有在 dev 题上确实胜出才保存。"""
    from eval.adapting import adapt
    from retriever.constants import shipped_folder

    with failing_clearly():
        given = settings()
        questions = loaded(faqset)
        day = date(as_of)
        with base_to_learn_from(given, encoder) as (base, vectors_of, _), progress() as report:
            adapted = adapt(
                questions,
                base,
                vectors_of,
                made_on=dt.datetime.now(dt.UTC).date(),
                as_of=day,
                counted=lambda name: counted(report, name),
            )
            fingerprint = base.manifest.encoder_fingerprint
            in_use = base.retriever.constants.adapter is not None
        path = None
        if adapted.wins:
            path = adapted.write(out or given.fitted or shipped_folder(), fingerprint)
    if as_json:
        print_json({"path": path and str(path), **adapted.to_json()})
    else:
        from eval.paired_tables import show_differences

        title = f"{adapted.evidence['encoder']}：未适配（甲）→ 已适配（乙），dev"
        show_differences(title, adapted.dev)
    if path is None:
        say(
            "没有确实胜出，什么也没有保存；可以增加 train 题后再试"
            + (
                "。以前的适配矩阵没有动，仍在使用；不要它就在它的目录里删除 .adapter.npz"
                if in_use
                else ""
            )
        )
    else:
        say(f"已写 {path}；请再运行 zhiku model fit，让作答的常数按新的排序拟合")
