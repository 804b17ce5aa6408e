"""Near-duplicate questions in different parts of a set: what was held back is known already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from corpora.source import Problem, Severity
from eval.faqset import FaqSet
from indexer.normalize import normalize

_ALIKE: Final = 0.88
"""Indel similarity from which two questions are one; among written questions nothing stands between
.80 and .95 but rewordings of the same sentence."""
_SHORTEST: Final = 6  # characters; 月包咋退 and 月包咋开 differ in one and mean two things
_AT_ONCE: Final = 1000  # rows compared at a time: memory stays small for any set


def leaks(faq_set: FaqSet) -> Iterator[Problem]:
    """Pairs of nearly equal questions that stand in different splits without sharing a group."""
    asked = [q for q in faq_set.questions if q.split]
    texts = [normalize(question.question) for question in asked]
    parts = np.array([question.split for question in asked])
    for start in range(0, len(asked), _AT_ONCE):
        rows = texts[start : start + _AT_ONCE]
        alike = cdist(
            rows,
            texts,
            scorer=Indel.normalized_similarity,
            score_cutoff=_ALIKE,
            dtype=np.float32,
        )
        apart = parts[start : start + len(rows), None] != parts[None, :]
        for first, second in zip(*np.nonzero((alike > 0) & apart), strict=True):
            one, other = asked[start + int(first)], asked[int(second)]
            same = texts[start + int(first)] == texts[int(second)]  # ``lint`` names those itself
            short = len(texts[int(second)]) < _SHORTEST
            grouped = bool(one.group) and one.group == other.group
            if start + int(first) >= int(second) or same or short or grouped:
                continue
            text = (
                f"与第 {one.line} 行（{one.split}）几乎一样，却在 {other.split}；"
                "请写成同一个组，放在同一个 split"
            )
            yield Problem(faq_set.file, other.line, "question", text, Severity.WARNING)
