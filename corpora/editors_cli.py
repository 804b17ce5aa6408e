"""What editors ask of knowledge: codes without it, words that customers miss, devices compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpora.cli import AsJson, AsOf, Folder, knowledge_of, print_json

if TYPE_CHECKING:
    from corpora.types import KnowledgeItem, Region


def gaps(
    registry: Annotated[Path, typer.Argument(metavar="REGISTRY.csv", help="产品编码表")],
    folder: Folder = None,
    *,
    as_json: AsJson = False,
    as_of: AsOf = None,
) -> None:
    """列出编码表里还没有知识的编码，以及知识已失效的编码。"""
    from corpora.gaps import gaps as find_gaps
    from corpora.gaps import read_registry
    from corpora.source import Severity

    day = as_of.date() if as_of else dt.date.today()
    codes, problems = read_registry(registry)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(2)
    found = find_gaps(codes, knowledge_of(folder).items, day)
    if as_json:
        print_json(
            {
                "registered": found.registered,
                "covered": found.covered,
                "missing": [asdict(code) for code in found.missing],
                "lapsed": [asdict(code) for code in found.lapsed],
                "unregistered": [
                    {"value": value, "item_id": item_id} for value, item_id in found.unregistered
                ],
            }
        )
    else:
        for what, some in (("没有知识", found.missing), ("知识已失效", found.lapsed)):
            for code in some:
                owner = f"，{code.owner}" if code.owner else ""
                name = code.name or "（没写名称）"
                typer.echo(
                    f"{registry}:{code.line}: {code.system} {code.value} {name}{owner}：{what}"
                )
        for value, item_id in found.unregistered:
            typer.echo(f"{value}：{item_id}里有，编码表里没有")
    typer.echo(
        f"编码{found.registered}个：有知识{found.covered}个，没有{len(found.missing)}个，"
        f"已失效{len(found.lapsed)}个；编码表没有的{len(found.unregistered)}个",
        err=True,
    )


def jargon(
    text: Annotated[str, typer.Argument(help="要看的话，或 --item 时的条目编号")],
    folder: Folder = None,
    *,
    item: Annotated[bool, typer.Option("--item", help="逐条看这个条目的客户话术")] = False,
    region: Annotated[str, typer.Option(help="哪个地市的说法")] = "",
    as_json: AsJson = False,
) -> None:
    """一段话里有多少客户听不懂的词、句子有多长，以及审定过的大白话说法。"""
    from corpora.jargon import jargon as score
    from corpora.jargon import readings

    knowledge = knowledge_of(folder)
    place: Region | None = knowledge.regions.find(region) if region else None
    glossary = readings(knowledge.lexicon.glossary)
    texts = _customer_texts(_named(knowledge.items, text)) if item else {"text": text}
    scored = {name: score(own, glossary, place) for name, own in texts.items()}
    if as_json:
        print_json({name: asdict(one) for name, one in scored.items()})
        return
    for name, one in scored.items():
        label = f"{name}：" if item else ""
        typer.echo(f"{label}每百字术语{one.score:.1f}个，平均句长{one.sentence:.0f}字")
        for term in one.terms:
            typer.echo(f"  {term.term} → {term.plain}")


def compare(
    devices: Annotated[list[str], typer.Argument(metavar="ID…", help="终端条目编号，两个以上")],
    *,
    folder: Annotated[Path | None, typer.Option(help="知识文件夹，默认为随附知识")] = None,
    as_json: AsJson = False,
) -> None:
    """并排对比几台终端的参数，有差别的行标出来。"""
    from corpora.devices import comparison

    items = knowledge_of(folder).items
    chosen = [_named(items, device) for device in devices]
    rows = comparison(chosen)
    if as_json:
        print_json(
            {
                "items": [{"id": one.id, "title": one.title} for one in chosen],
                "rows": [
                    {"label": label, "values": list(values), "differs": differs}
                    for label, values, differs in rows
                ],
            }
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("", *(one.title for one in chosen))
    for label, values, differs in rows:
        table.add_row(f"{label} *" if differs else label, *values)
    Console().print(table)


def _named(items: tuple[KnowledgeItem, ...], item_id: str) -> KnowledgeItem:
    from corpora.messages import nearest
    from corpora.types import FieldError

    for one in items:
        if one.id == item_id:
            return one
    raise FieldError("item", f"没有条目{item_id}{nearest(item_id, [one.id for one in items])}")


def _customer_texts(item: KnowledgeItem) -> dict[str, str]:
    return {facet.kind.label: facet.customer for facet in item.facets if facet.customer}
