"""``zhiku serve``: what is wrong is said in one line before any port is opened."""

from __future__ import annotations

import datetime as dt
import os
import socket
from contextlib import closing
from typing import Annotated

import typer

from corpora.messages import system_error, system_reason
from corpora.settings import Settings
from corpora.types import CorporaError
from indexer.encoders.protocol import EncoderError
from indexer.errors import IndexingError


def serve(
    host: Annotated[str, typer.Option(help="监听的地址；没有密钥时只能是本机")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="进程数", min=1, max=64)] = 1,
) -> None:
    """启动 API 和网页；新发布的索引自动换上，不用重启。"""
    # FAISS would otherwise start a team of threads for every search in every worker thread
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import uvicorn

    from api.app import create_app, for_holders_of_keys, for_this_machine, live_from
    from api.keys_gate import Gate
    from api.keys_store import StoredKeys
    from api.push.house import house_of
    from api.settings import ApiSettings, OpenHostRefused, mode, refuse_open_host
    from indexer.encoders.models_at import models_at
    from indexer.location import index_at
    from retriever.opening import open_knowledge_base

    try:
        settings = Settings.from_environment(os.environ)
        stored = StoredKeys(settings.store_url)
        with closing(stored):  # opened again where the first key is looked for
            keys = len(settings.api_keys) + len(stored.read())
        refuse_open_host(host, keys)
        require_free(host, port)
        live = live_from(settings)
        if workers == 1:
            live.start()
        else:  # each worker opens its own; opening it here once finds out what they would meet
            open_knowledge_base(
                index_at(settings),
                models=models_at(settings),
                fitted=settings.fitted,
                signature=settings.signature,
            ).close()
    except (CorporaError, IndexingError, EncoderError, OpenHostRefused) as error:
        typer.echo(f"错误：{error}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"错误：{system_error(error)}", err=True)
        raise typer.Exit(2) from error
    shown = f"[{host}]" if ":" in host else host
    typer.echo(
        f"知库已就绪（{mode(keys)}）：http://{shown}:{port}/  接口说明：http://{shown}:{port}/docs",
        err=True,
    )
    factory = for_holders_of_keys if keys else for_this_machine
    gate = Gate(settings.api_keys, stored) if keys else None
    uvicorn.run(
        f"{factory.__module__}:{factory.__name__}"
        if workers > 1
        else create_app(
            live,
            ApiSettings.of(settings),
            dt.date.today,
            gate,
            house_of(settings, lambda: dt.datetime.now(dt.UTC)),
        ),
        factory=workers > 1,
        workers=workers,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def require_free(host: str, port: int, options: str = "--port 或 --host") -> None:
    """Finds out before the knowledge is opened; ``OSError`` says in Chinese which option to change."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise OSError(
            f"不能监听 {host} 的端口 {port}（{system_reason(error)}）；请换一个 {options}"
        ) from error
