"""The mending list (整改): what is wrong, item by item, for whom, until when, and how to re-test."""

from __future__ import annotations

import datetime as dt
import math
import shlex
from dataclasses import dataclass
from typing import Any, Final

from eval.report.labels import fatal_label, stage_label
from eval.stages import mending
from eval.stored import FaqRun
from eval.verdict import Verdict
from retriever.answer import Outcome

FATAL_DAYS: Final = 3
"""What is fatal is told to customers every day until it is mended."""

OTHER_DAYS: Final = 10
"""Time for an owner to check, to have the wording approved, to publish and to test again."""

NO_OWNER: Final = "未指定责任部门"
NO_ITEM: Final = "不涉及具体条目"


@dataclass(frozen=True, slots=True)
class Mending:
    """What one owner has to mend in one item for one cause; ``due`` is only a proposal."""

    owner: str
    item_id: str
    cause: str
    stages: tuple[str, ...]
    fatal: tuple[str, ...]
    questions: tuple[str, ...]
    volume: float
    advice: str
    due: dt.date
    retest: str

    @property
    def item(self) -> str:
        """The item, or that there is none."""
        return self.item_id or NO_ITEM

    def row(self) -> dict[str, object]:
        """The entry by the headings of a table; the last columns are for people to fill in."""
        return {
            "责任部门": self.owner,
            "条目": self.item,
            "原因": self.cause,
            "丢在哪一步": "、".join(map(stage_label, self.stages)),
            "致命错误": "、".join(map(fatal_label, self.fatal)),
            "题号": "、".join(self.questions),
            "题数": len(self.questions),
            "咨询量": self.volume,
            "怎么改": self.advice,
            "建议期限": self.due.isoformat(),
            "复测命令": self.retest,
            "整改情况": "",
            "复测结果": "",
        }


def mending_list(run: FaqRun) -> list[Mending]:
    """Every lost question once, under its owner, item and cause.

    What is fatal comes first, then what is asked most.
    """
    members: dict[tuple[str, str, str], list[Verdict]] = {}
    for verdict in run.verdicts:
        if verdict.stage:
            key = (verdict.owner or NO_OWNER, item_of(verdict), verdict.cause)
            members.setdefault(key, []).append(verdict)
    found = [_entry(key, verdicts, run.setting) for key, verdicts in members.items()]
    return sorted(
        found, key=lambda m: (not m.fatal, -m.volume, m.owner, m.item_id, m.cause, m.questions)
    )


def item_of(verdict: Verdict) -> str:
    """The item to look at: the expected one, or the one that should not have answered."""
    expect = verdict.question.expect
    if expect.outcome is Outcome.ANSWERED and expect.items:
        return verdict.item_id if verdict.item_id in expect.items else expect.items[0]
    return verdict.item_id


def first_day(setting: dict[str, Any]) -> dt.date:
    """The day from which a run's deadlines count: when it was made, or the day of its knowledge."""
    try:
        return dt.date.fromisoformat(str(setting.get("started_at") or "")[:10])
    except ValueError:
        return dt.date.fromisoformat(str(setting["as_of"]))


def retest_command(setting: dict[str, Any], questions: tuple[str, ...]) -> str:
    """What asks just these questions again."""
    file = str(setting.get("file") or "题集.jsonl")
    return shlex.join(["zhiku", "eval", "run", file, "--only", ",".join(questions)])


def advice_on(cause: str) -> str:
    """What usually mends this; "" for a cause that is unknown here."""
    try:
        return mending(cause)
    except ValueError:  # a run of another version
        return ""


def _entry(key: tuple[str, str, str], verdicts: list[Verdict], setting: dict[str, Any]) -> Mending:
    owner, item_id, cause = key
    fatal = tuple(dict.fromkeys(kind for verdict in verdicts for kind in verdict.fatal))
    questions = tuple(verdict.question.id for verdict in verdicts)
    return Mending(
        owner=owner,
        item_id=item_id,
        cause=cause,
        stages=tuple(dict.fromkeys(verdict.stage for verdict in verdicts)),
        fatal=fatal,
        questions=questions,
        volume=math.fsum(verdict.question.weight for verdict in verdicts),
        advice=advice_on(cause),
        due=first_day(setting) + dt.timedelta(days=FATAL_DAYS if fatal else OTHER_DAYS),
        retest=retest_command(setting, questions),
    )
