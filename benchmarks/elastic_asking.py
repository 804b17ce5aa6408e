"""The same questions to two opened engines, in turns: times, questions a second, and what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.elastic_content import Content
from benchmarks.searching import FILTERS
from benchmarks.side_by_side import Way, ask
from benchmarks.timing import percentiles
from retriever.backends.protocol import Searcher
from retriever.retriever import DEPTH, Retriever

WANTED: Final = FILTERS["none"]
THREADS: Final = (1, 4, 8)
_RECALLED: Final = 100  # questions
_AT_ONCE: Final = 25  # questions scored exactly in one product
_DEPTHS: Final = (10, DEPTH)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its terms and vector, so that only engines are timed."""

    question: str
    terms: list[str]
    vector: NDArray[np.float32]


class Engine:
    """One engine as it was built: opened anew for every measure, so that nothing is kept."""

    def __init__(self, name: str, open_searcher: Callable[[], Searcher], content: Content) -> None:
        self.name = name
        self._open = open_searcher
        self._content = content

    @contextmanager
    def opened(self) -> Iterator[tuple[Searcher, Retriever]]:
        """A searcher that was asked nothing yet, and a retriever over it."""
        searcher = self._open()
        try:
            yield searcher, Retriever(searcher, self._content.encoder)
        finally:
            searcher.close()


Call = Callable[[Searcher, Retriever, Asked], object]
MEASURES: Final[Mapping[str, Call]] = {
    "lexical": lambda searcher, _, one: searcher.lexical(one.terms, WANTED, DEPTH),
    "semantic": lambda searcher, _, one: searcher.semantic(one.vector, WANTED, DEPTH),
    "both": lambda searcher, _, one: searcher.both(one.terms, lambda: one.vector, WANTED, DEPTH),
    "search": lambda _, retriever, one: retriever.search(one.question, WANTED),
}


def _bound(call: Call, opened: tuple[Searcher, Retriever]) -> Callable[[Asked], object]:
    searcher, retriever = opened
    return lambda one: call(searcher, retriever, one)


def prepared(engine: Engine, content: Content, questions: Sequence[str]) -> list[Asked]:
    """The questions as a retriever hands them to a searcher."""
    asked = []
    with engine.opened() as (_, retriever):
        for question in questions:
            query = retriever.understand(question)
            (vector,) = content.encoder.encode_queries([query.normalized])
            asked.append(Asked(question, list(dict.fromkeys(query.terms)), vector))
    return asked


def opening(engine: Engine, rounds: int = 3) -> dict[str, float]:
    """Seconds until the searcher, and until a retriever over it, can be asked; the fastest round."""
    searchers, retrievers = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        with engine.opened() as _opened:
            retrievers.append(time.perf_counter() - started)
        started = time.perf_counter()
        engine._open().close()
        searchers.append(time.perf_counter() - started)
    return {"searcher_s": round(min(searchers), 3), "retriever_s": round(min(retrievers), 3)}


def latencies(
    engines: Sequence[Engine], asked: Sequence[Asked], warm_up: Sequence[Asked]
) -> dict[str, Any]:
    """Milliseconds by measure and engine: every question first to searchers that keep nothing of it
    ("cold"), then again ("repeated"), one engine after the other at each question.
    """
    found: dict[str, Any] = {}
    for measure, call in MEASURES.items():
        with engines[0].opened() as first, engines[1].opened() as second:

            def ways(
                opened: Sequence[tuple[Searcher, Retriever]] = (first, second),
                call: Call = call,
            ) -> list[Way[Asked, object]]:
                return [
                    Way(engine.name, _bound(call, own))
                    for engine, own in zip(engines, opened, strict=True)
                ]

            ask(ways(), warm_up, lambda *_: None)
            rounds = {}
            for name in ("cold", "repeated"):
                timed = ways()
                ask(timed, asked, lambda *_: None)
                rounds[name] = {
                    way.name: percentiles(way.wall_ms)
                    | {"own_p50": round(float(np.median(way.own_ms)), 3)}
                    for way in timed
                }
            found[measure] = rounds
    return found


def rates(
    engines: Sequence[Engine], asked: Sequence[Asked], measures: Sequence[str] = ("both", "search")
) -> dict[str, Any]:
    """Questions a second by threads; each number of threads has questions that were never asked."""
    found: dict[str, Any] = {name: {engine.name: {} for engine in engines} for name in measures}
    share = len(asked) // len(THREADS)
    for name in measures:
        with engines[0].opened() as first, engines[1].opened() as second:
            for place, threads in enumerate(THREADS):
                own = asked[place * share : (place + 1) * share]
                for engine, opened in zip(engines, (first, second), strict=True):
                    call = _bound(MEASURES[name], opened)
                    found[name][engine.name][str(threads)] = _rate(call, own, threads)
    return found


def _rate(call: Callable[[Asked], object], asked: Sequence[Asked], threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for _ in pool.map(call, asked):
            pass
        return round(len(asked) / (time.perf_counter() - started), 1)


def recall(
    engines: Sequence[Engine], content: Content, questions: NDArray[np.float32]
) -> dict[str, Any]:
    """How many of the exact nearest each engine finds, over everything and in the largest library."""
    questions = questions[:_RECALLED]
    stored = content.staged.vectors.astype(np.float16).astype(np.float32)
    ids = np.asarray([passage.passage_id for passage in content.staged.passages])
    found: dict[str, Any] = {}
    with engines[0].opened() as first, engines[1].opened() as second:
        searchers = (first[0], second[0])
        for name in ("none", "library", "as_of"):
            wanted = FILTERS[name]
            passing = content.passing(wanted)
            exact = list(_nearest(stored[passing], ids[passing], questions))
            found[name] = {"passages": int(passing.sum())} | {
                engine.name: {
                    f"recall@10_of_k{depth}": round(
                        sum(
                            len(
                                best
                                & {m.passage_id for m in searcher.semantic(q, wanted, depth)[:10]}
                            )
                            for best, q in zip(exact, questions, strict=True)
                        )
                        / sum(map(len, exact)),
                        4,
                    )
                    for depth in _DEPTHS
                }
                for engine, searcher in zip(engines, searchers, strict=True)
            }
    return found


def _nearest(
    stored: NDArray[np.float32], ids: NDArray[Any], questions: NDArray[np.float32]
) -> Iterator[set[str]]:
    """The ten nearest by exact scores."""
    for start in range(0, len(questions), _AT_ONCE):
        scores = stored @ questions[start : start + _AT_ONCE].T
        ten = min(10, len(stored))
        for column in np.argpartition(-scores, ten - 1, axis=0)[:ten].T:
            yield set(ids[column].tolist())
