"""Opening a database: reached, ours, and at this program's revision, or a StoreError with the cure.

No error of SQLAlchemy, alembic or a driver gets past this module.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from corpora.messages import system_reason
from corpora.types import CorporaError

_BUSY_SECONDS: Final = 60  # an import of 200,000 items holds the write lock for about half of this
_WAL_ATTEMPTS: Final = 20
KNOWLEDGE_TURN: Final = 0x7A68696B75  # "zhiku": keys of the advisory locks on PostgreSQL
PUSH_TURN: Final = KNOWLEDGE_TURN + 1
DESK_TURN: Final = KNOWLEDGE_TURN + 2
ASSIST_TURN: Final = KNOWLEDGE_TURN + 3
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "sqlite": {},
    "postgresql": {
        "pool_pre_ping": True,  # connections from before a restart of the server are replaced
        # whatever the defaults of the server: a writer sees what was written while it waited
        "isolation_level": "READ COMMITTED",
        "connect_args": {"client_encoding": "utf8"},  # also where the database names no encoding
    },
}
_FOR_WRITING: Final = "zhiku_for_writing"
_ALEMBIC: Final = threading.Lock()  # alembic keeps the running migration in module globals
_BUSY: Final = f"另一个进程正在写入，等了 {_BUSY_SECONDS} 秒仍未结束；等它结束后再试"
_FULL: Final = "磁盘已满；腾出空间后再试"
_UNDONE: Final = "操作没有完成，库未改动；检查 ZHIKU_STORE_URL 指向的数据库"
_UNREACHABLE: Final = "确认数据库服务已启动，地址、用户和口令无误（ZHIKU_STORE_URL）"
_SQLITE_CURES: Final = (
    ("not a database", "这个文件不是 SQLite 数据库；换一个路径，或把它移走后重新导入知识"),
    ("malformed", "数据库文件已损坏；从备份恢复，或把它移走后重新导入知识"),
    ("locked", _BUSY),
    ("readonly", "没有写权限；检查文件和所在目录的权限，或换一个可写的路径"),
    ("unable to open", "文件打不开；检查路径和权限，或换一个可写的路径"),
    ("is full", _FULL),
)
_POSTGRESQL_CURES: Final[
    Mapping[str | None, str]
] = {  # by SQLSTATE: servers word their messages in many languages
    "25006": "这个数据库只能读（例如备库）；换成能写的那一个",
    "42501": "没有权限；让数据库的属主来用，或给这个用户建表和读写的权限",
    "53100": _FULL,
    "53300": "服务器的连接已用完；少开几个进程，或调大 max_connections",
    "55P03": _BUSY,
}
_UNREACHED: Final = ("08", "28", "3D", "57")  # classes of SQLSTATE: no connection, or it was ended


class StoreError(CorporaError):
    """The store cannot do what was asked; the message says in Chinese how to mend it."""


class StoreMissing(StoreError):
    """Nothing was ever imported at this place, and it was not to be made."""


@contextmanager
def mended(url: URL) -> Iterator[None]:
    """Turns the database's errors into ``StoreError``; passwords stay out of the message."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, CommandError) as error:
        raise _unusable(url, error) from error


def open_database(url: str, *, create: bool) -> Engine:
    """An engine on a store at the newest revision; two processes may do this at once.

    Without ``create``, a store that is not there is an error instead of a new store.
    """
    address = _parsed(url)
    if address.get_backend_name() == "sqlite":
        _check_file(address, create=create)
    engine = _engine(address)
    try:
        with mended(address):
            _bring_up_to_date(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read from: one state of the store throughout; it never waits for a writer."""
    with mended(engine.url), engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's readers are like that anyway
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: Engine, turn: int = KNOWLEDGE_TURN) -> Iterator[Connection]:
    """A transaction that alone may write; others wait for it. All of it happens or nothing.

    On PostgreSQL only those who ask for the same ``turn`` wait: messages need not wait for an import.
    SQLite has one writer whatever is asked for.
    """
    with mended(engine.url), engine.connect() as opened:
        connection = opened.execution_options(**{_FOR_WRITING: True})
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_BUSY_SECONDS * 1000}")
                connection.execute(select(func.pg_advisory_xact_lock(turn)))
            yield connection


def _parsed(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # not shown: it may hold a password
        raise StoreError(
            "看不懂知识库地址；要写成 sqlite:///var/store.db 或 "
            "postgresql://用户:口令@主机/库（ZHIKU_STORE_URL）"
        ) from error
    backend = address.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(f"知识库不支持 {backend}；用 sqlite:///… 或 postgresql://…")
    if address.drivername == "postgresql":
        return address.set(drivername="postgresql+psycopg")  # the driver of the extra [postgres]
    return address


def _check_file(url: URL, *, create: bool) -> None:
    """What SQLite would report as "unable to open", said precisely; makes the missing folder."""
    name = url.database or ":memory:"
    if name == ":memory:" or name.startswith("file:"):
        raise StoreError(f"知识库要存在文件里，{url} 不行；写成 sqlite:///var/store.db")
    if url.query:
        raise StoreError(f"SQLite 的地址不带参数；去掉 {url} 里问号起的部分")
    path = Path(name)
    try:
        if path.is_dir():
            raise StoreError(f"{path} 是目录；在后面加上文件名，例如 {path / 'store.db'}")
        if not path.exists():
            if not create:
                raise StoreMissing(
                    f"没有知识库 {path}；先运行 zhiku corpus import，或改 ZHIKU_STORE_URL"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"知识库路径 {path} 不可写（{system_reason(error)}）；检查路径和权限，或改 ZHIKU_STORE_URL"
        ) from error


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, **_OPTIONS[url.get_backend_name()])
    except NoSuchModuleError as error:
        raise StoreError(
            f"没有数据库驱动 {url.drivername}；写成 sqlite:///… 或 postgresql://…"
        ) from error
    except ImportError as error:
        if url.get_backend_name() == "sqlite":
            raise StoreError(f"不用驱动 {url.drivername}；地址写成 sqlite:///路径") from error
        raise StoreError(
            f"缺少 {url.get_backend_name()} 的驱动；运行 pip install 'zhiku[postgres]'"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # we begin ourselves; the driver must not
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at its beginning: one that reads first cannot wait for it later."""
    alone = connection.get_execution_options().get(_FOR_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")


def _bring_up_to_date(engine: Engine, *, create: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    with _ALEMBIC:
        with engine.connect() as connection:
            if _is_current(connection, scripts, create=create):
                return
        if engine.dialect.name == "sqlite":
            _enter_wal(engine)
        with writing(engine) as connection:
            if not _is_current(connection, scripts, create=create):  # another was not faster
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def _is_current(connection: Connection, scripts: ScriptDirectory, *, create: bool) -> bool:
    heads = set(MigrationContext.configure(connection).get_current_heads())
    where = connection.engine.url.render_as_string(hide_password=True)
    if newer := heads - {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"知识库 {where} 的结构版本 {'、'.join(sorted(newer))} 比本程序新"
            f"（本程序到 {scripts.get_current_head()}）；升级本程序，或改 ZHIKU_STORE_URL"
        )
    if not heads:
        if not create:
            raise StoreMissing(f"{where} 里还没有知识库；先运行 zhiku corpus import")
        others = set(inspect(connection).get_table_names()) - {"alembic_version"}
        if others and connection.dialect.name == "sqlite":  # a mistyped path, not a shared server
            raise StoreError(
                f"{where} 是别的程序的数据库（有表 {'、'.join(sorted(others)[:3])}）；换一个路径"
            )
    return heads == set(scripts.get_heads())


def _enter_wal(engine: Engine) -> None:
    """Readers beside a writer. SQLite refuses the switch at once, without waiting, while another
    process writes; a transaction of our own does wait, so we pass through one and try again.
    """
    with engine.connect() as opened:
        connection = opened.connection
        for attempt in range(1, _WAL_ATTEMPTS + 1):
            cursor = connection.cursor()
            try:
                cursor.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or attempt == _WAL_ATTEMPTS:
                    raise
                cursor.execute("BEGIN IMMEDIATE")
                cursor.execute("COMMIT")
            finally:
                cursor.close()


def _unusable(url: URL, error: Exception) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    detail = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    if url.get_backend_name() == "sqlite":
        cure = next((cure for sign, cure in _SQLITE_CURES if sign in detail), _UNDONE)
    else:
        state = getattr(cause, "sqlstate", None)
        reached = not isinstance(error, OperationalError | InterfaceError) or (
            state is not None and not state.startswith(_UNREACHED)
        )
        cure = _POSTGRESQL_CURES.get(state, _UNDONE if reached else _UNREACHABLE)
    where = url.render_as_string(hide_password=True)
    return StoreError(f"知识库 {where} 用不了：{cure}（{detail}）")
