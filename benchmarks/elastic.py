"""``python -m benchmarks.elastic``: one content on a real Elasticsearch node and embedded, side by side.

Needs what ``make tools`` installs: a JDK, and Maven the first time.
"""

from __future__ import annotations

import os

# before NumPy and FAISS load: one thread a search is what a server runs
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from elasticsearch import Elasticsearch

from benchmarks import elastic_asking as asking
from benchmarks import machine
from benchmarks.elastic_content import Content, made
from benchmarks.elastic_report import written
from benchmarks.place import SEED, Clock
from benchmarks.questions import questions
from indexer.backends.elastic import writer as elastic_writer
from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.embedded import lexical, vectors
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.location import ClusterSettings
from retriever.backends.elastic import ElasticSearcher
from retriever.backends.embedded import EmbeddedSearcher
from tests.real.elastic_home import elasticsearch_version
from tests.real.elastic_node import Node, running_node

_ITEMS: Final = 200_000
_SMALL: Final = 5_000
_ASKED: Final = 500
_ASKED_SMALL: Final = 100
_WARM_UP: Final = 30
_RATED: Final = 600
_QUESTION_SEED: Final = 7
_HEAP: Final = "2g"
_ACCESS: Final = ClusterSettings(timeout=60.0, replicas=0)
_INDICES: Final = type(Elasticsearch("http://127.0.0.1:9200").indices)


def on_elastic(node: Node, content: Content) -> tuple[ElasticPlace, dict[str, Any]]:
    """The content, written and published on the node; what it took, step by step."""
    place = ElasticPlace(f"{node.url}/bench", _ACCESS)
    writer = place.writer()
    clock = Clock()
    with (
        clock.spying(elastic_writer, "_digest", "digests"),
        clock.spying(Cluster, "create_if_missing", "create"),
        clock.spying(Cluster, "bulk", "bulk"),
        clock.spying(_INDICES, "refresh", "refresh"),
        clock.spying(_INDICES, "forcemerge", "forcemerge"),
        clock.spying(_INDICES, "flush", "flush"),
        clock.timed("stage"),
    ):
        staged = writer.stage(content.staged)
    with clock.timed("publish"):
        manifest = writer.publish(staged)
    seconds = _steps(clock)
    stats = node.get("/_stats/store,docs,segments")
    sizes = {
        name.rpartition("-")[2]: round(
            stats["indices"][name]["total"]["store"]["size_in_bytes"] / 1e6, 2
        )
        for name in manifest.files
    }
    documents = sum(stats["indices"][name]["total"]["docs"]["count"] for name in manifest.files)
    return place, {
        "seconds": seconds,
        "documents": documents,
        "documents_per_s": round(documents / seconds["total"], 1),
        "bulk_documents_per_s": round(documents / seconds["bulk"], 1),
        "kinds": {p.library: p.vector_index for p in manifest.partitions},
        "disk_mb": sizes | {"total": round(sum(sizes.values()), 2)},
    }


def embedded(folder: Path, content: Content) -> dict[str, Any]:
    """The content, written and published in a folder; what it took, step by step."""
    writer = EmbeddedWriter(folder)
    clock = Clock()
    with (
        clock.spying(lexical, "build", "lexical"),
        clock.spying(vectors, "build", "vectors"),
        clock.timed("stage"),
    ):
        staged = writer.stage(content.staged)
    with clock.timed("publish"):
        manifest = writer.publish(staged)
    seconds = _steps(clock)
    files = [path for path in (folder / "versions" / staged).rglob("*") if path.is_file()]
    return {
        "seconds": seconds,
        "documents": manifest.passages,
        "documents_per_s": round(manifest.passages / seconds["total"], 1),
        "kinds": {p.library: p.vector_index for p in manifest.partitions},
        "disk_mb": {"total": round(sum(path.stat().st_size for path in files) / 1e6, 2)},
    }


def _steps(clock: Clock) -> dict[str, float]:
    """Seconds by step, with what none of them is."""
    stage, publish = clock.seconds.pop("stage"), clock.seconds.pop("publish")
    other = stage - sum(clock.seconds.values())
    steps = {**clock.seconds, "other": other, "publish": publish, "total": stage + publish}
    return {name: round(value, 2) for name, value in steps.items()}


def measure(items: int, folder: Path, *, tokens: bool) -> dict[str, Any]:
    """Everything, in the order of the table."""
    described = machine.described() | _java()
    _say(f"making {items} items")
    content = made(items, tokens=tokens)
    few = items <= _SMALL
    asked_count, rated = (_ASKED_SMALL, _RATED // 3) if few else (_ASKED, _RATED)
    _say("building embedded")
    built_embedded = embedded(folder / "embedded", content)
    with running_node(folder / "elastic", heap=_HEAP) as node:
        _say(f"building on {node.url}")
        place, built_elastic = on_elastic(node, content)
        staged = place.require_current()
        place.close()
        engines = [
            asking.Engine(
                "elastic",
                lambda: ElasticSearcher(ElasticPlace(f"{node.url}/bench", _ACCESS), staged),
                content,
            ),
            asking.Engine(
                "embedded", lambda: EmbeddedSearcher.open_current(folder / "embedded"), content
            ),
        ]
        _say("opening")
        opened = {engine.name: asking.opening(engine) for engine in engines}
        texts = questions(content.held, asked_count + rated + _WARM_UP, _QUESTION_SEED)
        asked = asking.prepared(engines[1], content, texts)
        warm_up, asked = asked[:_WARM_UP], asked[_WARM_UP:]
        _say("recall")
        recall = asking.recall(engines, content, content.encoder.encode_queries(texts))
        _say("asking")
        times = asking.latencies(engines, asked[:asked_count], warm_up)
        _say("asking from several threads")
        rates = asking.rates(engines, asked[asked_count:])
        resident = _resident_mb(node.pid)
    return {
        "machine": described,
        "elasticsearch": {"version": elasticsearch_version(), "heap": _HEAP, "nodes": 1},
        "seeds": {"items": SEED, "vectors": SEED, "questions": _QUESTION_SEED},
        "items": items,
        "passages": len(content.staged.passages),
        "token_vectors": tokens,
        "questions": asked_count,
        "made_s": {name: round(value, 2) for name, value in content.seconds.items()},
        "build": {"elastic": built_elastic, "embedded": built_embedded},
        "open": opened,
        "recall": recall,
        "ms": times,
        "per_s": rates,
        "node_resident_mb": resident,
        "load_at_end": [round(load, 2) for load in os.getloadavg()],
    }


def _java() -> dict[str, Any]:
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    return {
        "java": said.stderr.splitlines()[1].strip(),
        "elasticsearch_client": version("elasticsearch"),
    }


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1e3, 1)


def main(arguments: list[str] | None = None) -> None:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(prog="benchmarks.elastic", description=__doc__)
    parser.add_argument("--items", type=int, default=_ITEMS, help=f"default {_ITEMS}")
    parser.add_argument("--tokens", action="store_true", help="with token vectors")
    parser.add_argument("--out", type=Path, help="folder where elastic.json and elastic.md go")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="zhiku-elastic-") as temporary:
        result = measure(given.items, Path(temporary), tokens=given.tokens)
    tokens = " --tokens" if given.tokens else ""
    result["command"] = f"python -m benchmarks.elastic --items {given.items}{tokens}"
    text = written(result)
    print(text)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        figures = json.dumps(result, ensure_ascii=False, indent=2)
        (given.out / "elastic.json").write_text(figures + "\n", encoding="utf-8")
        (given.out / "elastic.md").write_text(text, encoding="utf-8")


def _say(step: str) -> None:
    print(f"… {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
