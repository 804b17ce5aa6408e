"""Requests that wait in line share a transaction, and nothing else: neither errors nor answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from api.push.tables import strays
from api.push.together import Together
from corpora.migrations import reading
from tests.push.outbox.builders import NOON


class Shelf:
    """Puts names into a table; ``open`` lets the first call, which waits before it writes, go on."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.together = Together(engine, self.put)
        self.calls: list[list[str]] = []
        self.open = threading.Event()

    def put(self, connection: Connection, given: Sequence[str]) -> list[str]:
        self.calls.append(list(given))
        if len(self.calls) == 1:
            assert self.open.wait(60)
        for name in given:
            row = {"gateway_id": name, "state": "delivered", "problem": "", "at": NOON}
            connection.execute(insert(strays).values(row))
            if name.startswith("bad"):
                raise ValueError(name)
        return [name.upper() for name in given]

    def ask(self, given: Sequence[str]) -> Any:
        """What was found, or the error; and what another connection sees at that moment."""
        try:
            return self.together(given), set(given) <= set(self.names())
        except Exception as error:  # noqa: BLE001 tests look at it
            return error, bool(set(given) & set(self.names()))

    def ask_in_line(self, all_given: Sequence[Sequence[str]]) -> list[Any]:
        """One call after the other gets in line, while the first of them writes."""
        with ThreadPoolExecutor(len(all_given)) as pool:
            asked = []
            for n, given in enumerate(all_given):
                asked.append(pool.submit(self.ask, given))
                while not self.calls or len(self.together._line) < n:
                    time.sleep(0.001)
            self.open.set()
            return [one.result(60) for one in asked]

    def names(self) -> list[str]:
        with reading(self.engine) as connection:
            return sorted(connection.scalars(select(strays.c.gateway_id)))


@contextmanager
def commits_of(engine: Engine) -> Iterator[list[Connection]]:
    seen: list[Connection] = []

    def listen(connection: Connection) -> None:
        seen.append(connection)

    event.listen(engine, "commit", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "commit", listen)


def test_those_in_line_are_stored_in_one_transaction_and_each_gets_its_own_answer(
    engine: Engine,
) -> None:
    shelf = Shelf(engine)
    with commits_of(engine) as commits:
        found = shelf.ask_in_line([["a"], ["b", "c"], ["d"]])
    assert found == [(["A"], True), (["B", "C"], True), (["D"], True)]
    assert shelf.calls == [["a"], ["b", "c", "d"]]
    assert len(commits) == 2


def test_the_error_of_one_costs_no_other_and_leaves_nothing_behind(engine: Engine) -> None:
    shelf = Shelf(engine)
    first, good, bad, last = shelf.ask_in_line([["a"], ["b"], ["c", "bad"], ["d"]])
    assert (first, good, last) == ((["A"], True), (["B"], True), (["D"], True))
    assert (type(bad[0]), str(bad[0]), bad[1]) == (ValueError, "bad", False)
    assert shelf.names() == ["a", "b", "d"]


def test_nobody_is_answered_whose_transaction_was_not_completed(engine: Engine) -> None:
    shelf = Shelf(engine)

    def fail(_: Connection) -> None:
        raise OSError("the disk is full")

    event.listen(engine, "commit", fail)
    try:
        found = shelf.ask_in_line([["a"], ["b"], ["c"]])
    finally:
        event.remove(engine, "commit", fail)
    assert [(str(error), seen) for error, seen in found] == [("the disk is full", False)] * 3
    assert shelf.names() == []
    assert shelf.together(["d"]) == ["D"]


def test_a_store_that_cannot_be_opened_is_told_to_all_at_once(engine: Engine) -> None:
    shelf = Shelf(engine)
    tries: list[Connection] = []

    def fail(connection: Connection) -> None:
        if shelf.open.is_set() and connection.get_execution_options().get("zhiku_for_writing"):
            tries.append(connection)
            raise OSError("no lock")

    event.listen(engine, "begin", fail)
    try:
        first, *others = shelf.ask_in_line([["a"], ["b"], ["c"]])
    finally:
        event.remove(engine, "begin", fail)
    assert first == (["A"], True)
    assert [str(error) for error, _ in others] == ["no lock"] * 2
    assert len(tries) == 1


def test_a_transaction_is_not_made_longer_than_the_longest_batch(engine: Engine) -> None:
    shelf = Shelf(engine)
    given = [[f"{n}-{m}" for m in range(300)] for n in range(4)]
    found = shelf.ask_in_line([["a"], *given, ["z"]])
    assert all(seen for _, seen in found)
    # 300 and 300 are too many; a single one fits in with the last of them
    assert [len(call) for call in shelf.calls] == [1, 300, 300, 300, 301]


@pytest.mark.parametrize("callers", [2, 16])
def test_nothing_is_lost_or_stored_twice_by_many_callers(engine: Engine, callers: int) -> None:
    shelf = Shelf(engine)
    shelf.open.set()
    names = [f"{n:03d}" for n in range(200)]
    with ThreadPoolExecutor(callers) as pool:
        found = list(pool.map(lambda name: shelf.ask([name]), names))
    assert found == [([name], True) for name in names]
    assert shelf.names() == names
