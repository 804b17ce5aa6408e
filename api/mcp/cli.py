"""``zhiku mcp``: tools over stdio, or over HTTP with the keys of the API."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from corpora.messages import system_error
from corpora.settings import Settings
from corpora.types import Audience, CorporaError
from indexer.encoders.protocol import EncoderError
from indexer.errors import IndexingError

if TYPE_CHECKING:
    from api.deps import Desk


def mcp(
    http: Annotated[
        str,
        typer.Option(help="用 HTTP 服务，监听 主机:端口，如 127.0.0.1:8100；默认用标准输入输出"),
    ] = "",
    audience: Annotated[
        str, typer.Option(help="谁在看：customer 客户、agent 坐席、internal 内部")
    ] = Audience.AGENT.value,
) -> None:
    """启动 MCP 工具服务，供大模型助手查询知识；新发布的索引自动换上。"""
    # FAISS would otherwise start a team of threads for every search in every worker thread
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from api.settings import ApiSettings, OpenHostRefused

    try:
        from api.mcp.server import make_server, serve_stdio
    except ModuleNotFoundError as error:
        raise _refused(str(error)) from error
    import anyio

    from api.app import live_from
    from api.deps import Desk

    try:
        address = _address(http) if http else None
        settings = Settings.from_environment(os.environ)
        reader = _reader(audience)
        desk = Desk(live_from(settings), dt.date.today)
        if address is not None:
            _serve_http(desk, reader, settings, address)
            return
        desk.live.start()
        with closing(desk.live):
            typer.echo("知库的 MCP 工具已就绪（标准输入输出）", err=True)
            server = make_server(desk, reader, ApiSettings.of(settings).threads)
            anyio.run(serve_stdio, server)
    except (CorporaError, IndexingError, EncoderError, OpenHostRefused) as error:
        raise _refused(str(error)) from error
    except OSError as error:
        raise _refused(system_error(error)) from error


def _refused(problem: str) -> typer.Exit:
    typer.echo(f"错误：{problem}", err=True)
    return typer.Exit(2)


def _serve_http(
    desk: Desk, audience: Audience, settings: Settings, address: tuple[str, int]
) -> None:
    import uvicorn

    from api.cli import require_free
    from api.keys_gate import Gate
    from api.keys_store import StoredKeys
    from api.mcp.http import guarded
    from api.mcp.server import PATH, http_app, make_server
    from api.settings import ApiSettings, mode, refuse_open_host

    host, port = address
    stored = StoredKeys(settings.store_url)
    with closing(stored):  # opened again where the first key is looked for
        keys = len(settings.api_keys) + len(stored.read())
    refuse_open_host(host, keys)
    require_free(host, port, "--http")
    desk.live.start()
    gate = Gate(settings.api_keys, stored) if keys else None
    server = make_server(desk, audience, ApiSettings.of(settings).threads)
    app = guarded(http_app(server, host, asks_for_keys=bool(keys)), desk, gate)
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"知库的 MCP 工具已就绪（{mode(keys)}）：http://{shown}:{port}{PATH}", err=True)
    try:
        uvicorn.run(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="warning",
            server_header=False,
        )
    finally:
        desk.live.close()
        if gate is not None:
            gate.close()


def _reader(audience: str) -> Audience:
    try:
        return Audience(audience)
    except ValueError as error:
        known = "、".join(member.value for member in Audience)
        raise typer.BadParameter(
            f"没有身份 {audience!r}；可用：{known}", param_hint="--audience"
        ) from error


def _address(text: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:8100`` or ``[::1]:8100``."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise typer.BadParameter(
            f"{text!r} 应写成 主机:端口，例如 127.0.0.1:8100", param_hint="--http"
        )
    return host, int(port)
