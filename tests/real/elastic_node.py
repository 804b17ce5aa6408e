"""Real Elasticsearch nodes: started, waited for, killed and started again."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from random import SystemRandom
from typing import Any, Final

import orjson

from tests.real.elastic_home import QUICK_START, home, node_command, remembered_classes

_UP_WITHIN: Final = 90.0  # seconds: cores are shared
_TRIES: Final = 3
_SAID: Final = 25  # lines of a node's log in an error
_PORTS: Final = range(20_000, 32_000)  # below those that outgoing connections take at any moment
_CHANCE: Final = SystemRandom()  # without a seed: tests side by side must not choose the same
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never a web proxy


class NodeBroken(Exception):
    """A node did not come up; the message holds the end of its log."""


class Node:
    """One node with a folder of its own; it ends with the process that started it."""

    def __init__(
        self,
        folder: Path,
        name: str = "node",
        *,
        heap: str = "512m",
        quick: bool = False,  # up in half the time, slower under load: not for measuring
        **settings: str,
    ) -> None:
        self.folder = folder
        self.name = name
        self.repository = folder.parent / "snapshots"
        self._heap = heap
        self.peers: Sequence[Node] = (self,)
        # its own: a node of other tests that took its port is neither joined nor believed
        self.cluster = f"zhiku-tests-{_CHANCE.randrange(1 << 32):08x}"
        self._java = QUICK_START if quick else ("-XX:+UseSerialGC",)
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
        assert not self.is_running
        self.kill()  # what is left of one that ended by itself
        place = home()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.repository.mkdir(exist_ok=True)
        settings = {
            "node.name": self.name,
            "cluster.name": self.cluster,
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(self.transport),
            "discovery.seed_hosts": ",".join(f"127.0.0.1:{peer.transport}" for peer in self.peers),
            "cluster.initial_master_nodes": ",".join(peer.name for peer in self.peers),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": str(self.repository),
            # the disk of a machine that tests may be nearly full
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        } | {key.replace("__", "."): value for key, value in self._settings.items()}
        java = (*self._java, remembered_classes(place))
        command = node_command(place, settings, heap=self._heap, java=java)
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
            health = self.health()
            if health and health["status"] in ("green", status):
                return
            time.sleep(0.1)
        self.kill()
        raise NodeBroken(self.log_end())

    def log_end(self) -> str:
        """The last lines of its log, without the stack frames that would push out the reasons."""
        log = (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")
        told = [line for line in log.splitlines() if "\tat " not in line]
        return "\n".join(told[-_SAID:])

    def move(self) -> None:
        """Takes other ports at its next start."""
        self.port, self.transport = _free_port(), _free_port()

    def start(self) -> None:
        """Starts it, on other ports where these were taken meanwhile; again on the same data."""
        _bound(self.launch, self.wait, [self])

    def get(self, path: str) -> Any:
        """What a path answers."""
        with _DIRECT.open(self.url + path, timeout=5) as answer:
            return orjson.loads(answer.read())

    def health(self, wanted: str = "") -> Any:
        """What its cluster says of itself; nothing where no node of this cluster answers."""
        # on a port that somebody took meanwhile may listen what speaks no HTTP
        with contextlib.suppress(OSError, HTTPException, ValueError, LookupError, TypeError):
            said = self.get(f"/_cluster/health{wanted}")
            if said["cluster_name"] == self.cluster:
                return said
        return None

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

    def __init__(
        self,
        folder: Path,
        size: int = 3,
        *,
        heap: str = "512m",
        quick: bool = False,
        **settings: str,
    ) -> None:
        self.nodes = [
            Node(folder / f"node{n}", f"node{n}", heap=heap, quick=quick, **settings)
            for n in range(size)
        ]
        for node in self.nodes:
            node.peers = self.nodes
            node.cluster = self.nodes[0].cluster

    @property
    def urls(self) -> Sequence[str]:
        """Where the nodes answer."""
        return [node.url for node in self.nodes]

    @property
    def url(self) -> str:
        """All of them as one index URL."""
        return "http://" + ",".join(url.removeprefix("http://") for url in self.urls)

    def start(self) -> None:
        """Starts all of them at once, on other ports where these were taken meanwhile."""
        _bound(self._launch, self.wait_green, self.nodes)

    def _launch(self) -> None:
        for node in self.nodes:
            node.launch()

    def wait_green(self) -> None:
        """Until all nodes are there and every shard has its copies."""
        self.wait("green", len(self.nodes))

    def wait(self, status: str, size: int, within: float = _UP_WITHIN) -> None:
        """Until a living node says that the cluster has ``size`` nodes and at least ``status``."""
        deadline = time.monotonic() + within
        wanted = f"?wait_for_nodes={size}&wait_for_status={status}&timeout=1s"
        while time.monotonic() < deadline:
            living = [node for node in self.nodes if node.is_running]
            if len(living) < size:
                break
            for node in living:
                health = node.health(wanted)
                if health and not health["timed_out"]:
                    return
            time.sleep(0.1)
        logs = "\n".join(node.log_end() for node in self.nodes)
        raise NodeBroken(f"no {status} cluster of {size} nodes\n{logs}")

    def stop(self) -> None:
        """Ends all of them, at once: their data ends with them."""
        for node in self.nodes:
            node.kill()


@contextmanager
def running_node(
    folder: Path, *, heap: str = "512m", quick: bool = False, **settings: str
) -> Iterator[Node]:
    """A node for as long as the block runs."""
    node = Node(folder / "node", heap=heap, quick=quick, **settings)
    node.start()
    try:
        yield node
    finally:
        node.stop()


def _bound(launch: Callable[[], None], wait: Callable[[], None], nodes: Sequence[Node]) -> None:
    """Launches and waits; again on other ports where somebody took these in between."""
    for tries_left in reversed(range(_TRIES)):
        try:
            launch()
            wait()
        except BaseException as error:
            for node in nodes:
                node.kill()
            if tries_left == 0 or "Failed to bind" not in str(error):
                raise
            for node in nodes:
                node.move()
        else:
            return


def _free_port() -> int:
    while True:
        port = _CHANCE.choice(_PORTS)
        with socket.socket() as asked, contextlib.suppress(OSError):
            asked.bind(("127.0.0.1", port))
            return port
