"""What the commands share: one JSON document on stdout, talk and progress on stderr."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer

index_app = typer.Typer(no_args_is_help=True, help="建立和发布索引")

JsonFlag = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档")]


def print_json(value: Any) -> None:
    """One JSON document on stdout, indented for people."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def say(text: str) -> None:
    """A line for people; stdout is kept for data."""
    typer.echo(text, err=True)


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
