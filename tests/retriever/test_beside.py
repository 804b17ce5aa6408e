from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from retriever.beside import Beside

PATIENCE = 10.0


def thread_of() -> int:
    return threading.get_ident()


def test_a_call_goes_on_beside_and_its_result_is_waited_for() -> None:
    beside, begun = Beside(cores=2), threading.Event()

    def call() -> int:
        begun.set()
        return thread_of()

    result = beside.begun(call)
    assert begun.wait(PATIENCE)  # it runs though nobody asked for its result
    assert result() != thread_of()
    assert result() == result()
    beside.close()


def test_with_one_core_a_call_is_made_by_who_asks_for_its_result() -> None:
    beside = Beside(cores=1)
    assert beside.begun(thread_of)() == thread_of()
    beside.close()


def test_while_every_thread_works_a_call_is_made_by_who_asks_and_afterwards_beside_again() -> None:
    beside, end = Beside(cores=2), threading.Event()
    first = beside.begun(lambda: end.wait(PATIENCE))
    assert beside.begun(thread_of)() == thread_of()
    end.set()
    assert first()
    assert beside.begun(thread_of)() != thread_of()
    beside.close()


@pytest.mark.parametrize("cores", [1, 2])
def test_an_error_is_raised_where_the_result_is_asked_for_and_frees_the_thread(cores: int) -> None:
    beside = Beside(cores=cores)

    def fail() -> None:
        raise ValueError("broken")

    results: list[Callable[[], object]] = [beside.begun(fail) for _ in range(3)]
    for result in results:
        with pytest.raises(ValueError, match="broken"):
            result()
    assert beside.begun(lambda: 1)() == 1
    beside.close()


def test_what_was_begun_is_finished_before_the_threads_end() -> None:
    beside, done = Beside(cores=2), []
    beside.begun(lambda: done.append(1))
    beside.close()
    assert done == [1]
