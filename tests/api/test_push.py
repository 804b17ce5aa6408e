"""Sending through the API: what may go is stored, what may not is refused with a code and a reason."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from api.push.policy import CHINA

_numbers = itertools.count(1)
_keys = itertools.count(1)


def next_noon() -> dt.datetime:
    """A day on which no rule of the calendar holds anything back: not in June, not at night."""
    day = dt.datetime.now(CHINA).date() + dt.timedelta(days=1)
    while day.month == 6:
        day += dt.timedelta(days=30)
    return dt.datetime.combine(day, dt.time(12), tzinfo=CHINA)


NOON = next_noon()


@pytest.fixture
def number() -> str:
    """Nobody's before."""
    return f"1380000{next(_numbers):04d}"


def offer(number: str, **changes: Any) -> dict[str, Any]:
    body = {
        "number": number,
        "template_id": "tpl-day-offer",
        "channel": "sms",
        "item_id": "pack-day5",
        "at": NOON.isoformat(),
    }
    return body | changes


def notice(number: str, **changes: Any) -> dict[str, Any]:
    return offer(number, template_id="tpl-day-enquiry") | changes


def send(client: httpx.Client, body: Mapping[str, Any], key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or f"k{next(_keys)}"}
    return client.post("/v1/push/messages", json=body, headers=headers)


def agree(client: httpx.Client, number: str, **changes: Any) -> None:
    body = {"number": number, "evidence": "受理单 SL20260302-0001"} | changes
    assert client.post("/v1/push/consents", json=body).status_code == 204


def history(client: httpx.Client, number: str) -> Any:
    return client.post("/v1/push/lookups", json={"number": number}).json()


def refused(response: httpx.Response) -> str:
    problem = response.json()
    assert response.status_code == 409, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert problem["errors"][0]["field"] == problem["code"]
    return str(problem["code"])


def test_a_notice_is_stored_before_it_is_acknowledged(client: httpx.Client, number: str) -> None:
    said = send(client, notice(number))
    assert said.status_code == 202
    message_id = said.json()["message_id"]
    record = client.get(f"/v1/push/messages/{message_id}").json()
    assert record["state"] == "queued"
    assert record["number"] == f"138****{number[-4:]}"
    assert record["text"] == (
        "【示例移动】您咨询的5元1GB流量日包，一次性收费5元，当天24点到期，不续订。详询10086。"
    )
    assert record["item_versions"] == ["pack-day5@1"]
    assert record["template_version"] == 1
    assert number not in client.get(f"/v1/push/messages/{message_id}").text


def test_marketing_without_consent_is_refused(client: httpx.Client, number: str) -> None:
    assert refused(send(client, offer(number))) == "no_consent"
    agree(client, number)
    assert send(client, offer(number)).status_code == 202


def test_at_eleven_at_night_marketing_is_refused_and_told_when_it_may_go(
    client: httpx.Client, number: str
) -> None:
    agree(client, number)
    night = NOON.replace(hour=23)
    response = send(client, offer(number, at=night.isoformat()))
    assert refused(response) == "quiet_hours"
    (error,) = response.json()["errors"]
    morning = NOON.replace(hour=8) + dt.timedelta(days=1)
    assert dt.datetime.fromisoformat(error["allowed_from"]) == morning
    until = (night + dt.timedelta(days=1)).isoformat()
    later = send(client, offer(number, at=night.isoformat(), until=until))
    assert later.status_code == 202
    assert dt.datetime.fromisoformat(later.json()["at"]) == morning
    assert send(client, notice(number, at=night.isoformat())).status_code == 202


def test_over_the_cap_is_refused(client: httpx.Client, number: str) -> None:
    agree(client, number)
    assert send(client, offer(number)).status_code == 202
    assert refused(send(client, offer(number))) == "frequency_cap"


def test_a_missing_variable_is_refused_and_named(client: httpx.Client, number: str) -> None:
    response = send(client, notice(number, item_id=None, values={"product": "日包"}))
    assert (response.status_code, response.json()["code"]) == (422, "missing_value")
    assert response.json()["errors"][0]["field"] == "fee"


def test_a_price_that_contradicts_the_item_is_refused(client: httpx.Client, number: str) -> None:
    response = send(client, notice(number, values={"fee": "4"}))
    assert (response.status_code, response.json()["code"]) == (422, "conflicting_value")


def test_a_template_that_nobody_approved_is_refused(client: httpx.Client, number: str) -> None:
    agree(client, number)
    response = send(client, offer(number, template_id="tpl-day-unapproved"))
    assert refused(response) == "not_approved"


@pytest.mark.parametrize(
    ("customer", "code"),
    [
        ({"tariff_sensitive": True}, "tariff_sensitive"),
        ({"complaint_sensitive": True}, "complaint_sensitive"),
        ({"do_not_disturb": True}, "do_not_disturb"),
    ],
)
def test_who_an_offer_does_not_suit_gets_none(
    client: httpx.Client, number: str, customer: dict[str, bool], code: str
) -> None:
    agree(client, number)
    assert refused(send(client, offer(number, customer=customer))) == code


def test_who_refused_gets_no_marketing_until_the_next_consent(
    client: httpx.Client, number: str
) -> None:
    agree(client, number)
    waiting = send(client, offer(number)).json()["message_id"]
    no = {"number": number, "evidence": "10086 来电要求"}
    assert client.post("/v1/push/refusals", json=no).status_code == 204
    assert client.get(f"/v1/push/messages/{waiting}").json()["state"] == "withdrawn"
    assert refused(send(client, offer(number))) == "customer_refused"
    agree(client, number)
    assert send(client, offer(number)).status_code == 202
    told = history(client, number)
    assert [one["until"] is None for one in told["consents"]] == [True, False]
    assert [one["until"] is None for one in told["refusals"]] == [False]
    assert told["consents"][0]["evidence"] == "受理单 SL20260302-0001"


def test_the_same_request_twice_is_stored_once(client: httpx.Client, number: str) -> None:
    first = send(client, notice(number), "same-1")
    again = send(client, notice(number), "same-1")
    assert first.json()["message_id"] == again.json()["message_id"]
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    other = send(client, notice(number, at=None), "same-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert len(history(client, number)["messages"]) == 1


def test_a_request_without_a_key_is_refused(client: httpx.Client, number: str) -> None:
    response = client.post("/v1/push/messages", json=notice(number))
    assert response.status_code == 422
    assert "idempotency" in response.json()["errors"][0]["field"].lower()


@pytest.mark.parametrize("wrong", ["12345", "23800001234", "1380000123a", ""])
def test_what_is_no_mobile_number_is_refused_without_being_repeated(
    client: httpx.Client, wrong: str
) -> None:
    response = send(client, notice(wrong))
    assert response.status_code == 422
    assert not wrong or wrong not in response.text


def test_a_screen_is_not_sent_through_a_gateway(client: httpx.Client, number: str) -> None:
    body = notice(number, template_id="tpl-greeting", channel="prompt_box", item_id=None)
    response = send(client, body | {"values": {"name": "王女士"}})
    assert (response.status_code, response.json()["code"]) == (422, "channel_not_sendable")


def test_a_batch_judges_each_by_itself(client: httpx.Client, number: str) -> None:
    other = f"1390000{next(_numbers):04d}"
    agree(client, number)
    messages = [
        offer(number) | {"idempotency_key": f"b-{number}-1"},
        offer(number) | {"idempotency_key": f"b-{number}-2"},
        offer(other) | {"idempotency_key": f"b-{number}-3"},
        notice("12345") | {"idempotency_key": f"b-{number}-4"},
        notice(other) | {"idempotency_key": f"b-{number}-5"},
        notice(other) | {"idempotency_key": f"b-{number}-5"},
    ]
    said = client.post("/v1/push/batches", json={"messages": messages}).json()
    assert (said["accepted"], said["refused"]) == (3, 3)
    codes = [one["code"] for one in said["results"]]
    assert codes == [None, "frequency_cap", "no_consent", "bad_number", None, None]
    assert [one["accepted"]["repeated"] for one in said["results"][-2:]] == [False, True]


def test_a_plan_says_what_would_go_to_whom_and_why_not(client: httpx.Client, number: str) -> None:
    silent, sensitive = f"1390000{next(_numbers):04d}", f"1390000{next(_numbers):04d}"
    for one in (number, sensitive):
        agree(client, one)
    body = {
        "offers": [{"template_id": "tpl-day-offer", "channel": "sms", "item_id": "pack-day5"}],
        "customers": [
            {"number": number},
            {"number": silent},
            {"number": sensitive, "customer": {"tariff_sensitive": True}},
            {"number": "12345"},
            {"number": number},
        ],
        "at": NOON.replace(hour=23).isoformat(),
        "campaign": "spring",
        "wave": 1,
    }
    said = client.post("/v1/push/plan", json=body).json()
    assert (said["sent"], said["not_sent"], said["segments"]) == (1, 4, 1)
    first, *others = said["steps"]
    assert first["number"] == f"138****{number[-4:]}"
    assert first["preview"].startswith("【示例移动】今天流量不够用")
    morning = NOON.replace(hour=8) + dt.timedelta(days=1)
    assert dt.datetime.fromisoformat(first["at"]) == morning
    codes = [one["against"][0]["declines"][0]["code"] for one in others]
    assert codes == ["no_consent", "tariff_sensitive", "bad_number", "quiet_hours"]
    assert said["expected_calls"] is None
    assert history(client, number)["messages"] == []


def test_an_order_by_reply_is_offered_only_where_the_message_names_the_word(
    client: httpx.Client, number: str
) -> None:
    agree(client, number)
    order = {"template_id": "tpl-once-confirm", "values": {"effect": "开通即生效"}}
    response = send(client, notice(number, order=order))
    assert (response.status_code, response.json()["code"]) == (422, "not_orderable")
    without = {"template_id": "tpl-once-confirm"}
    response = send(client, offer(number, order=without))
    assert (response.status_code, response.json()["code"]) == (422, "missing_value")
    assert send(client, offer(number, order=order)).status_code == 202


def test_replies_and_receipts_come_in_as_batches(client: httpx.Client, number: str) -> None:
    agree(client, number)
    message_id = send(client, offer(number)).json()["message_id"]
    source = client.get(f"/v1/push/messages/{message_id}").json()["source"]
    assert source == "106580018600"
    replies = [
        {"number": number, "source": source, "text": "挺好的"},
        {"number": number, "source": source, "text": "退订"},
        {"number": "9", "source": source, "text": "退订"},
    ]
    said = client.post("/v1/push/replies", json={"replies": replies}).json()["taken"]
    assert [one["meant"] for one in said] == ["replied", "opted_out", None]
    assert [one["message_id"] for one in said] == [message_id, message_id, None]
    assert said[2]["code"] == "bad_number"
    assert refused(send(client, offer(number))) == "customer_refused"
    receipt = {"fate": "delivered", "message_id": message_id}
    said = client.post("/v1/push/receipts", json={"receipts": [receipt]}).json()["taken"]
    assert said[0]["message_id"] == message_id


def test_a_receipt_that_the_customer_refuses_ends_the_message_and_is_a_refusal(
    client: httpx.Client, number: str
) -> None:
    agree(client, number)
    campaign = f"c-{number}"
    message_id = send(client, offer(number, campaign=campaign)).json()["message_id"]
    receipt = {"fate": "refused", "message_id": message_id, "problem": "MA:0023"}
    for _ in range(2):
        said = client.post("/v1/push/receipts", json={"receipts": [receipt]}).json()["taken"]
        assert said[0]["message_id"] == message_id
    record = client.get(f"/v1/push/messages/{message_id}").json()
    assert (record["state"], record["problem"]) == ("refused", "MA:0023")
    assert client.get("/v1/push/outbox").json()["states"]["refused"] >= 1
    (effect,) = client.get("/v1/push/effect", params={"campaign": campaign}).json()["effects"]
    assert (effect["sent"], effect["refused"], effect["failed"]) == (1, 1, 0)
    (no,) = history(client, number)["refusals"]
    assert (no["what"], no["recorded_by"], no["until"]) == ("marketing", "网关", None)
    assert message_id in no["evidence"]
    assert "MA:0023" in no["evidence"]
    assert refused(send(client, offer(number))) == "customer_refused"
    assert send(client, notice(number)).status_code == 202


def test_the_effect_counts_by_campaign_and_template(client: httpx.Client, number: str) -> None:
    campaign = f"c-{number}"
    agree(client, number)
    assert send(client, offer(number, campaign=campaign)).status_code == 202
    assert refused(send(client, offer(number, campaign=campaign))) == "frequency_cap"
    said = client.get("/v1/push/effect", params={"campaign": campaign}).json()
    (effect,) = said["effects"]
    assert (effect["campaign"], effect["template_id"]) == (campaign, "tpl-day-offer")
    assert (effect["accepted"], effect["declined"], effect["waiting"]) == (1, 1, 1)


def test_a_call_counts_for_nobody_who_was_sent_nothing(client: httpx.Client, number: str) -> None:
    said = client.post("/v1/push/calls", json={"number": number}).json()
    assert said["taken"][0]["message_id"] is None


def test_a_message_that_needs_no_decision_is_left_alone(client: httpx.Client, number: str) -> None:
    message_id = send(client, notice(number)).json()["message_id"]
    path = f"/v1/push/messages/{message_id}/decision"
    response = client.post(path, json={"decision": "resend", "reason": "试试"})
    assert (response.status_code, response.json()["code"]) == (409, "not_decidable")
    assert client.get("/v1/push/outbox").json()["states"]["queued"] >= 1
    assert client.get("/v1/push/messages/nobody").status_code == 404


def report(client: httpx.Client, body: Mapping[str, Any], key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or f"e{next(_keys)}"}
    return client.post("/v1/push/events", json=body, headers=headers)


def test_an_event_sends_what_waits_for_it_on_its_day(client: httpx.Client, number: str) -> None:
    ends = NOON.date() + dt.timedelta(days=20)
    body = {
        "event": "product_ends",
        "on": ends.isoformat(),
        "number": number,
        "item_id": "pack-day5",
        "values": {"left": "nobody asks for it"},
    }
    (result,) = report(client, body, f"ends-{number}").json()["results"]
    due = dt.datetime.combine(ends - dt.timedelta(days=3), dt.time(10), tzinfo=CHINA)
    assert dt.datetime.fromisoformat(result["accepted"]["at"]) == due
    (again,) = report(client, body, f"ends-{number}").json()["results"]
    assert again["accepted"]["repeated"]
    (message,) = history(client, number)["messages"]
    assert (
        message["text"] == "【示例移动】您的5元1GB流量日包还有3天到期，到期就停，不续订，不再收费。"
    )


def test_do_not_disturb_is_stronger_than_any_event(client: httpx.Client, number: str) -> None:
    body = {
        "event": "complaint_closed",
        "on": NOON.date().isoformat(),
        "number": number,
        "values": {"name": "王女士"},
    }
    (result,) = report(client, body).json()["results"]
    assert result["accepted"]
    quiet = {"number": number, "kind": "all", "evidence": "10086 来电要求"}
    assert client.post("/v1/push/refusals", json=quiet).status_code == 204
    assert history(client, number)["messages"][0]["state"] == "withdrawn"
    (result,) = report(client, body).json()["results"]
    assert result["code"] == "do_not_disturb"


def test_an_event_that_nothing_waits_for_is_not_found(client: httpx.Client, number: str) -> None:
    body = {"event": "joined", "on": NOON.date().isoformat(), "number": number}
    assert report(client, body).status_code == 404
    unknown = body | {"event": "product_ends", "item_id": "nobody"}
    assert report(client, unknown).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"number": 13812345678},
        {"number": "13812345678" + " " * 40},
        {"number": ["13812345678"]},
        {"campaign": "给13812345678的" + "长" * 80},
        {"campaign": 13812345678},
        {"13812345678": 1},
        {"values": {"13812345678": 1, "phone": 13812345678}},
        {"wave": "138 1234 5678"},
    ],
)
def test_no_number_is_repeated_in_what_is_said_of_a_wrong_request(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    response = send(client, notice("13812345678") | body)
    assert response.status_code == 422
    assert "12345678" not in response.text.replace(" ", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"campaign": "长" * 81}, "campaign"),
        ({"campaign": "a\0b"}, "campaign"),
        ({"at": "9999-12-31T23:59:59Z"}, "at"),
        ({"until": "0001-01-01T00:00:00+08:00"}, "until"),
        ({"at": (NOON + dt.timedelta(days=400)).isoformat()}, "at"),
        ({"at": "2026-03-01T12:00:00"}, "at"),
    ],
)
def test_what_no_database_takes_and_no_calendar_knows_is_named(
    client: httpx.Client, number: str, changes: dict[str, Any], field: str
) -> None:
    response = send(client, notice(number, **changes))
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


def test_words_with_a_nul_are_refused_wherever_they_are_kept(
    client: httpx.Client, number: str
) -> None:
    for path, body in [
        ("consents", {"number": number, "evidence": "a\0b"}),
        ("refusals", {"number": number, "evidence": "a\0b"}),
        ("receipts", {"receipts": [{"fate": "failed", "gateway_id": "a\0"}]}),
        ("replies", {"replies": [{"number": number, "source": "1\0", "text": "好"}]}),
        ("messages/x/decision", {"decision": "resend", "reason": "a\0b"}),
    ]:
        assert client.post(f"/v1/push/{path}", json=body).status_code == 422, path
    assert client.get("/v1/push/effect", params={"campaign": "\0"}).status_code == 422
    assert client.get("/v1/push/messages/a%00b").status_code == 422
    assert client.get("/v1/push/orders", params={"before": "nobody"}).status_code == 404
    # what a customer wrote is kept without it: a reply is never turned away for its letters
    said = {"replies": [{"number": number, "source": "10086", "text": "\0退订"}]}
    (taken,) = client.post("/v1/push/replies", json=said).json()["taken"]
    assert taken["meant"] == "opted_out"


def test_a_consent_of_a_fast_clock_is_one_of_now(client: httpx.Client, number: str) -> None:
    agree(client, number, at="2999-01-01T00:00:00+08:00")
    (yes,) = history(client, number)["consents"]
    assert dt.datetime.fromisoformat(yes["since"]) <= dt.datetime.now(dt.UTC)


def test_an_old_consent_that_is_written_down_late_ends_no_refusal(
    client: httpx.Client, number: str
) -> None:
    no = {"number": number, "evidence": "10086 来电要求"}
    assert client.post("/v1/push/refusals", json=no).status_code == 204
    agree(client, number, at="2020-01-01T00:00:00+08:00")
    assert refused(send(client, offer(number))) == "customer_refused"


def test_a_consent_taken_back_withdraws_what_waits(client: httpx.Client, number: str) -> None:
    agree(client, number)
    message_id = send(client, offer(number)).json()["message_id"]
    agree(client, number, given=False)
    record = client.get(f"/v1/push/messages/{message_id}").json()
    assert (record["state"], record["problem"]) == ("withdrawn", "no_consent")
    assert [one["kind"] for one in record["history"]] == ["accepted", "withdrawn"]
