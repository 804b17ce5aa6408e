from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

pytestmark = pytest.mark.real


def ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")


def outcome(page: Page, text: str) -> None:
    expect(page.locator("#answer .outcome strong")).to_have_text(text)


def sent_to(page: Page, path: str) -> list[Request]:
    requests: list[Request] = []
    page.on("request", lambda sent: requests.append(sent) if path in sent.url else None)
    return requests


def test_a_question_shows_the_words_the_warning_before_them_and_the_message(page: Page) -> None:
    ask(page, "5元1GB流量日包怎么开")
    outcome(page, "已回答")
    say = page.locator("#answer .say")
    expect(say.locator(".text")).to_contain_text("发短信KTLLB5到10086就能开通")
    expect(say.locator(".must-say")).to_contain_text("开通后不能退")
    order = say.evaluate("say => [...say.children].map((child) => child.className)")
    assert order.index("must-say") < order.index("text")
    expect(page.locator("#price")).to_have_text("一次收5元，给1GB流量，当天有效。")
    expect(say.locator(".product")).to_contain_text("在售")
    expect(say.locator(".actions")).to_contain_text("KTLLB5@10086")
    message = page.locator(".messages article").first
    expect(message.locator(".bubble")).to_contain_text("【示例移动】")
    expect(message).to_contain_text("共 1 条")
    expect(page.locator("#answer .beside")).to_contain_text("第 1 版 · 如何办理")


def test_wording_for_staff_is_marked_as_such_and_offers_nothing_to_copy(page: Page) -> None:
    ask(page, "产品变更操作（CPBG）怎么做")
    outcome(page, "已回答")
    staff = page.locator("#answer .for-agent")
    expect(staff).to_contain_text("不要念给客户")
    expect(staff).to_contain_text("录入号码")
    expect(staff.locator("button")).to_have_count(0)
    expect(page.locator("#answer .beside")).to_contain_text("第 1 版 · 操作说明")
    expect(page.locator("#answer .text")).to_have_count(0)


def test_the_number_trail_opens_on_demand(page: Page) -> None:
    ask(page, "5元1GB流量日包怎么开")
    trail = page.locator("#answer details")
    expect(trail.locator("table")).to_be_hidden()
    trail.locator("summary").click()
    expect(trail.locator("table")).to_contain_text("10086")


def test_hits_are_listed_below_with_the_words_marked(page: Page) -> None:
    ask(page, "流量月包多少钱")
    expect(page.locator("#hits li").first).to_contain_text("流量月包")
    expect(page.locator("#hits mark").first).to_be_visible()
    below = page.locator("#hits").bounding_box()
    above = page.locator("#answer").bounding_box()
    assert below
    assert above
    assert below["y"] >= above["y"] + above["height"]


def test_suggestions_are_chosen_with_the_keyboard_alone(page: Page) -> None:
    box = page.locator("#question")
    box.press_sequentially("rb")
    options = page.locator("#suggestions [role=option]")
    expect(options.first).to_contain_text("日包")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    chosen = options.first.locator("span").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#answer .outcome")).to_be_visible()
    expect(box).to_have_value(chosen)
    expect(box).to_have_attribute("aria-expanded", "false")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(page: Page) -> None:
    box = page.locator("#question")
    box.press_sequentially("日包")
    expect(page.locator("#suggestions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box).to_have_value("日包")


def test_nothing_happens_while_an_input_method_composes(page: Page) -> None:
    suggested, asked = sent_to(page, "/v1/suggest"), sent_to(page, "/v1/answer")
    page.focus("#question")
    keyboard = page.context.new_cdp_session(page)
    for typed in ("r", "ri", "ri'b"):
        place = {"selectionStart": len(typed), "selectionEnd": len(typed)}
        keyboard.send("Input.imeSetComposition", {"text": typed, **place})
    composing = {"key": "Process", "windowsVirtualKeyCode": 229}  # Enter that picks a candidate
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **composing})
    page.wait_for_timeout(400)
    assert (suggested, asked) == ([], [])
    keyboard.send("Input.insertText", {"text": "日包"})
    expect(page.locator("#suggestions [role=option]").first).to_contain_text("日包")
    assert len(suggested) == 1


def test_an_option_of_a_question_asked_back_asks_again(page: Page) -> None:
    ask(page, "怎么取消")
    outcome(page, "需要确认")
    option = page.locator("#answer .choices button").nth(1)
    title = option.inner_text()
    option.click()
    outcome(page, "已回答")
    expect(page.locator("#answer .product")).to_contain_text(title)
    page.go_back()
    outcome(page, "需要确认")
    expect(page.locator("#question")).to_have_value("怎么取消")


def test_a_handover_lists_what_to_check_and_what_to_record(page: Page) -> None:
    ask(page, "我被骗了怎么办")
    outcome(page, "转办")
    transfer = page.locator("#answer .transfer")
    for text in ("反诈专席 FZZX", "是否已转账", "对方号码"):
        expect(transfer).to_contain_text(text)


def test_what_is_not_known_is_not_dressed_up_as_an_answer(page: Page) -> None:
    page.select_option("#library", "cases")
    ask(page, "日包怎么开")
    outcome(page, "暂无把握")
    expect(page.locator("#answer .messages")).to_have_count(0)
    expect(page.locator("#hits")).to_contain_text("没有找到")
    page.select_option("#library", "")  # asks again at once
    outcome(page, "已回答")


def test_a_title_opens_the_whole_item_and_escape_closes_it(page: Page) -> None:
    ask(page, "5元1GB流量日包怎么开")
    page.locator("#answer .product button").click()
    dialog = page.locator("#item")
    expect(dialog).to_contain_text("坐席须核对余额")
    expect(dialog).not_to_contain_text("内部口径秘密")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_markup_in_knowledge_is_shown_and_never_obeyed(page: Page) -> None:
    ask(page, "宽带移机")
    expect(page.locator("#answer .text")).to_contain_text("搬家<b>可以</b>移机")
    expect(page.locator("#hits")).to_contain_text("<b>可以</b>")
    expect(page.locator("main b", has_text="可以")).to_have_count(0)


def test_a_slow_answer_to_an_older_question_never_replaces_a_newer_one(page: Page) -> None:
    held: list[Route] = []

    def delay(route: Route) -> None:
        if "宽带" in (route.request.post_data or ""):
            held.append(route)  # until something was typed
        else:
            route.continue_()

    page.route("**/v1/answer", delay)
    ask(page, "宽带移机")
    expect(page.locator("#state")).to_have_text("正在查…")
    ask(page, "5元1GB流量日包怎么开")
    outcome(page, "已回答")
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#answer .text")).to_contain_text("KTLLB5")
    expect(page.locator("#state")).to_be_hidden()


def test_an_error_of_the_server_is_shown_in_its_own_words(
    page: Page, complaints: list[str]
) -> None:
    ask(page, "？？？")
    expect(page.locator(".trouble .failed")).to_contain_text("请输入要查询的内容")
    expect(page.locator("#answer")).to_be_hidden()
    assert all("422" in told for told in complaints)
    complaints.clear()


def test_an_address_with_a_question_opens_its_answer(page: Page) -> None:
    page.goto("/?q=怎么取消&library=business&region=yj/yundu")
    outcome(page, "需要确认")
    expect(page.locator("#library")).to_have_value("business")
    expect(page.locator("#region")).to_have_value("yj/yundu")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 740)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_without_scrolling_sideways(
    page: Page, tmp_path: Path, width: int, height: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    ask(page, "5元1GB流量日包怎么开")
    outcome(page, "已回答")
    expect(page.locator("#price")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = page.locator("#answer .text .line").first.bounding_box()
    assert text
    assert text["y"] + text["height"] <= height, "the answer is on the first screen"
    page.screenshot(path=tmp_path / f"{width}-{scheme}.png")


def test_the_description_of_the_interface_needs_nothing_from_outside(page: Page) -> None:
    sent = sent_to(page, "://")
    page.goto("/docs")
    expect(page.locator("#docs")).to_contain_text("POST /v1/answer")
    expect(page.locator("#docs")).to_contain_text("tariff_sensitive")
    assert {urlsplit(request.url).hostname for request in sent} == {"127.0.0.1"}


def test_contradictions_remarks_and_what_else_was_asked_are_shown(page: Page) -> None:
    def answered(route: Route) -> None:
        body = route.fetch().json()
        other = {key: value for key, value in body.items() if key != "more"}
        other |= {
            "text": "发短信QXLLB5到10086就能退订。",
            "facet": "cancel",
            "reason": "也可能问的是这一面",
        }
        conflict = {
            "item_id": "pack-month10",
            "title": "10元1GB流量月包",
            "facet": "price",
            "field": "price.customer",
            "says": "5元",
            "other_says": "6元",
            "line": "另一条说是6元",
        }
        note = {"kind": "ends", "text": "12月31日起停办", "item_id": "pack-day5", "sources": []}
        route.fulfill(json={**body, "conflicts": [conflict], "notes": [note], "more": [other]})

    page.route("**/v1/answer", answered)
    ask(page, "5元1GB流量日包怎么开")
    expect(page.locator("#answer .conflicts")).to_contain_text("另一条说是6元")
    expect(page.locator("#answer .notes")).to_contain_text("12月31日起停办")
    further = page.locator("#answer .further")
    expect(further).to_contain_text("发短信QXLLB5到10086就能退订。")
    expect(further).to_contain_text("也可能问的是这一面")
    page.locator("#answer .conflicts button").click()
    expect(page.locator("dialog")).to_be_visible()


def test_what_is_typed_while_the_page_still_loads_stays(page: Page) -> None:
    held: list[Route] = []
    typed = False

    def hold(route: Route) -> None:
        if typed:
            route.continue_()
        else:
            held.append(route)

    page.route("**/v1/labels", hold)
    page.reload()
    page.locator("#question").press_sequentially("日包")
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()
    typed = True
    for route in held:
        route.continue_()
    expect(page.locator("#version")).to_contain_text("知识版本")
    expect(page.locator("#catalogue button").first).to_be_visible()
    expect(page.locator("#question")).to_have_value("日包")
