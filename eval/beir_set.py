"""A BEIR-layout folder: corpus.jsonl, queries.jsonl, qrels.tsv (or qrels/test.tsv), self.tsv."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.messages import system_reason
from eval.errors import BeirError

_PAIR: Final = 2
_JUDGEMENT: Final = 3


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document; both texts may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A whole set. ``dropped`` are pairs that are taken out of a ranking before it is scored."""

    documents: tuple[BeirDocument, ...]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]
    dropped: Mapping[str, frozenset[str]]
    notes: tuple[str, ...]


def read_beir(folder: Path) -> BeirSet:
    """The set in a folder; ``BeirError`` names the file and the line that cannot be used."""
    if not folder.is_dir():
        raise BeirError(f"{folder}: 不是文件夹；要有 corpus.jsonl、queries.jsonl 和 qrels.tsv")
    documents = {
        key: BeirDocument(key, _text(known, "title", where), _text(known, "text", where))
        for key, known, where in _objects(folder / "corpus.jsonl")
    }
    queries = {
        key: _text(known, "text", where) for key, known, where in _objects(folder / "queries.jsonl")
    }
    qrels = _qrels(folder)
    dropped: dict[str, set[str]] = defaultdict(set)
    if (folder / "self.tsv").exists():
        for columns, where in _rows(folder / "self.tsv"):
            if len(columns) < _PAIR:
                raise BeirError(f"{where}: 应是以制表符分开的两列 query-id、corpus-id")
            dropped[columns[0]].add(columns[1])
    if not documents:
        raise BeirError(f"{folder / 'corpus.jsonl'}: 没有文档")
    return BeirSet(
        documents=tuple(documents.values()),
        queries=queries,
        qrels=qrels,
        dropped={query_id: frozenset(ids) for query_id, ids in dropped.items()},
        notes=tuple(_notes(documents, queries, qrels)),
    )


def _notes(
    documents: Mapping[str, BeirDocument],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
) -> Iterator[str]:
    judged = {item_id for relevances in qrels.values() for item_id in relevances}
    if unknown := len(judged - documents.keys()):
        yield f"qrels 里有 {unknown} 个文档不在 corpus.jsonl 里，永远检索不到"
    if unknown := len(qrels.keys() - queries.keys()):
        yield f"qrels 里有 {unknown} 个问题不在 queries.jsonl 里，按未命中计"
    if unjudged := len(queries.keys() - qrels.keys()):
        yield f"{unjudged} 个问题没有相关性标注，不计"


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that are not blank, each with where it stands."""
    try:
        with path.open("rb") as file:
            # bytes: only \n ends a line, whatever other separators a text holds
            for number, raw in enumerate(file, 1):
                where = f"{path}:{number}"
                try:
                    # utf-8-sig: the first line may begin with a byte order mark
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise BeirError(f"{where}: 不是 UTF-8 编码（{error.reason}）") from error
                if line.strip():
                    yield line, where
    except OSError as error:
        raise BeirError(
            f"{path}: 读不出来（{system_reason(error)}）；要有 corpus.jsonl、queries.jsonl 和 qrels.tsv"
        ) from error


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Id, object and place of each line of a JSONL file; an id occurs once."""
    first: dict[str, str] = {}
    for line, where in _lines(path):
        try:
            known = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BeirError(f"{where}: 不是完整的 JSON（{error}）") from error
        if not isinstance(known, dict):
            raise BeirError(f"{where}: 应是一个 {{…}} 对象")
        key = known.get("_id")
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            raise BeirError(f"{where}: _id: 应是文字或整数，现在是 {key!r}")
        key = _whole(str(key), "_id", where)
        if key in first:
            raise BeirError(f"{where}: _id: {key!r} 与 {first[key]} 重复")
        first[key] = where
        yield key, known, where


def _text(known: Mapping[str, Any], name: str, where: str) -> str:
    value = known.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BeirError(f"{where}: {name}: 应是文字，现在是 {value!r:.60}")
    return _whole(value, name, where)


def _whole(text: str, name: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # a JSON escape can write half of a character, which nothing can store
        raise BeirError(f"{where}: {name}: 含有半个字符（第 {error.start + 1} 个）") from error
    return text


def _rows(path: Path) -> Iterator[tuple[list[str], str]]:
    for line, where in _lines(path):
        yield [column.strip() for column in line.split("\t")], where


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    candidates = [folder / "qrels.tsv", folder / "qrels" / "test.tsv"]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        raise BeirError(f"{candidates[0]}: 不存在，{candidates[1]} 也不存在")
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for place, (columns, where) in enumerate(_rows(path)):
        if len(columns) != _JUDGEMENT or not all(columns):
            raise BeirError(f"{where}: 应是以制表符分开的三列 query-id、corpus-id、score")
        query_id, item_id, score = columns
        relevance = _number(score)
        if relevance is None and place == 0:
            continue  # the header
        if relevance is None:
            raise BeirError(f"{where}: score: 应是整数，现在是 {score!r}")
        # a negative judgement (spam, in some sets) is not relevant either
        qrels[query_id][item_id] = max(0, relevance)
    if not qrels:
        raise BeirError(f"{path}: 没有标注")
    return dict(qrels)


def _number(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None
