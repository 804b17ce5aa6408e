"""What is done with an answer in a page of another origin: feedback, messages filled in and sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import looked_at
from tests.browser.host import DAY_PACK, IN_A_MENU, PERSON, Host, into, sent_to
from tests.browser.origins import Locked

pytestmark = pytest.mark.real
WITH_RECIPIENT = 'search.recipient = "13800001234";'


def told(locked: Locked, **parameters: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = locked.read("/v1/feedback", limit=50, **parameters)["feedback"]  # type: ignore[assignment]
    return found


def sent_message(host: Host, said: Locator) -> dict[str, Any]:
    expect(said).to_contain_text("已存入待发队列")
    number = re.search(r"编号 ([0-9a-f-]+)", said.inner_text())
    assert number is not None
    return host.locked.read(f"/v1/push/messages/{number[1]}")


def test_one_click_says_that_an_answer_is_wrong_and_words_may_follow(
    host: Host, locked: Locked
) -> None:
    host.open()
    host.ask(DAY_PACK)
    row = host.find(".feedback")
    row.get_by_role("button", name="过时了").click()
    expect(row.get_by_role("status")).to_contain_text("已记下")
    (stored,) = told(locked, kind="outdated")
    assert (stored["staff"], stored["hall"]) == (PERSON["staff"], PERSON["hall"])
    assert (stored["query"], stored["item_id"], stored["facet"]) == (DAY_PACK, "pack-day5", "open")
    assert stored["trace_id"]
    looked_at(host.page)
    row.get_by_role("textbox").fill("界面上的入口改名了")
    host.page.keyboard.press("Enter")
    expect(row.get_by_role("status")).to_contain_text("补充也记下了")
    (words,) = told(locked, kind="suggestion")
    assert (words["text"], words["trace_id"]) == ("界面上的入口改名了", stored["trace_id"])
    expect(row.get_by_role("textbox")).to_have_count(0)


def test_a_double_click_on_feedback_is_stored_once_and_says_nothing_odd(
    host: Host, locked: Locked
) -> None:
    host.open()
    host.ask(IN_A_MENU)
    row = host.find(".feedback")
    row.get_by_role("button", name="没说全").dblclick()
    expect(row.get_by_role("status")).to_have_text("已记下，谢谢。")
    assert len([one for one in told(locked, kind="missing") if one["query"] == IN_A_MENU]) == 1


def test_feedback_that_could_not_be_stored_says_so(host: Host, complaints: list[str]) -> None:
    host.open()
    host.ask(DAY_PACK)
    host.page.route("**/v1/feedback", lambda route: route.abort())
    row = host.find(".feedback")
    row.get_by_role("button", name="不对").click()
    expect(row.get_by_role("status")).to_contain_text("没有记下：连不上知库服务")
    host.page.unroute("**/v1/feedback")
    row.get_by_role("button", name="不对").click()
    expect(row.get_by_role("status")).to_contain_text("已记下")
    complaints.clear()


def test_a_message_is_filled_in_by_hand_and_a_wrong_value_is_named(
    host: Host, complaints: list[str]
) -> None:
    host.open(script=WITH_RECIPIENT)
    host.ask(IN_A_MENU)
    message = host.find(".messages article")
    expect(message).to_contain_text("还要填：生效说明、截止时间")
    expect(message.locator(".buttons button")).to_have_count(0)
    looked_at(host.page)
    effect, deadline = message.locator("input").all()
    effect.fill("次日生效")
    deadline.fill("明天")
    deadline.press("Enter")
    expect(message.locator(".said")).to_contain_text("“明天”不是日期，应写成")
    expect(message.locator(".buttons button")).to_have_count(0)
    expect(host.find("#answer .outcome strong")).to_have_text("已回答")  # it was no question
    deadline.fill("2026-12-01T18:00")
    deadline.press("Enter")
    expect(message.locator(".bubble")).to_contain_text(
        "次日生效。同意请在2026年12月1日18:00前回复Y"
    )
    expect(message.locator(".said")).to_be_hidden()
    message.locator(".send").click()
    message.locator(".send").click()
    stored = sent_message(host, message.locator(".said"))
    assert "次日生效。同意请在2026年12月1日18:00前" in stored["text"]
    assert all("422" in one for one in complaints)
    complaints.clear()


def test_what_is_sent_is_what_was_shown(host: Host, complaints: list[str]) -> None:
    """Blanks that were changed afterwards, and could not be rendered, do not go out unseen."""
    host.open(script=WITH_RECIPIENT)
    host.ask(IN_A_MENU)
    message = host.find(".messages article")
    effect, deadline = message.locator("input").all()
    effect.fill("次日生效")
    deadline.fill("2026-12-01T18:00")
    deadline.press("Enter")
    expect(message.locator(".bubble")).to_contain_text("次日生效")
    host.page.route("**/v1/push/render", lambda route: route.abort())
    effect.fill("立即生效")
    effect.press("Enter")
    expect(message.locator(".said")).to_contain_text("连不上知库服务")
    message.locator(".send").click()
    message.locator(".send").click()
    assert "次日生效" in sent_message(host, message.locator(".said"))["text"]
    complaints.clear()


def test_sending_asks_once_more_with_the_masked_number_and_stores_the_message(host: Host) -> None:
    host.open(script=WITH_RECIPIENT)
    host.ask(DAY_PACK)
    message = host.find('[data-template="tpl-day-enquiry"]')
    posted = sent_to(host.page, "/v1/push/messages")
    send = message.locator(".send")
    expect(send).to_have_text("发送")
    send.click()
    expect(send).to_have_text("确认发给 138****1234")
    assert [one for one in posted if one.method == "POST"] == []
    looked_at(host.page)
    send.click()
    stored = sent_message(host, message.locator(".said"))
    assert (stored["number"], stored["template_id"]) == ("138****1234", "tpl-day-enquiry")
    assert stored["text"] == message.locator(".bubble").inner_text()
    expect(send).to_be_disabled()
    expect(send).to_have_text("已提交")
    expect(host.page.get_by_text("13800001234")).to_have_count(0)


def test_a_message_that_may_have_arrived_is_sent_again_with_the_same_key(
    host: Host, complaints: list[str]
) -> None:
    host.open(script=WITH_RECIPIENT)
    host.ask(DAY_PACK)
    message = host.find('[data-template="tpl-day-enquiry"]')
    keys: list[str] = []
    first: list[dict[str, Any]] = []

    def lost(route: Route) -> None:
        if route.request.method == "OPTIONS":
            route.continue_()
            return
        keys.append(route.request.headers["idempotency-key"])
        reply = route.fetch()
        first.append(reply.json())
        if len(keys) == 1:
            route.abort()  # stored, and nobody heard it
        else:
            route.fulfill(response=reply)

    host.page.route("**/v1/push/messages", lost)
    send = message.locator(".send")
    send.click()
    send.click()
    expect(message.locator(".said")).to_contain_text("没有提交：连不上知库服务")
    send.click()
    send.click()
    stored = sent_message(host, message.locator(".said"))
    assert len(set(keys)) == 1
    assert {one["message_id"] for one in first} == {stored["message_id"]}
    complaints.clear()


def test_another_customer_s_number_takes_the_buttons_of_the_former_one_away(host: Host) -> None:
    host.open(script=WITH_RECIPIENT)
    host.ask(DAY_PACK)
    send = host.find('[data-template="tpl-day-enquiry"] .send')
    send.click()
    expect(send).to_have_text("确认发给 138****1234")
    host.page.evaluate("search.recipient = '13900005678'")
    expect(send).to_have_text("发送")
    send.click()
    expect(send).to_have_text("确认发给 139****5678")
    host.page.evaluate("search.recipient = ''")
    expect(send).to_have_count(0)


def test_a_number_in_a_text_is_shown_with_its_middle_hidden(host: Host) -> None:
    def with_number(route: Route) -> None:
        body = route.fetch().json()
        body["push"][0]["preview"] = "您为13800001234订购的业务已生效。"
        route.fulfill(json=body, headers={"access-control-allow-origin": "*"})

    host.open()
    host.page.route("**/v1/answer", with_number)
    host.ask(DAY_PACK)
    expect(host.find(".bubble").first).to_have_text("您为138****1234订购的业务已生效。")


def test_nothing_is_shown_of_an_answer_that_comes_after_the_element_was_cleared(host: Host) -> None:
    held: list[Route] = []
    host.open()
    host.page.route("**/v1/answer", into(held))
    host.box.fill(DAY_PACK)
    with host.page.expect_request("**/v1/answer"):
        host.box.press("Enter")
    host.page.evaluate("search.clear()")
    held[0].continue_()
    expect(host.box).to_have_value("")
    expect(host.find("#answer")).to_be_hidden()
    expect(host.find("#state")).to_be_hidden()
    host.page.unroute("**/v1/answer")
    host.ask(DAY_PACK)
