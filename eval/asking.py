"""Asking many questions: one after the other, in threads, or in processes; verdicts as they come."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Final, TypeAlias

from eval.errors import SystemDown
from eval.faqset import Question
from eval.judge import judge
from eval.systems.protocol import Asked, Opener, System
from eval.verdict import Verdict

_AT_ONCE: Final = 8
"""Questions handed to a process at a time: handing over costs little beside them."""

_ENDED: Final = "一个评测进程意外结束（内存不足或被终止）"

_Part: TypeAlias = tuple[list[Verdict], Exception | None]


@dataclass(frozen=True, slots=True)
class Task:
    """A question made ready to be asked; ``city`` is the Chinese name of where it is asked."""

    question: Question
    asked: Asked
    city: str = ""


def asked_one(system: System, task: Task) -> Verdict:
    """Asks and judges one question."""
    wanted = task.asked.wanted
    return judge(
        task.question,
        system.ask(task.asked),
        wanted,
        lambda item_id: system.item(item_id, wanted),
        city=task.city,
    )


def ask_all(
    system: System, opener: Opener | None, tasks: Sequence[Task], workers: int
) -> Iterator[Verdict]:
    """The verdicts in the order in which they come; ``system`` is one that is open already.

    Without an ``opener``, or with one worker, everything is asked here. After an error nothing more
    is handed out; what was asked all the same is given before the error is raised.
    """
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield asked_one(system, task)
        return
    if opener is None or not opener.in_processes:
        with ThreadPoolExecutor(workers) as threads, _stopping(threads):
            yield from _given([threads.submit(_asked_part, system, [task]) for task in tasks])
        return
    yield from _with_processes(system, opener, tasks, workers - 1)


def _with_processes(
    system: System, opener: Opener, tasks: Sequence[Task], others: int
) -> Iterator[Verdict]:
    """Asks here and in ``others`` processes, each of which takes what is next: this one is ready
    seconds before they are.
    """
    # spawn: a fork would copy the threads' locks of FAISS and ONNX Runtime in whatever state
    context = multiprocessing.get_context("spawn")
    rest = deque(tasks[start : start + _AT_ONCE] for start in range(0, len(tasks), _AT_ONCE))
    waiting: set[Future[_Part]] = set()
    with (
        ProcessPoolExecutor(others, context, _open_own, (opener,)) as processes,
        _stopping(processes),
    ):
        error: Exception | None = None
        while error is None and (rest or waiting):
            try:
                # no more than they are at and one each: what is handed out cannot be asked here
                while rest and len(waiting) < 2 * others:
                    waiting.add(processes.submit(_asked_by_own, rest[0]))
                    rest.popleft()
            except BrokenProcessPool:
                error = SystemDown(_ENDED)
            for task in rest.popleft() if rest and error is None else ():
                try:
                    verdict = asked_one(system, task)
                except Exception as failed:  # noqa: BLE001 raised when the others have been heard
                    error = failed
                    break
                yield verdict
            if error is not None:
                break
            done, waiting = wait(waiting, 0 if rest else None, FIRST_COMPLETED)
            for part in done:
                verdicts, failure = _result(part)
                yield from verdicts
                error = error or failure
        yield from _given(waiting, error)


@contextmanager
def _stopping(executor: Executor) -> Iterator[None]:
    """Takes back what was not begun when something goes wrong."""
    try:
        yield
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise


def _given(
    waiting: Collection[Future[_Part]], failure: Exception | None = None
) -> Iterator[Verdict]:
    """What was asked in the end; then raises the first error, if there was any."""
    for other in waiting if failure is not None else ():
        other.cancel()
    for done in as_completed(waiting):
        if done.cancelled():
            continue
        verdicts, error = _result(done)
        yield from verdicts
        if error is not None and failure is None:
            failure = error
            for other in waiting:
                other.cancel()
    if failure is not None:
        raise failure


def _result(done: Future[_Part]) -> _Part:
    try:
        return done.result()
    except BrokenProcessPool:
        return [], SystemDown(_ENDED)


def _asked_part(system: System, part: Sequence[Task]) -> _Part:
    """What was asked of a part before an error, and the error: nothing asked is thrown away."""
    verdicts: list[Verdict] = []
    try:
        for task in part:
            verdicts.append(asked_one(system, task))
    except Exception as error:  # noqa: BLE001 raised where the verdicts before it are kept
        return verdicts, error
    return verdicts, None


_own: System | Exception  # of a worker process: what its initializer opened, or why it could not


def _open_own(opener: Opener) -> None:
    global _own  # noqa: PLW0603 the initializer's only way to hand anything to the tasks
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        _own = opener.open()
    except Exception as error:  # noqa: BLE001 raised where the questions are missed
        _own = error


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _asked_by_own(part: Sequence[Task]) -> _Part:
    return ([], _own) if isinstance(_own, Exception) else _asked_part(_own, part)
