"""Which stage lost a question, whose kind of fault that probably is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from eval.facts import says
from eval.faqset import Question
from retriever.answer import Outcome


class Stage(StrEnum):
    """Where a question was lost; the first of them that applies."""

    REFUSED = "refused"
    NOT_RETRIEVED = "not_retrieved"
    RANKED_LOWER = "ranked_lower"
    WRONG_FACET = "wrong_facet"
    FACT_MISSING = "fact_missing"
    ABSTAINED = "abstained"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"
    FALSE_ANSWER = "false_answer"
    NOT_ASKED_BACK = "not_asked_back"
    WRONG_CHOICES = "wrong_choices"
    NOT_HANDED_OVER = "not_handed_over"
    WRONG_ROUTE = "wrong_route"
    FORBIDDEN = "forbidden"
    TIP_MISSING = "tip_missing"
    WRONG_PREVIEW = "wrong_preview"
    FATAL = "fatal"

    @property
    def label(self) -> str:
        """The Chinese name in reports."""
        return _STAGES[self]


_STAGES: Final = {
    Stage.REFUSED: "题目被拒绝",
    Stage.NOT_RETRIEVED: "没有检索到",
    Stage.RANKED_LOWER: "检索到但排在后面",
    Stage.WRONG_FACET: "方面选错",
    Stage.FACT_MISSING: "缺关键事实",
    Stage.ABSTAINED: "误弃答",
    Stage.ASKED_BACK: "不该反问",
    Stage.HANDED_OVER: "不该转办",
    Stage.FALSE_ANSWER: "不该回答却回答了",
    Stage.NOT_ASKED_BACK: "该反问没有反问",
    Stage.WRONG_CHOICES: "反问选项不对",
    Stage.NOT_HANDED_OVER: "该转办没有转办",
    Stage.WRONG_ROUTE: "转错去向",
    Stage.FORBIDDEN: "说了禁说的事实",
    Stage.TIP_MISSING: "漏了必说提醒",
    Stage.WRONG_PREVIEW: "推送预览不对",
    Stage.FATAL: "其他致命错误",
}


class Cause(StrEnum):
    """Whose fault a failure is, in the words of QA."""

    KNOWLEDGE = "知识"
    RETRIEVAL = "检索"
    WORDING = "话术"
    LABEL = "标注"
    QUESTION = "题目"


_CAUSES: Final = {
    Stage.REFUSED: Cause.QUESTION,
    Stage.FORBIDDEN: Cause.KNOWLEDGE,
    Stage.TIP_MISSING: Cause.KNOWLEDGE,
    Stage.WRONG_PREVIEW: Cause.WORDING,
    Stage.FATAL: Cause.WORDING,
}
_MENDING: Final = {
    Cause.KNOWLEDGE: "核对条目内容和关联，补齐或更正后重新发布",
    Cause.RETRIEVAL: "给条目补相似问法、别名或词典，再看排序",
    Cause.WORDING: "改写客户话术或模板，使关键事实都在其中",
    Cause.LABEL: "核对题目的标注：期望的条目在这一天不存在",
    Cause.QUESTION: "改写题目，或从题集中删去",
}


def mending(cause: str) -> str:
    """What usually mends a failure of this cause."""
    return _MENDING[Cause(cause)]


def stage_of(
    question: Question,
    outcome: str,
    ranked: tuple[str, ...],
    checks: Mapping[str, bool],
    *,
    fatal: bool,
) -> Stage | None:
    """The stage that lost the question; None where every check is right and nothing is fatal."""
    if all(checks.values()):
        return Stage.FATAL if fatal else None
    expect = question.expect
    if outcome == "error":
        return Stage.REFUSED
    if expect.outcome is Outcome.CLARIFY:
        return Stage.WRONG_CHOICES if outcome == Outcome.CLARIFY else Stage.NOT_ASKED_BACK
    if expect.outcome is Outcome.HANDOVER:
        return Stage.WRONG_ROUTE if outcome == Outcome.HANDOVER else Stage.NOT_HANDED_OVER
    unwanted = {Outcome.CLARIFY: Stage.ASKED_BACK, Outcome.HANDOVER: Stage.HANDED_OVER}
    for other, stage in unwanted.items():
        if outcome == other:
            return stage
    if expect.outcome is Outcome.UNKNOWN:
        return Stage.FALSE_ANSWER
    if checks.get("item") is False:
        return _of_ranking(expect.items, ranked, abstained=outcome == Outcome.UNKNOWN)
    lost = (
        ("facet", Stage.WRONG_FACET),
        ("facts", Stage.FACT_MISSING),
        ("not_forbidden", Stage.FORBIDDEN),
        ("must_say", Stage.TIP_MISSING),
        ("preview", Stage.WRONG_PREVIEW),
    )
    return next((stage for name, stage in lost if checks.get(name) is False), Stage.FATAL)


def _of_ranking(expected: tuple[str, ...], ranked: tuple[str, ...], *, abstained: bool) -> Stage:
    if not any(item_id in expected for item_id in ranked):
        return Stage.NOT_RETRIEVED
    # an answer may rest on another ranking than the one that is judged
    return Stage.ABSTAINED if abstained and ranked[0] in expected else Stage.RANKED_LOWER


def cause_of(
    stage: Stage, question: Question, view: Mapping[str, Any] | None, *, has_items: bool
) -> Cause:
    """The probable cause. ``view`` is the expected item, None where it does not hold on that day or
    the system (``has_items`` false) shows none.
    """
    if stage in _CAUSES:
        return _CAUSES[stage]
    if has_items and question.expect.items and view is None:
        return Cause.LABEL
    if stage is Stage.FACT_MISSING and view is not None:
        wording = "\n".join(
            "\n".join([facet["official"] or "", facet["customer"] or "", *facet["steps"]])
            for facet in view["facets"]
        )
        known = all(says(wording, fact) for fact in question.expect.must_contain)
        return Cause.WORDING if known else Cause.KNOWLEDGE
    return Cause.RETRIEVAL
