"""``zhiku corpus check`` and ``zhiku corpus stats``: what is wrong in a folder, what is in it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from corpora.knowledge import Knowledge
    from corpora.loader import Loaded

SHIPPED: Final = Path(__file__).parent

app = typer.Typer(help="知识库文件：检查、统计", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="知识文件夹或单个文件，默认为随附知识")
]
AsJson = Annotated[bool, typer.Option("--json", help="在标准输出打印一个JSON")]
AsOf = Annotated[
    dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="按哪天检查失效引用，默认今天")
]


@app.command()
def check(folder: Folder = None, *, as_json: AsJson = False, as_of: AsOf = None) -> None:
    """检查条目、模板和词表：每行一个问题（文件:行: 字段: 问题）；有错误时退出码为1。"""
    from corpora.checks import check as check_knowledge
    from corpora.source import Severity

    loaded = _load(folder)
    day = as_of.date() if as_of else dt.date.today()
    found = [*loaded.problems, *check_knowledge(loaded.knowledge, loaded.places, as_of=day)]
    found.sort(key=lambda problem: (problem.file, problem.line))
    errors = sum(problem.severity is Severity.ERROR for problem in found)
    summary = {
        "items": len(loaded.knowledge.items),
        "templates": len(loaded.knowledge.templates),
        "errors": errors,
        "warnings": len(found) - errors,
    }
    if as_json:
        from dataclasses import asdict

        print_json(summary | {"problems": [asdict(problem) for problem in found]})
    else:
        for problem in found:
            mark = "" if problem.severity is Severity.ERROR else "（提醒）"
            typer.echo(f"{problem}{mark}")
    typer.echo(
        f"条目{summary['items']}条，模板{summary['templates']}个："
        f"错误{errors}个，提醒{summary['warnings']}个",
        err=True,
    )
    if errors:
        raise typer.Exit(1)


@app.command()
def stats(folder: Folder = None, *, as_json: AsJson = False, as_of: AsOf = None) -> None:
    """统计条目、口径、在售与有效状态、地方版本、模板和问法的数量。"""
    from corpora.stats import count, rows

    loaded = _load(folder)
    counted = count(loaded.knowledge, as_of.date() if as_of else dt.date.today())
    if as_json:
        print_json(counted)
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("项目", "数量", title="知识统计")
        for name, number in rows(counted):
            table.add_row(name, number)
        Console().print(table)
    if loaded.problems:
        typer.echo(f"有{len(loaded.problems)}个问题，读不出的条目没有计入", err=True)


def _load(folder: Path | None) -> Loaded:
    from corpora.loader import LoadError, load

    try:
        return load(folder or _from_here(SHIPPED))
    except LoadError as error:
        typer.echo(f"错误：{error}", err=True)
        raise typer.Exit(2) from error


def _from_here(folder: Path) -> Path:
    """The shorter way to name a folder, when it lies below the current one."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def knowledge_of(folder: Path | None) -> Knowledge:
    """What could be read of a folder, the shipped one by default."""
    return _load(folder).knowledge


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
