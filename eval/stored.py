"""A run as it is stored: figures, rows, and everything needed to repeat it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from corpora.messages import system_reason
from eval.errors import RunError
from eval.journal import NAME as UNFINISHED
from eval.verdict import Verdict

NAME: Final = "run.json"
FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class FaqRun:
    """All verdicts of one run and what it was run with."""

    verdicts: tuple[Verdict, ...]
    metrics: dict[str, Any]
    setting: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The document of ``run.json``."""
        content = {
            "setting": self.setting,
            "metrics": self.metrics,
            "questions": [verdict.to_json() for verdict in self.verdicts],
        }
        return {"format": FORMAT, "content_digest": _digest(content), **content}

    @property
    def name(self) -> str:
        """What people call the run: the system and the day of its knowledge."""
        return (
            f"{system_name(self.setting)} {self.setting.get('started_at') or self.setting['as_of']}"
        )


def system_name(setting: dict[str, Any]) -> str:
    """The measured system in a few words."""
    system = setting["system"]
    if "index" in system:
        return f"知库 {system['index']['version']}"
    return str(system.get("name") or system["kind"])


def _digest(content: dict[str, Any]) -> str:
    """Of all that figures rest on: what was changed by hand is no result of a run."""
    return hashlib.blake2b(orjson.dumps(content), digest_size=16).hexdigest()


def set_aside(run: FaqRun, folder: Path) -> Path | None:
    """Gives the result in ``folder`` another name where ``run`` is no repetition of it: one of another
    set or system, or of more questions.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        before = read_run(path)
        if _measured(before) == _measured(run) and len(before.verdicts) <= len(run.verdicts):
            return None
    except RunError:
        pass  # whatever it is, it is not ours to destroy
    number = 1
    while (kept := folder / f"run-{number}.json").exists():
        number += 1
    return path.rename(kept)


def _measured(run: FaqRun) -> tuple[Any, ...]:
    system = run.setting["system"]
    return run.setting.get("faqset"), system["kind"], system.get("name")


def write_run(run: FaqRun, folder: Path) -> Path:
    """Writes ``run.json`` into ``folder``, which is made where it is missing.

    What was kept of the unfinished run goes, so that the next run there asks anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    write_whole(path, orjson.dumps(run.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    (folder / UNFINISHED).unlink(missing_ok=True)
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file in one step: a reader sees all of it or what was there before."""
    staged = path.with_name(f".{path.name}.new")
    try:
        with staged.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            staged.unlink()
        if isinstance(
            error, OSError
        ):  # a full disk names no file, other errors name the staged one
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def read_run(place: Path) -> FaqRun:
    """The run in a folder or a ``run.json``; ``RunError`` says why there is none."""
    path = place / NAME if place.is_dir() else place
    if place.is_dir() and not path.exists() and (place / UNFINISHED).exists():
        raise RunError(f"{place}: 这次评测还没有做完；先用同样的命令把它做完")
    try:
        known: Any = orjson.loads(path.read_bytes())
    except OSError as error:
        raise RunError(
            f"{path}: 读不出来（{system_reason(error)}）；要 zhiku eval run --out 写的 {NAME}"
        ) from error
    except orjson.JSONDecodeError as error:
        raise RunError(f"{path}: 不是完整的 JSON（{error}）；请重新评测") from error
    if not isinstance(known, dict) or known.get("format") != FORMAT:
        raise RunError(f"{path}: 不是本版本的评测结果；请用 zhiku eval run 重新评测")
    try:
        rows, metrics, setting = known["questions"], known["metrics"], known["setting"]
        verdicts = tuple(Verdict.from_json(row, str(path)) for row in rows)
        setting["system"], setting["as_of"], metrics["overall"]  # what every reader needs
        setting["system"]["kind"], metrics["overall"]["measures"]
    except (KeyError, TypeError) as error:
        raise RunError(f"{path}: 评测结果不完整（缺 {error}）；请重新评测") from error
    whole = {"setting": setting, "metrics": metrics, "questions": rows}
    if known.get("content_digest", "") not in ("", _digest(whole)):  # older files have none
        raise RunError(f"{path}: 内容和写下时不同，改过或损坏了；请恢复原文件，或重新评测")
    return FaqRun(verdicts, metrics, setting)
