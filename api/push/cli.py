"""``zhiku push worker``, ``effect`` and ``outbox``: delivery and its figures, without the service."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import threading
from types import FrameType
from typing import Annotated

import orjson
import typer

from corpora.settings import Settings


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="把到时间的都发一遍就结束，不一直等")
    ] = False,
) -> None:
    """把发件箱里到时间的消息交给网关，收网关的回执和客户的回复。

    可以同时运行几个。中断在哪里都不丢：没发的回到发件箱，发到一半的记为 uncertain。
    """
    from api.push.gateways.opened import open_gateway
    from api.push.gateways.protocol import GatewayError
    from api.push.house import house_of
    from api.push.worker import LEASE, Worker

    settings = Settings.from_environment(os.environ)
    house = house_of(settings, _now)
    reports = house.reports
    try:
        gateway = open_gateway(
            settings.gateway_url,
            received=lambda report: (reports.take(report), None)[1],
            secret=settings.gateway_secret,
            timeout=settings.gateway_timeout,
        )
    except GatewayError as error:
        typer.echo(f"错误：{error}", err=True)
        raise typer.Exit(2) from error
    name = f"{socket.gethostname()[:40]}:{os.getpid()}:{_now():%H%M%S}"
    # a try may take the timeout once a piece, and a lease must outlast it
    lease = max(LEASE, dt.timedelta(seconds=12 * settings.gateway_timeout))
    working = Worker(house.engine, gateway, house.policy, name=name, clock=_now, lease=lease)
    try:
        if once:
            working.sweep()
            typer.echo(orjson.dumps({"tried": working.work()}).decode())
            return
        stop = threading.Event()

        def halt(_: int, __: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, halt)
        signal.signal(signal.SIGINT, halt)
        typer.echo(f"开始投递：网关 {gateway.name}", err=True)
        working.run(stop)
    finally:
        gateway.close()
        house.close()


def effect(
    days: Annotated[int, typer.Option(help="看最近多少天", min=1, max=3660)] = 30,
    campaign: Annotated[str | None, typer.Option(help="只看一个活动")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """各活动、各模板的效果：存下、不发、发出、送达、失败、拒收、回复、退订、办理、随后来电。"""
    from rich.console import Console
    from rich.table import Table

    from api.push.effect import effects
    from api.push.house import house_of
    from corpora.migrations import reading

    house = house_of(Settings.from_environment(os.environ), _now)
    until = _now()
    with reading(house.engine) as connection:
        found = effects(connection, until - dt.timedelta(days=days), until, campaign=campaign)
    house.close()
    if as_json:
        typer.echo(orjson.dumps([one.to_json() for one in found]).decode())
        return
    table = Table(title=f"最近 {days} 天的推送效果")
    rows = [one.to_json() for one in found]
    # a terminal has no room for columns of nothing
    shown = [name for name in _HEADS if name in _ALWAYS or any(row[name] for row in rows)]
    for head in ("活动", "模板"):
        table.add_column(head, overflow="fold")
    for name in shown:
        table.add_column(_HEADS[name], justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["campaign"], row["template_id"], *(str(row[name]) for name in shown))
    Console().print(table)


_ALWAYS = ("accepted", "sent", "delivered")
_HEADS = {
    "accepted": "存下",
    "declined": "不发",
    "waiting": "待发",
    "sent": "发出",
    "delivered": "送达",
    "failed": "失败",
    "refused": "拒收",
    "uncertain": "不明",
    "dead": "死信",
    "withdrawn": "撤回",
    "replied": "回复",
    "opted_out": "退订",
    "ordered": "办理",
    "called": "来电",
}


def outbox(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """发件箱里各状态的条数。"""
    from api.push.house import house_of
    from api.push.records import overview

    house = house_of(Settings.from_environment(os.environ), _now)
    found = overview(house.engine)
    house.close()
    if as_json:
        typer.echo(orjson.dumps({"states": found.states}).decode())
        return
    for state, count in found.states.items():
        typer.echo(f"{state:10} {count}")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
