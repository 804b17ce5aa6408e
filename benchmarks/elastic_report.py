"""The result of ``benchmarks.elastic`` as Markdown: both engines and the ratio between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_ENGINES: Final = ("elastic", "embedded")


def written(result: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: dict[str, Any]) -> Iterator[str]:
    machine, build = result["machine"], result["build"]
    yield "# Elasticsearch beside the embedded engine"
    yield ""
    yield f"`{result['command']}`"
    yield ""
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, load"
        f" {machine['load_at_start'][0]} at the start and {result['load_at_end'][0]} at the end;"
        f" {machine['java']}; Elasticsearch {result['elasticsearch']['version']}, one node, heap"
        f" {result['elasticsearch']['heap']}, resident {result['node_resident_mb']} MB at the end;"
        f" Python {machine['python']}."
    )
    yield ""
    yield (
        f"{result['items']:,} items, {result['passages']:,} passages of 512 dimensions"
        f" {'with' if result['token_vectors'] else 'without'} token vectors. Both engines hold the same"
        " content and were asked the same questions in turns, so what else ran on the machine hit"
        " both; ratios say more than milliseconds."
    )
    yield ""
    yield "## Building"
    yield ""
    yield "| | seconds by step | documents/s | MB on disk | vectors |"
    yield "|---|---|---:|---:|---|"
    for name in _ENGINES:
        own = build[name]
        steps = ", ".join(f"{step} {value}" for step, value in own["seconds"].items())
        kinds = ", ".join(sorted(set(own["kinds"].values())))
        yield f"| {name} | {steps} | {own['documents_per_s']} | {own['disk_mb']['total']} | {kinds} |"
    yield f"| ratio | | {_over(*(build[n]['documents_per_s'] for n in _ENGINES))} | {_over(*(build[n]['disk_mb']['total'] for n in _ENGINES))} | |"
    yield ""
    yield f"While it takes documents, Elasticsearch took {build['elastic']['bulk_documents_per_s']} a second."
    yield ""
    yield "## Opening"
    yield ""
    yield "| | searcher, s | retriever over it, s |"
    yield "|---|---:|---:|"
    for name in _ENGINES:
        own = result["open"][name]
        yield f"| {name} | {own['searcher_s']} | {own['retriever_s']} |"
    yield ""
    yield from _times(result)
    yield from _found(result)


def _times(result: dict[str, Any]) -> Iterator[str]:
    yield f"## Asking one at a time, {result['questions']} questions, milliseconds"
    yield ""
    yield "| | | elastic p50 | p99 | embedded p50 | p99 | ratio p50 | p99 |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for measure, rounds in result["ms"].items():
        for name, engines in rounds.items():
            one, two = (engines[engine] for engine in _ENGINES)
            yield (
                f"| {measure} | {name} | {one['p50']:.2f} | {one['p99']:.2f} | {two['p50']:.2f} |"
                f" {two['p99']:.2f} | {_over(one['p50'], two['p50'])} | {_over(one['p99'], two['p99'])} |"
            )
    yield ""
    yield (
        "`lexical`, `semantic` and `both` ask for 120 passages, as a search does; `search` is a whole"
        " `Retriever.search`. Cold: a searcher that keeps nothing yet; repeated: the same questions"
        " once more."
    )
    yield ""
    yield "## Questions a second, each asked once"
    yield ""
    yield "| | threads | elastic | embedded | ratio |"
    yield "|---|---:|---:|---:|---:|"
    for measure, engines in result["per_s"].items():
        for threads in engines["elastic"]:
            one, two = (engines[engine][threads] for engine in _ENGINES)
            yield f"| {measure} | {threads} | {one} | {two} | {_over(one, two)} |"


def _found(result: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Recall@10 against exact scores"
    yield ""
    yield "| filter | passages | elastic, k 10 | k 120 | embedded, k 10 | k 120 |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, found in result["recall"].items():
        values = " | ".join(str(v) for engine in _ENGINES for v in found[engine].values())
        yield f"| {name} | {found['passages']:,} | {values} |"


def _over(one: float, two: float) -> str:
    return f"{one / two:.2f}" if two else "–"
