"""``zhiku index build``: a version is staged, measured if asked for, then published or discarded."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval.deployment import (
    JsonFlag,
    circumstances,
    counted,
    failing_clearly,
    loaded,
    require_extra,
    settings,
    workers_for,
)
from indexer.cli import print_json, progress, say

if TYPE_CHECKING:
    from corpora.settings import Settings
    from eval.faqset import FaqSet
    from eval.gate import Gate
    from eval.stored import FaqRun
    from indexer.location import IndexAt


def build_index(
    *,
    to: Annotated[str, typer.Option("--to", help="索引地址，如 file:var/index")] = "",
    library: Annotated[list[str] | None, typer.Option("--library", help="只重建这些子库")] = None,
    encoder: Annotated[str, typer.Option("--encoder", help="编码器，如 onnx:bge-small-zh")] = "",
    gate: Annotated[
        Path | None, typer.Option("--gate", help="先用这份题集和在用版本比，不通过就不发布")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """从存储里已发布的知识建一个版本并发布；不通过把关时丢弃，在用版本不变，退出码为 1。"""
    from corpora.types import SubLibrary
    from indexer.encoders.models_at import models_at
    from indexer.location import index_at
    from indexer.publish import publish_from_store

    with failing_clearly():
        try:
            libraries = [SubLibrary(name) for name in library or []]
        except ValueError as error:
            known = "、".join(member.value for member in SubLibrary)
            raise typer.BadParameter(
                f"没有这个子库；可用：{known}", param_hint="--library"
            ) from error
        if gate:
            require_extra()
        given = settings()
        index = index_at(given, to or "")
        inspection = _Inspection(given, index, loaded(gate)) if gate else None
        with progress() as report:
            result = publish_from_store(
                given.store_url,
                index,
                models=models_at(given),
                encoder_name=encoder or given.encoder,
                libraries=libraries,
                now=dt.datetime.now(dt.UTC),
                fitted=given.fitted,
                report=report,
                approve=(lambda version: inspection.passes(version, report))
                if inspection
                else None,
            )
    if inspection is not None:
        inspection.show()
        result["gate"] = inspection.to_json()
    held = f"{result['items']} 条知识，{result['passages']} 个片段"
    if result["published"]:
        say(
            f"已发布版本 {result['version']}：{held}，"
            f"其中新编码 {result['encoded']} 个，用时 {result['seconds']} 秒"
        )
    else:
        say(f"没有发布：版本 {result['version']}（{held}）没有通过把关，已丢弃；在用版本不变")
    if as_json:
        print_json(result)
    if not result["published"]:
        raise typer.Exit(1)


class _Inspection:
    """A staged version beside the one in use, on one FAQ set."""

    def __init__(self, given: Settings, index: IndexAt, faq_set: FaqSet) -> None:
        self._given, self._index, self._faq_set = given, index, faq_set
        self._measured: FaqRun | None = None
        self._gate: Gate | None = None

    def passes(self, version: str, report: Any) -> bool:
        """Measures both versions and rules; with none in use there is nothing to fall behind."""
        from eval.gate import Ruling, gate
        from indexer.location import open_place

        with closing(open_place(self._index)) as place:
            in_use = place.current()
        before = self._run(in_use, report, "在用版本") if in_use else None
        self._measured = self._run(version, report, "新版本")
        if before is None:
            return True
        self._gate = gate(self._measured, before)
        return self._gate.ruling is not Ruling.FAIL

    def _run(self, version: str, report: Any, name: str) -> FaqRun:
        from eval.errors import EvalError, RunUnfinished
        from eval.run import run_faqset
        from eval.systems.index import IndexOpener
        from indexer.encoders.models_at import models_at

        given = self._given
        opener = IndexOpener(self._index, models_at(given), given.fitted, given.signature, version)
        system = opener.open()
        try:
            return run_faqset(
                self._faq_set,
                system,
                opener=opener,
                workers=workers_for(len(self._faq_set.questions), 0),
                circumstances=circumstances(),
                progress=counted(report, name),
            )
        except RunUnfinished as error:
            raise EvalError(
                f"{name}的评测没有做完（{str(error.__cause__) or '被中断'}）；没有发布，在用版本不变"
            ) from error
        finally:
            system.close()

    def show(self) -> None:
        """What was found, for people."""
        from rich.console import Console

        from eval.paired_tables import show_gate

        if self._gate is not None:
            show_gate(self._gate, Console(stderr=True))
        elif self._measured is not None:
            right = self._measured.metrics["overall"]["measures"]["right"]
            say(
                f"还没有在用版本可比：新版本全部要求达到 {right['value']:.3f}"
                f"（±{right['half_width']:.3f}），致命错误 {self._measured.metrics['fatal']} 题"
            )
        else:
            say("内容和在用版本相同，没有再评测")

    def to_json(self) -> dict[str, Any] | None:
        """The gate's document, None where there was nothing to compare with."""
        return self._gate.to_json() if self._gate else None
