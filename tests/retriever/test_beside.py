from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from retriever.beside import BESIDE, Beside

PATIENCE = 10.0


def thread_of() -> int:
    return threading.get_ident()


def test_a_call_goes_on_beside_and_its_result_is_waited_for() -> None:
    begun = threading.Event()

    def call() -> int:
        begun.set()
        return thread_of()

    result = Beside(cores=2).begun(call)
    assert begun.wait(PATIENCE)  # it runs though nobody asked for its result
    assert result() != thread_of()
    assert result() == result()


def test_with_one_core_a_call_is_made_by_who_asks_for_its_result() -> None:
    assert Beside(cores=1).begun(thread_of)() == thread_of()


@pytest.mark.parametrize(("cores", "threads"), [(2, 2), (4, 4), (64, 4)])
def test_while_every_thread_works_a_call_is_made_by_who_asks_and_afterwards_beside_again(
    cores: int, threads: int
) -> None:
    beside, end = Beside(cores), threading.Event()
    working = [beside.begun(lambda: end.wait(PATIENCE)) for _ in range(threads)]
    assert beside.begun(thread_of)() == thread_of()
    end.set()
    assert all(result() for result in working)
    assert beside.begun(thread_of)() != thread_of()


@pytest.mark.parametrize("cores", [1, 2])
def test_an_error_is_raised_where_the_result_is_asked_for_and_frees_the_thread(cores: int) -> None:
    beside = Beside(cores)

    def fail() -> None:
        raise ValueError("broken")

    results: list[Callable[[], object]] = [beside.begun(fail) for _ in range(5)]
    for result in results:
        with pytest.raises(ValueError, match="broken"):
            result()
    assert beside.begun(lambda: 1)() == 1


def test_a_forked_process_has_threads_of_its_own() -> None:
    assert BESIDE.begun(lambda: 1)() == 1  # there is a thread that the child will not have
    child = os.fork()
    if child == 0:
        signal.alarm(int(PATIENCE))
        os._exit(0 if BESIDE.begun(lambda: 2)() == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_when_the_interpreter_ends_calls_are_made_by_who_asks() -> None:
    script = """
import threading, time
from retriever.beside import Beside
beside = Beside(cores=2)
def late():
    threading.main_thread().join()
    for _ in range(5):  # no permit is lost either
        print(beside.begun(lambda: "made")())
threading.Thread(target=late).start()
"""
    # a thread that is no daemon is waited for before pools are told of the end, so it asks again later
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["made"] * 5
    assert done.stderr == ""
