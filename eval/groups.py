"""Groups of near-duplicate questions count once: one value a group, whatever its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eval.faqset import Question


@dataclass(frozen=True, slots=True)
class Grouped:
    """Parallel lists, one entry a group: the plain mean, the mean by volume, and the volume."""

    values: list[float]
    weighted: list[float]
    volumes: list[float]


def group_of(question: Question) -> str:
    """What a question counts with; one without a group counts for itself."""
    return question.group or f"\0{question.id}\0{question.line}"


def by_group(questions: Sequence[Question], values: Sequence[float]) -> Grouped:
    """The values of the questions, brought together by group in the order of first appearance.

    Means are taken by ``fsum``, so the order inside a group does not matter.
    """
    members: dict[str, list[tuple[float, float]]] = {}
    for question, value in zip(questions, values, strict=True):
        members.setdefault(group_of(question), []).append((value, question.weight))
    found = Grouped([], [], [])
    for entries in members.values():
        volume = math.fsum(weight for _, weight in entries)
        found.values.append(math.fsum(value for value, _ in entries) / len(entries))
        found.weighted.append(math.fsum(v * w for v, w in entries) / volume)
        found.volumes.append(volume)
    return found


def shares(questions: Sequence[Question]) -> list[float]:
    """The share with which each question counts: one over the size of its group."""
    sizes: dict[str, int] = {}
    for question in questions:
        sizes[group_of(question)] = sizes.get(group_of(question), 0) + 1
    return [1.0 / sizes[group_of(question)] for question in questions]


def effective_groups(questions: Sequence[Question]) -> int:
    """How many groups there are."""
    return len({group_of(question) for question in questions})
