"""How many of the exact ten nearest a partition's vector index finds, after exact re-scoring."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.place import Place, read_corpora
from corpora.versions import ItemVersion
from indexer.backends.embedded import vectors
from indexer.encoders.protocol import Encoder
from indexer.passages import passages_of
from retriever.backends.embedded import EmbeddedSearcher
from retriever.filters import Filter

_REAL_PASSAGES: Final = 2000
_QUESTIONS: Final = 200


def of_index(place: Place, searcher: EmbeddedSearcher, wanted: Filter) -> dict[str, Any]:
    """Over the whole built index under a filter, for generated questions and generated vectors."""
    ids, matrix = _all_vectors(searcher)
    passing = _passing(searcher, wanted)
    hits = {10: 0.0, 200: 0.0}
    questions = place.cloud.questions(_QUESTIONS)
    for question in questions:
        scores = np.where(passing, matrix @ question, -2.0)
        best = [ids[row] for row in np.argsort(-scores, kind="stable")[:200]]
        found = [match.passage_id for match in searcher.semantic(question, wanted, 200)]
        for depth in hits:
            hits[depth] += len(set(found[:depth]) & set(best[:depth])) / depth
    return {f"recall@{depth}": round(total / len(questions), 4) for depth, total in hits.items()}


def of_real_vectors(encoder: Encoder, texts: Sequence[str], asked: Sequence[str]) -> dict[str, Any]:
    """Of a coded partition over real passages and real questions, both encoded."""
    stored = encoder.encode_passages(list(texts)).astype(np.float16)
    questions = encoder.encode_queries(list(asked)[:_QUESTIONS])
    with tempfile.TemporaryDirectory() as folder:
        codes = Path(folder) / "codes.faiss"
        vectors.build(stored, codes, flat_up_to=0)
        partition = vectors.VectorPartition(stored, codes)
        found: dict[str, Any] = {"passages": len(texts), "questions": len(questions)}
        for k in (10, 50, 200):
            found[f"recall@10_of_k{k}"] = _recall(partition, stored, questions, k)
    return found


def _recall(
    partition: vectors.VectorPartition,
    stored: NDArray[np.float16],
    questions: NDArray[np.float32],
    k: int,
) -> float:
    hits = 0
    for question in questions:
        (rows,) = vectors.rows_by_codes([(partition, None)], question, k)
        best = rows[np.argsort(-partition.scores(question, rows), kind="stable")[:10]]
        exact = np.argsort(-(stored.astype(np.float32) @ question), kind="stable")[:10]
        hits += len(set(best.tolist()) & set(exact.tolist()))
    return round(hits / (10 * len(questions)), 4)


def real_texts(held: Sequence[ItemVersion]) -> tuple[list[str], list[str], str]:
    """Passages of the shipped corpora and questions that are not among them, and where from."""
    items = read_corpora().items
    source = "corpora" if items else "generated"
    versions = [ItemVersion(item, 1) for item in items] or list(held)
    passages = [passage for one in versions for passage in passages_of(one)]
    texts = [p.indexed_text for p in passages if p.field not in ("question", "alias")]
    asked = [p.text for p in passages if p.field == "question"]
    rng = np.random.default_rng(7)
    rng.shuffle(texts)
    rng.shuffle(asked)
    return texts[:_REAL_PASSAGES], asked, source


def _all_vectors(searcher: EmbeddedSearcher) -> tuple[list[str], NDArray[np.float32]]:
    ids = (searcher.path / "passage_ids.txt").read_text(encoding="utf-8").split("\n")[:-1]
    parts = [
        np.load(searcher.path / partition.library / "vectors.npy").astype(np.float32)
        for partition in searcher.manifest.partitions
    ]
    return ids, np.concatenate(parts)


def _passing(searcher: EmbeddedSearcher, wanted: Filter) -> NDArray[np.bool_]:
    """The filter, read off the stored columns: day and audience."""
    with np.load(searcher.path / "rows.npz") as rows:
        day = wanted.as_of.toordinal()
        passing: NDArray[np.bool_] = (
            (rows["valid_from"] <= day)
            & (rows["valid_to"] >= day)
            & (rows["audience"] <= wanted.audience.level)
        )
    return passing
