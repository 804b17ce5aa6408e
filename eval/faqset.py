"""FAQ sets (题集): questions with what a good answer must do, read with every mistake named.

The first line is a header ``{"faqset", "as_of", "language"}``; every further line is one question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from corpora.source import Problem, Severity, read_records
from corpora.types import Audience, FacetKind, SubLibrary
from eval.errors import FaqSetError
from eval.fields import Fields
from retriever.answer import Outcome


class Style(StrEnum):
    """How a question is put."""

    FORMAL = "formal"
    COLLOQUIAL = "colloquial"
    ELLIPTIC = "elliptic"
    TYPO = "typo"
    PINYIN = "pinyin"
    CODE = "code"
    NUMBERS = "numbers"
    MULTI_INTENT = "multi_intent"
    DIALECT = "dialect"
    SPEECH = "speech"
    SHORTHAND = "shorthand"
    SCREEN_ERROR = "screen_error"


class Kind(StrEnum):
    """What a question is about."""

    HOW_TO = "how_to"
    PRICE = "price"
    CONDITION = "condition"
    EFFECT_DATE = "effect_date"
    COMPARISON = "comparison"
    DISPUTE = "dispute"
    ACCOUNT = "account"
    ELIGIBILITY = "eligibility"
    PROGRESS = "progress"
    BY_PROXY = "by_proxy"
    CONFIRMATION = "confirmation"
    COMPLAINT = "complaint"
    FAULT = "fault"
    OPERATION = "operation"


class Split(StrEnum):
    """What a question may be used for: fitting, choosing, or the final figure."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a good answer does. One of ``items`` has to answer; a question asked back has to
    offer one of ``clarify``; ``must_say`` names the tips that all have to come with the answer,
    ``templates`` the messages of which one has to be offered.
    """

    outcome: Outcome
    items: tuple[str, ...] = ()
    facet: FacetKind | None = None
    must_contain: tuple[str, ...] = ()
    must_not_contain: tuple[str, ...] = ()
    must_say: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    clarify: tuple[str, ...] = ()
    handover: str = ""


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """What the question's asker may see; what is absent is the default of a request."""

    libraries: tuple[SubLibrary, ...] = ()
    region: str = ""
    audience: Audience = Audience.AGENT
    as_of: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a FAQ set; ``line`` is where it stands, ``weight`` its monthly volume,
    ``channel`` the touch-point at which it is asked, ``need`` what its asker wants to know.
    """

    id: str
    question: str
    expect: Expectation
    style: str = ""
    kind: str = ""
    library: str = ""
    tags: tuple[str, ...] = ()
    group: str = ""
    split: str = ""
    weight: float = 1.0
    business_line: str = ""
    department: str = ""
    channel: str = ""
    filters: QuestionFilter = QuestionFilter()
    need: str = ""
    note: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FaqSet:
    """A FAQ set; ``file`` is named in problems."""

    name: str
    as_of: dt.date
    language: str
    questions: tuple[Question, ...]
    note: str = ""
    version: str = ""
    file: str = field(default="", compare=False)

    def only(self, split: Split) -> FaqSet:
        """The questions of one split."""
        return replace(self, questions=tuple(q for q in self.questions if q.split == split))

    def among(self, ids: Collection[str]) -> FaqSet:
        """The questions with these ids."""
        return replace(self, questions=tuple(q for q in self.questions if q.id in ids))


def load(path: Path) -> FaqSet:
    """A FAQ set; ``FaqSetError`` holds every problem of the file."""
    faq_set, problems = read(path)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors or faq_set is None:
        raise FaqSetError(errors)
    return faq_set


def read(path: Path) -> tuple[FaqSet | None, list[Problem]]:
    """What could be read of a file (nothing without a header) and what is wrong with the rest."""
    # read_records takes the format from the suffix, and a FAQ set is JSONL whatever its name
    if not path.is_file():
        problem = "是文件夹，这里要题集文件" if path.is_dir() else "不存在，请检查路径"
        return None, [Problem(str(path), 1, "文件", problem)]
    if path.suffix != ".jsonl":
        problem = "不是 .jsonl 文件，题集是每行一个 JSON 的 JSONL"
        return None, [Problem(str(path), 1, "文件", problem)]
    records, problems = read_records(path)
    if not records:
        return None, problems
    readers = [Fields(str(path), record.line, record.value, problems) for record in records]
    header = readers[0]
    as_of = header.date("as_of", required=True)
    name, language = header.text("faqset", required=True), header.text("language") or "zh"
    note, version = header.text("note"), header.text("version")
    header.only(_HEADER_KEYS)
    questions = [_question(reader) for reader in readers[1:]]
    if not questions and not problems:  # a line that is no JSON may have been one
        problems.append(Problem(str(path), header.line, "文件", "只有首行，没有题目"))
    if as_of is None:
        return None, problems
    kept = tuple(question for question in questions if question is not None)
    return FaqSet(name, as_of, language, kept, note, version, str(path)), problems


_HEADER_KEYS: Final = frozenset({"faqset", "as_of", "language", "note", "version"})
_KEYS: Final = frozenset({field.name for field in fields(Question)} - {"line"})
_FILTER_KEYS: Final = frozenset({"library", "region", "audience", "as_of"})
_EXPECT_KEYS: Final = {
    Outcome.ANSWERED: frozenset(
        {"items", "facet", "must_contain", "must_not_contain", "must_say", "templates"}
    ),
    Outcome.CLARIFY: frozenset({"clarify", "facet"}),
    Outcome.HANDOVER: frozenset({"handover"}),
    Outcome.UNKNOWN: frozenset({"abstain"}),
}
_ASKS_FOR: Final = {
    "items": Outcome.ANSWERED,
    "clarify": Outcome.CLARIFY,
    "handover": Outcome.HANDOVER,
    "abstain": Outcome.UNKNOWN,
}


def question_from(value: object, file: str, line: int) -> Question:
    """The question that ``question_json`` wrote; ``FaqSetError`` where it is none."""
    problems: list[Problem] = []
    question = _question(Fields(file, line, value, problems))
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if question is None or errors:
        raise FaqSetError(errors or [Problem(file, line, "整行", "不是一道题")])
    return question


def question_json(question: Question) -> dict[str, Any]:
    """The question as a line of a FAQ set, without what is absent."""
    expect, own = question.expect, question.filters
    by_outcome: dict[Outcome, dict[str, Any]] = {
        Outcome.ANSWERED: {
            "items": list(expect.items),
            "facet": expect.facet.value if expect.facet else None,
            "must_contain": list(expect.must_contain),
            "must_not_contain": list(expect.must_not_contain),
            "must_say": list(expect.must_say),
            "templates": list(expect.templates),
        },
        Outcome.CLARIFY: {
            "clarify": list(expect.clarify),
            "facet": expect.facet.value if expect.facet else None,
        },
        Outcome.HANDOVER: {"handover": expect.handover},
        Outcome.UNKNOWN: {"abstain": True},
    }
    asks_for = by_outcome[expect.outcome]
    key = next(name for name, outcome in _ASKS_FOR.items() if outcome is expect.outcome)
    line: dict[str, Any] = {
        "id": question.id,
        "question": question.question,
        "style": question.style,
        "kind": question.kind,
        "library": question.library,
        "tags": list(question.tags),
        "group": question.group,
        "split": question.split,
        "weight": question.weight,
        "business_line": question.business_line,
        "department": question.department,
        "channel": question.channel,
        "expect": {k: v for k, v in asks_for.items() if v or k == key},
        "filters": {
            "library": [library.value for library in own.libraries],
            "region": own.region,
            "audience": "" if own.audience is Audience.AGENT else own.audience.value,
            "as_of": own.as_of.isoformat() if own.as_of else "",
        },
    }
    line |= {"need": question.need, "note": question.note}
    line["filters"] = {name: value for name, value in line["filters"].items() if value}
    return {name: value for name, value in line.items() if value or name in ("id", "question")}


def _question(reader: Fields) -> Question | None:
    if not reader.value:
        if reader.is_object:
            reader.note("", "是空的 {}；写上题目，或删去这一行")
        return None
    reader.only(_KEYS)
    expect = _expectation(reader)
    question = Question(
        id=reader.text("id", required=True),
        question=reader.text("question", required=True),
        expect=expect or Expectation(Outcome.UNKNOWN),
        style=reader.text("style"),
        kind=reader.text("kind"),
        library=reader.text("library"),
        tags=reader.texts("tags"),
        group=reader.text("group"),
        split=reader.text("split"),
        weight=reader.number("weight", 1.0),
        business_line=reader.text("business_line"),
        department=reader.text("department"),
        channel=reader.text("channel"),
        filters=_filters(reader.inner("filters")),
        need=reader.text("need"),
        note=reader.text("note"),
        line=reader.line,
    )
    return question if expect else None


def _expectation(reader: Fields) -> Expectation | None:
    if reader.value.get("expect") is None:
        reader.note("expect", f"缺少；要有其中一个：{'、'.join(_ASKS_FOR)}")
        return None
    inner = reader.inner("expect")
    asked = [name for name in _ASKS_FOR if name in inner.value]
    if len(asked) != 1:
        found = "、".join(asked) or "一个也没有"
        reader.note("expect", f"{'、'.join(_ASKS_FOR)} 要有且只有一个，现在是：{found}")
        return None
    outcome = _ASKS_FOR[asked[0]]
    inner.only(_EXPECT_KEYS[outcome])
    if outcome is Outcome.UNKNOWN and inner.value["abstain"] is not True:
        inner.note("abstain", "只能是 true")
        return None
    return Expectation(
        outcome=outcome,
        items=inner.texts("items"),
        facet=inner.member("facet", FacetKind),
        must_contain=inner.texts("must_contain"),
        must_not_contain=inner.texts("must_not_contain"),
        must_say=inner.texts("must_say"),
        templates=inner.texts("templates"),
        clarify=inner.texts("clarify"),
        handover=inner.text("handover"),
    )


def _filters(reader: Fields) -> QuestionFilter:
    reader.only(_FILTER_KEYS)
    libraries = []
    for name in reader.texts("library"):
        try:
            libraries.append(SubLibrary(name))
        except ValueError:
            reader.note("library", f"没有子库 {name!r}；可用：{'、'.join(SubLibrary)}")
    return QuestionFilter(
        libraries=tuple(libraries),
        region=reader.text("region"),
        audience=reader.member("audience", Audience) or Audience.AGENT,
        as_of=reader.date("as_of"),
    )
