"""Commands around question sets: checking, spreadsheets, and the formats of other tools."""

from __future__ import annotations

import datetime as dt
import errno
import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval.cli import RunPlace, eval_app
from eval.deployment import (
    EncoderName,
    FaqSetFile,
    JsonFlag,
    failing_clearly,
    settings,
)
from indexer.cli import print_json, progress, say

if TYPE_CHECKING:
    from eval.faqset import FaqSet

__all__ = ["eval_app"]


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

    with failing_clearly():
        if not faqset.is_file():
            reason = errno.EISDIR if faqset.is_dir() else errno.ENOENT
            raise OSError(reason, os.strerror(reason), str(faqset))
        known = _known_from_folder(corpus) if corpus else _known_from_store()
        problems = lint(faqset, **known)
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


def _known_from_folder(folder: Path) -> dict[str, Any]:
    from corpora.loader import load

    knowledge = load(folder).knowledge
    return {
        "known_items": {item.id: item for item in knowledge.items},
        "known_routes": {route.id for route in knowledge.lexicon.routes},
        "known_templates": {template.id for template in knowledge.templates},
        "regions": knowledge.regions,
    }


def _known_from_store() -> dict[str, Any]:
    """Ids of the store's items, routes and templates, and its regions; nothing where there is none."""
    from corpora.store import Store, StoreError

    try:
        with Store.open(settings().store_url, create=False) as store:
            if store.is_empty():
                raise StoreError("存储是空的")
            return {
                "known_items": {held.item.id: held.item for held in store.iterate_held_versions()},
                "known_routes": {route.id for route in store.lexicon().routes},
                "known_templates": {template.id for template in store.templates()},
                "regions": store.regions(),
            }
    except StoreError as error:
        say(f"没有核对条目编号：{error}")
        return {}


@eval_app.command("template")
def template_command(
    book: Annotated[Path, typer.Argument(help="写到这个 .xlsx")],
    faqset: Annotated[
        Path | None, typer.Option("--from", help="把这份题集填进去，便于用表格修改")
    ] = None,
) -> None:
    """写一个题集工作簿：中文表头、下拉选项、填写说明。"""
    from corpora.source import Problem
    from eval.book.faqset_book import faqset_to_book, write_faqset_template
    from eval.errors import BookError
    from eval.lint import load_sound

    with failing_clearly():
        problem = ""
        if book.suffix.lower() != ".xlsx":
            problem = f"要写成 .xlsx；名称写成 {book.stem or '题集'}.xlsx 这样"
        elif book.exists():
            problem = "已经有了，可能有人填过，不会覆盖；请换一个名称"
        if problem:
            raise BookError([Problem(str(book), 1, "文件", problem)])
        if faqset is None:
            write_faqset_template(book)
        else:
            faqset_to_book(load_sound(faqset), book)
    say(f"已写 {book}；填好后用 zhiku eval import {book} 题集.jsonl 变成题集")


@eval_app.command("import")
def import_command(
    book: Annotated[Path, typer.Argument(help="填好的题集工作簿（.xlsx）")],
    faqset: Annotated[Path, typer.Argument(help="写到这个 .jsonl")],
    as_json: JsonFlag = False,
) -> None:
    """把题集工作簿变成题集；有错时逐格列出，什么也不写。"""
    from eval.book.faqset_book import read_faqset_book, write_faqset

    with failing_clearly():
        found = read_faqset_book(book)
        if kept := keep_former(faqset, found):
            say(f"{faqset} 里原来的题集另存为 {kept.name}")
        write_faqset(found, faqset)
    say(f"已写 {faqset}：{len(found.questions)} 题")
    if as_json:
        print_json({"faqset": found.name, "questions": len(found.questions), "file": str(faqset)})


def keep_former(path: Path, faq_set: FaqSet) -> Path | None:
    """Gives the same set as it was before another name; ``FaqSetError`` where anything else is there."""
    from corpora.source import Problem
    from eval.book.faqset_book import faqset_lines
    from eval.errors import FaqSetError
    from eval.faqset import read

    problem = ""
    if path.suffix != ".jsonl":
        problem = "不是 .jsonl 文件，题集要写成 .jsonl"
    elif path.is_file():
        there, _ = read(path)
        if there is None or there.name != faq_set.name:
            known = f"另一份题集“{there.name}”" if there else "别的内容"
            problem = f"已经有了，里面是{known}，不会覆盖；请换一个名称"
    if problem:
        raise FaqSetError([Problem(str(path), 1, "文件", problem)])
    if not path.is_file() or path.read_bytes() == faqset_lines(faq_set):
        return None
    number = 1
    while (kept := path.with_name(f"{path.stem}-{number}.jsonl")).exists():
        number += 1
    return path.rename(kept)


@eval_app.command("review")
def review_command(
    run: RunPlace,
    book: Annotated[Path, typer.Argument(help="填好初评、申诉、终评的 questions.xlsx")],
    as_json: JsonFlag = False,
) -> None:
    """读回人工复核：初评、申诉、终评，和机器判定的一致程度。"""
    from eval.book.review import read_review, reviewed
    from eval.stored import read_run

    with failing_clearly():
        found = read_run(run)
        review = read_review(book, found)
        for warning in review.warnings:
            say(f"{warning}（提醒）")
        figures = reviewed(found, review).to_json()
    if as_json:
        print_json(figures)
        return
    from eval.paired_tables import show_review

    show_review(figures)


@eval_app.command("export")
def export_command(
    run: RunPlace,
    folder: Annotated[Path, typer.Argument(help="写到这个目录")],
    form: Annotated[str, typer.Option("--format", help="trec 或 beir")] = "trec",
    as_json: JsonFlag = False,
) -> None:
    """把一次评测写成 TREC 的 run 和 qrels，或连同知识写成 BEIR 目录。"""
    from eval.interchange import index_documents, write_beir, write_trec
    from eval.stored import read_run
    from indexer.location import index_at, open_place

    written: dict[str, Any]
    with failing_clearly():
        found = read_run(run)
        if form == "trec":
            written = write_trec(found, folder)
        elif form == "beir":
            day = dt.date.fromisoformat(found.setting["as_of"])
            with closing(open_place(index_at(settings()))) as place:
                documents = index_documents(place, day)
            written = write_beir(found, documents, folder)
        else:
            raise typer.BadParameter(f"没有 {form!r}；可用：trec、beir", param_hint="--format")
    say(f"已写 {folder}：{'，'.join(f'{name} {count}' for name, count in written.items())}")
    if as_json:
        print_json(written)


@eval_app.command("beir")
def beir_command(
    folder: Annotated[
        Path, typer.Argument(help="含 corpus.jsonl、queries.jsonl、qrels.tsv 的目录")
    ],
    encoder: EncoderName = "",
    as_json: JsonFlag = False,  # stdout is the JSON either way; the flag is there for uniformity
) -> None:
    """用产品自己的流程和随附的常数检索一个 BEIR 数据集，打印指标 JSON。"""
    from eval.beir import run_beir, scored
    from eval.beir_set import read_beir
    from indexer.encoders.catalog import default_encoder, open_encoder
    from indexer.encoders.models_at import models_at

    with failing_clearly():
        given = settings()
        beir = read_beir(folder)
        for note in beir.notes:
            say(note)
        models = models_at(given)
        opened = open_encoder(encoder or given.encoder or default_encoder(models), models)
        with TemporaryDirectory(prefix="zhiku-beir-") as place, progress() as report:
            run = run_beir(
                beir,
                opened,
                Path(place),
                created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                report=report,
            )
        print_json(scored(beir, run))
