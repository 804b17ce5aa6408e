"""Who sees which question: train, dev and test, by group, the same way for every kind of question."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from eval.errors import EvalError
from eval.faqset import FaqSet, Question, Split
from eval.groups import group_of

SHARES: Final[Mapping[Split, float]] = {Split.TRAIN: 0.30, Split.DEV: 0.25, Split.TEST: 0.45}


def split_by_group(
    faq_set: FaqSet, shares: Mapping[Split, float] = SHARES, *, seed: int = 0
) -> FaqSet:
    """The set with a split for every question that has none; a group never straddles two.

    Groups are dealt out stratum by stratum (what is expected, then style), in the order of a hash of
    seed and group, each to the split that lacks most: so a stratum comes as close to the shares as
    whole groups allow. What has a split keeps it, and its group with it: a test question that was
    held back yesterday is held back tomorrow.
    """
    if abs(sum(shares.values()) - 1.0) > 1e-6 or min(shares.values()) < 0.0:
        raise EvalError(f"三部分的比例加起来应是1，现在是{sum(shares.values()):g}")
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in faq_set.questions:
        groups[group_of(question)].append(question)
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[members[0].expect.outcome.value, members[0].style].append(name)
    given: dict[str, Split] = {}
    for _, names in sorted(strata.items()):
        given |= _dealt(names, groups, shares, seed)
    questions = tuple(replace(q, split=given[group_of(q)].value) for q in faq_set.questions)
    return replace(faq_set, questions=questions)


def _dealt(
    names: Sequence[str],
    groups: Mapping[str, Sequence[Question]],
    shares: Mapping[Split, float],
    seed: int,
) -> dict[str, Split]:
    total = sum(len(groups[name]) for name in names)
    lacking = {split: share * total for split, share in shares.items()}
    dealt: dict[str, Split] = {}
    for name in names:
        if (known := _known(groups[name])) is not None:
            dealt[name] = known
            lacking[known] = lacking.get(known, 0.0) - len(groups[name])
    for name in sorted(set(names) - set(dealt), key=lambda name: _hash(seed, name)):
        split = max(lacking, key=lambda split: (lacking[split], split.value))
        dealt[name] = split
        lacking[split] -= len(groups[name])
    return dealt


def _known(members: Sequence[Question]) -> Split | None:
    found = {question.split for question in members} - {""}
    if len(found) > 1:
        ids = "、".join(question.id for question in members)
        raise EvalError(f"同一组的 {ids} 已在不同的 split 里，请先改到一起")
    return Split(found.pop()) if found else None


def _hash(seed: int, group: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{group}".encode(), digest_size=8).digest()
