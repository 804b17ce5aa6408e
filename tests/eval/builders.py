"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, SubLibrary
from corpora.versions import ItemVersion
from eval.faqset import Expectation, FaqSet, Question
from eval.judge import Source, judge
from eval.systems.index import IndexSystem
from eval.systems.protocol import Asked, Reply
from eval.verdict import Verdict
from indexer import build
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.release import Release
from retriever.answer import Answer, Fact, Outcome
from retriever.backends.embedded import EmbeddedSearcher
from retriever.constants import Blend, Calibration, Constants
from retriever.facts import numbers_in
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from retriever.views import item_json
from tests.encoders import HashEncoder

DAY = dt.date(2026, 11, 1)
AGENT = Filter(as_of=DAY)
CUSTOMER = Filter(as_of=DAY, audience=Audience.CUSTOMER)
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


def make_set(*questions: Question) -> FaqSet:
    return FaqSet("小题集", DAY, "zh", questions, file="f.jsonl")


def make_questions(count: int, **changes: Any) -> list[Question]:
    """Questions q1, q2, …, each on a line of its own."""
    return [
        make_question(id=f"q{n}", question=f"第{n}问", line=n + 1, **changes)
        for n in range(1, count + 1)
    ]


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
    """An answer whose numbers are traced, as the product's own always are."""
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
    known |= changes
    traced = (Fact(n, "biz-family", "tariff.monthly_fee") for n in numbers_in(known["text"]))
    return Answer(**{"facts": tuple(traced), **known})


def make_view(item: KnowledgeItem, *templates: PushTemplate) -> dict[str, Any]:
    """The whole item as the product shows it to internal readers."""
    internal = Filter(as_of=DAY, audience=Audience.INTERNAL)
    return item_json(ItemVersion(item, 1), internal, {t.id: t for t in templates})


def source_of(*items: KnowledgeItem) -> Source:
    views = {item.id: make_view(item) for item in items}
    return views.get


def make_reply(answer: Answer | None = None, ranked: Iterable[str] = (), **keys: Any) -> Reply:
    """A reply with the answer's own JSON; ``keys`` replace some of it."""
    return Reply(tuple(ranked), 1.0, {**(answer or make_answer()).to_json(), **keys}, 2.0)


def make_verdict(
    question: Question | None = None,
    ranked: Iterable[str] = ("biz-family",),
    answer: Answer | None = None,
    *,
    source: Source | None = None,
    wanted: Filter = AGENT,
    **keys: Any,
) -> Verdict:
    """The verdict on a product's answer to a question."""
    reply = make_reply(answer, ranked, **keys)
    return judge(question or make_question(), reply, wanted, source or source_of())


@dataclass
class Scripted:
    """A system that replies as it was told, by question; anything else gets ``make_reply``."""

    replies: Mapping[str, Reply | Exception] = field(default_factory=dict)
    items: Mapping[str, KnowledgeItem] = field(default_factory=dict)
    regions: Regions = field(default_factory=Regions)
    name: str = "scripted"
    asked: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {"kind": "scripted", "name": self.name}

    def ask(self, asked: Asked) -> Reply:
        reply = self.replies.get(asked.text) or make_reply(ranked=["biz-family"])
        if isinstance(reply, Exception):
            raise reply
        self.asked.append(asked.text)
        return reply

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        item = self.items.get(item_id)
        return make_view(item) if item and item.valid_on(wanted.as_of) else None

    def close(self) -> None:
        pass


def answer_everything(base: KnowledgeBase) -> KnowledgeBase:
    """The base without a threshold: what the product decides by itself is tested where it is."""
    base.retriever.constants = Constants(
        "test", Blend(0.4, 1.6, 0.0), Calibration(0.0, {"score": 1.0}, 0.0), fitted=True
    )
    return base


@dataclass(frozen=True)
class HashOpener:
    """Opens an index that ``make_base`` made, also in another process."""

    folder: Path
    in_processes: bool = True

    def open(self) -> IndexSystem:
        url = f"file:{self.folder / 'index'}"
        base = open_knowledge_base(url, models=self.folder, encoder=HashEncoder())
        return IndexSystem(answer_everything(base))


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
