"""The rows of a run that is not finished yet: a line each, written as they come.

A run that is stopped, killed or loses its system is gone on with from here; the last line may be
torn by a kill and is asked again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import orjson

from eval.errors import RunError

NAME: Final = "unfinished.jsonl"


class Journal:
    """One unfinished run in a folder; rows are found again by question id."""

    def __init__(self, path: Path, file: BinaryIO, rows: dict[str, dict[str, Any]]) -> None:
        self.rows = rows
        self._path, self._file = path, file

    @classmethod
    def open(cls, folder: Path, identity: Mapping[str, Any], *, restart: bool) -> Self:
        """The journal of the run that ``identity`` describes, with what it holds already.

        ``RunError`` where the folder holds an unfinished run of something else, or one that another
        process is at, ``restart`` or not.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / NAME
        file = path.open("a+b")
        try:
            _lock(file, folder)
            with _named(path):
                return cls(path, file, _begin(file, folder, identity, restart=restart))
        except BaseException:
            with suppress(OSError):
                file.close()
            raise

    def add(self, row: dict[str, Any]) -> None:
        """Keeps a row; the system has it when the call returns."""
        with _named(self._path):
            self._file.write(orjson.dumps(row) + b"\n")
            self._file.flush()
        self.rows[row["id"]] = row

    def close(self) -> None:
        """Makes durable what was written; the run can be gone on with."""
        with _named(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


def _lock(file: BinaryIO, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunError(f"另一个评测正在写 {folder}；等它结束，或换一个 --out") from error


def _begin(
    file: BinaryIO, folder: Path, identity: Mapping[str, Any], *, restart: bool
) -> dict[str, dict[str, Any]]:
    """What a locked file holds of the run; it ends with a whole line after that."""
    file.seek(0)
    lines = [] if restart else file.read().split(b"\n")
    head = _parsed(lines[0]) if len(lines) > 1 else None
    if head is None:  # nothing there, or not even its first line was finished
        file.truncate(0)
        file.write(orjson.dumps({"identity": identity}) + b"\n")
        file.flush()
        return {}
    if head.get("identity") != orjson.loads(orjson.dumps(identity)):
        differing = "、".join(_differing(head.get("identity"), identity))
        raise RunError(
            f"{folder} 里有另一次没做完的评测（不同之处：{differing}）；"
            "换一个 --out，或加 --restart 重新开始"
        )
    whole = lines[:-1]  # what follows the last line end is empty or torn
    file.truncate(sum(len(line) + 1 for line in whole))
    return {row["id"]: row for row in map(_parsed, whole[1:]) if row and "id" in row}


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """A full disk names no file: this does."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


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
