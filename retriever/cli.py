"""Commands that ask: search, answer, suggest, follow, and render a push message."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpora.types import Audience, CorporaError, SubLibrary
from indexer.cli import print_json, say

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.knowledge_base import KnowledgeBase
    from retriever.understand import Query

push_app = typer.Typer(no_args_is_help=True, help="推送消息")

JsonFlag = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档")]
LibraryOption = Annotated[list[str] | None, typer.Option("--library", help="只查这些子库，可重复")]
RegionOption = Annotated[str, typer.Option("--region", help="地区路径或名称，如 yj/yundu")]
AudienceOption = Annotated[str, typer.Option("--audience", help="customer、agent 或 internal")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="按哪一天的知识，如 2026-11-01；默认今天")]


def opened() -> KnowledgeBase:
    """The published version that the settings point to."""
    from corpora.settings import Settings
    from indexer.encoders.models_at import models_at
    from indexer.location import index_at
    from retriever.opening import open_knowledge_base

    settings = Settings.from_environment(os.environ)
    return open_knowledge_base(
        index_at(settings),
        models=models_at(settings),
        fitted=settings.fitted,
        signature=settings.signature,
    )


def wanted_filter(
    base: KnowledgeBase, library: list[str] | None, region: str, audience: str, as_of: str
) -> Filter:
    """The filter of the options; every wrong value is named with the valid ones."""
    from retriever.filters import Filter

    try:
        libraries = frozenset(SubLibrary(name) for name in library or [])
    except ValueError as error:
        known = "、".join(member.value for member in SubLibrary)
        raise typer.BadParameter(f"没有这个子库；可用：{known}", param_hint="--library") from error
    try:
        reader = Audience(audience)
    except ValueError as error:
        known = "、".join(member.value for member in Audience)
        raise typer.BadParameter(
            f"没有身份 {audience!r}；可用：{known}", param_hint="--audience"
        ) from error
    return Filter(
        as_of=day_of(as_of),
        audience=reader,
        libraries=libraries,
        region=base.regions.find(region) if region else None,
    )


def day_of(text: str) -> dt.date:
    """An ISO day, or today where none is given."""
    if not text:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} 不是日期；请写成 2026-11-01 这样", param_hint="--as-of"
        ) from error


def search(
    question: Annotated[str, typer.Argument(help="问题")],
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="最多几条")] = 5,
    library: LibraryOption = None,
    region: RegionOption = "",
    audience: AudienceOption = "agent",
    as_of: AsOfOption = "",
    explain: Annotated[bool, typer.Option("--explain", help="说明每条为何在此")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ranked items for a question."""
    base = opened()
    wanted = wanted_filter(base, library, region, audience, as_of)
    page = base.search(question, wanted, k)
    view = base.search_json(page, wanted, explain=explain)
    if as_json:
        print_json(view)
        return
    if explain:
        _show_understood(page.query, base)
    for place, hit in enumerate(view["hits"], 1):
        typer.echo(f"{place}. {hit['title']}  [{hit['sub_library']}]  {hit['score']}")
        typer.echo(f"   {hit['snippet']['text']}")
        if explain:
            _show_why(hit)
    say(f"{len(view['hits'])} 条，{view['took_ms']} 毫秒")


def _show_understood(query: Query, base: KnowledgeBase) -> None:
    from retriever.explain_views import understood_json, understood_lines

    for line in understood_lines(understood_json(query, base.regions)):
        typer.echo(line)


def _show_why(hit: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.padding import Padding

    from retriever.explain_views import explanation_table

    Console(highlight=False).print(Padding(explanation_table(hit), (0, 0, 0, 3)))


def answer(
    question: Annotated[str, typer.Argument(help="问题")],
    library: LibraryOption = None,
    region: RegionOption = "",
    audience: AudienceOption = "",
    as_of: AsOfOption = "",
    context: Annotated[
        Path | None, typer.Option("--context", exists=True, dir_okay=False, help="上下文 JSON 文件")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """One of the four outcomes for a question, with the message to push."""
    from retriever.context import CallContext, context_from_json

    known = context_from_json(context.read_bytes()) if context else CallContext()
    base = opened()
    # options come before what the context says, as filters do in the API
    wanted = wanted_filter(
        base,
        library,
        region or known.region,
        audience or known.audience or Audience.AGENT.value,
        as_of or known.as_of,
    )
    found = base.answer(question, wanted, known, trace_id=uuid.uuid4().hex)
    if as_json:
        print_json(found.to_json())
        return
    for line in answer_lines(found.to_json()):
        typer.echo(line)


_OUTCOMES = {"answered": "已回答", "clarify": "需要确认", "handover": "转办", "unknown": "暂无把握"}


def answer_lines(view: dict[str, Any]) -> list[str]:
    """An answer for the terminal."""
    lines = [f"【{_OUTCOMES[view['outcome']]}】{view['text']}"]
    if view["agent_text"]:
        lines.append(f"  给坐席：{view['agent_text']}")
    lines += [f"  提醒：{tip['text']}" for tip in view["tips"]]
    if view["item"]:
        lines.append(f"  来源：{view['item']['title']}（{view['item']['id']}，{view['facet']}）")
    lines += [f"  办理：{a['label']}（{a['channel']}）{a['target']}" for a in view["actions"]]
    lines += [
        f"  可推送：{p['template_id']}（{p['channel']}，{p['segments']} 条）{p['preview']}"
        for p in view["push"]
    ]
    if view["clarify"]:
        lines += [f"  - {option['label']}" for option in view["clarify"]["options"]]
    if view["handover"]:
        lines.append(f"  转：{view['handover']['where']}")
        lines += [f"  核对：{check}" for check in view["handover"]["check"]]
        lines += [f"  记录：{record}" for record in view["handover"]["record"]]
    lines += [f"  相近：{near['title']}" for near in view["nearest"] if not view["answered"]]
    lines += [f"  有出入：{conflict['line']}" for conflict in view["conflicts"]]
    lines += [f"  注意：{note['text']}" for note in view["notes"]]
    fit = view.get("fit") or {"remarks": (), "withheld": ()}
    lines += [f"  客户：{remark['text']}" for remark in fit["remarks"]]
    lines += [f"  不推荐：{one['title']}（{one['text']}）" for one in fit["withheld"]]
    lines += [
        f"  另外：{one['text'] or one['agent_text']}（{one['reason']}）" for one in view["more"]
    ]
    lines.append(f"  （{view['reason']}；把握 {view['confidence']}，{view['took_ms']} 毫秒）")
    return lines


def suggest(
    prefix: Annotated[str, typer.Argument(help="已输入的文字、拼音、首字母或编码")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=50)] = 10,
    library: LibraryOption = None,
    region: RegionOption = "",
    audience: AudienceOption = "agent",
    as_of: AsOfOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Completions while typing."""
    base = opened()
    found = base.suggest(prefix, wanted_filter(base, library, region, audience, as_of), limit)
    if as_json:
        print_json({"suggestions": found})
        return
    for line in found:
        typer.echo(f"{line['text']}  →  {line['title']}  [{line['sub_library']}]")


def follow(
    code: Annotated[str, typer.Argument(help="BOSS 编码")],
    screen: Annotated[str, typer.Option("--screen", help="当前菜单编码")] = "",
    region: RegionOption = "",
    audience: AudienceOption = "agent",
    as_of: AsOfOption = "",
    as_json: JsonFlag = False,
) -> None:
    """The card of a product code, without a search."""
    from retriever.errors import UnknownCode

    base = opened()
    wanted = wanted_filter(base, None, region, audience, as_of)
    card = base.follow([code], wanted)[0]
    if not card["found"]:
        raise UnknownCode(f"没有编码 {code!r} 的知识；请核对编码")
    if screen:
        card["help"] = base.help(screen, wanted)["items"]
    if as_json:
        print_json(card)
        return
    typer.echo(f"{card['item']['title']}（{card['item']['id']}）")
    for facet in card["facets"]:
        typer.echo(f"  {facet['label']}：{facet['customer'] or facet['official']}")
    for tip in card["tips"]:
        typer.echo(f"  提醒：{tip['text']}")


@push_app.command("render")
def render_push(
    template: Annotated[str, typer.Argument(help="推送模板编号")],
    channel: Annotated[str, typer.Option("--channel", help="sms、mms、…")],
    item: Annotated[str, typer.Option("--item", help="从这个条目取值")] = "",
    var: Annotated[list[str] | None, typer.Option("--var", help="变量，如 date=2026-12-01")] = None,
    region: RegionOption = "",
    as_of: AsOfOption = "",
    as_json: JsonFlag = False,
) -> None:
    """A filled message, as a gateway takes it."""
    from corpora.push_template import PushChannel

    try:
        by = PushChannel(channel)
    except ValueError as error:
        known = "、".join(member.value for member in PushChannel)
        raise typer.BadParameter(
            f"没有渠道 {channel!r}；可用：{known}", param_hint="--channel"
        ) from error
    values: dict[str, str] = {}
    for pair in var or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} 应写成 名称=值", param_hint="--var")
        values[name.strip()] = value
    base = opened()
    wanted = wanted_filter(base, None, region, "agent", as_of)
    message = base.render(template, by, values, wanted, item or None)
    if as_json:
        print_json(message.to_json())
        return
    typer.echo(message.text)
    if message.segments:
        say(f"{message.encoding}，{message.characters} 字，{len(message.segments)} 条")
    for warning in message.warnings:
        say(f"提醒：{warning}")


def main_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is all that a caller needs to see."""
    from indexer.encoders.protocol import EncoderError
    from indexer.errors import IndexingError
    from retriever.errors import RetrieverError
    from retriever.push import PushError

    return (CorporaError, IndexingError, EncoderError, RetrieverError, PushError)
