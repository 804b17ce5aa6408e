"""Which offers suit a customer, in which order, by which channel; and that none is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.push_template import MmsPart, Purpose, PushChannel, PushTemplate, Situation
from corpora.types import Device, DeviceKind, KnowledgeItem, Region, SubLibrary
from retriever.context import Contact, Customer, Reaction, Score
from retriever.errors import BadQuery
from retriever.fit import FitSettings, Fitted, Level, Offer, fit
from tests.builders import TODAY, make_item

CAMPAIGN = make_item("mkt-a", "存100送100", SubLibrary.MARKETING)


def make_offer(
    template_id: str,
    purpose: Purpose = Purpose.NOTICE,
    situation: Situation = Situation.AFTER,
    channel: PushChannel = PushChannel.SMS,
    item: KnowledgeItem | None = CAMPAIGN,
) -> Offer:
    parts = (MmsPart("text", text="图文。"),) if channel is PushChannel.MMS else ()
    template = PushTemplate(
        template_id, template_id, channel, purpose, situation, "您好。", parts=parts
    )
    return Offer(template, item)


NOTICE = make_offer("notice")
MARKETING = make_offer("marketing", Purpose.MARKETING)
CARE = make_offer("care", Purpose.CARE)
REMINDER = make_offer("reminder", situation=Situation.REMINDER)
MMS = make_offer("mms", channel=PushChannel.MMS)
ALL = (MARKETING, NOTICE, CARE)


def fitted(customer: Customer, *offers: Offer, settings: FitSettings | None = None) -> Fitted:
    return fit(customer, offers or ALL, settings, as_of=TODAY)


def order(found: Fitted) -> list[str]:
    return [one.template.id for one in found.fitted]


def withheld(found: Fitted) -> dict[str, str]:
    return {one.template_id: one.reason.code for one in found.withheld}


def remarked(found: Fitted) -> list[str]:
    return [remark.code for remark in found.remarks]


def contact(reaction: Reaction | None = None, days: int = 1, **about: str) -> Contact:
    return Contact(TODAY - dt.timedelta(days), reaction=reaction, **(about or {"item_id": "mkt-a"}))


def test_of_whom_nothing_is_known_everything_suits_in_the_order_given() -> None:
    found = fitted(Customer())
    assert order(found) == ["marketing", "notice", "care"]
    assert not found.withheld
    assert not found.remarks
    assert all(one.reasons for one in found.fitted)


@pytest.mark.parametrize(
    "customer",
    [Customer(tariff_sensitive=True), Customer(scores={"tariff_sensitivity": Score(3.5, 0, 5)})],
)
def test_who_minds_the_price_is_offered_nothing_to_buy(customer: Customer) -> None:
    found = fitted(customer)
    assert order(found) == ["notice", "care"]
    assert withheld(found) == {"marketing": "tariff_sensitive"}
    assert remarked(found) == ["tariff_sensitive"]


def test_a_score_below_the_line_is_not_sensitive() -> None:
    assert not fitted(Customer(scores={"tariff_sensitivity": Score(69.9)})).withheld
    settings = FitSettings(sensitive_from=60)
    low = fitted(Customer(scores={"tariff_sensitivity": Score(60)}), settings=settings)
    assert withheld(low) == {"marketing": "tariff_sensitive"}


def test_who_complains_easily_is_cared_for_first_and_sold_nothing() -> None:
    found = fitted(Customer(complaint_sensitive=True))
    assert order(found) == ["care", "notice"]
    assert withheld(found) == {"marketing": "complaint_sensitive"}
    assert found.fitted[0].reasons[-1].code == "care_first"


def test_many_complaints_are_a_red_reminder_that_comes_first() -> None:
    found = fitted(Customer(tariff_sensitive=True, complaints=3))
    first = found.remarks[0]
    assert (first.code, first.level) == ("many_complaints", Level.RED)
    assert "3次" in first.text
    assert withheld(found) == {"marketing": "complaint_sensitive"}
    few = fitted(Customer(complaints=2))
    assert [remark.level for remark in few.remarks] == [Level.INFO]
    assert not few.withheld


def test_who_may_leave_is_cared_for_first_and_may_still_be_offered_something() -> None:
    assert order(fitted(Customer(scores={"churn": Score(90)}))) == ["care", "notice", "marketing"]


def test_who_asked_for_quiet_gets_what_was_asked_for_and_nothing_else() -> None:
    quiet = Customer(do_not_disturb=True)
    found = fitted(quiet, *ALL, REMINDER)
    assert order(found) == ["notice"]
    assert set(withheld(found).values()) == {"do_not_disturb"}
    kept = fitted(quiet, REMINDER, settings=FitSettings(quiet_keeps_reminders=True))
    assert order(kept) == ["reminder"]


def test_what_shows_at_the_desk_disturbs_nobody() -> None:
    hint = make_offer("hint", Purpose.CARE, channel=PushChannel.FLOATING_BOX)
    assert order(fitted(Customer(do_not_disturb=True), hint)) == ["hint"]


def test_a_device_without_mms_gets_the_short_message() -> None:
    for customer, device in (
        (Customer(capabilities=frozenset({"5g"})), None),
        (Customer(device="海蓝 H2"), Device(DeviceKind.FEATURE_PHONE)),
    ):
        found = fit(customer, [MMS], as_of=TODAY, device=device)
        (one,) = found.fitted
        assert one.channel is PushChannel.SMS
        assert one.reasons[-1].code == "device_without_mms"
        assert "device_without_mms" in remarked(found)


def test_the_same_is_not_sent_twice_to_a_device_without_mms() -> None:
    found = fitted(Customer(capabilities=frozenset({"5g"})), MMS, NOTICE)
    assert order(found) == ["notice"]
    assert withheld(found) == {"mms": "device_without_mms"}


@pytest.mark.parametrize(
    "customer", [Customer(capabilities=frozenset({"mms"})), Customer(device="没人知道的")]
)
def test_a_device_that_can_or_that_nobody_knows_gets_its_mms(customer: Customer) -> None:
    assert fitted(customer, MMS).fitted[0].channel is PushChannel.MMS


def test_a_device_that_the_catalogue_does_not_know_is_said() -> None:
    assert remarked(fitted(Customer(device="没人知道的"))) == ["device_unknown"]


def test_the_preferred_channel_comes_first_and_is_the_reason() -> None:
    found = fitted(Customer(preferred_channels=("彩信", "sms", "app")), NOTICE, MMS)
    assert order(found) == ["mms", "notice"]
    assert found.fitted[0].reasons[-1].code == "preferred_channel"
    assert remarked(found) == ["channel_unknown"]


@pytest.mark.parametrize("reaction", [Reaction.DECLINED, Reaction.COMPLAINED])
def test_what_was_declined_is_not_offered_again_for_a_while(reaction: Reaction) -> None:
    for about in ({"item_id": "mkt-a"}, {"template_id": "marketing"}):
        lately = Customer(contacts=(contact(reaction, 89, **about),))
        assert withheld(fitted(lately)) == {"marketing": "declined_before"}
        long_ago = Customer(contacts=(contact(reaction, 91, **about),))
        assert not fitted(long_ago).withheld
    other = Customer(contacts=(contact(reaction, item_id="mkt-b"),))
    assert not fitted(other).withheld


def test_what_was_accepted_need_not_be_offered_again() -> None:
    done = Customer(contacts=(contact(Reaction.ACCEPTED),))
    assert withheld(fitted(done)) == {"marketing": "accepted_before"}


def test_what_was_told_lately_comes_last() -> None:
    found = fitted(Customer(contacts=(contact(None, 30),)))
    assert order(found) == ["notice", "marketing", "care"]
    assert found.fitted[1].reasons[-1].code == "contacted_recently"


def test_who_unsubscribed_gets_no_marketing_however_long_ago() -> None:
    left = Customer(contacts=(contact(Reaction.UNSUBSCRIBED, 900, item_id="mkt-b"),))
    screen = make_offer("screen", Purpose.MARKETING, channel=PushChannel.DUAL_SCREEN)
    found = fitted(left, MARKETING, NOTICE, screen)
    assert withheld(found) == {"marketing": "refused_marketing"}
    assert order(found) == ["notice", "screen"]


def test_a_campaign_for_another_brand_is_not_offered_but_a_plan_of_one_is() -> None:
    for_some = replace(CAMPAIGN, brands=("动感地带",))
    plan = replace(for_some, sub_library=SubLibrary.BUSINESS)
    others = Customer(brand="全球通")
    offers = [replace(MARKETING, item=item) for item in (for_some, plan)]
    assert withheld(fitted(others, offers[0])) == {"marketing": "brand_not_eligible"}
    assert not fitted(others, offers[1]).withheld
    assert not fitted(Customer(brand="动感地带39"), offers[0]).withheld


def test_a_campaign_of_another_place_is_not_offered() -> None:
    local = replace(MARKETING, item=replace(CAMPAIGN, region=Region("yj/yundu")))
    there = fit(Customer(), [local], as_of=TODAY, region=Region("yj/wanghai"))
    assert withheld(there) == {"marketing": "region_not_eligible"}
    assert not fit(Customer(), [local], as_of=TODAY, region=Region("yj/yundu/h01")).withheld
    assert not fit(Customer(), [local], as_of=TODAY).withheld


def test_scores_are_read_out_and_unknown_ones_said_to_be() -> None:
    scores = {"value": Score(80), "credit": Score(1, 1, 5), "心情": Score(50)}
    assert remarked(fitted(Customer(scores=scores))) == [
        "high_value",
        "low_credit",
        "score_unknown",
    ]


@pytest.mark.parametrize(
    "wrong", [{"sensitive_from": 101.0}, {"red_complaints": 0}, {"recent_days": -1}]
)
def test_lines_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadQuery):
        FitSettings(**wrong)  # type: ignore[arg-type]


_OFFERS = st.lists(
    st.builds(
        make_offer,
        st.uuids().map(lambda own: f"tpl-{own}"),
        st.sampled_from(Purpose),
        st.sampled_from(Situation),
        st.sampled_from(PushChannel),
        st.sampled_from([None, CAMPAIGN, replace(CAMPAIGN, id="mkt-b", brands=("全球通",))]),
    ),
    max_size=8,
)
_CUSTOMERS = st.builds(
    Customer,
    brand=st.sampled_from(["", "全球通", "神州行"]),
    tariff_sensitive=st.booleans(),
    complaint_sensitive=st.booleans(),
    do_not_disturb=st.booleans(),
    complaints=st.integers(0, 5),
    capabilities=st.sampled_from([None, frozenset({"mms"}), frozenset({"5g"})]),
    preferred_channels=st.lists(st.sampled_from(["sms", "mms", "app"])).map(tuple),
    contacts=st.lists(
        st.builds(
            contact,
            st.sampled_from([None, *Reaction]),
            st.integers(0, 200),
            item_id=st.sampled_from(["mkt-a", "mkt-b"]),
        )
    ).map(tuple),
)


@given(_CUSTOMERS, _OFFERS)
def test_every_offer_is_either_made_or_withheld_with_a_reason(
    customer: Customer, offers: list[Offer]
) -> None:
    found = fit(customer, offers, as_of=TODAY)
    named = [*order(found), *(one.template_id for one in found.withheld)]
    assert sorted(named) == sorted(offer.template.id for offer in offers)
    assert all(one.reason.code and one.reason.text for one in found.withheld)
    assert all(one.reasons for one in found.fitted)


@given(_CUSTOMERS, _OFFERS)
def test_fitting_what_is_fitted_changes_nothing(customer: Customer, offers: list[Offer]) -> None:
    found = fit(customer, offers, as_of=TODAY)
    again = fit(customer, [one.offer for one in found.fitted], as_of=TODAY)
    assert again.fitted == found.fitted
    assert not again.withheld
