"""Memory of a process that has only an index open: ``python -m benchmarks.resident FOLDER``.

Reads questions from stdin, a line each, answers them and prints what the process holds as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def measured(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Opens ``folder`` in a process of its own, answers ``questions`` and reports time and memory."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.resident", str(folder)],
        input="\n".join(questions),
        stdout=subprocess.PIPE,  # what goes wrong is told where it is seen
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _main() -> None:
    from benchmarks.encoders import default_encoder
    from benchmarks.searching import FILTERS
    from retriever.backends.embedded import EmbeddedSearcher
    from retriever.knowledge_base import KnowledgeBase

    asked = sys.stdin.read().splitlines()
    before = _memory()
    started = time.perf_counter()
    searcher = EmbeddedSearcher.open_current(Path(sys.argv[1]))
    index_opened = time.perf_counter()
    encoder = default_encoder()
    base = KnowledgeBase(searcher, encoder)
    base.answer("套餐资费怎么办理", FILTERS["none"])
    ready = time.perf_counter()
    for question in asked:
        base.answer(question, FILTERS["none"])
    print(
        json.dumps(
            {
                "index_open_s": round(index_opened - started, 3),
                "ready_to_answer_s": round(ready - started, 3),
                "imports_only": before,
                "after_questions": _memory(),
                "questions": len(asked),
            }
        )
    )


def _memory() -> dict[str, float]:
    """Resident megabytes: all, the process's own, and mapped file pages that the system may drop."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    sizes = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return {
        key: round(int(sizes[field].split()[0]) / 1024, 1)
        for key, field in (("rss_mb", "VmRSS"), ("own_mb", "RssAnon"), ("mapped_mb", "RssFile"))
    }


if __name__ == "__main__":
    _main()
