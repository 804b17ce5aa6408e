"""Real Elasticsearch nodes: started, waited for, killed and started again."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from tests.real.elastic_home import home

_UP_WITHIN: Final = 90.0  # seconds: cores are shared
_TRIES: Final = 3
_SAID: Final = 25  # lines of a node's log in an error


class NodeBroken(Exception):
    """A node did not come up; the message holds the end of its log."""


class Node:
    """One node with a folder of its own; it ends with the process that started it."""

    def __init__(
        self, folder: Path, name: str = "node", *, heap: str = "512m", **settings: str
    ) -> None:
        self.folder = folder
        self.name = name
        self.repository = folder.parent / "snapshots"
        self._heap = heap
        self._settings = settings
        self.port = _free_port()
        self.transport = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Starts the process without waiting for it."""
        place = home()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.repository.mkdir(exist_ok=True)
        settings = {
            "node.name": self.name,
            "cluster.name": "zhiku-tests",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(self.transport),
            "discovery.seed_hosts": f"127.0.0.1:{self.transport}",
            "cluster.initial_master_nodes": self.name,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": str(self.repository),
            # the disk of a machine that tests may be nearly full
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        } | {key.replace("__", "."): value for key, value in self._settings.items()}
        command = [
            "java",
            *(f"-Xms{self._heap}", f"-Xmx{self._heap}", "-XX:+UseSerialGC"),
            *("-cp", f"{place / 'main'}:{place / 'lib'}/*"),
            *("RunNode", str(place), str(place / "config")),
            *(f"{key}={value}" for key, value in settings.items()),
        ]
        with (self.folder / "node.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    def wait(self, status: str = "yellow") -> None:
        """Until it answers and its cluster is at least ``status``."""
        deadline = time.monotonic() + _UP_WITHIN
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            with contextlib.suppress(OSError, ValueError):
                if self.get("/_cluster/health")["status"] in ("green", status):
                    return
            time.sleep(0.1)
        self.kill()
        log = (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")
        raise NodeBroken("\n".join(log.splitlines()[-_SAID:]))

    def start(self) -> None:
        """Starts it, on other ports where these were taken meanwhile; again on the same data."""
        for tries_left in reversed(range(_TRIES)):
            self.launch()
            try:
                self.wait()
            except NodeBroken as broken:
                if tries_left == 0 or "BindException" not in str(broken):
                    raise
                self.port, self.transport = _free_port(), _free_port()
            else:
                return

    def get(self, path: str) -> Any:
        """What a path answers."""
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return orjson.loads(answer.read())

    def kill(self) -> None:
        """SIGKILL: nothing is closed in order."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> None:
        """Ends it in order."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
            self._process.kill()
            self._end()

    def _end(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.wait()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process = None


class Cluster:
    """Several nodes that find each other."""

    def __init__(self, folder: Path, size: int = 3, *, heap: str = "512m") -> None:
        self.nodes = [Node(folder / f"node{n}", f"node{n}", heap=heap) for n in range(size)]
        hosts = ",".join(f"127.0.0.1:{node.transport}" for node in self.nodes)
        names = ",".join(node.name for node in self.nodes)
        for node in self.nodes:
            node._settings |= {
                "discovery__seed_hosts": hosts,
                "cluster__initial_master_nodes": names,
            }

    @property
    def urls(self) -> Sequence[str]:
        """Where the nodes answer."""
        return [node.url for node in self.nodes]

    @property
    def url(self) -> str:
        """All of them as one index URL."""
        return "http://" + ",".join(url.removeprefix("http://") for url in self.urls)

    def start(self) -> None:
        """Starts all of them at once."""
        for node in self.nodes:
            node.launch()
        self.wait("green", len(self.nodes))

    def wait(self, status: str, size: int) -> None:
        """Until a living node says that the cluster has ``size`` nodes and at least ``status``."""
        deadline = time.monotonic() + _UP_WITHIN
        path = f"/_cluster/health?wait_for_nodes={size}&wait_for_status={status}&timeout=1s"
        while time.monotonic() < deadline:
            for node in self.nodes:
                with contextlib.suppress(OSError, ValueError):
                    if node.is_running and not node.get(path)["timed_out"]:
                        return
            time.sleep(0.1)
        raise NodeBroken(f"no {status} cluster of {size} nodes")

    def stop(self) -> None:
        """Ends all of them."""
        for node in self.nodes:
            node.kill()


@contextmanager
def running_node(folder: Path, **settings: str) -> Iterator[Node]:
    """A node for as long as the block runs."""
    node = Node(folder / "node", **settings)
    node.start()
    try:
        yield node
    finally:
        node.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
