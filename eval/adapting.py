"""``zhiku model adapt``: learns an adapter on train, and says on dev whether it is better than none."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from eval.errors import FitError
from eval.faqset import FaqSet, Split
from eval.finding import VectorsOf, found_by_known, found_by_set
from eval.groups import group_of
from eval.paired import Difference, Direction, difference
from eval.run import DEPTH, Progress, tasks_of
from eval.turning import Found, learned_change
from retriever.adapter import Adapter
from retriever.errors import BadQuery
from retriever.knowledge_base import KnowledgeBase

Counter = Callable[[str], Progress]
"""A progress display for a named step."""

_PARTS: Final = 3
_SEED: Final = 20261126
_FEWEST: Final = 50  # train questions: below that a change of dim² numbers only remembers
_RANK: Final = "RR@10"
_FIRST: Final = "Hit@1"


@dataclass(frozen=True, slots=True)
class Adapted:
    """An adapter with what dev says of it: the measures with it against those without."""

    adapter: Adapter
    dev: dict[str, Difference]
    evidence: dict[str, Any]

    @property
    def wins(self) -> bool:
        """Whether it is worth keeping: dev ranks surely better, and not fewer right items come first."""
        return self.dev[_RANK].direction is Direction.BETTER and self.dev[_FIRST].delta.value >= 0.0

    def to_json(self) -> dict[str, Any]:
        """What it rests on, as the document beside it."""
        measured = {name: found.to_json() for name, found in self.dev.items()}
        return {**self.evidence, "dev": measured, "kept": self.wins}

    def write(self, folder: Path, fingerprint: str) -> Path:
        """Writes the adapter and the document."""
        path = self.adapter.write(folder, fingerprint)
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        beside = path.with_suffix(".json")
        beside.write_bytes(orjson.dumps(self.to_json(), option=options) + b"\n")
        return path


def adapt(
    faq_set: FaqSet,
    base: KnowledgeBase,
    vectors_of: VectorsOf,
    *,
    made_on: dt.date,
    as_of: dt.date | None = None,
    counted: Counter | None = None,
) -> Adapted:
    """Learns on the train split and measures on dev; the test split is never looked at.

    The questions that editors wrote under facets teach as well, together as much as those of train:
    alone they teach little about customers, but they keep the change from fitting train by heart.
    """
    day = as_of or faq_set.as_of
    train, dev = faq_set.only(Split.TRAIN), faq_set.only(Split.DEV)
    for name, part in (("train", train), ("dev", dev)):
        if not part.questions:
            raise FitError(f"{faq_set.file}: 没有 split 为 {name} 的题，无法适配")
    say = counted or _unsaid
    lessons = _lessons(train, base, vectors_of, day, say)
    if (usable := lessons.usable) < _FEWEST:
        raise FitError(
            f"{train.file}: 只有 {usable} 道 train 题在检索结果里有正确条目，适配至少要 {_FEWEST} 道"
        )
    adapter = lessons.adapter()
    with adapted(base, None):
        before = _ranks(dev, base, day, say("dev，未适配"))
    with adapted(base, adapter):
        after = _ranks(dev, base, day, say("dev，已适配"))
    groups = {question.id: group_of(question) for question in dev.questions}
    measured = {
        name: difference(before[name], after[name], groups, rate=name == _FIRST and _single(groups))
        for name in (_FIRST, _RANK)
    }
    evidence = {
        "faqset": faq_set.name,
        "as_of": day.isoformat(),
        "made_on": made_on.isoformat(),
        "index": base.manifest.version,
        "encoder": base.manifest.encoder,
        "fingerprint": base.manifest.encoder_fingerprint,
        "train_questions": lessons.usable,
        "known_questions": len(lessons.known),
        "items": len(lessons.items),
    }
    return Adapted(adapter, measured, evidence)


def crossed(
    train: FaqSet,
    base: KnowledgeBase,
    vectors_of: VectorsOf,
    day: dt.date,
    counted: Counter | None = None,
) -> Iterator[tuple[FaqSet, Adapter]]:
    """Train in parts by group, each with an adapter that has learned the other parts only.

    What an adapter learned looks easier with it than it is: constants that are fitted to such results
    would trust everything too much.
    """
    lessons = _lessons(train, base, vectors_of, day, counted or _unsaid)
    groups = sorted({group_of(question) for question in train.questions})
    random.Random(_SEED).shuffle(groups)
    part_of = {group: place % _PARTS for place, group in enumerate(groups)}
    for part in range(_PARTS):
        own = [q.id for q in train.questions if part_of[group_of(q)] == part]
        yield train.among(own), lessons.adapter(without=set(own))


@dataclass(frozen=True, slots=True)
class _Lessons:
    """What an adapter is learned from: what questions of train found by id, what known ones found."""

    of_train: dict[str, Found]
    known: list[Found]
    semantic: float
    items: frozenset[str]

    def adapter(self, without: Collection[str] = ()) -> Adapter:
        """Learned from everything but some questions of train."""
        kept = [one for name, one in self.of_train.items() if name not in without]
        load = len(kept) / len(self.known) if self.known else 0.0
        known = [replace(one, load=load) for one in self.known]
        change = learned_change([*kept, *known], self.semantic)
        # measured as it will be kept
        change = change.astype(np.float16).astype(np.float32)
        learned = frozenset(name for name in self.of_train if name not in without)
        return Adapter(change, self.items, learned)

    @property
    def usable(self) -> int:
        """How many questions of train found what is right: the others teach nothing."""
        return sum(bool(one.right.any()) for one in self.of_train.values())


def _lessons(
    train: FaqSet, base: KnowledgeBase, vectors_of: VectorsOf, day: dt.date, say: Counter
) -> _Lessons:
    with adapted(base, None):
        of_train = found_by_set(train, base, day, vectors_of, say("题集"))
        known = found_by_known(base, day, vectors_of, say("已知问法"))
    # as an index is counted that it is to be used in: what has ended or not begun as well
    items = frozenset(line.item_id for line in base.retriever.searcher.suggestions())
    return _Lessons(of_train, known, base.retriever.constants.blend.semantic, items)


def _unsaid(_: str) -> Progress:
    return lambda done, total: None


def _single(groups: dict[str, str]) -> bool:
    """Whether no two questions are of one group: only then a group's value is 0 or 1."""
    return len(set(groups.values())) == len(groups)


def _ranks(
    dev: FaqSet, base: KnowledgeBase, day: dt.date, progress: Progress
) -> dict[str, dict[str, float]]:
    """Both measures of each answerable question; one that the product refuses finds nothing."""
    tasks = [task for task in tasks_of(dev, base.regions, day) if task.question.expect.items]
    found: dict[str, dict[str, float]] = {_FIRST: {}, _RANK: {}}
    for done, task in enumerate(tasks, 1):
        question = task.question
        try:
            hits = base.search(task.asked.text, task.asked.wanted, DEPTH).hits
        except BadQuery:
            hits = ()
        places = [n for n, hit in enumerate(hits, 1) if hit.item_id in question.expect.items]
        found[_FIRST][question.id] = float(places[:1] == [1])
        found[_RANK][question.id] = 1.0 / places[0] if places else 0.0
        progress(done, len(tasks))
    return found


@contextmanager
def adapted(base: KnowledgeBase, adapter: Adapter | None) -> Iterator[None]:
    """The base with that adapter, or with none."""
    constants = base.retriever.constants
    base.retriever.constants = replace(constants, adapter=adapter)
    try:
        yield
    finally:
        base.retriever.constants = constants
