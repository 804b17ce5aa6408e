"""``zhiku model fit``: constants of one encoder from a FAQ set."""

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
    lookups_of,
    settings,
)
from indexer.cli import print_json, progress, say


def model_fit(
    faqset: FaqSetFile,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="写到这个目录；默认 ZHIKU_FITTED，再默认随附常数目录"),
    ] = None,
    as_of: AsOf = "",
    encoder: EncoderName = "",
    blend: Annotated[bool, typer.Option("--blend", help="也在 dev 上选择混合权重")] = False,
    as_json: JsonFlag = False,
) -> None:
    """用题集的 train 题拟合“何时作答”的常数，按编码器指纹保存。"""
    from eval.fit import fit
    from retriever.constants import shipped_folder

    with failing_clearly():
        given = settings()
        questions = loaded(faqset)
        day = date(as_of)
        with base_to_learn_from(given, encoder) as (base, vectors_of, look), progress() as report:
            fitted = fit(
                questions,
                base,
                made_on=dt.datetime.now(dt.UTC).date(),
                as_of=day,
                with_blend=blend,
                lookups=lookups_of(given),
                vectors_of=vectors_of,
                progress=counted(report, "取特征"),
                counted=lambda name: counted(report, name),
                look=look,
            )
        path = fitted.write(out or given.fitted or shipped_folder())
    say(f"已写 {path}")
    if as_json:
        print_json({"path": str(path), **fitted.to_json()})
        return
    from eval.tables import show_fitted

    show_fitted(fitted)
