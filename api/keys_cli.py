"""``zhiku key``: who may call the API. Secrets go to standard output once, and nowhere else."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.keys import ApiKey, KeyRefused, KeyScope, in_order, unknown_key
from corpora.cli import AsJson, print_json

if TYPE_CHECKING:
    from api.keys_store import KeyRing

app = typer.Typer(help="接口的密钥：创建、列出、吊销", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="给谁用，例如 短信平台")],
    *,
    scope: Annotated[
        list[KeyScope],
        typer.Option(
            help="权限，可写多个：read 查询，send 推送（含查询），administer 管理（含前两种）"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """创建一个密钥，在标准输出打印一次；库里只存它的摘要，以后再也看不到。"""
    try:
        with _ring(create=True) as ring:
            key, secret = ring.create(name, scope, dt.datetime.now(dt.UTC))
            alone = len(ring.active()) == 1
    except KeyRefused as error:
        _refuse(error)
    if as_json:
        print_json(_told(key) | {"secret": secret})
    else:
        typer.echo(secret)
    typer.echo(
        f"已创建密钥 {key.id}（{key.name}，{_labels(key)}）；上面的密钥只显示这一次，请马上保存好",
        err=True,
    )
    if alone:
        typer.echo("没有密钥时启动的服务，重启以后才要求密钥", err=True)


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """列出所有密钥，包括已吊销的；看不到密钥本身。"""
    from corpora.migrations import StoreMissing

    try:
        with _ring(create=False) as ring:
            keys = ring.all_keys()
    except StoreMissing:
        keys = []
    if as_json:
        print_json({"keys": [_told(key) for key in keys]})
        return
    if not keys:
        typer.echo("还没有密钥；用 zhiku key create 创建", err=True)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("编号", "名称", "权限", "创建时间", "状态")
    for key in keys:
        state = f"{_shown(key.revoked_at)} 吊销" if key.revoked_at else "有效"
        scopes = "、".join(in_order(key.scopes))
        table.add_row(key.id, key.name, scopes, _shown(key.created_at), state)
    Console().print(table)


@app.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="密钥的编号，见 zhiku key list")],
    *,
    as_json: AsJson = False,
) -> None:
    """吊销一个密钥；正在运行的服务一秒内就不再接受它。"""
    from corpora.migrations import StoreMissing

    now = dt.datetime.now(dt.UTC)
    try:
        with _ring(create=False) as ring:
            key = ring.revoke(identifier, now)
    except StoreMissing:
        _refuse(unknown_key(identifier))
    except KeyRefused as error:
        _refuse(error)
    if as_json:
        print_json(_told(key))
    before = "" if key.revoked_at == now else f"（{_shown(key.revoked_at)} 就已吊销）"
    typer.echo(f"已吊销密钥 {key.id}（{key.name}）{before}", err=True)


@contextmanager
def _ring(*, create: bool) -> Iterator[KeyRing]:
    """The ring of the store that the settings name; ``StoreMissing`` if it is not to be made."""
    from api.keys_store import KeyRing
    from corpora.migrations import open_database
    from corpora.settings import Settings

    engine = open_database(Settings.from_environment(os.environ).store_url, create=create)
    try:
        yield KeyRing(engine)
    finally:
        engine.dispose()


def _refuse(error: KeyRefused) -> NoReturn:
    typer.echo(f"错误：{error}", err=True)
    raise typer.Exit(2) from error


def _told(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": in_order(key.scopes),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
    }


def _labels(key: ApiKey) -> str:
    return "、".join(f"{scope} {scope.label}" for scope in in_order(key.scopes))


def _shown(moment: dt.datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
