"""Which sub-library a row belongs to, learned from the items that the operator already has.

Three kinds of evidence are weighed: the terms of the row (naive Bayes), its meaning (a linear map
of sentence vectors) and the fields that are filled in. Each is scored on families of items that it
was not learned from; a softmax over these scores weighs them against each other and makes the
confidence a probability. ``benchmarks/propose_split.py`` measures all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.types import KnowledgeItem, SubLibrary
from indexer.analyzer import Analyzer
from indexer.encoders.protocol import Encoder, Vectors
from indexer.propose_fit import Labels, Matrix, ridge, softmax, softmax_regression, term_weights
from indexer.propose_sample import families, folds, sample
from indexer.propose_terms import TermRows, Vocabulary
from indexer.propose_text import ItemText, View, views, whole

__all__ = ["APPLY_AT", "ItemText", "Proposal", "Proposer"]

APPLY_AT: Final = 0.9
"""A proposal of this confidence and more may be applied without asking."""

FAMILIES_NEEDED: Final = 20
"""From fewer families of items nobody can say how often a proposal is right: none is sure then."""

_LIBRARIES: Final = tuple(SubLibrary)
_CLASSES: Final = len(_LIBRARIES)
_KINDS: Final = 4
_KINDS_OF_EVIDENCE: Final = 5
_SMALL: Final = 3
_FLAT: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Proposal:
    """The likeliest sub-library, the probability that it is the right one, and the next likely."""

    library: SubLibrary
    confidence: float
    runner_up: SubLibrary


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Views as numbers, a row a view: terms of the title, terms of all texts, traits; vectors of
    the title and of all texts (of no dimension without an encoder)."""

    terms: tuple[TermRows, ...]
    vectors: tuple[Vectors, ...]

    def rows(self, wanted: NDArray[np.bool_]) -> _Evidence:
        return _Evidence(
            tuple(terms.rows(wanted) for terms in self.terms),
            tuple(vectors[wanted] for vectors in self.vectors),
        )


@dataclass(frozen=True, slots=True)
class _Scorer:
    """What each kind of evidence says of each class."""

    terms: tuple[Matrix, ...]
    vectors: tuple[Matrix, ...]

    @classmethod
    def fitted(cls, evidence: _Evidence, labels: Labels) -> _Scorer:
        counts = np.bincount(labels, minlength=_CLASSES)
        # the libraries of a heap are not as large as those that are there: all count alike
        balance = len(labels) / (_CLASSES * np.maximum(counts, 1))
        targets = np.eye(_CLASSES)[labels] - 1 / _CLASSES
        maps: list[Matrix] = []
        for vectors in map(_with_constant, evidence.vectors):
            weighted = vectors * balance[labels][:, None]
            maps.append(ridge(vectors.T @ weighted, weighted.T @ targets, len(labels)))
        return cls(
            tuple(term_weights(terms.mass(labels, _CLASSES)) for terms in evidence.terms),
            tuple(maps),
        )

    def scores(self, evidence: _Evidence) -> Matrix:
        return np.hstack(
            [
                *(t.times(m) for t, m in zip(evidence.terms, self.terms, strict=True)),
                *(
                    _with_constant(v) @ m
                    for v, m in zip(evidence.vectors, self.vectors, strict=True)
                ),
            ]
        )


def _with_constant(rows: Matrix | Vectors) -> Matrix:
    return np.hstack([rows.astype(np.float64), np.ones((len(rows), 1))])


class Proposer:
    """Proposes a sub-library; made from items that have one."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        encoder: Encoder | None,
        scorer: _Scorer | None,
        scale: Matrix,
        weighing: tuple[Matrix, ...],
        known: NDArray[np.bool_],
    ) -> None:
        self._vocabulary, self._encoder, self._scorer = vocabulary, encoder, scorer
        self._scale, self._weighing, self._known = scale, weighing, known

    @classmethod
    def from_items(
        cls,
        items: Iterable[KnowledgeItem],
        encoder: Encoder | None = None,
        lexicon_words: Iterable[str] = (),
    ) -> Proposer:
        """Learns from items; better with an encoder. From too few, every proposal is unsure."""
        learned = sample(items)
        seen = [(item, view) for item in learned for view in views(item)]
        labels = np.array([_LIBRARIES.index(item.sub_library) for item, _ in seen], dtype=np.int64)
        known = np.bincount(labels, minlength=_CLASSES) > 0
        vocabulary = Vocabulary(Analyzer(lexicon_words))
        if known.sum() < 2 or len(set(families(learned).values())) < FAMILIES_NEEDED:
            return cls(vocabulary, encoder, None, np.ones((1, 1)), (), known)
        vocabulary.learn([whole(ItemText.of_item(item)).texts for item in learned])
        evidence = _evidence(vocabulary, encoder, [view for _, view in seen])
        vocabulary.forget()
        fold_of = folds(learned)
        scores = _unlearned_scores(
            evidence, labels, np.array([fold_of[item.id] for item, _ in seen])
        )
        spread = scores.std(axis=0)[None, :]
        scale = np.where(spread > _FLAT, spread, 1.0)
        features = _with_constant(scores / scale)
        kind = np.array([_kind(view) for _, view in seen])
        weighing = tuple(
            softmax_regression(features[kind == one], labels[kind == one], _CLASSES)
            for one in range(_KINDS)
        )
        scorer = _Scorer.fitted(evidence, labels)
        return cls(vocabulary, encoder, scorer, scale, weighing, known)

    def propose(self, text: ItemText) -> Proposal:
        """The proposal for one row."""
        return self.propose_all([text])[0]

    def propose_all(self, texts: Sequence[ItemText]) -> list[Proposal]:
        """The proposals for many rows, in their order; each as if it were the only one."""
        if not texts:
            return []
        if self._scorer is None:
            return [self._unsure() for _ in texts]
        seen = [whole(text) for text in texts]
        scores = self._scorer.scores(_evidence(self._vocabulary, self._encoder, seen))
        features = _with_constant(scores / self._scale)
        proposals: list[Proposal] = []
        for row, view in enumerate(seen):
            weighed = features[row : row + 1] @ self._weighing[_kind(view)]
            weighed[:, ~self._known] = -np.inf
            likely = softmax(weighed)[0]
            best, second = np.argsort(-likely, kind="stable")[:2]
            proposals.append(Proposal(_LIBRARIES[best], float(likely[best]), _LIBRARIES[second]))
        return proposals

    def _unsure(self) -> Proposal:
        """Nothing, or one library alone, was there to learn from."""
        first = int(np.argmax(self._known))
        second = 1 if first == 0 else 0
        return Proposal(_LIBRARIES[first], 1 / _CLASSES, _LIBRARIES[second])


def _unlearned_scores(evidence: _Evidence, labels: Labels, fold: NDArray[np.int64]) -> Matrix:
    """The scores of every row by what the other folds teach: what a new row may hope for."""
    scores = np.empty((len(labels), _KINDS_OF_EVIDENCE * _CLASSES))
    for left_out in np.unique(fold):
        here = fold == left_out
        scorer = _Scorer.fitted(evidence.rows(~here), labels[~here])
        scores[here] = scorer.scores(evidence.rows(here))
    return scores


def _kind(view: View) -> int:
    """Few or many texts, without or with filled-in fields: each kind is weighed by its own."""
    return int(len(view.texts) > _SMALL) + 2 * bool(view.traits)


def _evidence(vocabulary: Vocabulary, encoder: Encoder | None, seen: Sequence[View]) -> _Evidence:
    titles, texts = _vectors(encoder, seen)
    return _Evidence(
        (
            vocabulary.term_rows([view.texts[:1] for view in seen]),
            vocabulary.term_rows([view.texts for view in seen]),
            vocabulary.trait_rows([view.traits for view in seen]),
        ),
        (titles, texts),
    )


def _vectors(encoder: Encoder | None, seen: Sequence[View]) -> tuple[Vectors, Vectors]:
    """The vector of each title and the mean of what a view shows; each text is encoded once."""
    if encoder is None:
        none = np.zeros((len(seen), 0), dtype=np.float32)
        return none, none
    pieces = list(dict.fromkeys(piece for view in seen for piece in view.encoded))
    row_of = {piece: row for row, piece in enumerate(pieces)}
    encoded = encoder.encode_passages(pieces)
    titles = np.zeros((len(seen), encoder.dim), dtype=np.float32)
    texts = np.zeros_like(titles)
    for row, view in enumerate(seen):
        if view.encoded:
            titles[row] = encoded[row_of[view.encoded[0]]]
            texts[row] = encoded[[row_of[piece] for piece in view.encoded]].mean(axis=0)
    return titles, texts
