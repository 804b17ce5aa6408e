"""The verdict on one question: a plain value that a run stores and everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from eval.errors import EvalError, RunError
from eval.faqset import Question, question_from, question_json
from retriever.answer import Outcome

ERROR: Final = "error"
"""The outcome of a question that the system refused; it is never the right one."""

RANKED: Final = "ranked"
"""The outcome where the system only ranks: nothing was answered and nothing was withheld."""

CHECKS: Final = (
    "outcome",
    "item",
    "facet",
    "facts",
    "not_forbidden",
    "must_say",
    "preview",
    "clarify",
    "route",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one question: the checks that apply, and ``why`` one of them is wrong.

    ``fatal`` names what alone stops a release; ``stage``, ``cause`` and ``owner`` are "" where
    nothing is wrong. ``city`` is the Chinese name of the region asked in, "" for all.
    """

    question: Question
    outcome: str
    confidence: float
    ranked: tuple[str, ...]
    checks: Mapping[str, bool]
    why: tuple[str, ...] = ()
    fatal: tuple[str, ...] = ()
    stage: str = ""
    cause: str = ""
    owner: str = ""
    city: str = ""
    item_id: str = ""
    facet: str = ""
    text: str = ""
    templates: tuple[str, ...] = ()
    search_ms: float = 0.0
    answer_ms: float = 0.0
    degraded: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether anything could be right or wrong: a mere ranking of an unanswerable question
        cannot.
        """
        return bool(self.checks)

    @property
    def right(self) -> bool:
        """Whether every check that applies is right and nothing is fatal."""
        return all(self.checks.values()) and not self.fatal

    @property
    def sure(self) -> float:
        """How sure the product was of an answer; one that asked back or handed over gave none."""
        may_answer = (Outcome.ANSWERED, Outcome.UNKNOWN)
        return self.confidence if self.outcome in may_answer else 0.0

    @property
    def first_is_expected(self) -> bool:
        """Whether the first item found could have answered."""
        return bool(self.ranked) and self.ranked[0] in self.question.expect.items

    def to_json(self) -> dict[str, Any]:
        """A row of the run."""
        return {
            "id": self.question.id,
            "line": self.question.line,
            "question": question_json(self.question),
            "outcome": self.outcome,
            "confidence": round(self.confidence, 4),
            "item": self.item_id or None,
            "facet": self.facet or None,
            "text": self.text,
            "templates": list(self.templates),
            "ranked": list(self.ranked),
            "checks": dict(self.checks),
            "right": self.right,
            "fatal": list(self.fatal),
            "stage": self.stage or None,
            "cause": self.cause or None,
            "owner": self.owner or None,
            "city": self.city or None,
            "why": list(self.why),
            "search_ms": round(self.search_ms, 3),
            "answer_ms": round(self.answer_ms, 3),
            "degraded": list(self.degraded),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any], where: str = "run.json") -> Self:
        """Reads a row back; ``RunError`` names the row that cannot be read."""
        try:
            return cls(
                question=question_from(row["question"], where, int(row["line"])),
                outcome=str(row["outcome"]),
                confidence=float(row["confidence"]),
                ranked=tuple(map(str, row["ranked"])),
                checks={str(name): bool(value) for name, value in row["checks"].items()},
                why=tuple(row["why"]),
                fatal=tuple(row["fatal"]),
                stage=row["stage"] or "",
                cause=row["cause"] or "",
                owner=row["owner"] or "",
                city=row["city"] or "",
                item_id=row["item"] or "",
                facet=row["facet"] or "",
                text=str(row["text"]),
                templates=tuple(row["templates"]),
                search_ms=float(row["search_ms"]),
                answer_ms=float(row["answer_ms"]),
                degraded=tuple(row["degraded"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, EvalError) as error:
            name = row.get("id", "?") if isinstance(row, Mapping) else "?"
            raise RunError(f"{where}: 题 {name} 的结果读不出来（{error}）；请重新评测") from error
