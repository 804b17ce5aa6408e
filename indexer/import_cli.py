"""``zhiku corpus import``: a source is read, checked, compared and brought into the store."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.cli import JsonFlag, print_json, say

if TYPE_CHECKING:
    from corpora.arrivals import Told
    from corpora.store import Store


def import_corpus(
    source: Annotated[Path, typer.Argument(help="知识目录，或单个文件：XLSX、CSV、YAML、JSONL")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查和比较，不写入")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="存储非空时什么也不做")] = False,
    retire_missing: Annotated[
        bool, typer.Option("--retire-missing", help="来源中没有的条目从今天起停用")
    ] = False,
    publish: Annotated[
        bool,
        typer.Option("--publish", help="表格直接发布，不进草稿（目录和YAML、JSONL总是直接发布）"),
    ] = False,
    as_written: Annotated[
        bool, typer.Option("--as-written", help="表格里的文字照原样导入，不清洗")
    ] = False,
    author: Annotated[str, typer.Option(help="记在版本上的作者")] = "import",
    as_json: JsonFlag = False,
) -> None:
    """Checks a source and brings what is new or changed into the store, all of it or nothing."""
    from corpora.incoming import Parts, receive
    from corpora.settings import Settings
    from corpora.sheets.cleaner import Cleaner, untouched
    from corpora.standing import Standing
    from corpora.store import StoreError
    from corpora.windows import State
    from indexer.import_report import Outcome
    from indexer.row_proposals import RowProposer

    settings = Settings.from_environment(os.environ)
    url = settings.store_url
    if if_empty and _holds_knowledge(url):
        say("存储中已有知识，未导入")
        if as_json:
            print_json({"imported": False})
        return
    cleaner = Cleaner(untouched) if as_written else Cleaner()
    with ExitStack() as held:
        standing = held.enter_context(Standing.open(url))
        told = held.enter_context(_progress())
        incoming = held.enter_context(
            receive(
                source,
                standing,
                cleaner=cleaner,
                propose=RowProposer(standing, settings),
                publish=publish,
                told=told,
            )
        )
        outcome = Outcome(incoming, cleaner, dry_run)
        if incoming.found.error_count:
            outcome.refuse(as_json=as_json)
            raise typer.Exit(2)
        if retire_missing and incoming.state is State.DRAFT:
            raise StoreError("草稿不能停用别的条目；要停用，加上 --publish 直接发布")
        if dry_run:
            outcome.compare(standing)
        with _importing(url, dry_run) as store:
            report = store.import_knowledge(
                Parts(incoming, told),
                author=author,
                recorded_at=dt.datetime.now().astimezone(),
                dry_run=dry_run,
                retire_missing=retire_missing,
                state=incoming.state,
            )
        outcome.tell(report, standing, as_json=as_json)


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


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar on stderr, where that is a terminal, for as long as the import takes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        tasks: dict[str, Any] = {}

        def told(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield told
