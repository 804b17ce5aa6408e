"""Whether a message may go to a customer at a moment: pure rules, each with a code and a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from api.push.policy import CHINA, Per, Policy
from corpora.push_template import Purpose, PushChannel


class Why(StrEnum):
    """Codes of a refusal to send; they never change."""

    DO_NOT_DISTURB = "do_not_disturb"
    REFUSED_BEFORE = "customer_refused"
    NO_CONSENT = "no_consent"
    NOT_APPROVED = "not_approved"
    BLACKOUT = "blackout"
    QUIET_HOURS = "quiet_hours"
    ANSWERED_BEFORE = "answered_before"
    WAVES_USED_UP = "waves_used_up"
    WAVE_OUT_OF_ORDER = "wave_out_of_order"
    WAVE_TOO_EARLY = "wave_too_early"
    FREQUENCY_CAP = "frequency_cap"
    TOO_LATE = "too_late"


class Refused(StrEnum):
    """What a customer does not want any more."""

    MARKETING = "marketing"
    ALL = "all"
    """Neither marketing nor care: do not disturb. What was asked for and what is owed still comes."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's yes to marketing under a signature; ``channel`` is nothing for every channel."""

    channel: PushChannel | None
    given_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A customer's no under a signature."""

    kind: Refused
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Past:
    """A message that was accepted for a customer; ``at`` is when it goes or went."""

    purpose: Purpose
    channel: PushChannel
    campaign: str
    wave: int
    at: dt.datetime
    answered: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a customer under one signature."""

    consents: tuple[Consent, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    past: tuple[Past, ...] = ()

    def with_past(self, past: Past) -> History:
        """After one message more."""
        return replace(self, past=(*self.past, past))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A message that somebody would like to send at a moment; ``wave`` 0 is none."""

    purpose: Purpose
    channel: PushChannel
    at: dt.datetime
    campaign: str = ""
    wave: int = 0
    approved: bool = True

    @property
    def as_past(self) -> Past:
        """As the rules see it once it is accepted."""
        return Past(self.purpose, self.channel, self.campaign, self.wave, self.at)


@dataclass(frozen=True, slots=True)
class Decline:
    """A rule that a proposal breaks; ``allowed_from`` is when it would not, where time alone mends it.

    ``code`` is one of ``Why``, or one of ``retriever.fit`` where a message does not suit the customer.
    """

    code: str
    reason: str
    allowed_from: dt.datetime | None = None


_WORD: Final = {Purpose.MARKETING: "营销", Purpose.CARE: "关怀", Purpose.NOTICE: "通知"}
_CAP: Final = {Per.CUSTOMER: "这位客户", Per.CAMPAIGN: "这个活动", Per.CHANNEL: "这个渠道"}


def history_counts(purpose: Purpose, policy: Policy) -> bool:
    """Whether any rule asks what a customer said and was sent before; a notice goes without, unless
    the policy caps it.
    """
    return purpose is not Purpose.NOTICE or any(cap.purpose is purpose for cap in policy.caps)


def declines(proposal: Proposal, history: History, policy: Policy) -> tuple[Decline, ...]:
    """Every rule against a proposal, the weightiest first; none if it may go."""
    return (
        *_wishes(proposal, history),
        *_approval(proposal),
        *_calendar(proposal, policy),
        *_waves(proposal, history, policy),
        *_caps(proposal, history, policy),
    )


def first_allowed(
    proposal: Proposal, history: History, policy: Policy, until: dt.datetime
) -> Proposal | tuple[Decline, ...]:
    """The proposal, put off until every rule lets it go, or the rules against it.

    Rules that time does not mend, and a moment after ``until``, refuse it.
    """
    first = declines(proposal, history, policy)
    against = first
    while against:
        moments = [decline.allowed_from for decline in against]
        later = max((moment for moment in moments if moment), default=None)
        if None in moments or later is None:
            return against
        if later > until:
            told = f"最早 {told_moment(later)} 才能发，晚于要求的 {told_moment(until)}"
            return (*first, Decline(Why.TOO_LATE, told, later))
        proposal = replace(proposal, at=later)
        against = declines(proposal, history, policy)
    return proposal


def told_moment(at: dt.datetime) -> str:
    """A moment as people read it, local time.

    >>> told_moment(dt.datetime(2026, 3, 1, 0, 30, tzinfo=dt.UTC))
    '3月1日08:30'
    """
    local = at.astimezone(CHINA)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _wishes(proposal: Proposal, history: History) -> Iterator[Decline]:
    """What the customer said; silence is no consent (DESIGN: rules of messages)."""
    if proposal.purpose is Purpose.NOTICE:
        return
    kinds = {refusal.kind for refusal in history.refusals}
    if Refused.ALL in kinds:
        yield Decline(Why.DO_NOT_DISTURB, "客户登记了免打扰，除了必要的通知都不发")
    if proposal.purpose is not Purpose.MARKETING:
        return
    if Refused.MARKETING in kinds:
        yield Decline(Why.REFUSED_BEFORE, "客户已经拒收这个签名下的营销消息")
    if not any(consent.channel in (None, proposal.channel) for consent in history.consents):
        yield Decline(
            Why.NO_CONSENT, "没有客户同意接收营销消息的记录；先取得同意并登记凭据，沉默不算同意"
        )


def _approval(proposal: Proposal) -> Iterator[Decline]:
    if not proposal.approved:
        yield Decline(Why.NOT_APPROVED, "模板还没有审批，可以预览，不能发送")


def _calendar(proposal: Proposal, policy: Policy) -> Iterator[Decline]:
    at = proposal.at.astimezone(CHINA)
    allowed = policy.next_allowed(proposal.purpose, at)
    if blackout := policy.blackout(proposal.purpose, at):
        told = f"{blackout.name}期间不发{_WORD[proposal.purpose]}消息，{told_moment(allowed)}起可以"
        yield Decline(Why.BLACKOUT, told, allowed)
        return
    hours = policy.hours.get(proposal.purpose)
    if hours and not hours.allow(at):
        told = (
            f"{_WORD[proposal.purpose]}消息只在 {hours.opens:%H:%M} 至 {hours.closes:%H:%M} 发，"
            f"{told_moment(allowed)}起可以"
        )
        yield Decline(Why.QUIET_HOURS, told, allowed)


def _waves(proposal: Proposal, history: History, policy: Policy) -> Iterator[Decline]:
    """A campaign's waves come one after the other, and end when the customer has answered."""
    if not proposal.campaign or proposal.purpose is Purpose.NOTICE:
        return
    before = [past for past in history.past if past.campaign == proposal.campaign]
    if any(past.answered for past in before):
        yield Decline(Why.ANSWERED_BEFORE, "客户已经回应过这个活动，不再打扰")
        return
    if not proposal.wave:
        return
    newest = max(before, key=lambda past: (past.wave, past.at), default=None)
    last = newest.wave if newest else 0
    if proposal.wave > policy.waves.most:
        yield Decline(
            Why.WAVES_USED_UP, f"一个活动最多 {policy.waves.most} 波，没有第 {proposal.wave} 波"
        )
    elif proposal.wave != last + 1:
        told = f"这个活动发到第 {last} 波" if last else "这个活动还没有发过"
        yield Decline(
            Why.WAVE_OUT_OF_ORDER, f"{told}，下一波是第 {last + 1} 波，不是第 {proposal.wave} 波"
        )
    elif newest:
        from_then = newest.at + dt.timedelta(days=policy.waves.gap_days)
        if proposal.at < from_then:
            told = f"两波至少隔 {policy.waves.gap_days} 天，{told_moment(from_then)}起可以"
            yield Decline(Why.WAVE_TOO_EARLY, told, from_then)


def _caps(proposal: Proposal, history: History, policy: Policy) -> Iterator[Decline]:
    """At most so many in any span of days: those before and those already planned after count."""
    for cap in policy.caps:
        if cap.purpose is not proposal.purpose or (
            cap.per is Per.CAMPAIGN and not proposal.campaign
        ):
            continue
        span = dt.timedelta(days=cap.days)
        counted = sorted(
            past.at
            for past in history.past
            if past.purpose is cap.purpose
            and (cap.per is not Per.CAMPAIGN or past.campaign == proposal.campaign)
            and (cap.per is not Per.CHANNEL or past.channel is proposal.channel)
            and abs(past.at - proposal.at) < span
        )
        if len(counted) < cap.most:
            continue
        told = f"{_CAP[cap.per]}{cap.days}天内最多{cap.most}条{_WORD[cap.purpose]}消息，已有{len(counted)}条"
        if not cap.most:
            yield Decline(Why.FREQUENCY_CAP, told)
            continue
        free = counted[-cap.most] + span
        yield Decline(Why.FREQUENCY_CAP, f"{told}，{told_moment(free)}起可以", free)
