"""Before a form is submitted: what must be said is shown, and that it was said is recorded."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.api.serving import Server
from tests.browser.conftest import looked_at
from tests.browser.host import PERSON, Host, into
from tests.browser.origins import Locked

pytestmark = pytest.mark.real
NO_REFUND, TWELVE_MONTHS = "日包开通后不能退", "办了以后12个月内不能改"
KEPT = "JSON.parse(localStorage.getItem('zhiku-acknowledgements') || '[]')"
_orders = itertools.count(1)


def form(order: str, *, confirm: str = "data-zhiku-confirm") -> str:
    return f"""<form {confirm} data-zhiku-order="{order}" data-zhiku-screen="CPBG">
      <p><b data-zhiku-code="10010059" data-zhiku-offer>乐享套餐59元档</b></p>
      <label><input type="checkbox" data-zhiku-code="30010002"> 日包</label>
      <label><input type="checkbox" data-zhiku-code="LLB-D5"> 日包（营销编码）</label>
      <label><input type="checkbox" data-zhiku-code="LLB-M10"> 月包</label>
      <label>套餐 <select><option value="">不换</option>
        <option value="1" data-zhiku-code="10010059">乐享套餐</option></select></label>
      <button type="submit" name="do" value="draft">暂存</button>
      <button type="submit" name="do" value="order">提交</button></form>"""


@pytest.fixture
def order() -> str:
    return f"SL-{next(_orders)}"


def dialog(page: Page) -> Locator:
    return page.locator("zhiku-follow #confirm")


def recorded(locked: Locked, order: str) -> list[dict[str, Any]]:
    found = locked.read("/v1/acknowledgements", order=order)["acknowledgements"]
    return list(reversed(found))  # type: ignore[call-overload,no-any-return]


def tick(page: Page, *codes: str) -> None:
    for code in codes:
        page.locator(f'input[data-zhiku-code="{code}"]').check()


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交", exact=True).click()


def test_nothing_that_must_be_said_lets_a_form_go_at_once(host: Host, order: str) -> None:
    host.open_following(form(order))
    submit(host.page)
    assert host.heard("submitted") == ["order"]
    tick(host.page, "LLB-M10")
    host.page.get_by_role("button", name="暂存").click()
    assert host.heard("submitted", 2) == ["order", "draft"]
    expect(dialog(host.page)).to_be_hidden()
    assert recorded(host.locked, order) == []


def test_a_form_that_does_not_ask_for_it_is_left_alone(host: Host, order: str) -> None:
    host.open_following(form(order, confirm=""))
    tick(host.page, "30010002")
    submit(host.page)
    assert host.heard("submitted") == ["order"]


def test_the_warnings_of_what_was_chosen_are_said_one_by_one_and_recorded(
    host: Host, order: str
) -> None:
    host.open_following(form(order))
    tick(host.page, "30010002", "LLB-D5")
    host.page.select_option("select", "1")
    host.page.get_by_role("button", name="暂存").click()
    asked = dialog(host.page)
    expect(asked.get_by_role("checkbox")).to_have_count(2)  # both codes are one product
    expect(asked).to_contain_text(NO_REFUND)
    expect(asked).to_contain_text(TWELVE_MONTHS)
    go = asked.get_by_role("button", name="都说过了，提交")
    expect(go).to_be_disabled()
    looked_at(host.page)
    asked.get_by_role("checkbox").first.check()
    expect(go).to_be_disabled()
    asked.get_by_role("checkbox").last.check()
    expect(go).to_be_enabled()
    looked_at(host.page)
    assert host.told("submitted") == []
    go.click()
    assert host.heard("submitted") == ["draft"]
    expect(asked).to_be_hidden()
    (stored,) = recorded(host.locked, order)
    assert (stored["decision"], stored["screen"]) == ("acknowledged", "CPBG")
    assert stored["codes"] == ["30010002", "LLB-D5", "10010059"]
    assert stored["staff"] == PERSON["staff"]
    warned = {(one["item_id"], one["tip_id"]) for one in stored["warnings"]}
    assert warned == {("pack-day5", "tip-no-refund"), ("plan-lx59", "tip-twelve-months")}


@pytest.mark.parametrize("way", ["返回修改", "Escape", "关闭"])
def test_turning_back_is_recorded_and_submits_nothing(host: Host, order: str, way: str) -> None:
    host.open_following(form(order))
    tick(host.page, "30010002")
    submit(host.page)
    expect(dialog(host.page)).to_be_visible()
    if way == "Escape":
        host.page.keyboard.press("Escape")
    else:
        dialog(host.page).get_by_role("button", name=way).click()
    expect(dialog(host.page)).to_be_hidden()
    assert [one["decision"] for one in host.heard("zhiku-decided")] == ["turned_back"]
    expect(host.page.get_by_role("button", name="提交", exact=True)).to_be_focused()
    assert host.told("submitted") == []
    submit(host.page)  # asked again, and this time it was said
    dialog(host.page).get_by_role("checkbox").check()
    dialog(host.page).get_by_role("button", name="都说过了，提交").click()
    assert host.heard("submitted") == ["order"]
    decisions = [one["decision"] for one in recorded(host.locked, order)]
    assert decisions == ["turned_back", "acknowledged"]


def test_impatient_clicks_submit_once_and_record_once(host: Host, order: str) -> None:
    host.open_following(form(order))
    tick(host.page, "30010002")
    submit(host.page)
    dialog(host.page).get_by_role("checkbox").check()
    held: list[Route] = []
    host.page.route("**/v1/acknowledgements", into(held))
    go = dialog(host.page).get_by_role("button", name="都说过了，提交")
    go.dblclick()
    host.heard("submitted")  # it waits for the record no longer than a moment
    for route in held:
        route.continue_()
    host.page.wait_for_function(f"() => {KEPT}.length === 0")
    assert host.told("submitted") == ["order"]
    assert len(host.told("zhiku-decided")) == 1
    assert len(recorded(host.locked, order)) == 1


def test_a_second_click_while_cards_are_fetched_is_no_second_submit(
    host: Host, order: str, complaints: list[str]
) -> None:
    held: list[Route] = []
    host.page.route("**/v1/follow?**", into(held))
    host.locked.boss.clear()
    host.open_following(form(order), attributes='attribute="data-other"')
    host.page.locator("zhiku-follow").evaluate("(element) => element.removeAttribute('attribute')")
    tick(host.page, "LLB-M10")
    with host.page.expect_request(lambda sent: "/v1/follow?" in sent.url and sent.method == "GET"):
        submit(host.page)
        submit(host.page)
    for _ in range(300):  # a request is told of before it can be let go
        while held:
            held.pop(0).continue_()
        if host.told("submitted"):
            break
        host.page.wait_for_timeout(50)
    host.page.wait_for_timeout(300)
    assert host.told("submitted") == ["order"]
    complaints.clear()


def test_what_could_not_be_checked_is_said_and_the_clerk_decides(
    host: Host, order: str, complaints: list[str]
) -> None:
    host.page.route("**/v1/follow?**", lambda route: route.abort())
    host.open_following(form(order))
    tick(host.page, "30010002")
    host.page.get_by_role("button", name="暂存").click()
    asked = dialog(host.page)
    expect(asked).to_contain_text("没能核对必须告知的内容")
    expect(asked.locator(".failed")).to_contain_text("连不上知库服务")
    looked_at(host.page)
    asked.get_by_role("button", name="重试").click()
    expect(asked.locator(".failed")).to_contain_text("连不上知库服务")
    asked.get_by_role("button", name="仍要提交").click()
    assert host.heard("submitted") == ["draft"]
    assert host.told("zhiku-unchecked")[0]["codes"] == ["30010002"]
    host.page.unroute("**/v1/follow?**")
    submit(host.page)
    expect(asked).to_contain_text(NO_REFUND)
    complaints.clear()


@pytest.mark.parametrize("reply", ["{}", '{"cards": []}', "<html></html>"])
def test_a_reply_that_says_nothing_of_a_code_is_no_clean_bill(
    host: Host, order: str, complaints: list[str], reply: str
) -> None:
    allowed = {"access-control-allow-origin": host.locked.boss.origin}
    host.page.route(
        "**/v1/follow?**", lambda route: route.fulfill(status=200, headers=allowed, body=reply)
    )
    host.open_following(form(order))
    tick(host.page, "30010002")
    submit(host.page)
    expect(dialog(host.page).locator(".failed")).to_contain_text("知库的回复看不懂")
    assert host.told("submitted") == []
    complaints.clear()


def test_a_record_that_could_not_be_sent_is_kept_and_sent_once_later(
    host: Host, order: str, complaints: list[str]
) -> None:
    host.open_following(form(order))
    host.page.route("**/v1/acknowledgements", lambda route: route.abort())
    for decision in ("返回修改", "都说过了，提交"):
        if decision == "返回修改":
            tick(host.page, "30010002")
        submit(host.page)
        dialog(host.page).get_by_role("checkbox").check()
        dialog(host.page).get_by_role("button", name=decision).click()
    assert host.heard("submitted") == ["order"]  # the customer does not wait for our record
    assert recorded(host.locked, order) == []
    kept = host.page.evaluate(KEPT)
    assert [one["decision"] for one in kept] == ["turned_back", "acknowledged"]
    host.page.unroute("**/v1/acknowledgements")
    host.page.reload()
    host.page.wait_for_function(f"() => {KEPT}.length === 0")
    decisions = [one["decision"] for one in recorded(host.locked, order)]
    assert decisions == ["turned_back", "acknowledged"]
    complaints.clear()


def test_a_record_that_the_service_refuses_does_not_stand_in_the_way_of_others(
    host: Host, order: str, complaints: list[str]
) -> None:
    host.open_following("<p>受理</p>")
    bad = {"order": "13800001234", "codes": [], "warnings": [], "decision": "acknowledged"}
    good = bad | {"order": order}
    keeping = "(kept) => localStorage.setItem('zhiku-acknowledgements', JSON.stringify(kept))"
    host.page.evaluate(keeping, [bad, good])
    host.page.reload()
    host.page.wait_for_function(f"() => {KEPT}.length === 0")
    assert len(recorded(host.locked, order)) == 1
    complaints.clear()


def test_the_demonstration_asks_too(page: Page, server: Server) -> None:
    page.goto("/demo/boss")
    expect(page.locator('[data-zhiku-card="known"]').first).to_be_visible()
    order = page.locator("#order").get_attribute("data-zhiku-order")
    tick(page, "30010002")
    page.get_by_role("button", name="提交受理").click()
    expect(dialog(page)).to_contain_text(NO_REFUND)
    dialog(page).get_by_role("checkbox").check()
    dialog(page).get_by_role("button", name="都说过了，提交").click()
    expect(page.locator("#result")).to_have_text(f"已受理（演示），单号 {order}")
    with server.client() as client:
        reply = client.get("/v1/acknowledgements", params={"order": order})
    (stored,) = reply.json()["acknowledgements"]
    assert (stored["decision"], stored["codes"]) == ("acknowledged", ["30010002"])
