"""How sure we are that the first item answers the question: features and a logistic reading of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from retriever.constants import Calibration
from retriever.retriever import ResultPage

NAMES: Final = (
    "score",
    "cosine",
    "lexical",
    "margin",
    "agreement",
    "coverage",
    "named",
    "facet",
    "unsaid",
    "numbers_missing",
    "other_amount",
    "unknown_code",
)


def features(page: ResultPage) -> dict[str, float]:
    """What confidence is read from; every value lies roughly between 0 and 2.

    ``score`` is the first item's; ``cosine`` and ``lexical`` are those of its best passage; ``margin``
    is its lead over the next item; ``agreement`` says whether both engines put it first; ``coverage``
    is the share of the question's subject that the item's names and passage hold; ``unsaid`` the
    share of its words that the item nowhere says; the rest are corrections that applied.
    """
    if not page.hits:
        return dict.fromkeys(NAMES, 0.0)
    top = page.hits[0]
    margin = top.score - page.hits[1].score if len(page.hits) > 1 else 0.5
    best_cosine = max(hit.evidence.semantic for hit in page.hits)
    best_lexical = max(hit.evidence.lexical for hit in page.hits)
    agreement = (top.evidence.semantic >= best_cosine) + (top.evidence.lexical >= best_lexical)
    return {
        "score": top.evidence.score,
        "cosine": top.evidence.semantic,
        "lexical": top.evidence.lexical,
        "margin": min(margin, 0.5),
        "agreement": agreement / 2,
        "coverage": coverage(page),
        "named": float("named" in top.reasons or "code" in top.reasons),
        "facet": float("facet" in top.reasons),
        "unsaid": page.unsaid,
        "numbers_missing": float("numbers_missing" in top.reasons),
        "other_amount": float("other_amount" in top.reasons),
        "unknown_code": float(page.unknown_code),
    }


def coverage(page: ResultPage) -> float:
    """The share of the subject's character pairs that occur in the first item's names or passage."""
    subject = page.query.subject
    if len(subject) < 2 or not page.hits:
        return 0.0
    top = page.hits[0]
    item = top.held.item
    asked = (question for _, question in item.questions())
    known = " ".join([item.title, *item.aliases, *asked, top.passage.text]).lower()
    pairs = {subject[n : n + 2] for n in range(len(subject) - 1)}
    return sum(pair in known for pair in pairs) / len(pairs)


def confidence(values: Mapping[str, float], calibration: Calibration) -> float:
    """The calibrated probability: 1 / (1 + e^−(b + Σ wᵢ·xᵢ))."""
    total = calibration.intercept + math.fsum(
        weight * values.get(name, 0.0) for name, weight in calibration.weights.items()
    )
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))
