"""Commands that bring knowledge into the store and build the index from it."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

if TYPE_CHECKING:
    from corpora.store import Store

index_app = typer.Typer(no_args_is_help=True, help="建立和发布索引")

JsonFlag = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档")]


def print_json(value: Any) -> None:
    """One JSON document on stdout, indented for people."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def say(text: str) -> None:
    """A line for people; stdout is kept for data."""
    typer.echo(text, err=True)


def import_corpus(
    source: Annotated[Path, typer.Argument(help="知识目录或单个 YAML/JSONL 文件")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只比较，不写入")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="存储非空时什么也不做")] = False,
    retire_missing: Annotated[
        bool, typer.Option("--retire-missing", help="来源中没有的条目从今天起停用")
    ] = False,
    author: Annotated[str, typer.Option(help="记在版本上的作者")] = "import",
    as_json: JsonFlag = False,
) -> None:
    """Checks a source and brings what is new or changed into the store, all of it or nothing."""
    from corpora.checks import check
    from corpora.loader import load
    from corpora.settings import Settings

    url = Settings.from_environment(os.environ).store_url
    if if_empty and _holds_knowledge(url):
        say("存储中已有知识，未导入")
        if as_json:
            print_json({"imported": False})
        return
    loaded = load(source)
    problems = [*loaded.problems, *check(loaded.knowledge, loaded.places)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        for problem in errors:
            say(str(problem))
        say(f"{len(errors)} 处错误，什么也没有导入；改正后再导入，可先用 zhiku corpus check 检查")
        if as_json:
            print_json({"imported": False, "problems": [asdict(problem) for problem in errors]})
        raise typer.Exit(2)
    with _importing(url, dry_run) as store:
        report = store.import_knowledge(
            loaded.knowledge,
            author=author,
            recorded_at=dt.datetime.now().astimezone(),
            dry_run=dry_run,
            retire_missing=retire_missing,
        )
    counts = {
        "new": len(report.new),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "retired": len(report.retired),
    }
    if as_json:
        ids = {
            "new": list(report.new),
            "changed": list(report.changed),
            "retired": list(report.retired),
        }
        print_json({"imported": not dry_run, **counts, "ids": ids})
        return
    verb = "将导入（未写入）" if dry_run else "已导入"
    say(
        f"{verb}：新增 {counts['new']}，变更 {counts['changed']}，"
        f"未变 {counts['unchanged']}，停用 {counts['retired']}"
    )


def _holds_knowledge(store_url: str) -> bool:
    """Whether anything was imported; a store that is not there is not made."""
    from corpora.store import Store, StoreMissing

    try:
        with Store.open(store_url, create=False) as store:
            return not store.is_empty()
    except StoreMissing:
        return False


@contextmanager
def _importing(store_url: str, dry_run: bool) -> Iterator[Store]:
    """The store to import into; a dry run into none yet compares with an empty one elsewhere."""
    from corpora.store import Store, StoreMissing

    with ExitStack() as held:
        try:
            store = Store.open(store_url, create=not dry_run)
        except StoreMissing:
            place = held.enter_context(TemporaryDirectory(prefix="zhiku-import-"))
            store = Store.open(f"sqlite:///{place}/zhiku.db")
        yield held.enter_context(store)


def progress() -> Any:
    """A progress display on stderr, as a context that yields a build report."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from indexer.build import Report, Step

    @contextmanager
    def showing() -> Any:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        ) as bar:
            tasks: dict[str, Any] = {}

            def report(step: Step) -> None:
                if step.name not in tasks:
                    tasks[step.name] = bar.add_task(step.name, total=step.total)
                bar.update(tasks[step.name], completed=step.done, total=step.total)

            typed: Report = report
            yield typed

    return showing()
