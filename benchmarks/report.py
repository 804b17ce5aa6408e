"""A result as a table that fits a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def table(result: dict[str, Any]) -> str:
    """The figures that people ask for, a line each."""
    return "\n".join(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    machine, build = result["machine"], result["build"]
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, load {machine['load_at_start'][0]}"
    yield f"{result['items']} items, {result['passages']} passages, encoder {result['encoder']['name']}"
    yield ""
    yield _row("build, s", **build["seconds"])
    yield _row("disk, MB", **{k: v for k, v in build["disk_mb"].items() if v >= 0.5})
    resident = result["resident"]
    yield _row(
        "open, s", index=resident["index_open_s"], ready_to_answer=resident["ready_to_answer_s"]
    )
    yield _row(f"memory after {resident['questions']} questions, MB", **resident["after_questions"])
    for name, found in result["recall"].items():
        yield _row(f"recall, {name}", **found)
    yield ""
    yield f"{'in process, ms':34}{'p50':>9}{'p95':>9}{'p99':>9}{'cpu p50':>9}"
    for name, timed in result["search"].items():
        for kind, figures in timed.items():
            yield _timed(f"search, filter {name}, {kind}", figures)
    yield _timed("answer", result["answer"]["latency"])
    for name, figures in result["stages"].items():
        yield _timed(f"  part: {name}", figures)
    passage = result["passage_encoder"]
    yield _timed(f"encode a passage ({passage['mean_characters']} chars)", passage["one_thread_ms"])
    yield f"passage encoder: {passage['passages_per_s']} passages/s ({passage['texts']})"
    if http := result.get("http"):
        yield ""
        rates = http["queries_per_s"]
        for name, figures in http.items():
            if name != "queries_per_s":
                yield _timed(name, figures)
        yield _row("queries/s, 2 workers, 2 clients", **rates)


def _row(name: str, **values: Any) -> str:
    return f"{name}: " + ", ".join(f"{key} {value}" for key, value in values.items())


def _timed(name: str, figures: dict[str, Any]) -> str:
    own = f"{figures['cpu_p50']:9.2f}" if "cpu_p50" in figures else ""
    return f"{name:34}{figures['p50']:9.2f}{figures['p95']:9.2f}{figures['p99']:9.2f}{own}"
