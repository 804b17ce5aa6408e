"""``zhiku corpus template``, ``export`` and ``publish``: what people do with workbooks and drafts."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpora.cli import AsJson, knowledge_of, print_json
from corpora.types import CorporaError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpora.types import KnowledgeItem

Out = Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="要写的工作簿")]
Force = Annotated[bool, typer.Option("--force", help="已有同名文件时覆盖")]


class InTheWay(CorporaError):
    """A file that would be overwritten, or a name that is no workbook's."""


def template(out: Out, *, force: Force = False) -> None:
    """写一个空的知识工作簿：表头、下拉选项、示例行和填写说明。"""
    from corpora.sheets.template import write_template

    _check_out(out, force)
    write_template(out)
    typer.echo(f"已写 {out}；填好后用 zhiku corpus import {out} --dry-run 试导入", err=True)


def export(
    out: Out,
    folder: Annotated[
        Path | None, typer.Option("--from", help="从这个目录或文件导出，默认从存储导出")
    ] = None,
    *,
    force: Force = False,
) -> None:
    """把存储（或一个目录）里的条目写成工作簿，改好后可以再导入。"""
    from corpora.sheets.export import write_items

    _check_out(out, force)
    if folder is not None:
        count = write_items(_sound_items(folder), out)
    else:
        from corpora.settings import Settings
        from corpora.standing import Standing

        with Standing.open(Settings.from_environment(os.environ).store_url) as standing:
            count = write_items(standing.items(), out)
    typer.echo(f"已写 {out}：{count} 个条目", err=True)


def publish(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="条目编号")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="发布全部草稿")] = False,
    author: Annotated[str, typer.Option(help="记在版本上的作者")] = "publish",
    as_json: AsJson = False,
) -> None:
    """发布草稿，要么全部要么不动；不写编号时列出等待发布的草稿。"""
    from corpora.drafts import Drafts
    from corpora.settings import Settings

    if ids and everything:
        raise CorporaError("编号和 --all 只能写一样")
    with Drafts.open(Settings.from_environment(os.environ).store_url) as drafts:
        waiting = drafts.ids()
        if not ids and not everything:
            if as_json:
                print_json({"published": [], "drafts": waiting})
            else:
                for item_id in waiting:
                    typer.echo(item_id)
            typer.echo(f"草稿{len(waiting)}条；发布用 zhiku corpus publish ID… 或 --all", err=True)
            return
        published = drafts.publish(
            waiting if everything else list(ids or ()),
            author=author,
            recorded_at=dt.datetime.now().astimezone(),
        )
        left = len(drafts.ids())
    if as_json:
        print_json({"published": list(published), "drafts": left})
    typer.echo(
        f"已发布 {len(published)} 条，还有草稿 {left} 条；用 zhiku index build 建索引后可以搜到",
        err=True,
    )


def _check_out(out: Path, force: bool) -> None:
    if out.suffix.lower() != ".xlsx":
        raise InTheWay(f"{out} 不是工作簿的名字，请写成 .xlsx")
    if out.exists() and not force:
        raise InTheWay(f"{out} 已经存在，可能有人填过；换一个名字，或加 --force 覆盖")


def _sound_items(folder: Path) -> Iterable[KnowledgeItem]:
    return knowledge_of(folder).items
