"""When and where a template holds, what an approval is of, and what a trigger means."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from corpora import serial
from corpora.push_template import (
    MmsPart,
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from corpora.template_life import as_sms, at_home, content_code, is_approved
from corpora.triggers import Trigger, TriggerEvent
from corpora.types import FieldError, Region
from tests.corpora.builders import make_template

DAY = dt.date(2026, 3, 1)
BASE = make_template("全省的写法。", template_id="base")
CITY = replace(BASE, id="city", variant_of="base", region=Region("yj/wanghai"))
HALL = replace(BASE, id="hall", variant_of="base", region=Region("yj/wanghai/h01"))
KNOWN = {one.id: one for one in (BASE, CITY, HALL)}


def sold(**fields: object) -> PushTemplate:
    made = replace(make_template("有新活动。"), purpose=Purpose.MARKETING)
    approval = {"approved_by": "部", "approved_on": DAY, "approved_content": content_code(made)}
    return replace(made, **(approval | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("region", "own"),
    [
        (None, "base"),
        ("yj", "base"),
        ("yj/yundu", "base"),
        ("yj/wanghai", "city"),
        ("yj/wanghai/h02", "city"),
        ("yj/wanghai/h01", "hall"),
    ],
)
def test_the_most_local_writing_holds_whichever_is_asked_for(region: str | None, own: str) -> None:
    place = Region(region) if region else None
    for asked in KNOWN.values():
        assert at_home(asked, KNOWN, place, DAY).id == own


def test_a_variant_that_does_not_hold_leaves_the_next_one() -> None:
    over = KNOWN | {"hall": replace(HALL, effective_to=DAY - dt.timedelta(days=1))}
    assert at_home(BASE, over, Region("yj/wanghai/h01"), DAY).id == "city"


def test_a_variant_without_its_base_stays_what_it_is() -> None:
    assert at_home(CITY, {"city": CITY}, None, DAY) == CITY


def test_marketing_is_approved_by_then_and_as_it_is_written() -> None:
    assert is_approved(sold(), DAY)
    assert not is_approved(sold(), DAY - dt.timedelta(days=1))
    assert not is_approved(sold(body="有更新的活动。"), DAY)
    assert not is_approved(replace(make_template("有。"), purpose=Purpose.MARKETING), DAY)
    assert is_approved(make_template("通知。"), DAY)


def test_an_approval_is_of_what_is_said_and_to_whom_and_not_of_dates_and_titles() -> None:
    made = make_template()
    code = content_code(made)
    same = replace(made, id="b", title="新标题", owner="部", effective_to=DAY)
    assert content_code(same) == code
    for other in (
        replace(made, body="每月{{ fee }}。"),
        replace(made, purpose=Purpose.CARE),
        replace(made, trigger=Trigger(TriggerEvent.ORDER_DONE)),
        replace(made, placeholders=(replace(made.placeholders[0], source=""),)),
        replace(made, variant_of="base", region=Region("yj")),
    ):
        assert content_code(other) != code


def test_the_short_form_of_an_mms_takes_only_its_own_values() -> None:
    gaps = [Placeholder(name, PlaceholderType.TEXT) for name in ("a", "b")]
    mms = PushTemplate(
        "mms",
        "图文",
        PushChannel.MMS,
        Purpose.NOTICE,
        Situation.AFTER,
        "短{{ a }}。",
        tuple(gaps),
        (MmsPart("text", text="长{{ a }}，{{ b }}。"),),
    )
    short = as_sms(mms)
    assert (short.channel, short.parts, short.placeholders) == (PushChannel.SMS, (), (gaps[0],))
    assert as_sms(short) == short


def test_a_template_comes_back_from_json_and_an_old_one_reads_as_before() -> None:
    whole = replace(
        sold(),
        trigger=Trigger(TriggerEvent.MONTH_END, days_before=2),
        variant_of="base",
        region=Region("yj/yundu"),
    )
    assert serial.template_from(serial.dump(whole)) == whole
    plain = serial.dump(make_template())
    for name in (b"trigger", b"region", b"variant_of", b"approved"):
        assert name not in plain
    assert serial.template_from(plain) == make_template()


@pytest.mark.parametrize(
    "wrong",
    [
        {"variant_of": "base"},
        {"region": Region("yj")},
        {"variant_of": "tpl-pack", "region": Region("yj")},
        {"approved_by": "部"},
        {"approved_on": DAY, "approved_content": "00c0ffee"},
        {"effective_from": DAY, "effective_to": DAY - dt.timedelta(days=1)},
    ],
)
def test_what_belongs_together_is_not_torn(wrong: dict[str, object]) -> None:
    with pytest.raises(FieldError):
        replace(make_template(), **wrong)  # type: ignore[arg-type]


def test_a_message_is_due_before_or_after_its_event() -> None:
    assert Trigger(TriggerEvent.TRIAL_ENDS, days_before=3).due_on(DAY) == dt.date(2026, 2, 26)
    assert Trigger(TriggerEvent.JOINED, days_after=7).due_on(DAY) == dt.date(2026, 3, 8)
    assert Trigger(TriggerEvent.ORDER_DONE).due_on(DAY) == DAY


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        (TriggerEvent.ENQUIRY_ENDED, 1, 0),
        (TriggerEvent.TRIAL_ENDS, 1, 1),
        (TriggerEvent.TRIAL_ENDS, -1, 0),
        (TriggerEvent.JOINED, 0, 367),
    ],
)
def test_a_trigger_that_cannot_be_is_refused(event: TriggerEvent, before: int, after: int) -> None:
    with pytest.raises(FieldError):
        Trigger(event, before, after)


def test_every_event_has_a_chinese_name() -> None:
    assert len({event.label for event in TriggerEvent}) == len(TriggerEvent)
