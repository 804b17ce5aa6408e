"""A ranking that was made elsewhere: a TREC run file, looked up by the questions of a FAQ set."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from corpora.source import Problem, read_text
from corpora.types import FieldError
from eval.errors import SystemBroken
from eval.faqset import load
from eval.systems.protocol import Asked, Reply
from retriever.filters import Filter

_COLUMNS: Final = 6  # qid Q0 item rank score tag


class _Line(NamedTuple):
    item_id: str
    rank: int
    score: float
    line: int


class TrecSystem:
    """The ``System`` over rankings that are already there; it answers in no time and knows no items."""

    def __init__(self, rankings: Mapping[str, Sequence[str]], about: Mapping[str, Any]) -> None:
        self._rankings = rankings
        self._about = dict(about)

    @property
    def regions(self) -> None:
        """A ranking of documents tells no regions apart."""
        return None

    def describe(self) -> dict[str, Any]:
        """The file, by its name and what it holds."""
        return self._about

    def ask(self, asked: Asked) -> Reply:
        """What the file ranks for the question; a question without lines found nothing."""
        return Reply(tuple(self._rankings.get(asked.question_id, ()))[: asked.depth], 0.0)

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """Nothing: a file of ids shows no items."""
        return None

    def close(self) -> None:
        """Holds nothing."""


def read_run(path: Path, known: Iterable[str]) -> dict[str, list[str]]:
    """Item ids by query id, the highest score first; ``SystemBroken`` names every bad line."""
    text, problems = read_text(path)
    lines: dict[str, dict[str, _Line]] = defaultdict(dict)
    ids = frozenset(known)
    for number, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            query_id, line = _parsed(written.split(), number, ids)
            first = lines[query_id].setdefault(line.item_id, line)
            if first is not line:
                raise FieldError("item", f"{line.item_id} 在第 {first.line} 行已经有了")
        except FieldError as error:
            problems.append(Problem(str(path), number, error.field, error.problem))
    rankings = {query_id: _ranked(list(found.values())) for query_id, found in lines.items()}
    for query_id, ranked in rankings.items():
        problems += _of_order(str(path), query_id, ranked)
    if not lines and not problems:
        problems.append(Problem(str(path), 1, "文件", "是空的，请写入排序结果"))
    if problems:
        raise SystemBroken("\n".join(map(str, sorted(problems, key=lambda found: found.line))))
    return {query_id: [line.item_id for line in ranked] for query_id, ranked in rankings.items()}


def _parsed(columns: Sequence[str], number: int, known: frozenset[str]) -> tuple[str, _Line]:
    if len(columns) != _COLUMNS:
        raise FieldError("整行", f"应是 6 列 qid Q0 item rank score tag，现在是 {len(columns)} 列")
    query_id, _, item_id, rank, score, _ = columns
    # ids that a column cannot hold come percent-encoded, as our own export writes them
    query_id = query_id if query_id in known else unquote(query_id)
    item_id = unquote(item_id)
    if query_id not in known:
        raise FieldError("qid", f"题集里没有题 {query_id}")
    try:
        placed = int(rank)
    except ValueError:
        raise FieldError("rank", f"{rank!r} 不是整数") from None
    try:
        scored = float(score)
    except ValueError:
        scored = math.nan
    if not math.isfinite(scored):
        raise FieldError("score", f"{score!r} 不是数")
    return query_id, _Line(item_id, placed, scored, number)


def _ranked(found: Sequence[_Line]) -> list[_Line]:
    return sorted(found, key=lambda line: (-line.score, line.rank, line.item_id))


def _of_order(file: str, query_id: str, ranked: Sequence[_Line]) -> list[Problem]:
    """Scores decide, as in trec_eval; ranks that say the opposite mean that scores are distances."""
    if all(line.rank == ranked[0].rank for line in ranked):
        return []  # some tools write one rank everywhere
    for better, worse in pairwise(ranked):
        if better.rank > worse.rank:
            told = f"题 {query_id} 的 score 和 rank 次序相反（另见第 {better.line} 行）；score 应越大越好"
            return [Problem(file, worse.line, "score", told)]
    return []


@dataclass(frozen=True, slots=True)
class TrecOpener:
    """Reads a run file of ``qid Q0 item rank score tag`` for the questions of a FAQ set."""

    path: Path
    faqset: Path

    @property
    def in_processes(self) -> bool:
        """Looking up needs no processes."""
        return False

    def open(self) -> TrecSystem:
        """The system; every bad line is named."""
        faq_set = load(self.faqset)
        rankings = read_run(self.path, (question.id for question in faq_set.questions))
        digest = hashlib.blake2b(self.path.read_bytes(), digest_size=8).hexdigest()
        about = {"kind": "trec", "name": self.path.name, "fingerprint": digest}
        return TrecSystem(rankings, about)
