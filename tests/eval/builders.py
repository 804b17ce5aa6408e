"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, SubLibrary
from corpora.versions import ItemVersion
from eval.errors import SystemDown
from eval.faqset import Expectation, FaqSet, Question
from eval.journal import NAME as UNFINISHED
from eval.judge import Source, judge
from eval.run import run_faqset
from eval.stored import FaqRun
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


# runs that are stopped

QUESTIONS = 40


def numbered() -> FaqSet:
    """Forty questions, some of which nothing answers, some near-duplicates."""
    none = Expectation(Outcome.UNKNOWN)
    asked = [
        replace(question, expect=none if n % 5 == 0 else question.expect, group=f"g{n % 30}")
        for n, question in enumerate(make_questions(QUESTIONS))
    ]
    return make_set(*asked)


def texts(first: int = 1, last: int = QUESTIONS) -> list[str]:
    return [f"第{n}问" for n in range(first, last + 1)]


def reply_to(text: str) -> Reply:
    """Right, wrong or silent, and never quite as sure as for another question."""
    n = int(text[1:-1])
    outcome = Outcome.UNKNOWN if n % 7 == 0 else Outcome.ANSWERED
    ranked = ["biz-family", "x"] if n % 3 else ["x", "biz-family"]
    return make_reply(make_answer(outcome), ranked, confidence=1 / n)


@dataclass
class Logged(Scripted):
    """Logs each question that it has answered; says so and waits where it is to be stuck."""

    opener: LoggedOpener = field(kw_only=True)

    def ask(self, asked: Asked) -> Reply:
        opener = self.opener
        if asked.text == opener.down_at:
            raise SystemDown("连不上 10.0.0.8")
        if asked.text == opener.dies_at:
            os._exit(3)
        if asked.text == opener.stuck_at:
            opener.log.with_suffix(".stuck").touch()
            time.sleep(120)
        time.sleep(0.002)
        with opener.log.open("a", encoding="utf-8") as log:
            log.write(f"{asked.text}\n")
        return reply_to(asked.text)


@dataclass(frozen=True)
class LoggedOpener:
    """Opens a ``Logged`` system, also in another process; ``log`` is shared by all of them."""

    log: Path
    in_processes: bool = False
    down_at: str = ""
    stuck_at: str = ""
    dies_at: str = ""

    def open(self) -> Logged:
        with self.log.with_suffix(".pids").open("a", encoding="utf-8") as pids:
            pids.write(f"{os.getpid()}\n")
        return Logged(opener=self)

    def answered(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []


def run_of(opener: LoggedOpener, workers: int = 1, folder: Path | None = None) -> FaqRun:
    return run_faqset(numbered(), opener.open(), opener=opener, workers=workers, folder=folder)


def journalled(folder: Path) -> list[str]:
    lines = (folder / UNFINISHED).read_bytes().split(b"\n")[1:-1]
    return [orjson.loads(line)["question"]["question"] for line in lines]


def untimed(run: FaqRun) -> Any:
    """What must be the same however often and however a run is done."""
    rows = [replace(verdict, search_ms=0.0, answer_ms=0.0) for verdict in run.verdicts]
    setting = {k: v for k, v in run.setting.items() if k not in ("workers", "resumed")}
    return rows, {k: v for k, v in run.metrics.items() if k != "latency_ms"}, setting
