"""The passage encoder apart from everything else: an index of real texts costs mostly this."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.timing import latency
from indexer.encoders.protocol import Encoder


def measured(encoder: Encoder, texts: Sequence[str], source: str) -> dict[str, Any]:
    """Passages a second as a build runs it, and milliseconds of one passage on one thread."""
    started = time.perf_counter()
    encoder.encode_passages(list(texts))
    seconds = time.perf_counter() - started
    alone = latency(lambda text: encoder.encode_queries([text]), texts[:300])
    return {
        "texts": source,
        "passages": len(texts),
        "mean_characters": round(sum(map(len, texts)) / len(texts), 1),
        "seconds": round(seconds, 2),
        "passages_per_s": round(len(texts) / seconds, 1),
        "one_thread_ms": alone,
    }
