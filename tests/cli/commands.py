"""Runs ``zhiku`` as a user does: another process, its own settings, nothing shared with the test.

Starting Python and loading everything takes longer than most commands; so ``zhiku`` is a fork of a
process that has loaded it (``tests.cli.warm``), and ``zhiku_from_the_start`` the real thing.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import zhiku

REPOSITORY = Path(zhiku.__file__).parent
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: exit status, data, talk."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *said: str) -> bool:
        """One message of ours, with all of ``said``, exit status 2, and no data."""
        assert self.status == 2, self.err
        assert self.out == ""
        assert "Traceback" not in self.err
        last = self.err.strip().splitlines()[-1]
        assert last.startswith("错误：")
        return all(part in last for part in said)


@dataclass(frozen=True, slots=True)
class Place:
    """A deployment in a folder; commands run in it, so that nothing relative leaks out."""

    root: Path
    models: Path = Path("no-models")

    @property
    def store(self) -> Path:
        return self.root / "store" / "zhiku.db"

    @property
    def index(self) -> Path:
        return self.root / "index"

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def zhiku(self, *arguments: str, **environ: str) -> Ran:
        with TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            status = _warm().run(
                arguments=arguments,
                folder=str(self.root),
                environ=self._environ(environ),
                out=str(out),
                err=str(err),
            )
            return Ran(status, out.read_bytes().decode(), err.read_bytes().decode())

    def zhiku_from_the_start(self, *arguments: str, **environ: str) -> Ran:
        done = subprocess.run(
            [sys.executable, str(Path(zhiku.__file__)), *arguments],
            cwd=self.root,
            env=self._environ(environ),
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
        settings = {
            "ZHIKU_STORE_URL": f"sqlite:///{self.store}",
            "ZHIKU_INDEX_URL": f"file:{self.index}",
            "ZHIKU_MODELS": str(self.models),
        }
        return {**own, **settings, **more}


class _Warm:
    """The process that forks; it ends with this one, when nothing more can be asked of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.warm"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.end)

    def run(self, **order: object) -> int:
        """The exit status of one command."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps(order) + "\n")
        asked.flush()
        if not select.select([answers], [], [], PATIENCE)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)  # with the child that does not end
            _warm.cache_clear()
            pytest.fail(f"no end after {PATIENCE:.0f} s: {order['arguments']}")
        return int(answers.readline())

    def end(self) -> None:
        """Closes what it reads from, and waits."""
        with self._process as process:
            process.kill()


@cache
def _warm() -> _Warm:
    return _Warm()
