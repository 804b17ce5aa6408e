"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corpora.types import Facet, FacetKind, KnowledgeItem, SubLibrary
from corpora.versions import ItemVersion
from eval.faqset import Expectation, Question
from indexer import build
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.release import Release
from retriever.answer import Answer, Outcome
from retriever.backends.embedded import EmbeddedSearcher
from retriever.knowledge_base import KnowledgeBase
from tests.encoders import HashEncoder

HEADER: Mapping[str, Any] = {"faqset": "小题集", "as_of": "2026-11-01", "language": "zh"}


def faq_line(**changes: Any) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": "q1",
        "question": "亲情网怎么取消",
        "style": "colloquial",
        "kind": "how_to",
        "library": "business",
        "tags": [],
        "group": "",
        "split": "train",
        "weight": 10,
        "expect": {"items": ["biz-family"], "facet": "cancel"},
    }
    return {key: value for key, value in {**line, **changes}.items() if value is not ...}


def write_faqset(path: Path, lines: Iterable[Any], header: Any = HEADER) -> Path:
    """Writes a set whose lines are objects or, to break something, raw strings."""
    texts = [
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
        for line in [header, *lines]
    ]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def make_question(expect: Expectation | None = None, **changes: Any) -> Question:
    default = Expectation(Outcome.ANSWERED, items=("biz-family",))
    return Question(**{"id": "q1", "question": "亲情网", "expect": expect or default, **changes})


def make_item(item_id: str = "biz-family", **changes: Any) -> KnowledgeItem:
    known: dict[str, Any] = {
        "title": "亲情网",
        "sub_library": SubLibrary.BUSINESS,
        "facets": (
            make_facet(FacetKind.OVERVIEW, "亲情网让家人之间通话免费到2027年12月，之后每月5元。"),
            make_facet(FacetKind.CANCEL, "发送QXQQW到10086取消亲情网，次月生效。"),
        ),
    }
    return KnowledgeItem(id=item_id, **{**known, **changes})


def make_facet(kind: FacetKind, text: str) -> Facet:
    return Facet(kind, official=text, customer=text)


def make_answer(outcome: Outcome = Outcome.ANSWERED, **changes: Any) -> Answer:
    known: dict[str, Any] = {
        "query": "亲情网",
        "outcome": outcome,
        "confidence": 0.9,
        "reason": "",
        "text": "每月5元",
        "trace_id": "",
        "took_ms": 1.0,
    }
    if outcome is Outcome.ANSWERED:
        known |= {"held": ItemVersion(make_item(), 1), "facet": FacetKind.PRICE}
    return Answer(**{**known, **changes})


def make_base(
    folder: Path, items: Iterable[KnowledgeItem], fitted: Path | None = None
) -> KnowledgeBase:
    """A knowledge base over the items, built by the product's own pipeline."""
    encoder = HashEncoder()
    writer = EmbeddedWriter(folder / "index")
    release = Release(tuple(ItemVersion(item, 1) for item in items))
    built = build.stage(
        release, encoder, writer, folder / "cache", created_at="2026-11-01T00:00:00"
    )
    writer.publish(built.version)
    searcher = EmbeddedSearcher.open_current(folder / "index")
    return KnowledgeBase(searcher, encoder, fitted=fitted)
