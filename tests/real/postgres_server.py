"""Real PostgreSQL servers: made, waited for, killed and started again; a database for each test."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from typing import Any, Final
from urllib.parse import urlsplit

from tests.real.elastic_home import PartMissing

_UP_WITHIN: Final = 60.0  # seconds: cores are shared
_DOWN_WITHIN: Final = 30.0
_TRIES: Final = 3
_SAID: Final = 25  # lines of the log in an error
_OLDEST: Final = 15  # the first one that can sort as ICU does
_PORTS: Final = range(12_000, 20_000)  # below those of the Elasticsearch nodes of other tests
_CHANCE: Final = SystemRandom()  # without a seed: tests side by side must not choose the same
# A collation that sorts "a-b" and "ab" as Chinese deployments do and not as Python does, and a
# session time zone that is not UTC: what only works without them is not to pass.
_CLUSTER: Final = ("--encoding=UTF8", "--no-locale", "--locale-provider=icu", "--icu-locale=zh-CN")
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "timezone": "Asia/Shanghai",
    "shared_buffers": "16MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "max_wal_senders": "0",
    "log_min_messages": "warning",
    # fsync, full_page_writes and synchronous_commit stay on: trials of crashes rely on them
}
# Started beside a server: ends it, and removes its folder, once the tests themselves are gone.
_WATCH: Final = """\
read -r _
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.5; done
rm -rf "$2"
"""


class ServerBroken(Exception):
    """A server did not come up; the message holds the end of its log."""


def binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``: the newest of Debian's packages, else the path's."""
    packaged = {
        float(place.parts[-2]): place
        for place in Path("/usr/lib/postgresql").glob("[0-9]*/bin")
        if (place / "initdb").exists()
    }
    if packaged and max(packaged) >= _OLDEST:
        return packaged[max(packaged)]
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise PartMissing(f"没有 PostgreSQL {_OLDEST} 或更高版本；请运行 make tools")


def new_database(server_url: str) -> str:
    """A fresh, empty database on a server, named by a URL of one that is there."""
    name = f"zhiku_{secrets.token_hex(6)}"
    run_sql(server_url, f"CREATE DATABASE {name}")
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def drop_database(server_url: str, url: str) -> None:
    """Drops it, whoever is still connected."""
    run_sql(server_url, f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")


def run_sql(url: str, *statements: str) -> None:
    """Runs statements in a database, each by itself."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


class PostgresServer:
    """A server with a folder of its own; it ends with the process that started it."""

    def __init__(self) -> None:
        if find_spec("psycopg") is None:
            raise PartMissing("没有 PostgreSQL 的驱动；请运行 pip install -e '.[dev]'")
        self._binaries = binaries()
        self._account = _account()
        # not below pytest's folder: only the owner may enter that one; short, for the socket
        self.folder = Path(tempfile.mkdtemp(prefix="zhiku-postgres-"))
        self.port = _free_port()
        self._password = secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None
        try:
            self._initialise()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """A database to ask for others, as the role that owns those: like a deployment's, it is
        no superuser.
        """
        return self._url("zhiku", "postgres")

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def new_database(self) -> str:
        """A fresh, empty database, which ends with the server at the latest."""
        return new_database(self.url)

    def start(self) -> None:
        """Starts it and waits until it answers; again on the same port and data after a kill."""
        assert not self.is_running
        for tries_left in reversed(range(_TRIES)):
            try:
                self._launch()
                self._wait()
            except BaseException as error:
                self.kill()
                if tries_left == 0 or not isinstance(error, ServerBroken):
                    raise
                # a process that was killed with it may not be gone yet, or its port taken
                time.sleep(0.5)
                if "could not create any TCP/IP sockets" in str(error):
                    self.port = _free_port()
            else:
                return

    def kill(self) -> None:
        """SIGKILL to it and to all its processes at once: nothing is closed in order."""
        if self._process is None:
            return
        if self.is_running:
            self._process.send_signal(signal.SIGSTOP)  # so that it starts no others meanwhile
            children = _children(self._process.pid)
            self._process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """Ends it in order; open transactions are rolled back."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DOWN_WITHIN)
        self.kill()

    def remove(self) -> None:
        """Ends it and removes its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(self._password + "\n", encoding="utf-8")
        if self._account is not None:
            for place in (self.folder, secret):
                os.chown(place, self._account.pw_uid, self._account.pw_gid)
        command: list[str | Path] = [
            *(self._binaries / "initdb", "--pgdata", self.folder / "data", *_CLUSTER),
            *("--username=admin", "--auth=scram-sha-256", f"--pwfile={secret}"),
            "--no-sync",  # it is safe from kills all the same, only not from a power failure
        ]
        made = subprocess.run(command, check=False, capture_output=True, text=True, **self._child())
        secret.unlink()
        if made.returncode != 0:
            raise ServerBroken(made.stderr.strip())
        self.start()
        try:
            admin = self._url("admin", "postgres")
            run_sql(admin, f"CREATE ROLE zhiku LOGIN CREATEDB PASSWORD '{self._password}'")
        finally:
            self.stop()

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.port}/{database}"

    def _child(self) -> dict[str, Any]:
        """How its processes run: as somebody else where the tests run as root, which it refuses."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        child: dict[str, Any] = {
            "cwd": self.folder,
            "env": kept | {"LC_ALL": "C"},
            "start_new_session": True,  # Ctrl-C is for the tests, which then end it in order
            "stdin": subprocess.DEVNULL,
        }
        if self._account is not None:
            who = {"user": self._account.pw_uid, "group": self._account.pw_gid}
            child |= {**who, "extra_groups": []}
        return child

    def _launch(self) -> None:
        settings = _SETTINGS | {
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        chosen = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder / "data", *chosen],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._child(),
            )
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "watch", str(self._process.pid), str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + _UP_WITHIN
        while self.is_running and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                # another server that listens there does not know the password
                psycopg.connect(self._url("admin", "postgres"), connect_timeout=5).close()
                return
            time.sleep(0.05)
        raise ServerBroken(self.log_end())

    def log_end(self) -> str:
        """The last lines of its log since its last start."""
        log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(log.splitlines()[-_SAID:])

    def _ended(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._process = None
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server for as long as the block runs."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PartMissing("PostgreSQL 不能用 root 运行，又没有用户 postgres；请运行 make tools")


def _children(pid: int) -> list[int]:
    """Its processes, where /proc tells; without it they end by themselves, a little later."""
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in listed.split()]
    return []


def _free_port() -> int:
    while True:
        port = _CHANCE.choice(_PORTS)
        with socket.socket() as asked, contextlib.suppress(OSError):
            asked.bind(("127.0.0.1", port))
            return port
