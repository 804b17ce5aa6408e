"""``zhiku feedback``: what clerks say about the knowledge, for those who mend it."""

from __future__ import annotations

import datetime as dt
import os
from typing import Annotated, Final

import typer

from api.desk.feedback import Feedback, FeedbackKind
from corpora.cli import AsJson, print_json

app = typer.Typer(help="一线人员的反馈", no_args_is_help=True)

_PAGE: Final = 200


@app.callback()
def _group() -> None:
    """一线人员的反馈。"""


@app.command("list")
def list_feedback(
    *,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="从什么时候起，例如 2026-03-01"),
    ] = None,
    kind: Annotated[
        list[FeedbackKind] | None,
        typer.Option(
            help="哪几类，可写多个：wrong 不对，missing 没说全，outdated 过时了，suggestion 建议"
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="最多几条", min=1, max=100_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """列出收到的反馈，最新的在前。"""
    found = _found(since.astimezone() if since else None, kind or [], limit)
    if as_json:
        print_json({"feedback": [_told(one) for one in found]})
        return
    if not found:
        typer.echo("没有反馈", err=True)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("时间", "类别", "条目", "问题", "说明", "谁")
    for one in found:
        item = f"{one.item_id}@{one.item_version}" if one.item_version else one.item_id
        who = "/".join(part for part in (one.staff, one.hall) if part)
        at = one.received_at.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(at, one.kind.label, item, one.query, one.text, who)
    Console().print(table)


def _found(since: dt.datetime | None, kinds: list[FeedbackKind], limit: int) -> list[Feedback]:
    """Up to ``limit`` pieces; none where nothing was ever kept."""
    from api.desk.feedback import listed
    from corpora.migrations import StoreMissing, open_database, reading
    from corpora.settings import Settings

    try:
        engine = open_database(Settings.from_environment(os.environ).store_url, create=False)
    except StoreMissing:
        return []
    found: list[Feedback] = []
    after = ""
    try:
        with reading(engine) as connection:
            while len(found) < limit:
                wanted = min(_PAGE, limit - len(found))
                page = listed(connection, since=since, kinds=kinds, limit=wanted, after=after)
                found += page.rows
                if not (after := page.next):
                    break
    finally:
        engine.dispose()
    return found


def _told(one: Feedback) -> dict[str, object]:
    from api.desk.answers import FeedbackView

    return FeedbackView.of(one).model_dump(mode="json")
