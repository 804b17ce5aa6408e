"""What is the same in every answer to one question: what was asked, by whom it is traced, how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from retriever.answer import Answer, Outcome

Maker: TypeAlias = Callable[..., Answer]
"""Makes an answer from outcome, reason and text, and the other fields of ``Answer`` by name."""


def maker(asked: str, trace_id: str, started: float) -> Maker:
    """Makes answers to a question that was asked at ``started`` (seconds of ``perf_counter``)."""

    def made(outcome: Outcome, reason: str, text: str, **parts: object) -> Answer:
        return Answer(
            query=asked,
            outcome=outcome,
            reason=reason,
            text=text,
            trace_id=trace_id,
            took_ms=(time.perf_counter() - started) * 1000.0,
            **{"confidence": 0.0, **parts},  # type: ignore[arg-type]
        )

    return made
