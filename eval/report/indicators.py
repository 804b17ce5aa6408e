"""The trade's indicators, defined by the checks of a run, and the figures that the trade quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eval.groups import by_group
from eval.intervals import Interval, rate_interval
from eval.judge import HANDLING
from eval.verdict import RANKED, Verdict
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator with its definition; ``applies`` says which questions count, ``holds`` which of
    them show what it is named after.
    """

    name: str
    definition: str
    applies: Callable[[Verdict], bool]
    holds: Callable[[Verdict], bool]


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure that the trade quotes, nobody measured here; ``beside`` says why it is not compared."""

    name: str
    figure: str
    beside: str


def about_handling(verdict: Verdict) -> bool:
    """Whether the question asks how something is opened, cancelled or changed."""
    expect = verdict.question.expect
    return _answers(verdict) and expect.facet in HANDLING


def about_explaining(verdict: Verdict) -> bool:
    """Whether the question asks for an answer about anything else."""
    return _answers(verdict) and not about_handling(verdict)


def _answers(verdict: Verdict) -> bool:
    asked = verdict.question.expect.outcome is Outcome.ANSWERED
    return asked and verdict.judged and verdict.outcome != RANKED


def _found(verdict: Verdict) -> bool:
    return _answers(verdict) and verdict.checks.get("item", False)


def _unclear(verdict: Verdict) -> bool:
    return not all(verdict.checks.get(name, True) for name in ("facet", "facts", "must_say"))


INDICATORS: Final = (
    Indicator(
        "办理准确",
        "应当回答、且标注的方面是“如何办理”“如何取消”或“如何变更”的题里，"
        "条目、方面、关键事实、必说提醒和推送预览都对，没有禁说的事实，也没有致命错误的比例。",
        about_handling,
        lambda verdict: verdict.right,
    ),
    Indicator(
        "解答清楚全面",
        "其他应当回答的题里，答的是对的条目和所问的方面（清楚），关键事实和必说提醒齐全（全面），"
        "没有禁说的事实，推送预览正确，也没有致命错误的比例。",
        about_explaining,
        lambda verdict: verdict.right,
    ),
    Indicator(
        "解释不清",
        "已用对的条目回答的题里，方面答偏、关键事实不全或漏了必说提醒的比例；越低越好。",
        _found,
        _unclear,
    ),
)

REFERENCES: Final = (
    Reference("平均处理时长", "81 秒", "含人工通话；本次只计检索和作答的毫秒数"),
    Reference("每次接触可省", "5 秒", "要在坐席现场计时，本次没有测"),
    Reference("办理成功率", "57%", "看客户最后办没办成；“办理准确”只看答得对不对"),
    Reference("效率提高", "24 倍", "材料没有说明与什么相比，本次没有测"),
)


def indicators(verdicts: Sequence[Verdict]) -> dict[str, dict[str, Any]]:
    """Name → figure with its definition, near-duplicates counted once.

    An indicator of which the set asks nothing is left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for indicator in INDICATORS:
        counted = [verdict for verdict in verdicts if indicator.applies(verdict)]
        if counted:
            values = [float(indicator.holds(verdict)) for verdict in counted]
            grouped = by_group([verdict.question for verdict in counted], values)
            found[indicator.name] = {
                "definition": indicator.definition,
                "n": len(counted),
                "groups": len(grouped.values),
                **_bounds(rate_interval(grouped.values)),
                "weighted": _bounds(rate_interval(grouped.weighted, grouped.volumes)),
            }
    return found


def _bounds(interval: Interval) -> dict[str, float]:
    return {
        "value": round(interval.value, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "half_width": round(interval.half_width, 4),
    }
