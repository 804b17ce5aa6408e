"""Run A against run B: where they differ, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eval.paired import Difference, Direction, difference, holm
from eval.pairing import Paired, paired, values_of
from eval.stored import FaqRun
from eval.summary import SLICES, is_rate
from eval.verdict import Verdict

SLICED: Final = ("library", "style")
_IN_SLICES: Final = ("Hit@1", "right")
_LOWER_IS_BETTER: Final = frozenset({"false_answers"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A. ``wins`` are questions that B alone has right, ``losses`` those that A alone has;
    ``holm`` holds the p of each slice made honest for the number of slices looked at.
    """

    a: FaqRun
    b: FaqRun
    paired: Paired
    measures: Mapping[str, Difference]
    slices: Mapping[str, Mapping[str, Mapping[str, Difference]]]
    holm: Mapping[str, Mapping[str, Mapping[str, float]]]
    wins: tuple[Verdict, ...]
    losses: tuple[Verdict, ...]

    @property
    def ties(self) -> int:
        """Questions that both have right or both have wrong."""
        return len(self.paired.pairs) - len(self.wins) - len(self.losses)

    def to_json(self) -> dict[str, Any]:
        """The document of ``zhiku eval compare --json``."""
        return {
            "a": self.a.name,
            "b": self.b.name,
            "pairs": len(self.paired.pairs),
            "only_a": list(self.paired.only_before),
            "only_b": list(self.paired.only_after),
            "measures": {name: _entry(name, found) for name, found in self.measures.items()},
            **{
                f"by_{slice_}": {
                    key: {
                        name: {
                            **_entry(name, found),
                            "p_holm": self.holm[slice_][name].get(key),
                        }
                        for name, found in by_measure.items()
                    }
                    for key, by_measure in keys.items()
                }
                for slice_, keys in self.slices.items()
            },
            "wins": [_question(verdict) for verdict in self.wins],
            "losses": [_question(verdict) for verdict in self.losses],
            "ties": self.ties,
        }


def compare(a: FaqRun, b: FaqRun) -> Comparison:
    """Compares on the questions that both asked; ``RunError`` where there are none."""
    both = paired(a, b)
    before = {name: pair.before for name, pair in both.pairs.items()}
    after = {name: pair.after for name, pair in both.pairs.items()}
    groups = both.groups
    old, new = values_of(before), values_of(after)
    measures = {
        name: difference(old[name], new[name], groups, rate=is_rate(name))
        for name in old
        if name in new and old[name].keys() & new[name].keys()
    }
    slices: dict[str, dict[str, dict[str, Difference]]] = {}
    honest: dict[str, dict[str, dict[str, float]]] = {}
    for slice_ in SLICED:
        members = _members(after, slice_)
        slices[slice_] = {key: {} for key in members}
        honest[slice_] = {}
        for name in _IN_SLICES:
            for key, inside in members.items():
                kept = {q: v for q, v in old.get(name, {}).items() if q in inside}
                if kept.keys() & new.get(name, {}).keys():
                    slices[slice_][key][name] = difference(kept, new[name], groups, rate=True)
            found = {
                key: by_measure[name].p
                for key, by_measure in slices[slice_].items()
                if name in by_measure
            }
            honest[slice_][name] = holm({key: p for key, p in found.items() if p is not None})
    # a mere ranking of an unanswerable question is neither right nor wrong
    judged = {name for name in both.pairs if before[name].judged and after[name].judged}
    return Comparison(
        a,
        b,
        both,
        measures,
        slices,
        honest,
        wins=tuple(after[n] for n in both.pairs if n in judged and _won(before[n], after[n])),
        losses=tuple(after[n] for n in both.pairs if n in judged and _won(after[n], before[n])),
    )


def _won(loser: Verdict, winner: Verdict) -> bool:
    """Whether only one of the two is right; of a system that merely ranks, whether its first item is."""
    if "outcome" in loser.checks and "outcome" in winner.checks:
        return winner.right and not loser.right
    return winner.first_is_expected and not loser.first_is_expected


def direction_of(measure: str, found: Difference) -> Direction:
    """Whether a difference is good: of a rate of mistakes less is better."""
    if measure not in _LOWER_IS_BETTER or found.direction is Direction.INCONCLUSIVE:
        return found.direction
    return Direction.WORSE if found.direction is Direction.BETTER else Direction.BETTER


def _entry(measure: str, found: Difference) -> dict[str, Any]:
    return {**found.to_json(), "verdict": direction_of(measure, found).value}


def _members(verdicts: Mapping[str, Verdict], slice_: str) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for name, verdict in verdicts.items():
        for key in SLICES[slice_](verdict):
            members.setdefault(key, set()).add(name)
    return dict(sorted(members.items()))


def _question(verdict: Verdict) -> dict[str, Any]:
    question = verdict.question
    return {
        "id": question.id,
        "question": question.question,
        "library": question.library,
        "style": question.style,
        "stage": verdict.stage or None,
    }
