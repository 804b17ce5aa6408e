"""What two runs of the same system have in common."""

from __future__ import annotations

from typing import Any

from eval.stored import FaqRun


def figures(of: FaqRun) -> tuple[Any, Any]:
    """Everything of a run that does not depend on how fast it was."""
    rows = [verdict.to_json() | {"search_ms": 0.0, "answer_ms": 0.0} for verdict in of.verdicts]
    return rows, {name: value for name, value in of.metrics.items() if name != "latency_ms"}
