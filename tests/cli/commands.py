"""Runs ``zhiku`` as a user does: another process, its own settings, nothing shared with the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zhiku


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
        own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
        settings = {
            "ZHIKU_STORE_URL": f"sqlite:///{self.store}",
            "ZHIKU_INDEX_URL": f"file:{self.index}",
            "ZHIKU_MODELS": str(self.models),
        }
        done = subprocess.run(
            [sys.executable, str(Path(zhiku.__file__)), *arguments],
            cwd=self.root,
            env={**own, **settings, **environ},
            capture_output=True,
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
