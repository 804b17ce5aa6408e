"""A run whose process is killed, dies or never opens: nothing answered is lost, nobody waits for ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.errors import RunUnfinished, SystemBroken
from eval.journal import NAME as UNFINISHED
from eval.run import run_faqset
from eval.systems.protocol import Opener
from tests.conftest import REPOSITORY
from tests.eval.builders import (
    QUESTIONS,
    LoggedOpener,
    Scripted,
    journalled,
    numbered,
    run_of,
    texts,
    untimed,
)

CHILD = """
import sys
from pathlib import Path
from tests.eval.builders import LoggedOpener, run_of
root, in_processes, workers = Path(sys.argv[1]), sys.argv[2] == "True", int(sys.argv[3])
run_of(LoggedOpener(root / "log", in_processes, stuck_at=sys.argv[4]), workers, root / "out")
"""


def eventually(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("in_processes", "workers", "stuck", "kept"),
    [
        pytest.param(False, 1, "第20问", 19, id="one after the other"),
        pytest.param(False, 3, "第20问", 39, id="in threads"),
        # the other process has 1 to 16 and hands eight back together: 9 to 16 are missing
        pytest.param(True, 2, "第12问", 32, id="in processes"),
    ],
)
def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, in_processes: bool, workers: int, stuck: str, kept: int
) -> None:
    out, opener = tmp_path / "out", LoggedOpener(tmp_path / "log", in_processes)
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(in_processes), str(workers), stuck]
    child = subprocess.Popen(command, cwd=REPOSITORY)
    try:
        eventually(lambda: opener.log.with_suffix(".stuck").exists())
        eventually(lambda: (out / UNFINISHED).exists() and len(journalled(out)) == kept)
        assert child.poll() is None
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    # nobody waits for ever for a parent that is gone
    pids = [int(pid) for pid in opener.log.with_suffix(".pids").read_text().split()]
    eventually(lambda: not any(map(is_alive, pids)), seconds=30.0)

    undisturbed = run_of(LoggedOpener(tmp_path / "other"))
    before = journalled(out)
    resumed = run_of(opener, workers, out)

    assert resumed.setting["resumed"] == kept
    assert resumed.verdicts == undisturbed.verdicts
    assert resumed.metrics == undisturbed.metrics
    twice = {text for text in texts() if opener.answered().count(text) > 1}
    assert not twice & set(before)
    assert twice == (set(texts(9, 11)) if in_processes else set())


@pytest.mark.slow
def test_a_process_that_dies_stops_the_run_and_keeps_the_rest(tmp_path: Path) -> None:
    # the first sixteen questions are handed to the other process
    opener = LoggedOpener(tmp_path / "log", True, dies_at="第7问")
    out = tmp_path / "out"

    with pytest.raises(RunUnfinished, match="评测进程意外结束") as caught:
        run_of(opener, 2, out)

    assert {"q7", "q16"} <= set(caught.value.missing)
    assert len(journalled(out)) == QUESTIONS - len(caught.value.missing) >= 8
    assert untimed(run_of(replace(opener, dies_at=""), 2, out)) == untimed(
        run_of(LoggedOpener(tmp_path / "other"))
    )


@dataclass(frozen=True)
class Unopenable:
    in_processes: bool = True

    def open(self) -> Scripted:
        raise SystemBroken("索引版本 v-1 没有了")


@pytest.mark.slow
def test_a_system_that_a_process_cannot_open_says_why() -> None:
    opener: Opener = Unopenable()

    with pytest.raises(SystemBroken, match="索引版本 v-1 没有了"):
        run_faqset(numbered(), Scripted(), opener=opener, workers=2)
