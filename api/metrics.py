"""Figures of one process in Prometheus' text format: requests, latency, the version that serves."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from typing import Final

from starlette.types import Scope

_BOUNDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})  # callers may invent any number of others


class Metrics:
    """Counts; safe for many threads. Each worker process counts for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._latency: dict[str, list[int]] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts one request under its route's pattern, so that ids do not become series."""
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        with self._lock:
            self._requests[route, method, status] += 1
            buckets = self._latency.setdefault(route, [0] * (len(_BOUNDS) + 1))
            buckets[bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] += seconds

    def text(self, version: str) -> str:
        """All figures."""
        with self._lock:
            lines = ["# TYPE zhiku_requests_total counter"]
            for (route, method, status), count in sorted(self._requests.items()):
                labels = f'route="{route}",method="{method}",status="{status}"'
                lines.append(f"zhiku_requests_total{{{labels}}} {count}")
            lines.append("# TYPE zhiku_request_seconds histogram")
            for route, buckets in sorted(self._latency.items()):
                total = 0
                for bound, count in zip((*_BOUNDS, "+Inf"), buckets, strict=True):
                    total += count
                    lines.append(
                        f'zhiku_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}'
                    )
                seconds = f"{self._seconds[route]:.6f}"
                lines.append(f'zhiku_request_seconds_sum{{route="{route}"}} {seconds}')
                lines.append(f'zhiku_request_seconds_count{{route="{route}"}} {total}')
        lines += ["# TYPE zhiku_index_info gauge", f'zhiku_index_info{{version="{version}"}} 1']
        return "\n".join(lines) + "\n"
