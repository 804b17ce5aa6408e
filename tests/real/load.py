"""Threads that ask while something happens to what they ask, and a record of every answer."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import Encoder
from indexer.errors import IndexBusy
from indexer.location import ClusterSettings, IndexAt
from retriever.backends.elastic import ElasticSearcher
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import LiveKnowledgeBase
from retriever.types import Match
from tests.builders import TODAY, make_filter

THREADS: Final = 4
Question = tuple[Sequence[str], NDArray[np.float32]]  # its terms and its vector
BUSY_MACHINE: Final = ClusterSettings(timeout=60.0, replicas=1)
_AGAIN: Final = 0.1  # seconds
_BREATH: Final = (
    0.05  # seconds between two questions of a thread: what is asked must still get its turn
)
_FREE_WITHIN: Final = 60.0


@dataclass(slots=True)
class Answers:
    """How long each answer took, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    marked: int = 0

    @property
    def slowest(self) -> float:
        """Seconds of the slowest answer."""
        return max(self.seconds)

    @property
    def slowest_since(self) -> float:
        """Seconds of the slowest answer since ``mark``."""
        return max(self.seconds[self.marked :])

    def mark(self) -> None:
        """From here on counts for ``slowest_since``."""
        self.marked = len(self.seconds)

    def told(self) -> str:
        """One line for people."""
        lasted = time.monotonic() - self.begun
        return (
            f"{len(self.seconds)} answers in {lasted:.0f} s, {len(self.errors)} errors, "
            f"slowest {self.slowest:.2f} s"
        )

    def wait_for_more(self, more: int, within: float = 60.0) -> None:
        """Until ``more`` answers came than there are now."""
        wanted, deadline = len(self.seconds) + more, time.monotonic() + within
        while len(self.seconds) < wanted and not self.errors and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not self.errors, self.errors[:3]
        assert len(self.seconds) >= wanted, f"no {more} answers within {within} s"


@contextmanager
def asked_all_the_time(ask: Callable[[], None], threads: int = THREADS) -> Iterator[Answers]:
    """Several threads ask all the time while the block runs; the first answers came before it."""
    answers, stop = Answers(), threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            started = time.monotonic()
            try:
                ask()
            except Exception as error:  # noqa: BLE001 whatever a caller would have suffered
                answers.errors.append("".join(traceback.format_exception(error)[-2:]))
            else:
                answers.seconds.append(time.monotonic() - started)
            stop.wait(_BREATH)

    asking = [threading.Thread(target=keep_asking, name=f"asks-{n}") for n in range(threads)]
    for thread in asking:
        thread.start()
    try:
        answers.wait_for_more(threads)
        yield answers
    finally:
        stop.set()
        for thread in asking:
            thread.join()


@dataclass(frozen=True, slots=True)
class AsBefore:
    """Asks one searcher for words, meaning and texts; every answer must be what it was at first.

    What the searcher keeps is forgotten at each question, so that all of them reach the cluster.
    """

    searcher: ElasticSearcher
    questions: Sequence[Question]

    def asks(self) -> Callable[[], None]:
        """A question after the other, by as many threads as like."""
        given, wanted = self.questions, make_filter()

        def both(n: int) -> tuple[list[Match], list[Match]]:
            terms, vector = given[n]
            return self.searcher.both(terms, lambda: vector, wanted, 20)

        expected = [both(n) for n in range(len(given))]
        ids = [[match.passage_id for match in near] for _, near in expected]
        texts = [self.searcher.fetch(one) for one in ids]
        numbers = count()

        def ask() -> None:
            n = next(numbers) % len(given)
            self._forget()
            assert both(n) == expected[n]
            self._forget()
            assert self.searcher.fetch(ids[n]) == texts[n]

        return ask

    def _forget(self) -> None:
        self.searcher._passages.clear()
        self.searcher._vectors.clear()


def live_at(url: str, folder: Path, encoder: Encoder) -> LiveKnowledgeBase:
    """What serves, following publications quickly."""
    return LiveKnowledgeBase(
        IndexAt(url, BUSY_MACHINE),
        models=folder,
        today=lambda: TODAY,
        look_every=0.1,
        encoder=encoder,
    )


def asks_for_the_marker(live: LiveKnowledgeBase, seen: set[str], word: str) -> Callable[[], None]:
    """Questions that no answer was kept for; each must be answered from one version alone."""
    numbers = count()

    def ask() -> None:
        with live.current() as base:
            assert_one_version(base, word, f"{word} qz{next(numbers)}")
            seen.add(base.manifest.created_at)

    return ask


def assert_one_version(base: KnowledgeBase, word: str, question: str) -> None:
    """The marker that is found is the one that the version was published with."""
    marker = f"{word} {base.manifest.created_at}"
    hits = base.search(question, make_filter(), 20).hits  # all items: what else it says is chance
    titles = [hit.held.item.title for hit in hits if hit.held.item.id == "marker"]
    assert titles == [marker], (question, titles, marker, [hit.item_id for hit in hits])
    found = base.retriever.searcher.lexical([word], make_filter(), 5)
    ids = [match.passage_id for match in found if match.passage_id.startswith("marker@")]
    texts = [passage.text for passage in base.retriever.searcher.fetch(ids)]
    assert marker in texts, (ids, texts, marker)


def publish(place: ElasticPlace, content: StagedContent) -> str:
    """Builds and publishes a version, as soon as a killed writer's lease has run out."""
    deadline = time.monotonic() + _FREE_WITHIN
    while True:
        writer = place.writer()
        try:
            version = writer.stage(content)
            writer.publish(version)
        except IndexBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN)
        else:
            return version


def wait_until_serving(live: LiveKnowledgeBase, version: str, within: float = 60.0) -> None:
    """Until a new version was taken up."""
    deadline = time.monotonic() + within
    while live.version != version:
        assert time.monotonic() < deadline, live.problem
        time.sleep(0.01)
