"""How much words count beside meaning: the blend in use, unless another one is surely better."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from eval.faqset import FaqSet
from eval.intervals import mean_interval
from eval.samples import samples
from retriever.constants import Blend
from retriever.knowledge_base import KnowledgeBase

LEXICAL_GRID: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def best_blend(
    dev: FaqSet, base: KnowledgeBase, day: dt.date
) -> tuple[Blend, list[dict[str, float]]]:
    """The lexical weight with the best MRR on dev; another than today's only if surely better."""
    constants = base.retriever.constants
    current = constants.blend

    def reciprocal_ranks(blend: Blend) -> list[float]:
        base.retriever.constants = replace(constants, blend=blend)
        try:
            found = [sample for sample in samples(dev, base, day) if sample.answerable]
        finally:
            base.retriever.constants = constants
        return [1.0 / sample.place if sample.place else 0.0 for sample in found]

    today = reciprocal_ranks(current)
    tried: list[dict[str, float]] = []
    best, best_gain = current, 0.0
    for lexical in LEXICAL_GRID:
        blend = replace(current, lexical=lexical)
        ranks = reciprocal_ranks(blend)
        gain = mean_interval([new - old for new, old in zip(ranks, today, strict=True)])
        tried.append(
            {
                "lexical": lexical,
                "mrr": round(mean_interval(ranks).value, 4),
                "gain_low": round(gain.low, 4),
            }
        )
        if gain.low > 0.0 and gain.value > best_gain:
            best, best_gain = blend, gain.value
    return best, tried
