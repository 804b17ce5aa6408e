"""<zhiku-search> in a page of another origin, with a token and under a strict content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import looked_at
from tests.browser.host import DAY_PACK, IN_A_MENU, Host, into, sent_to
from tests.browser.origins import Locked

pytestmark = pytest.mark.real


def test_a_page_with_a_strict_policy_gets_suggestions_and_answers(host: Host) -> None:
    host.open()
    looked_at(host.page)
    host.box.press_sequentially("rb")
    expect(host.find("[role=option]").first).to_contain_text("日包")
    looked_at(host.page)
    host.page.keyboard.press("ArrowDown")
    host.page.keyboard.press("Enter")
    expect(host.find("#answer .outcome strong")).to_be_visible()
    host.ask(DAY_PACK)
    expect(host.find("#answer .must-say")).to_contain_text("开通后不能退")
    expect(host.find("#hits li").first).to_contain_text("日包")
    expect(host.find("#price")).to_contain_text("一次收5元")
    looked_at(host.page)


def test_the_page_sets_colours_and_chooses_light_or_dark(host: Host) -> None:
    host.open()
    button, box = host.find("button[type=submit]"), host.find("#question")
    search = host.page.locator("zhiku-search")
    expect(button).to_have_css("background-color", "rgb(11, 92, 173)")
    set_blue = "(element) => element.style.setProperty('--zhiku-blue', 'rgb(1, 90, 3)')"
    search.evaluate(set_blue)
    expect(button).to_have_css("background-color", "rgb(1, 90, 3)")
    expect(box).to_have_css("background-color", "rgb(255, 255, 255)")
    host.page.emulate_media(color_scheme="dark")
    expect(box).to_have_css("background-color", "rgb(29, 33, 40)")
    expect(button).to_have_css("background-color", "rgb(1, 90, 3)")
    search.evaluate("(element) => element.setAttribute('theme', 'light')")
    expect(box).to_have_css("background-color", "rgb(255, 255, 255)")
    host.page.emulate_media(color_scheme="light")
    search.evaluate("(element) => element.setAttribute('theme', 'dark')")
    expect(box).to_have_css("background-color", "rgb(29, 33, 40)")


def test_a_token_that_is_refused_is_renewed_and_the_question_answered(
    host: Host, locked: Locked, complaints: list[str]
) -> None:
    host.open(token=locked.token()[:-4] + "AAAA")
    locked.boss.pages["/token-renewed"] = locked.token()
    host.ask(DAY_PACK)
    expect(host.find("#price")).to_be_visible()  # the last request
    assert "/token-renewed" in locked.boss.asked
    assert all("401" in told for told in complaints)
    complaints.clear()


def test_a_token_is_renewed_once_and_then_the_clerk_is_told(
    host: Host, locked: Locked, complaints: list[str]
) -> None:
    bad = locked.token()[:-4] + "AAAA"
    host.open("hits=0", token=bad)
    locked.boss.pages["/token-renewed"] = bad
    answers = sent_to(host.page, "/v1/answer")
    host.box.fill(DAY_PACK)
    host.box.press("Enter")
    expect(host.find(".trouble .failed")).to_contain_text("令牌")
    for _ in range(200):  # another request may have been refused, and told, before the second try
        if len(asked := [one for one in answers if one.method == "POST"]) > 1:
            break
        host.page.wait_for_timeout(50)
    assert len(asked) == 2
    locked.boss.pages["/token-renewed"] = locked.token()
    host.find(".trouble button").click()  # the page may have a good one by now
    expect(host.find("#answer .outcome strong")).to_have_text("已回答")
    expect(host.find(".trouble")).to_be_hidden()
    expect(host.find("#price")).to_be_visible()
    complaints.clear()


def test_a_menu_of_the_boss_is_a_link_that_the_page_may_take_over(
    host: Host, locked: Locked
) -> None:
    host.open('boss-link="/menu?to={target}&amp;code={code}"')
    host.ask(IN_A_MENU)
    link = host.find("a.go")
    expect(link).to_have_attribute(
        "href", "/menu?to=CPBG%3E%E5%A2%9E%E5%8A%A0%E4%BA%A7%E5%93%81&code=10010059"
    )
    taking_over = (
        "addEventListener('zhiku-action', (event) => event.preventDefault(), { once: true })"
    )
    host.page.evaluate(taking_over)
    link.click()
    (told,) = host.heard("zhiku-action")
    assert told["action"]["target"] == "CPBG>增加产品"
    assert told["item"]["id"] == "plan-lx59"
    assert not [path for path in locked.boss.asked if path.startswith("/menu")]
    link.click()
    host.heard("zhiku-action", 2)
    expect(link).to_be_visible()  # that address has no page of its own
    assert [path for path in locked.boss.asked if path.startswith("/menu")]


@pytest.mark.parametrize(
    "pattern",
    [
        "javascript:alert(1)//{target}",
        " JavaScript:alert('{code}')",
        "data:text/html,{target}",
        "http://[{target}",
    ],
)
def test_a_link_that_would_run_a_script_is_no_link(host: Host, pattern: str) -> None:
    host.open(f'boss-link="{pattern}"')
    host.ask(IN_A_MENU)
    expect(host.find("a")).to_have_count(0)
    expect(host.find(".actions button")).to_have_text("复制")


def test_what_a_page_sets_before_the_element_is_there_counts(host: Host) -> None:
    host.open(
        script="""
        if (customElements.get("zhiku-search")) throw new Error("too late to try this");
        search.context = { customer: { brand: "全球通" }, boss_code: "30010002" };
        search.recipient = "13800001234";
        search.itemTools = (itemId) => {
          const button = document.createElement("button");
          button.textContent = `加入受理单 ${itemId}`;
          return [button];
        };"""
    )
    answers = sent_to(host.page, "/v1/answer")
    host.ask("怎么开")
    body = answers[-1].post_data_json
    assert body["context"] == {"customer": {"brand": "全球通"}, "boss_code": "30010002"}
    expect(host.find(".send").first).to_be_visible()
    host.find("#answer .product button").click()
    expect(host.find("#item")).to_contain_text("加入受理单 pack-day5")


def test_the_element_is_used_with_the_keyboard_alone(host: Host) -> None:
    host.open()
    press = host.page.keyboard.press
    host.page.focus("#before")
    press("Tab")
    expect(host.box).to_be_focused()
    host.page.keyboard.type("rb")
    expect(host.find("[role=option]").first).to_be_visible()
    press("ArrowDown")
    expect(host.find("[role=option]").first).to_have_attribute("aria-selected", "true")
    press("Escape")
    expect(host.find("#suggestions")).to_be_hidden()
    expect(host.box).to_have_value("rb")
    press("ArrowDown")  # opens them again
    expect(host.find("[role=option]").first).to_be_visible()
    press("ArrowUp")
    press("Enter")
    expect(host.find("#answer .outcome")).to_be_visible()
    press("Tab")
    expect(host.find("#ask button")).to_be_focused()
    title = host.find("#hits button.link").first
    for _ in range(40):
        if title.evaluate("(element) => element === element.getRootNode().activeElement"):
            break
        press("Tab")
    press("Enter")
    expect(host.find("#item h2")).to_be_visible()
    looked_at(host.page)
    press("Escape")
    expect(host.find("#item")).to_be_hidden()
    expect(title).to_be_focused()
    for _ in range(20):
        if host.page.evaluate("document.activeElement.id") == "after":
            break
        press("Tab")
    expect(host.page.locator("#after")).to_be_focused()


def test_an_open_list_stays_as_it_is_while_an_input_method_composes(host: Host) -> None:
    host.open()
    host.page.evaluate("addEventListener('keydown', (event) => seen.push(['key', event.key]))")
    host.box.press_sequentially("日")
    options = host.find("[role=option]")
    expect(options.first).to_be_visible()
    suggested, asked = sent_to(host.page, "/v1/suggest"), sent_to(host.page, "/v1/answer")
    heard = host.page.evaluate("seen.length")
    keyboard = host.page.context.new_cdp_session(host.page)
    keyboard.send("Input.imeSetComposition", {"text": "b", "selectionStart": 1, "selectionEnd": 1})
    for key in ("ArrowDown", "ArrowUp", "Escape", "Enter", " "):
        composing = {"key": key, "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **composing})
    expect(options.first).to_be_visible()
    expect(options.first).to_have_attribute("aria-selected", "false")
    expect(host.box).not_to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(host.box).to_have_value("日b")
    assert (suggested, asked) == ([], [])
    assert host.page.evaluate("seen.length") == heard, "keys of the input method left the element"
    keyboard.send("Input.insertText", {"text": "包"})
    expect(host.box).to_have_value("日包")
    expect(options.first).to_contain_text("日包")
    host.page.keyboard.press("Enter")
    expect(host.find("#answer .outcome")).to_be_visible()
    assert len(asked) >= 1


def test_suggestions_for_what_is_no_longer_typed_never_show(host: Host) -> None:
    host.open()
    held: list[Route] = []
    host.page.route("**/v1/suggest?q=r&**", into(held))
    host.page.route("**/v1/suggest?q=rbx&**", into(held))
    given_up: list[str] = []
    host.page.on("requestfailed", lambda one: given_up.append(f"{one.url} {one.failure}"))
    with host.page.expect_request("**/v1/suggest?q=r&**"):
        host.box.press_sequentially("r")
    host.box.press_sequentially("b")
    options = host.find("[role=option]")
    expect(options.first).to_contain_text("日包")
    assert any("q=r&" in one and "ERR_ABORTED" in one for one in given_up)
    told = options.all_inner_texts()
    held[0].fulfill(json={"suggestions": [{"text": "过时的", "title": "过时的"}]})
    with host.page.expect_request("**/v1/suggest?q=rbx&**"):
        host.box.press_sequentially("x")
    host.box.press("Backspace")  # what was there shows at once
    assert options.all_inner_texts() == told
    host.ask(DAY_PACK)
    expect(host.find("#suggestions")).to_be_hidden()
    expect(host.page.get_by_text("过时的")).to_have_count(0)


def test_a_newer_question_ends_the_requests_of_the_older_one(host: Host) -> None:
    host.open()
    given_up: list[str] = []
    host.page.on("requestfailed", lambda one: given_up.append(one.url))
    held: list[Route] = []
    prices: list[Route] = []

    def hold(route: Route) -> None:
        if "宽带" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    host.page.route("**/v1/answer", hold)
    host.page.route("**/v1/items/pack-day5*", into(prices))
    host.box.fill("宽带移机")
    with host.page.expect_request("**/v1/answer"):
        host.box.press("Enter")
    host.ask(DAY_PACK)
    assert any("/v1/answer" in url for url in given_up)
    # the price of one product never comes into the answer about another
    expect(host.find("#price")).to_have_count(1)
    host.ask("20元3GB流量月包多少钱")
    for route in prices:
        route.continue_()
    assert any("/v1/items/pack-day5" in url for url in given_up)
    expect(host.find("#price")).to_be_hidden()
