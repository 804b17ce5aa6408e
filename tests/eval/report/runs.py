"""Small made-up runs in which everything that a report shows occurs once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from corpora.types import FacetKind
from eval.faqset import Expectation
from eval.stored import FaqRun
from eval.summary import summary
from eval.verdict import RANKED, Verdict
from retriever.answer import Outcome
from tests.eval.builders import make_question

HOSTILE = "<script>alert('x')</script>\"'&\u202e</table>"


def right(question_id: str = "q1", **changes: Any) -> Verdict:
    question = make_question(
        id=question_id,
        **{"library": "business", "style": "formal", "weight": 10.0, **changes},
    )
    return Verdict(
        question,
        "answered",
        confidence=0.9,
        ranked=("biz-family", "biz-other"),
        checks={"outcome": True, "item": True},
        item_id="biz-family",
        text="每月5元",
        search_ms=10.0,
        answer_ms=15.0,
    )


def wrong(question_id: str = "q2", **changes: Any) -> Verdict:
    """The wrong side of the right item, and a price that was not told."""
    expect = Expectation(
        Outcome.ANSWERED,
        items=("biz-family",),
        facet=FacetKind.CANCEL,
        must_contain=("次月生效",),
        must_not_contain=("当月生效",),
    )
    known: dict[str, Any] = {
        "question": make_question(
            expect,
            id=question_id,
            question="亲情网怎么取消",
            library="business",
            style="colloquial",
            weight=300.0,
            department="市场部",
        ),
        "outcome": "answered",
        "confidence": 0.7,
        "ranked": ("biz-family", "biz-other"),
        "checks": {"outcome": True, "item": True, "facet": False, "facts": False},
        "why": ("方面应为如何取消，实为资费", "没有说 次月生效"),
        "stage": "wrong_facet",
        "cause": "检索",
        "owner": "市场经营部",
        "item_id": "biz-family",
        "facet": "price",
        "text": "每月5元",
        "search_ms": 20.0,
        "answer_ms": 40.0,
    }
    return Verdict(**{**known, **changes})


def fatal(question_id: str = "q3", **changes: Any) -> Verdict:
    known = wrong(question_id)
    return replace(
        known,
        question=replace(known.question, question="亲情网一个月多少钱", weight=50.0),
        **{
            "fatal": ("price",),
            "why": ("不该说 3元",),
            "stage": "forbidden",
            "cause": "知识",
            "text": "每月3元",
            **changes,
        },
    )


def unanswerable(question_id: str = "q4", *, answered: bool = True, **changes: Any) -> Verdict:
    question = make_question(
        Expectation(Outcome.UNKNOWN),
        id=question_id,
        question="股票怎么开户",
        library="technical",
        style="formal",
        weight=5.0,
        department="客服部",
    )
    known: dict[str, Any] = {
        "question": question,
        "outcome": "answered" if answered else "unknown",
        "confidence": 0.6 if answered else 0.1,
        "ranked": ("biz-other",),
        "checks": {"outcome": not answered},
        "item_id": "biz-other" if answered else "",
        "search_ms": 12.0,
        "answer_ms": 20.0,
    }
    if answered:
        known |= {
            "why": ("应为不回答，实为回答",),
            "stage": "false_answer",
            "cause": "检索",
            "owner": "客服部",
            "text": "请到营业厅开户",
        }
    return Verdict(**{**known, **changes})


def ranked_only(question_id: str = "q1", *, first: bool = True) -> Verdict:
    ranked = ("biz-family", "biz-other") if first else ("biz-other", "biz-family")
    lost: dict[str, Any] = {} if first else {"stage": "ranked_lower", "cause": "检索"}
    return Verdict(
        make_question(id=question_id, library="business", style="formal"),
        RANKED,
        confidence=0.0,
        ranked=ranked,
        checks={"item": first},
        search_ms=3.0,
        **lost,
    )


def run_of(verdicts: Iterable[Verdict], **setting: Any) -> FaqRun:
    found = tuple(verdicts)
    return FaqRun(
        found,
        summary(found),
        {
            "faqset": "小题集",
            "file": "faq/small.jsonl",
            "questions": len(found),
            "digest": "0123456789abcdef",
            "as_of": "2026-11-01",
            "started_at": "2026-11-20T08:30:00+00:00",
            "workers": 4,
            "resumed": 0,
            "seed": 20261123,
            "resamples": 2000,
            "depth": 10,
            "system": {
                "kind": "index",
                "index": {"version": "20261101T000000-abc", "encoder_fingerprint": "feed"},
                "constants": {"threshold": 0.5},
            },
            "machine": {"cores": 2},
            "code": {"zhiku": "0.1.0", "commit": "abcdef123456"},
            **setting,
        },
    )


def mixed(**setting: Any) -> FaqRun:
    """Right, wrong, fatal, and an unanswerable question on either side."""
    return run_of(
        [right(), wrong(), fatal(), unanswerable(), unanswerable("q5", answered=False)], **setting
    )


class Page(HTMLParser):
    """What a browser would make of a page: its text by section, its tags, its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._sections: dict[str, list[str]] = {}
        self._here: list[str] = []
        self._quiet = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")
        if tag == "section":
            self._here = self._sections.setdefault(str(dict(attrs)["id"]), [])

    def handle_endtag(self, tag: str) -> None:
        self._quiet = False

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._here.append(data)

    def section(self, name: str) -> str:
        """The text of a section, single-spaced; "" where the page has none of that name."""
        return " ".join("".join(f"{part} " for part in self._sections.get(name, [])).split())

    @property
    def sections(self) -> list[str]:
        return list(self._sections)
