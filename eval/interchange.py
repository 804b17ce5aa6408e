"""Runs and FAQ sets in the formats of other tools: TREC files and BEIR folders."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import orjson

from corpora.types import Audience
from corpora.versions import ItemVersion
from eval.errors import BeirError, EvalError
from eval.faqset import FaqSet, Question
from eval.stored import FaqRun, system_name, write_whole
from indexer.backends.protocol import IndexPlace
from retriever.answer import Outcome

Document: TypeAlias = tuple[str, str, str]
"""Item id, title and text."""
Written: TypeAlias = dict[str, int]
"""How much of each was written, and how many questions were left out."""

_NO_PLACE: Final = re.compile(r"[\s%\x00-\x1f]")
_NAMED: Final = 5  # ids named where many are at fault


def write_trec(run: FaqRun, folder: Path) -> Written:
    """Writes ``run.trec`` and ``qrels.trec`` for the questions that items answer.

    Scores fall with the rank, so tools that order by score order as we do. Ids with spaces are
    percent-encoded in both files: spaces end a column there.
    """
    kept = [v for v in run.verdicts if v.question.expect.outcome is Outcome.ANSWERED]
    _check_ids([verdict.question for verdict in kept])
    tag = coded("-".join(system_name(run.setting).split()))
    ranked = [
        f"{coded(v.question.id)} Q0 {coded(item_id)} {rank} {len(v.ranked) - rank + 1} {tag}"
        for v in kept
        for rank, item_id in enumerate(v.ranked, 1)
    ]
    judged = [
        f"{coded(verdict.question.id)} 0 {coded(item_id)} 1"
        for verdict in kept
        for item_id in dict.fromkeys(verdict.question.expect.items)
    ]
    _write(folder, {"qrels.trec": judged, "run.trec": ranked})
    return {
        "questions": len(kept),
        "ranked": len(ranked),
        "judgements": len(judged),
        "left_out": len(run.verdicts) - len(kept),
    }


def write_beir(
    run_or_faqset: FaqRun | FaqSet, documents: Iterable[Document], folder: Path
) -> Written:
    """Writes ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv`` with the questions that items
    answer; ids are spelt as ``write_trec`` spells them, so a run in TREC files fits.

    Judged items without a document stay judged: leaving them out would flatter whoever is measured.
    ``without_document`` counts them.
    """
    questions = (
        [verdict.question for verdict in run_or_faqset.verdicts]
        if isinstance(run_or_faqset, FaqRun)
        else list(run_or_faqset.questions)
    )
    kept = [question for question in questions if question.expect.outcome is Outcome.ANSWERED]
    _check_ids(kept)
    known = list(documents)
    _check_documents(known)
    judged = [
        (question.id, item_id)
        for question in kept
        for item_id in dict.fromkeys(question.expect.items)
    ]
    ids = {item_id for item_id, _, _ in known}
    rows = [f"{coded(query_id)}\t{coded(item_id)}\t1" for query_id, item_id in judged]
    _write(
        folder,
        {
            "corpus.jsonl": (
                _json({"_id": coded(item_id), "title": title, "text": text})
                for item_id, title, text in known
            ),
            "queries.jsonl": (
                _json({"_id": coded(question.id), "text": question.question}) for question in kept
            ),
            "qrels.tsv": ["query-id\tcorpus-id\tscore", *rows],
        },
    )
    return {
        "documents": len(known),
        "questions": len(kept),
        "judgements": len(judged),
        "without_document": len({item_id for _, item_id in judged} - ids),
        "left_out": len(questions) - len(kept),
    }


def index_documents(place: IndexPlace, day: dt.date) -> list[Document]:
    """The documents of the published index: the items that hold on ``day``."""
    found = list(documents_of(place.held_versions(), day))
    if not found:
        raise BeirError(
            f"{place.name}: 没有在 {day} 有效的条目；先用 zhiku index build 发布，或换一个日期"
        )
    return found


def documents_of(versions: Iterable[ItemVersion], day: dt.date) -> Iterator[Document]:
    """The items that hold on ``day`` in the words that staff may read: customer and official
    wording and steps; what only internal readers see is left out.
    """
    for held in versions:
        if not held.valid_from <= day <= held.valid_to:
            continue
        seen = [facet for facet in held.item.facets if Audience.AGENT.may_read(facet.audience)]
        parts = [part for f in seen for part in (f.customer, f.official, *f.steps) if part]
        if parts:
            yield held.item.id, held.item.title, "\n".join(dict.fromkeys(parts))


def coded(text: str) -> str:
    """An id that is one column whatever it holds: spaces and % are percent-encoded.

    >>> coded("套餐 59"), coded("biz-qqt-59")
    ('套餐%2059', 'biz-qqt-59')
    """
    return _NO_PLACE.sub(lambda found: quote(found[0], safe=""), text)


def _check_ids(questions: Sequence[Question]) -> None:
    if not questions:
        raise EvalError("没有期望由条目回答的题，写不出相关性标注；换一份题集")
    if any(not question.id for question in questions):
        raise EvalError("有的题没有题号；补上后再导出")
    twice = _twice(question.id for question in questions)
    if twice:
        raise EvalError(f"题号重复：{twice}；每题的题号要不同")
    if empty := [question.id for question in questions if not all(question.expect.items)]:
        raise EvalError(f"题 {_some(empty)} 期望的条目里有空的编号；补上或删去")


def _check_documents(documents: Sequence[Document]) -> None:
    if not documents:
        raise BeirError("没有条目可写进 corpus.jsonl；先发布知识")
    if any(not item_id for item_id, _, _ in documents):
        raise BeirError("有的条目没有编号；补上后再导出")
    if twice := _twice(item_id for item_id, _, _ in documents):
        raise BeirError(f"条目编号重复：{twice}；同一天一个条目只能有一份")


def _twice(ids: Iterable[str]) -> str:
    return _some([name for name, count in Counter(ids).items() if count > 1])


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + (f" 等 {len(names)} 个" if len(names) > _NAMED else "")


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()


def _write(folder: Path, files: Mapping[str, Iterable[str]]) -> None:
    """All files or none, and none over one that says something else."""
    contents = {
        folder / name: "".join(f"{line}\n" for line in lines).encode()
        for name, lines in files.items()
    }
    others = [
        path.name
        for path, content in contents.items()
        if path.exists() and not (path.is_file() and path.read_bytes() == content)
    ]
    if others:
        raise EvalError(
            f"{folder} 里已有别的 {_some(others)}，不会覆盖；请换一个目录，或先移走它们"
        )
    folder.mkdir(parents=True, exist_ok=True)
    new = [path for path in contents if not path.exists()]
    try:
        for path in new:
            write_whole(path, contents[path])
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise
