"""Whether a message may go: every rule with its code, and when time alone mends it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from api.push.policy import (
    CHINA,
    Blackout,
    Cap,
    Hours,
    Per,
    Policy,
    PolicyError,
    Waves,
    backoff,
)
from api.push.rules import (
    Consent,
    Decline,
    History,
    Past,
    Proposal,
    Refusal,
    Refused,
    Why,
    declines,
    first_allowed,
)
from corpora.push_template import Purpose, PushChannel

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=CHINA)
LATE = dt.datetime(2026, 3, 2, 23, tzinfo=CHINA)
POLICY = Policy()
YES = History(consents=(Consent(None, NOON - dt.timedelta(days=9)),))
OFFER = Proposal(Purpose.MARKETING, PushChannel.SMS, NOON, campaign="spring", wave=1)
NOTICE = Proposal(Purpose.NOTICE, PushChannel.SMS, LATE)


def sent(at: dt.datetime, **changes: object) -> Past:
    past = Past(Purpose.MARKETING, PushChannel.SMS, "spring", 1, at)
    return replace(past, **changes)  # type: ignore[arg-type]


def codes(proposal: Proposal, history: History, policy: Policy = POLICY) -> list[Why]:
    return [decline.code for decline in declines(proposal, history, policy)]


def test_marketing_with_consent_by_day_may_go() -> None:
    assert codes(OFFER, YES) == []


def test_silence_is_no_consent() -> None:
    assert codes(OFFER, History()) == [Why.NO_CONSENT]


def test_consent_for_one_channel_is_none_for_another() -> None:
    by_mms = History(consents=(Consent(PushChannel.MMS, NOON),))
    assert codes(OFFER, by_mms) == [Why.NO_CONSENT]
    assert codes(replace(OFFER, channel=PushChannel.MMS), by_mms) == []


def test_who_refused_gets_no_marketing_but_care() -> None:
    refused = replace(YES, refusals=(Refusal(Refused.MARKETING, NOON),))
    assert codes(OFFER, refused) == [Why.REFUSED_BEFORE]
    assert codes(replace(OFFER, purpose=Purpose.CARE), refused) == []


def test_do_not_disturb_leaves_notices_alone() -> None:
    quiet = replace(YES, refusals=(Refusal(Refused.ALL, NOON),))
    assert codes(OFFER, quiet) == [Why.DO_NOT_DISTURB]
    assert codes(replace(OFFER, purpose=Purpose.CARE), quiet) == [Why.DO_NOT_DISTURB]
    assert codes(NOTICE, quiet) == []


@pytest.mark.parametrize(
    ("hour", "minute", "allowed"),
    [(7, 59, False), (8, 0, True), (21, 59, True), (22, 0, False), (23, 0, False), (0, 0, False)],
)
def test_marketing_goes_from_eight_until_before_twenty_two(
    hour: int, minute: int, allowed: bool
) -> None:
    at = NOON.replace(hour=hour, minute=minute)
    assert codes(replace(OFFER, at=at), YES) == ([] if allowed else [Why.QUIET_HOURS])
    assert codes(replace(NOTICE, at=at), YES) == []


def test_hours_are_local_whatever_zone_the_caller_writes() -> None:
    assert codes(replace(OFFER, at=LATE.astimezone(dt.UTC)), YES) == [Why.QUIET_HOURS]


def test_who_comes_at_night_is_told_when_it_may_go() -> None:
    (decline,) = declines(replace(OFFER, at=LATE), YES, POLICY)
    assert decline == Decline(
        Why.QUIET_HOURS,
        "营销消息只在 08:00 至 22:00 发，3月3日08:00起可以",
        dt.datetime(2026, 3, 3, 8, tzinfo=CHINA),
    )


def test_a_blackout_holds_marketing_back_until_it_is_over() -> None:
    exam = dt.datetime(2026, 6, 8, 12, tzinfo=CHINA)
    (decline,) = declines(replace(OFFER, at=exam), YES, POLICY)
    assert (decline.code, decline.allowed_from) == (
        Why.BLACKOUT,
        dt.datetime(2026, 6, 11, 8, tzinfo=CHINA),
    )
    assert codes(replace(NOTICE, at=exam), YES) == []


def test_a_blackout_may_run_over_the_end_of_the_year() -> None:
    policy = Policy(blackouts=(Blackout("年末", (12, 30), (1, 2)),))
    at = dt.datetime(2026, 12, 31, 12, tzinfo=CHINA)
    assert policy.next_allowed(Purpose.CARE, at) == dt.datetime(2027, 1, 3, 8, tzinfo=CHINA)


def test_waves_come_in_order_and_not_too_soon() -> None:
    first = YES.with_past(sent(NOON - dt.timedelta(days=2)))
    assert codes(replace(OFFER, wave=2), YES) == [Why.WAVE_OUT_OF_ORDER]
    assert codes(replace(OFFER, wave=1), first) == [Why.WAVE_OUT_OF_ORDER]
    assert codes(replace(OFFER, wave=3), first) == [Why.WAVE_OUT_OF_ORDER]
    assert codes(replace(OFFER, wave=2), first) == [Why.WAVE_TOO_EARLY]
    assert codes(replace(OFFER, wave=2, at=NOON + dt.timedelta(days=1)), first) == []
    assert codes(replace(OFFER, wave=4), first) == [Why.WAVES_USED_UP]


def test_who_answered_a_campaign_is_not_asked_again() -> None:
    answered = YES.with_past(sent(NOON - dt.timedelta(days=20), answered=True))
    assert codes(replace(OFFER, wave=2), answered) == [Why.ANSWERED_BEFORE]
    assert codes(replace(OFFER, wave=1, campaign="summer"), answered) == []


def test_caps_count_what_was_sent_and_what_is_planned() -> None:
    policy = Policy(caps=(Cap(Purpose.MARKETING, Per.CUSTOMER, most=1, days=1),))
    other = replace(OFFER, campaign="summer")
    for away in (-23, 23):
        history = YES.with_past(sent(NOON + dt.timedelta(hours=away)))
        assert codes(other, history, policy) == [Why.FREQUENCY_CAP]
    for away in (-24, 24):
        history = YES.with_past(sent(NOON + dt.timedelta(hours=away)))
        assert codes(other, history, policy) == []


@pytest.mark.parametrize(
    ("per", "change"),
    [
        (Per.CAMPAIGN, {"campaign": "summer"}),
        (Per.CHANNEL, {"channel": PushChannel.MMS}),
    ],
)
def test_a_cap_of_a_campaign_or_a_channel_counts_no_other(
    per: Per, change: dict[str, object]
) -> None:
    policy = Policy(caps=(Cap(Purpose.MARKETING, per, most=1, days=9),), waves=Waves(gap_days=0))
    history = YES.with_past(sent(NOON - dt.timedelta(days=1)))
    assert codes(replace(OFFER, wave=0), history, policy) == [Why.FREQUENCY_CAP]
    assert codes(replace(OFFER, wave=0, **change), history, policy) == []  # type: ignore[arg-type]


def test_what_is_not_approved_is_not_sent() -> None:
    assert codes(replace(OFFER, approved=False), YES) == [Why.NOT_APPROVED]


def test_all_rules_are_told_at_once_the_weightiest_first() -> None:
    history = History(past=(sent(NOON - dt.timedelta(hours=1)),))
    assert codes(replace(OFFER, at=LATE, wave=2), history) == [
        Why.NO_CONSENT,
        Why.QUIET_HOURS,
        Why.WAVE_TOO_EARLY,
        Why.FREQUENCY_CAP,
        Why.FREQUENCY_CAP,
    ]


def test_a_message_is_put_off_until_every_rule_lets_it_go() -> None:
    history = YES.with_past(sent(LATE - dt.timedelta(hours=2), campaign="summer"))
    put_off = first_allowed(replace(OFFER, at=LATE), history, POLICY, LATE + dt.timedelta(days=3))
    assert isinstance(put_off, Proposal)
    # at eight the hours would let it go; a day must have passed since 21:00
    assert put_off.at == dt.datetime(2026, 3, 3, 21, tzinfo=CHINA)
    assert declines(put_off, history, POLICY) == ()


def test_a_message_that_could_go_only_after_its_time_is_refused() -> None:
    found = first_allowed(replace(OFFER, at=LATE), YES, POLICY, LATE + dt.timedelta(hours=1))
    assert isinstance(found, tuple)
    assert [decline.code for decline in found] == [Why.QUIET_HOURS, Why.TOO_LATE]


def test_time_does_not_mend_a_missing_consent() -> None:
    found = first_allowed(replace(OFFER, at=LATE), History(), POLICY, LATE + dt.timedelta(days=9))
    assert isinstance(found, tuple)
    assert [decline.code for decline in found] == [Why.NO_CONSENT, Why.QUIET_HOURS]


def test_a_cap_of_nothing_never_ends() -> None:
    policy = Policy(caps=(Cap(Purpose.MARKETING, Per.CUSTOMER, most=0, days=1),))
    found = first_allowed(OFFER, YES, policy, NOON + dt.timedelta(days=99))
    assert isinstance(found, tuple)
    assert [decline.code for decline in found] == [Why.FREQUENCY_CAP]


def test_tries_wait_longer_and_longer_up_to_a_quarter_of_an_hour() -> None:
    waits = [backoff(n).total_seconds() for n in range(1, 12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 900)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Hours(dt.time(22), dt.time(8)), "hours"),
        (lambda: Cap(Purpose.CARE, Per.CUSTOMER, most=-1, days=1), "caps"),
        (lambda: Cap(Purpose.CARE, Per.CUSTOMER, most=1, days=0), "caps"),
        (lambda: Blackout("x", (2, 30), (3, 1)), "blackouts"),
        (lambda: Policy(ports=dict.fromkeys(Purpose, "10086")), "ports"),
        (lambda: Policy(tries=0), "tries"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_an_error_that_names_the_field(
    make: object, named: str
) -> None:
    assert callable(make)
    with pytest.raises(PolicyError, match=named):
        make()
