"""The API as clients meet it: ``zhiku serve`` in processes of its own, keep-alive connections."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.encoders import MODELS, ROOT
from benchmarks.timing import percentiles

_START_WITHIN: Final = 60.0
_WORKERS: Final = 2
_DAY: Final = "2025-11-01"


def measured(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Latency of one client against one worker, then throughput of two against two."""
    half = len(questions) // 2
    with serving(folder, 1) as port:
        _search_all(port, [f"{question}？" for question in questions[:20]])
        search = percentiles(_search_all(port, questions[:half]))
        known = percentiles(_search_all(port, questions[:half]))
        answer = percentiles(_answer_all(port, questions[half:]))
    found: dict[str, Any] = {
        "GET /v1/search": search,
        "GET /v1/search, vectors known": known,
        "POST /v1/answer": answer,
    }
    with serving(folder, _WORKERS) as port:
        _search_all(port, [f"{question}？" for question in questions[:40]])
        found["queries_per_s"] = {
            "workers": _WORKERS,
            "clients": _WORKERS,
            "uncached": _throughput(port, [questions[0::2], questions[1::2]]),
            "vectors_mostly_known": _throughput(port, [questions[1::2], questions[0::2]]),
        }
    return found


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[int]:
    """A server on a free port, ended by its own process group."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = os.environ | {
        "ZHIKU_INDEX_URL": f"file:{folder}",
        "ZHIKU_MODELS": str(MODELS),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("ZHIKU_API_KEYS", None)
    start = "from zhiku import main; main()"
    arguments = ["serve", "--port", str(port), "--workers", str(workers)]
    server = subprocess.Popen(
        [sys.executable, "-c", start, *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(server, port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"zhiku serve ended with {server.returncode}")
        try:
            _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/readyz")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("zhiku serve was not ready in time")


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        raise OSError(f"{path}: {response.status} {body[:200]!r}")
    return body


def _search_all(port: int, questions: Sequence[str]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    for question in questions:
        path = "/v1/search?" + urllib.parse.urlencode({"q": question, "k": 5, "as_of": _DAY})
        started = time.perf_counter()
        _get(connection, path)
        times.append((time.perf_counter() - started) * 1000.0)
    connection.close()
    return times


def _answer_all(port: int, questions: Sequence[str]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    for question in questions:
        body = json.dumps({"query": question, "context": {"as_of": _DAY}})
        started = time.perf_counter()
        connection.request("POST", "/v1/answer", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        raw = response.read()
        if response.status != http.client.OK:
            raise OSError(f"/v1/answer: {response.status} {raw[:200]!r}")
        times.append((time.perf_counter() - started) * 1000.0)
    connection.close()
    return times


def _throughput(port: int, shares: Sequence[Sequence[str]]) -> float:
    """Queries a second over all clients, from the first one's start to the last one's end."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(len(shares)) as pool:
        pool.map(len, shares)  # the clients are up before the clock runs
        started = time.perf_counter()
        pool.starmap(_search_all, [(port, list(share)) for share in shares], chunksize=1)
        seconds = time.perf_counter() - started
    return round(sum(map(len, shares)) / seconds, 1)
