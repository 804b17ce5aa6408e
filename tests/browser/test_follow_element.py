"""<zhiku-follow>: cards for the codes of a page, in few requests, and the help of its screens."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.serving import Server
from tests.browser.conftest import looked_at, tab
from tests.browser.host import Host, sent_to
from tests.browser.origins import Locked, relay

pytestmark = pytest.mark.real
KNOWN = ["30010002", "LLB-M10", "LLB-M20", "LLB-M30", "10010059"]
CODES = KNOWN + [f"9{place:07}" for place in range(195)]
DAY_PACK = '[data-zhiku-offer][data-zhiku-code="30010002"]'
NEW = '[data-zhiku-offer][data-zhiku-code="39999999"]'


def spans(codes: list[str]) -> str:
    return " ".join(f'<span data-zhiku-code="{code}">产品{code}</span>' for code in codes)


@pytest.fixture
def boss(page: Page) -> Page:
    page.goto("/demo/boss")
    expect(page.locator(DAY_PACK)).to_have_attribute("data-zhiku-card", "known")
    return page


def card(page: Page) -> Any:
    return page.locator("zhiku-follow #card")


def test_two_hundred_codes_are_one_request_and_none_while_the_reply_is_fresh(
    host: Host, locked: Locked
) -> None:
    before = locked.counted("/v1/follow")
    host.open_following(spans(CODES))
    marked = host.page.locator('[data-zhiku-card="known"]')
    expect(marked).to_have_count(len(KNOWN))
    expect(host.page.locator('[data-zhiku-card="none"]')).to_have_count(195)
    after = locked.counted("/v1/follow")
    assert after["200"] - before.get("200", 0) == 1
    for again in (host.page.reload, lambda: host.page.goto("/")):
        again()
        expect(marked).to_have_count(len(KNOWN))
    host.page.locator(f'[data-zhiku-code="{KNOWN[0]}"]').hover()
    expect(card(host.page)).to_contain_text("5元1GB流量日包")
    assert locked.counted("/v1/follow") == after
    looked_at(host.page)


def test_one_code_more_is_a_second_request(host: Host, locked: Locked) -> None:
    """A request may name 200 codes."""
    before = locked.counted("/v1/follow")
    host.open_following(spans([*CODES, "80000000"]))
    expect(host.page.locator("[data-zhiku-card]")).to_have_count(201)
    assert locked.counted("/v1/follow")["200"] - before.get("200", 0) == 2


def test_what_grew_old_is_asked_for_with_its_tag_and_costs_a_304(
    chromium: Browser, server: Server, complaints: list[str]
) -> None:
    """Behind a proxy that says one second instead of a minute; the page's clock is put forward."""
    with relay(server) as before, tab(chromium, complaints, base_url=before.url) as page:
        page.goto("/demo/boss")
        expect(page.locator(DAY_PACK)).to_have_attribute("data-zhiku-card", "known")
        page.hover(DAY_PACK)
        expect(card(page)).to_contain_text("一次收5元")
        assert before.follow == [("", 200)]
        page.keyboard.press("Escape")
        page.mouse.move(0, 0)
        page.wait_for_timeout(1500)  # the browser's own cache has no clock to put forward
        page.evaluate("{ const now = Date.now.bind(Date); Date.now = () => now() + 60000; }")
        page.hover(DAY_PACK)
        expect(card(page)).to_contain_text("一次收5元")
        asked = "() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/v1/follow')).length"  # fmt: skip
        page.wait_for_function(f"() => ({asked})() === 2")
        assert len(before.follow) == 2
        tag, status = before.follow[1]
        assert (tag[:1], status) == ('"', 304)
        page.goto("/demo/boss")
        expect(page.locator(DAY_PACK)).to_have_attribute("data-zhiku-card", "known")
        assert all(status == 304 for _, status in before.follow[1:])


def test_codes_that_come_later_are_followed_in_one_further_request(host: Host) -> None:
    host.open_following(spans(KNOWN[:2]))
    asked = sent_to(host.page, "/v1/follow?")
    host.page.evaluate(
        """() => {
          for (const code of ["LLB-M20", "LLB-M30", "30010002"]) {
            const span = document.createElement("span");
            span.dataset.zhikuCode = code;
            span.textContent = code;
            document.querySelector("main").append(span);
          }
        }"""
    )
    expect(host.page.locator('[data-zhiku-card="known"]')).to_have_count(5)
    (one,) = [sent for sent in asked if sent.method == "GET"]
    assert parse_qs(urlsplit(one.url).query)["codes"] == ["LLB-M20,LLB-M30"]
    changing = "document.querySelector('span').dataset.zhikuCode = '10010059'"
    host.page.evaluate(changing)
    host.page.locator("span").first.hover()
    expect(card(host.page)).to_contain_text("乐享套餐59元档")


def test_a_card_shows_after_a_rest_and_the_pointer_may_go_into_it(page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(3_600)  # an installed clock goes on by itself until it is stopped
    page.goto("/demo/boss")
    page.clock.run_for(500)
    product = page.locator(DAY_PACK)
    expect(product).to_have_attribute("data-zhiku-card", "known")
    product.hover()
    page.clock.run_for(140)
    expect(card(page)).to_be_hidden()
    page.clock.run_for(20)
    expect(card(page)).to_be_visible()
    expect(card(page).locator(".must-say")).to_contain_text("开通后不能退")
    page.clock.resume()
    looked_at(page)  # which waits by the page's clock
    page.clock.pause_at(7_200)
    card(page).locator("#card-title").hover()
    page.clock.run_for(2000)
    expect(card(page)).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(200)
    product.hover()  # back in time
    page.clock.run_for(2000)
    expect(card(page)).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(300)
    expect(card(page)).to_be_hidden()
    product.hover()
    page.mouse.move(0, 0)
    page.clock.run_for(2000)
    expect(card(page)).to_be_hidden()  # it was only passed over


def test_escape_takes_a_card_away_and_nothing_else(boss: Page) -> None:
    boss.evaluate("window.heard = 0; addEventListener('keydown', () => { window.heard += 1; })")
    boss.hover(DAY_PACK)
    expect(card(boss)).to_be_visible()
    boss.keyboard.press("Escape")
    expect(card(boss)).to_be_hidden()
    assert boss.evaluate("window.heard") == 0
    boss.keyboard.press("Escape")
    assert boss.evaluate("window.heard") == 1  # without a card it is the page's


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_card_shows_on_focus_and_takes_the_focus_on_enter(host: Host, key: str) -> None:
    host.open_following('<p><button id="before">上一步</button></p>' + spans(KNOWN[:2]))
    page = host.page
    first, second = page.locator("[data-zhiku-code]").all()
    expect(first).to_have_attribute("role", "button")
    page.focus("#before")
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    expect(card(page)).to_contain_text("5元1GB流量日包")
    page.keyboard.press(key)
    expect(card(page).locator("#card-title button")).to_be_focused()
    looked_at(page)
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    expect(card(page)).to_be_hidden()
    page.wait_for_timeout(300)
    expect(card(page)).to_be_hidden()  # the focus that comes back does not open it again
    page.keyboard.press("Tab")
    expect(second).to_be_focused()
    expect(card(page)).to_contain_text("10元1GB流量月包")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#before")).to_be_focused()
    expect(card(page)).to_be_hidden()


def test_names_beside_a_box_are_reached_with_the_keyboard_and_so_is_their_card(boss: Page) -> None:
    boss.focus(DAY_PACK)
    expect(card(boss)).to_be_visible()
    boss.keyboard.press("Enter")
    expect(card(boss).locator("#card-title button")).to_be_focused()
    boss.keyboard.press("Enter")  # opens the whole item
    expect(boss.locator("zhiku-follow #item h2")).to_be_visible()
    looked_at(boss)
    boss.keyboard.press("Escape")
    expect(boss.locator(DAY_PACK)).to_be_focused()


def test_a_box_that_is_ticked_is_not_covered_by_a_card(boss: Page) -> None:
    box = boss.locator('input[data-zhiku-code="30010002"]')
    box.check()
    box.focus()
    boss.wait_for_timeout(400)
    expect(card(boss)).to_be_hidden()


def test_a_card_shows_on_a_tap_and_goes_on_another(
    chromium: Browser, server: Server, complaints: list[str]
) -> None:
    with tab(chromium, complaints, base_url=server.url, has_touch=True) as page:
        page.goto("/demo/boss")
        expect(page.locator(DAY_PACK)).to_have_attribute("data-zhiku-card", "known")
        page.locator(DAY_PACK).tap()
        expect(card(page)).to_contain_text("一次收5元")
        card(page).locator("summary").first.tap()
        expect(card(page).locator("details[open]")).to_have_count(1)
        page.locator("h1").tap()
        expect(card(page)).to_be_hidden()


def test_a_code_without_knowledge_is_reported_with_one_click(boss: Page, server: Server) -> None:
    boss.hover(NEW)
    expect(card(boss)).to_contain_text("这个编码还没有知识")
    looked_at(boss)
    card(boss).get_by_role("button", name="报告缺失").click()
    expect(card(boss).get_by_role("status")).to_have_text("已记下，谢谢。")
    with server.client() as client:
        told = client.get("/v1/feedback", params={"kind": "missing"}).json()["feedback"]
    assert [one["query"] for one in told].count("39999999") == 1


def test_the_help_is_that_of_the_screen_that_has_the_focus(
    boss: Page, complaints: list[str]
) -> None:
    help_of = boss.locator("zhiku-follow #help")
    boss.locator('input[data-zhiku-code="30010002"]').focus()
    boss.keyboard.press("Control+F1")
    expect(help_of.locator("h2")).to_have_text("界面 CPBG 的操作帮助")
    expect(help_of).to_contain_text("录入号码")
    looked_at(boss)
    boss.keyboard.press("Escape")
    expect(help_of).to_be_hidden()
    expect(boss.locator('input[data-zhiku-code="30010002"]')).to_be_focused()
    boss.focus("#number")  # belongs to another screen, of which nothing is known here
    boss.keyboard.press("Control+F1")
    expect(help_of).to_contain_text("没有菜单或编码 'KHZLBG' 的知识")
    boss.keyboard.press("Escape")
    complaints.clear()


def test_a_closed_help_does_not_take_back_the_focus_of_whoever_went_on(boss: Page) -> None:
    boss.locator('input[data-zhiku-code="30010002"]').focus()
    boss.keyboard.press("Control+F1")
    expect(boss.locator("zhiku-follow #help")).to_contain_text("录入号码")
    # browsers say that a dialog is closed a task later: by then the next key may be typed elsewhere
    boss.evaluate(
        """() => new Promise((over) => {
          const dialog = document.querySelector("zhiku-follow").shadowRoot.querySelector("#help");
          dialog.addEventListener("close", () => setTimeout(over), { once: true });
          dialog.close();
          document.querySelector("zhiku-search").shadowRoot.querySelector("#question").focus();
        })"""
    )
    boss.keyboard.type("rb")
    expect(boss.locator("zhiku-search #question")).to_have_value("rb")
    expect(boss.locator("zhiku-search [role=option]").first).to_contain_text("日包")


def test_codes_without_a_service_say_so_and_are_followed_when_the_network_is_back(
    page: Page, complaints: list[str]
) -> None:
    page.route("**/v1/follow?**", lambda route: route.abort())
    page.goto("/demo/boss")
    page.hover(DAY_PACK)
    expect(card(page).locator(".failed")).to_contain_text("连不上知库服务")
    looked_at(page)
    page.unroute("**/v1/follow?**")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.locator(DAY_PACK)).to_have_attribute("data-zhiku-card", "known")
    complaints.clear()
