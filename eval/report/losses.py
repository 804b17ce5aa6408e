"""Where questions were lost: by stage, by cause, by owner."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eval.report import plots
from eval.report.labels import stage_label
from eval.report.mending import NO_OWNER, advice_on
from eval.report.svg import Svg
from eval.stored import FaqRun
from eval.verdict import Verdict

NO_CAUSE = "未判定"


@dataclass(frozen=True, slots=True)
class Loss:
    """Questions lost in one place; ``value`` is the place in data, ``beside`` says more of it."""

    value: str
    label: str
    questions: int
    volume: float
    fatal: int
    beside: str


def by_stage(run: FaqRun) -> list[Loss]:
    """The stages, most questions first, each with its causes."""
    return _losses(run, lambda verdict: verdict.stage, stage_label, _causes)


def by_cause(run: FaqRun) -> list[Loss]:
    """The causes, most questions first, each with what usually mends it."""
    return _losses(
        run,
        lambda verdict: verdict.cause,
        lambda value: value or NO_CAUSE,
        lambda members: advice_on(members[0].cause),
    )


def by_owner(run: FaqRun) -> list[Loss]:
    """The owners, most questions first, each with the stages that lost most."""
    return _losses(
        run, lambda verdict: verdict.owner, lambda value: value or NO_OWNER, _main_stages
    )


def stage_plot(run: FaqRun) -> Svg | None:
    """The stages as bars, parted by cause."""
    found = by_stage(run)
    if not found:
        return None
    counted = Counter(
        (verdict.stage, verdict.cause or NO_CAUSE) for verdict in run.verdicts if verdict.stage
    )
    totals = Counter(verdict.cause or NO_CAUSE for verdict in run.verdicts if verdict.stage)
    causes = sorted(totals, key=lambda cause: (-totals[cause], cause))
    return plots.stages(
        {loss.label: {cause: counted[loss.value, cause] for cause in causes} for loss in found},
        title="题丢在哪一步，按原因分",
    )


def _losses(
    run: FaqRun,
    value_of: Callable[[Verdict], str],
    label_of: Callable[[str], str],
    beside: Callable[[list[Verdict]], str],
) -> list[Loss]:
    members: dict[str, list[Verdict]] = {}
    for verdict in run.verdicts:
        if verdict.stage:
            members.setdefault(value_of(verdict), []).append(verdict)
    ordered = sorted(members, key=lambda value: (-len(members[value]), value))
    return [
        Loss(
            value=value,
            label=label_of(value),
            questions=len(members[value]),
            volume=math.fsum(verdict.question.weight for verdict in members[value]),
            fatal=sum(bool(verdict.fatal) for verdict in members[value]),
            beside=beside(members[value]),
        )
        for value in ordered
    ]


def _causes(members: Iterable[Verdict]) -> str:
    return _counted(verdict.cause or NO_CAUSE for verdict in members)


def _main_stages(members: Iterable[Verdict]) -> str:
    return _counted((stage_label(verdict.stage) for verdict in members), most=3)


def _counted(names: Iterable[str], most: int | None = None) -> str:
    return "、".join(f"{name} {count}" for name, count in Counter(names).most_common(most))
