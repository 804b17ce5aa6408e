"""Each question that went wrong, as a page shows it: expected, got, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from corpora.types import Audience
from eval.report import labels
from eval.report.mending import NO_OWNER
from eval.stored import FaqRun
from eval.verdict import RANKED, Verdict
from retriever.answer import Outcome

_RANKED_SHOWN: Final = 5

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A row of the table of failures; ``anchor`` is its address in the page, free of data."""

    anchor: str
    verdict: Verdict
    about: tuple[str, ...]
    expected: Pairs
    got: Pairs
    ranked: tuple[tuple[str, bool], ...]
    why: tuple[str, ...]

    @property
    def fatal(self) -> tuple[str, ...]:
        """The kinds of fatal error by name."""
        return tuple(map(labels.fatal_label, self.verdict.fatal))

    @property
    def stage(self) -> str:
        """Where it was lost, by name."""
        return labels.stage_label(self.verdict.stage)

    @property
    def owner(self) -> str:
        """Who mends it."""
        return self.verdict.owner or NO_OWNER


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter: the value in data, its name, and how many rows have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Chooser:
    """A filter of the table of failures."""

    name: str
    label: str
    choices: tuple[Choice, ...]


def failures(run: FaqRun) -> list[Failure]:
    """Every question that went wrong: fatal first, then what is asked most."""
    lost = [verdict for verdict in run.verdicts if verdict.stage or not verdict.right]
    lost.sort(key=lambda v: (not v.fatal, -v.question.weight, v.question.id, v.question.line))
    return [_failure(f"f{place}", verdict) for place, verdict in enumerate(lost, 1)]


def choosers(found: Sequence[Failure]) -> tuple[Chooser, ...]:
    """The filters over these rows; each offers only what is there, most frequent first."""
    return tuple(
        Chooser(name, label, _choices(found, value_of, label_of))
        for name, label, value_of, label_of in _CHOSEN_BY
    )


def _choices(
    found: Sequence[Failure], value_of: Callable[[Verdict], str], label_of: Callable[[str], str]
) -> tuple[Choice, ...]:
    counted = Counter(value_of(failure.verdict) for failure in found)
    ordered = sorted(counted, key=lambda value: (-counted[value], value))
    return tuple(Choice(value, label_of(value), counted[value]) for value in ordered)


_CHOSEN_BY: Final[tuple[tuple[str, str, Callable[[Verdict], str], Callable[[str], str]], ...]] = (
    (
        "library",
        "子库",
        lambda verdict: verdict.question.library,
        lambda value: labels.key_label("library", value),
    ),
    (
        "style",
        "问法",
        lambda verdict: verdict.question.style,
        lambda value: labels.key_label("style", value),
    ),
    ("stage", "丢在哪一步", lambda verdict: verdict.stage, labels.stage_label),
    ("cause", "原因", lambda verdict: verdict.cause, lambda value: value or "未判定"),
    ("owner", "责任部门", lambda verdict: verdict.owner, lambda value: value or NO_OWNER),
)


def _failure(anchor: str, verdict: Verdict) -> Failure:
    shown = verdict.ranked[:_RANKED_SHOWN]
    return Failure(
        anchor=anchor,
        verdict=verdict,
        about=_about(verdict),
        expected=_expected(verdict),
        got=_got(verdict),
        ranked=tuple((item_id, item_id in verdict.question.expect.items) for item_id in shown),
        why=verdict.why,
    )


def _about(verdict: Verdict) -> tuple[str, ...]:
    question = verdict.question
    named: Mapping[str, str] = {
        "library": question.library,
        "style": question.style,
        "kind": question.kind,
        "business_line": question.business_line,
        "department": question.department,
        "channel": question.channel,
    }
    told = [labels.key_label(slice_, key) for slice_, key in named.items() if key]
    own = question.filters
    if verdict.city or own.region:
        told.append(verdict.city or own.region)
    if own.audience is not Audience.AGENT:
        told.append(f"问的人：{labels.audience_label(own.audience)}")
    if own.as_of:
        told.append(f"按 {own.as_of.isoformat()}")
    return tuple(told)


def _expected(verdict: Verdict) -> Pairs:
    expect = verdict.question.expect
    listed: Mapping[str, Sequence[Any]] = {
        "条目": expect.items,
        "方面": [labels.facet_label(expect.facet)] if expect.facet else [],
        "必含": expect.must_contain,
        "禁说": expect.must_not_contain,
        "必说提醒": expect.must_say,
        "推送模板": expect.templates,
        "反问选项": expect.clarify,
        "去向": [expect.handover] if expect.handover else [],
    }
    pairs = [(name, "、".join(map(str, values))) for name, values in listed.items() if values]
    return (("结局", labels.outcome_label(expect.outcome.value)), *pairs)


def _got(verdict: Verdict) -> Pairs:
    told = {
        "结局": labels.outcome_label(verdict.outcome),
        "条目": verdict.item_id,
        "方面": labels.facet_label(verdict.facet) if verdict.facet else "",
        "把握": f"{verdict.confidence:.0%}" if _was_sure(verdict) else "",
        "推送模板": "" if verdict.checks.get("preview", True) else "、".join(verdict.templates),
        "降级": "、".join(verdict.degraded),
    }
    return tuple((name, value) for name, value in told.items() if value)


def _was_sure(verdict: Verdict) -> bool:
    return verdict.outcome != RANKED and verdict.outcome in set(Outcome)
