"""The rows of a run that is not finished yet: a line each, written as they come.

A run that is stopped, killed or loses its system is gone on with from here; the last line may be
torn by a kill and is asked again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import orjson

from eval.errors import RunError

NAME: Final = "unfinished.jsonl"


class Journal:
    """One unfinished run in a folder; rows are found again by question id."""

    def __init__(self, path: Path, rows: dict[str, dict[str, Any]]) -> None:
        self.rows = rows
        self._file = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise RunError(f"另一个评测正在写 {path.parent}；等它结束，或换一个 --out") from error

    @classmethod
    def open(cls, folder: Path, identity: Mapping[str, Any], *, restart: bool) -> Self:
        """The journal of the run that ``identity`` describes, with what it holds already.

        ``RunError`` where the folder holds an unfinished run of something else.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / NAME
        if restart:
            path.unlink(missing_ok=True)
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        head = _parsed(lines[0]) if len(lines) > 1 else None
        if head is None:  # nothing there, or not even its first line was finished
            path.write_bytes(orjson.dumps({"identity": identity}) + b"\n")
            return cls(path, {})
        if head.get("identity") != orjson.loads(orjson.dumps(identity)):
            differing = "、".join(_differing(head.get("identity"), identity))
            raise RunError(
                f"{folder} 里有另一次没做完的评测（不同之处：{differing}）；"
                "换一个 --out，或加 --restart 重新开始"
            )
        whole = lines[:-1]  # what follows the last line end is empty or torn
        rows = {row["id"]: row for row in map(_parsed, whole[1:]) if row and "id" in row}
        with path.open("r+b") as file:
            file.truncate(sum(len(line) + 1 for line in whole))
        return cls(path, rows)

    def add(self, row: dict[str, Any]) -> None:
        """Keeps a row; the system has it when the call returns."""
        self._file.write(orjson.dumps(row) + b"\n")
        self._file.flush()
        self.rows[row["id"]] = row

    def close(self) -> None:
        """Makes durable what was written; the run can be gone on with."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _differing(before: object, now: Mapping[str, Any]) -> list[str]:
    if not isinstance(before, Mapping):
        return ["全部"]
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
