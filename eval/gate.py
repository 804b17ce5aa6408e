"""May this be released? Pass, warn or fail against a baseline run.

The rule: fail when the upper 95 % bound of the paired difference is below 0, or false answers rise
significantly, or one new fatal error appears; warn when the lower bound is below −0.02 and the upper
is not below 0; otherwise pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from eval.errors import RunError
from eval.fatal import Fatal
from eval.labels import measure_label
from eval.paired import LEVEL, Difference, difference
from eval.pairing import Paired, paired, values_of
from eval.stored import FaqRun
from eval.summary import is_rate
from eval.verdict import Verdict

TOLERATED: Final = 0.02
"""How far below 0 the lower bound may lie before it is said that a loss of that size is possible."""


class Ruling(StrEnum):
    """What the gate says; only ``fail`` stops a release."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"

    @property
    def label(self) -> str:
        """The Chinese name in reports."""
        return {"pass": "通过", "warn": "通过，但有提醒", "fail": "不通过"}[self]


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule says."""

    rule: str
    ruling: Ruling
    says: str


@dataclass(frozen=True, slots=True)
class NewFatal:
    """A question that went fatally wrong, and in this way not in the baseline."""

    verdict: Verdict
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """The ruling of a run against its baseline, with every reason."""

    run: FaqRun
    baseline: FaqRun
    paired: Paired
    measure: str
    delta: Difference
    false_answers: Difference | None
    new_fatal: tuple[NewFatal, ...]
    reasons: tuple[Reason, ...]

    @property
    def ruling(self) -> Ruling:
        """The worst of what the rules say."""
        found = {reason.ruling for reason in self.reasons}
        return next(r for r in (Ruling.FAIL, Ruling.WARN, Ruling.PASS) if r in found)

    def to_json(self) -> dict[str, Any]:
        """The document of ``zhiku eval gate --json``."""
        delta = self.delta.to_json()
        return {
            "verdict": self.ruling.value,
            "run": self.run.name,
            "baseline": self.baseline.name,
            "measure": {
                "name": self.measure,
                "n": delta["n"],
                "groups": delta["groups"],
                "baseline": delta["a"],
                "run": delta["b"],
                "delta": delta["delta"],
                "p": delta["p"],
            },
            "false_answers": self.false_answers.to_json() if self.false_answers else None,
            "new_fatal": [
                {
                    "id": found.verdict.question.id,
                    "question": found.verdict.question.question,
                    "kinds": list(found.kinds),
                    "why": list(found.verdict.why),
                }
                for found in self.new_fatal
            ],
            "reasons": [
                {"rule": reason.rule, "verdict": reason.ruling.value, "says": reason.says}
                for reason in self.reasons
            ],
            "pairs": len(self.paired.pairs),
            "unpaired": len(self.paired.only_before) + len(self.paired.only_after),
        }


def gate(run: FaqRun, baseline: FaqRun, measure: str = "") -> Gate:
    """Rules on ``run``; ``measure`` defaults to ``right`` where both answer, else to ``Hit@1``."""
    both = paired(baseline, run)
    old = values_of({name: pair.before for name, pair in both.pairs.items()})
    new = values_of({name: pair.after for name, pair in both.pairs.items()})
    answers = "outcome" in old and "outcome" in new
    chosen = measure or ("right" if answers else "Hit@1")
    if chosen not in old or chosen not in new:
        known = "、".join(sorted(old.keys() & new.keys()))
        raise RunError(f"两次评测没有共同的指标 {chosen!r}；可用：{known}")
    groups = both.groups
    delta = difference(old[chosen], new[chosen], groups, rate=is_rate(chosen))
    wrong = (
        difference(old["false_answers"], new["false_answers"], groups, rate=True)
        if "false_answers" in old and "false_answers" in new
        else None
    )
    fatal = _new_fatal(run, both)
    return Gate(
        run,
        baseline,
        both,
        chosen,
        delta,
        wrong,
        fatal,
        reasons=tuple(_reasons(chosen, delta, wrong, fatal, both)),
    )


def _new_fatal(run: FaqRun, both: Paired) -> tuple[NewFatal, ...]:
    """Fatal errors of the run that the baseline did not have on the same question; a question that
    the baseline was not asked had none.
    """
    found = []
    for verdict in run.verdicts:
        pair = both.pairs.get(verdict.question.id)
        known = pair.before.fatal if pair else ()
        kinds = tuple(kind for kind in verdict.fatal if kind not in known)
        if kinds:
            found.append(NewFatal(verdict, kinds))
    return tuple(found)


def _reasons(
    measure: str,
    delta: Difference,
    wrong: Difference | None,
    fatal: tuple[NewFatal, ...],
    both: Paired,
) -> list[Reason]:
    name = f"“{measure_label(measure)}”"
    bounds = (
        f"差 {delta.delta.value:+.3f}，95% 区间 {delta.delta.low:+.3f} 至 {delta.delta.high:+.3f}"
    )
    if delta.delta.high < 0.0:
        first = Reason("delta", Ruling.FAIL, f"{name}显著变差：{bounds}")
    elif delta.delta.low < -TOLERATED:
        said = f"{name}没有显著变差，但不能排除下降超过 {TOLERATED:.0%}：{bounds}"
        first = Reason("delta", Ruling.WARN, said)
    else:
        first = Reason("delta", Ruling.PASS, f"{name}没有变差：{bounds}")
    reasons = [first]
    if wrong is not None:
        figures = f"{wrong.a:.3f} → {wrong.b:.3f}，p = {wrong.p:.3f}"
        rises = wrong.b > wrong.a and wrong.p is not None and wrong.p < LEVEL
        ruling = Ruling.FAIL if rises else Ruling.PASS
        said = "误答率显著上升" if rises else "误答率没有显著上升"
        reasons.append(Reason("false_answers", ruling, f"{said}：{figures}"))
    if fatal:
        named = "；".join(
            f"{found.verdict.question.id}（{'、'.join(Fatal(k).label for k in found.kinds)}）"
            for found in fatal[:5]
        )
        more = f" 等 {len(fatal)} 题" if len(fatal) > 5 else ""
        reasons.append(Reason("fatal", Ruling.FAIL, f"出现新的致命错误：{named}{more}"))
    else:
        reasons.append(Reason("fatal", Ruling.PASS, "没有新的致命错误"))
    if both.only_before:
        said = f"基线里有 {len(both.only_before)} 题这次没有问，或题目、标注改过，没有比较"
        reasons.append(Reason("paired", Ruling.WARN, said))
    return reasons
