"""Push templates are approved as they are written, hold where they should, and come when they may."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from corpora.push_template import MmsPart, Purpose, PushChannel, PushTemplate, Situation
from corpora.source import Severity
from corpora.template_life import content_code
from corpora.triggers import Trigger, TriggerEvent
from corpora.types import Region
from tests.corpora.builders import DATE, make_item, make_template, only, problems_of

ERROR, WARNING = Severity.ERROR, Severity.WARNING
DAY = dt.date(2026, 1, 1)
BASE = make_template("已受理，请等候。")
LOCAL = replace(BASE, id="tpl-local", variant_of="tpl-pack", region=Region("yj/wanghai"))
TRIAL = make_template(
    "体验到期后，不回复就失效、不收费。", situation=Situation.REMINDER, template_id="tpl-trial"
)
TRIAL_ENDS = Trigger(TriggerEvent.TRIAL_ENDS, days_before=3)


def advertised(**fields: object) -> PushTemplate:
    made = replace(make_template("有新活动。"), purpose=Purpose.MARKETING)
    approval = {
        "approved_by": "合规部",
        "approved_on": DAY,
        "approved_content": content_code(made),
    }
    return replace(made, **(approval | fields))  # type: ignore[arg-type]


def test_approved_marketing_is_fine() -> None:
    assert not problems_of(advertised())


def test_marketing_that_nobody_approved_is_named_with_the_code_to_write() -> None:
    bare = replace(make_template("有新活动。"), purpose=Purpose.MARKETING)
    problem = only(problems_of(bare))
    assert (problem.field, problem.severity) == ("approved_by", WARNING)
    assert content_code(bare) in problem.problem


def test_other_words_than_those_approved_are_an_error() -> None:
    changed = advertised(body="有更新的活动。")
    problem = only(problems_of(changed))
    assert (problem.field, problem.severity) == ("approved_content", ERROR)
    assert content_code(changed) in problem.problem


def test_an_approval_comes_before_the_first_day() -> None:
    late = advertised(effective_from=DAY - dt.timedelta(days=1))
    assert only(problems_of(late)).field == "approved_on"
    assert not problems_of(advertised(effective_from=DAY))


def test_a_local_variant_like_its_base_is_fine() -> None:
    assert not problems_of(BASE, LOCAL)


def test_a_local_variant_needs_a_base_that_is_none_itself() -> None:
    assert only(problems_of(replace(LOCAL, variant_of="tpl-pakc"), BASE)).field == "variant_of"
    deeper = replace(LOCAL, id="tpl-deeper", variant_of="tpl-local", region=Region("yj"))
    problem = only(problems_of(BASE, LOCAL, deeper))
    assert "tpl-pack" in problem.problem


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (replace(LOCAL, situation=Situation.AT), "situation"),
        (replace(LOCAL, purpose=Purpose.CARE), "purpose"),
        (replace(LOCAL, trigger=Trigger(TriggerEvent.ORDER_DONE)), "trigger"),
        (
            replace(LOCAL, channel=PushChannel.MMS, parts=(MmsPart("text", text="请等候。"),)),
            "channel",
        ),
        (replace(LOCAL, body="{{ date }}前答复。", placeholders=(DATE,)), "placeholders"),
        (replace(LOCAL, region=Region("yj/nowhere")), "region"),
    ],
)
def test_a_local_variant_changes_words_only(changed: PushTemplate, field: str) -> None:
    assert only(problems_of(BASE, changed)).field == field


def test_two_variants_of_one_place_may_follow_each_other_but_not_overlap() -> None:
    first = replace(LOCAL, effective_to=DAY)
    second = replace(LOCAL, id="tpl-later", effective_from=DAY + dt.timedelta(days=1))
    assert not problems_of(BASE, first, second)
    assert only(problems_of(BASE, first, replace(second, effective_from=DAY))).field == "region"


def test_a_variant_holds_on_a_day_of_its_base() -> None:
    over = replace(BASE, effective_to=DAY)
    late = replace(LOCAL, effective_from=DAY + dt.timedelta(days=1))
    assert only(problems_of(over, late)).field == "effective_to"
    assert not problems_of(over, replace(late, effective_from=DAY))


def test_a_template_begins_before_the_items_that_offer_it_end() -> None:
    item = make_item(templates=("tpl-pack",), effective_to=DAY)
    late = replace(BASE, effective_from=DAY + dt.timedelta(days=1))
    problem = only(problems_of(item, late))
    assert (problem.field, problem.severity) == ("effective_from", WARNING)
    assert not problems_of(item, replace(BASE, effective_from=DAY))


def test_a_reminder_before_the_end_of_a_trial_is_fine_and_needs_no_item() -> None:
    reminder = replace(TRIAL, trigger=TRIAL_ENDS)
    assert not problems_of(make_item(templates=("tpl-pack",)), BASE, LOCAL, reminder)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (replace(TRIAL, channel=PushChannel.PROMPT_BOX), "trigger"),
        (replace(TRIAL, situation=Situation.ENQUIRY), "situation"),
        (replace(TRIAL, body="您的体验快到期了，想续请回10086。"), "body"),
    ],
)
def test_a_triggered_template_is_seen_in_time_and_leaves_no_doubt(
    changed: PushTemplate, field: str
) -> None:
    assert only(problems_of(replace(changed, trigger=TRIAL_ENDS))).field == field


def test_the_end_of_a_trial_is_no_occasion_to_sell() -> None:
    made = replace(TRIAL, trigger=TRIAL_ENDS, purpose=Purpose.MARKETING)
    sold = replace(made, approved_by="合规部", approved_on=DAY, approved_content=content_code(made))
    assert only(problems_of(sold)).field == "purpose"
