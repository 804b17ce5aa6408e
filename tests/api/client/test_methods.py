"""Every method of both clients against a real server process."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from api.client import (
    Conflict,
    CustomerEvent,
    Forbidden,
    Invalid,
    Message,
    NotFound,
    Offer,
    Order,
    Recipient,
    Refused,
    Unauthorized,
)
from api.push.policy import CHINA
from tests.api.client.conftest import Ask
from tests.api.serving import Server, running
from tests.api.test_push import NOON

EVIDENCE = "受理单 SL20260302-0001"
_numbers = itertools.count(1)


@pytest.fixture
def number() -> str:
    """Nobody's before."""
    return f"1370000{next(_numbers):04d}"


def notice(number: str) -> Message:
    return Message(
        number=number,
        template_id="tpl-day-enquiry",
        channel="sms",
        item_id="pack-day5",
        at=NOON,
    )


def offer(number: str) -> Message:
    return replace(notice(number), template_id="tpl-day-offer", idempotency_key=f"o-{number}")


def test_search_finds_items_with_snippets(ask: Ask, server: Server) -> None:
    page = ask(server.url, lambda zhiku: zhiku.search("日包怎么开", k=3, library=["business"]))
    assert page.hits[0].item_id == "pack-day5"
    assert len(page.hits) <= 3
    snippet = page.hits[0].snippet
    assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.spans)
    assert page.hits[0].explain is None
    explained = ask(server.url, lambda zhiku: zhiku.search("日包怎么开", explain=True))
    assert explained.hits[0].explain["parts"]


def test_answer_says_what_may_be_said_with_its_facts(ask: Ask, server: Server) -> None:
    answer = ask(server.url, lambda zhiku: zhiku.answer("日包多少钱", as_of=dt.date(2026, 3, 2)))
    assert (answer.outcome, answer.answered) == ("answered", True)
    assert answer.item.id == "pack-day5"
    assert "5元" in answer.text
    assert {fact.item_id for fact in answer.facts} == {"pack-day5"}
    assert answer.tips[0].must_say
    assert {action.target for action in answer.actions} == {"KTLLB5@10086", "10086"}
    assert answer.push[0].template_id == "tpl-day-enquiry"
    assert answer.fit is None


def test_answer_knows_the_call_and_the_customer(ask: Ask, server: Server) -> None:
    context = {
        "boss_code": "30010002",
        "as_of": dt.date(2026, 3, 2),
        "dialog": ["我想要个日包"],
        "customer": {"tariff_sensitive": True, "scores": {"churn": 80}},
    }
    answer = ask(server.url, lambda zhiku: zhiku.answer("怎么开", context=context))
    assert answer.item.id == "pack-day5"
    assert answer.fit is not None


def test_suggest_completes_what_is_typed(ask: Ask, server: Server) -> None:
    found = ask(server.url, lambda zhiku: zhiku.suggest("ribao", limit=3)).suggestions
    assert found[0].item_id == "pack-day5"


def test_follow_gives_a_card_for_each_code(ask: Ask, server: Server) -> None:
    cards = ask(server.url, lambda zhiku: zhiku.follow(["30010002", "NOTHING"])).cards
    assert [(card.code, card.found) for card in cards] == [("30010002", True), ("NOTHING", False)]
    assert cards[0].item.title == "5元1GB流量日包"
    assert cards[1].item is None
    same = ask(server.url, lambda zhiku: zhiku.follow("30010002,NOTHING")).cards
    assert same == cards


def test_help_of_a_screen_has_its_steps(ask: Ask, server: Server) -> None:
    found = ask(server.url, lambda zhiku: zhiku.help("CPBG"))
    assert found.items[0].facets[0].steps == ("进入CPBG", "录入号码")


def test_item_is_read_whole(ask: Ask, server: Server) -> None:
    found = ask(server.url, lambda zhiku: zhiku.item("pack-day5", audience="customer"))
    assert [facet.kind for facet in found.facets] == ["price", "open"]
    assert found.tariff["one_time_fee"]
    with pytest.raises(NotFound) as caught:
        ask(server.url, lambda zhiku: zhiku.item("what/ever".replace("/", "?")))
    assert caught.value.status == 404


def test_calculate_computes_or_says_what_is_missing(ask: Ask, server: Server) -> None:
    found = ask(server.url, lambda zhiku: zhiku.calculate("pack-day5", usage={"days": 1}))
    assert found.charge == 5.0
    assert found.sources == ("tariff.one_time_fee",)
    with pytest.raises(Invalid) as caught:
        ask(server.url, lambda zhiku: zhiku.calculate("broadband"))
    assert caught.value.code == "no_tariff"


def test_render_fills_a_template(ask: Ask, server: Server) -> None:
    values = {"name": "王女士"}
    found = ask(server.url, lambda zhiku: zhiku.render("tpl-greeting", "prompt_box", values=values))
    assert found.text == "王女士，感谢来电。"
    sms = ask(server.url, lambda zhiku: zhiku.render("tpl-day-enquiry", "sms", item_id="pack-day5"))
    assert sms.segments == (sms.text,)
    with pytest.raises(Invalid) as caught:
        ask(server.url, lambda zhiku: zhiku.render("tpl-greeting", "prompt_box"))
    assert caught.value.errors[0]["field"] == "name"


def test_send_stores_a_message_once_and_its_record_tells_what_was_sent(
    ask: Ask, server: Server, number: str
) -> None:
    message = notice(number)
    accepted = ask(server.url, lambda zhiku: zhiku.send(message))
    assert (accepted.state, accepted.at, accepted.repeated) == ("queued", NOON, False)
    again = ask(server.url, lambda zhiku: zhiku.send(message))
    assert (again.message_id, again.repeated) == (accepted.message_id, True)
    record = ask(server.url, lambda zhiku: zhiku.message_record(accepted.message_id))
    assert record.number == f"137****{number[-4:]}"
    assert record.text.startswith("【示例移动】您咨询的5元1GB流量日包")
    assert record.item_versions == ("pack-day5@1",)
    assert record.history[0].at.tzinfo is not None
    with pytest.raises(Conflict) as caught:
        ask(server.url, lambda zhiku: zhiku.send(replace(message, at=None)))
    assert caught.value.code == "idempotency_conflict"
    assert not isinstance(caught.value, Refused)


def test_consent_and_refusal_decide_what_may_be_sent(ask: Ask, server: Server, number: str) -> None:
    with pytest.raises(Refused) as caught:
        ask(server.url, lambda zhiku: zhiku.send(offer(number)))
    assert caught.value.code == caught.value.declines[0].code == "no_consent"
    assert ask(server.url, lambda zhiku: zhiku.consent(number, EVIDENCE)) is None
    order = Order(template_id="tpl-once-confirm", values={"effect": "开通即生效"})
    orderable = replace(offer(number), order=order)
    assert ask(server.url, lambda zhiku: zhiku.send(orderable)).state == "queued"
    assert ask(server.url, lambda zhiku: zhiku.refuse(number, "10086 来电要求")) is None
    history = ask(server.url, lambda zhiku: zhiku.lookups(number))
    assert history.number == f"137****{number[-4:]}"
    assert history.messages[0].state == "withdrawn"
    assert history.consents[0].evidence == EVIDENCE
    assert history.refusals[0].until is None
    again = replace(offer(number), idempotency_key=f"again-{number}")
    with pytest.raises(Refused, match="customer_refused"):
        ask(server.url, lambda zhiku: zhiku.send(again))
    lifted = {"kind": "marketing", "lifted": True, "at": dt.datetime.now(CHINA)}
    ask(server.url, lambda zhiku: zhiku.refuse(number, EVIDENCE, **lifted))
    ask(server.url, lambda zhiku: zhiku.consent(number, EVIDENCE, given=False))


def test_a_refusal_for_the_hour_says_when_it_may_go(ask: Ask, server: Server, number: str) -> None:
    ask(server.url, lambda zhiku: zhiku.consent(number, EVIDENCE, channel="sms"))
    night = replace(offer(number), at=NOON.replace(hour=23))
    with pytest.raises(Refused) as caught:
        ask(server.url, lambda zhiku: zhiku.send(night))
    (decline,) = caught.value.declines
    assert decline.code == "quiet_hours"
    assert decline.allowed_from == NOON.replace(hour=8) + dt.timedelta(days=1)


def test_a_batch_has_a_result_for_each(ask: Ask, server: Server, number: str) -> None:
    messages = [notice(number), replace(offer(number), idempotency_key=f"b-{number}")]
    batch = ask(server.url, lambda zhiku: zhiku.send_batch(messages))
    assert (batch.accepted, batch.refused) == (1, 1)
    first, second = batch.results
    assert first.idempotency_key == messages[0].idempotency_key
    assert first.accepted.state == "queued"
    assert second.refusal.code == "no_consent"
    assert second.refusal.declines[0].reason


def test_a_plan_says_what_would_go_to_whom(ask: Ask, server: Server, number: str) -> None:
    offers = [Offer(template_id="tpl-day-offer", channel="sms", item_id="pack-day5")]
    customers = [Recipient(number=number, customer={"tariff_sensitive": True})]
    plan = ask(server.url, lambda zhiku: zhiku.plan(offers, customers, campaign="spring", at=NOON))
    assert (plan.sent, plan.not_sent) == (0, 1)
    (step,) = plan.steps
    assert step.send is False
    assert step.against[0].declines[0].code in plan.codes


def test_an_event_sends_what_waits_for_it(ask: Ask, server: Server, number: str) -> None:
    ends = NOON.date() + dt.timedelta(days=20)
    event = CustomerEvent(event="product_ends", on=ends, number=number, item_id="pack-day5")
    batch = ask(server.url, lambda zhiku: zhiku.report_event(event))
    assert batch.results[0].accepted.at.date() == ends - dt.timedelta(days=3)
    again = ask(server.url, lambda zhiku: zhiku.report_event(event))
    assert again.results[0].accepted.repeated


def test_effect_and_outbox_count(ask: Ask, server: Server, number: str) -> None:
    campaign = f"c-{number}"
    ask(server.url, lambda zhiku: zhiku.send(replace(notice(number), campaign=campaign)))
    effect = ask(server.url, lambda zhiku: zhiku.effect(campaign=campaign))
    assert [(one.template_id, one.accepted) for one in effect.effects] == [("tpl-day-enquiry", 1)]
    before = ask(
        server.url, lambda zhiku: zhiku.effect(until=dt.datetime(2020, 1, 1, tzinfo=CHINA))
    )
    assert before.effects == ()
    outbox = ask(server.url, lambda zhiku: zhiku.outbox())
    assert outbox.states["queued"] >= 1


def test_ready_says_which_version_serves(ask: Ask, server: Server) -> None:
    found = ask(server.url, lambda zhiku: zhiku.ready())
    assert (found.status, found.problem, found.items) == ("ready", None, 8)


def test_what_cannot_be_used_is_told_with_the_fields(ask: Ask, server: Server) -> None:
    with pytest.raises(Invalid) as caught:
        ask(server.url, lambda zhiku: zhiku.search("日包", k=0, region="火星"))
    error = caught.value
    assert (error.status, error.code) == (422, "invalid_request")
    assert "k" in error.errors[0]["field"]
    assert len(error.trace_id) == 32
    assert error.detail in str(error)


@pytest.mark.real
def test_a_key_is_asked_for_and_taken(index: Path, tmp_path: Path) -> None:
    from api.client import ZhikuClient

    keys = {"ZHIKU_API_KEYS": "key-of-tests", "ZHIKU_STORE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
    with running(index, env=keys, log=tmp_path / "serve.log") as server:
        with ZhikuClient(server.url, "key-of-tests", trust_env=False) as zhiku:
            assert zhiku.search("日包").hits
        with ZhikuClient(server.url, "another", trust_env=False) as stranger:
            assert stranger.ready().items == 8
            with pytest.raises(Unauthorized) as caught:
                stranger.search("日包")
    assert not isinstance(caught.value, Forbidden)
    assert "another" not in str(caught.value)
