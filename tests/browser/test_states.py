"""Every state of the clerk's page: looked at by axe-core, and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import ask, outcome

pytestmark = pytest.mark.real
Look = Callable[[str], None]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (380, 760)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_of_the_page_is_accessible(
    page: Page, watched: Look, complaints: list[str], width: int, height: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    kind = f"{width}-{scheme}"
    expect(page.locator("#catalogue button").first).to_be_visible()
    watched(f"desk-{kind}")

    page.locator("#question").press_sequentially("rb")
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    watched(f"suggestions-{kind}")
    page.keyboard.press("Escape")

    ask(page, "5元1GB流量日包怎么开")
    outcome(page, "已回答")
    expect(page.locator("#price")).to_be_visible()
    page.locator("#answer details summary").click()
    page.locator("#answer .feedback button").first.click()
    expect(page.locator("#answer .feedback form")).to_be_visible()
    watched(f"answered-{kind}")

    page.locator("#answer .product button").click()
    expect(page.locator("#item h2")).to_be_visible()
    watched(f"item-{kind}")
    page.keyboard.press("Escape")

    ask(page, "怎么取消")
    outcome(page, "需要确认")
    watched(f"clarify-{kind}")
    ask(page, "我被骗了怎么办")
    outcome(page, "转办")
    watched(f"handover-{kind}")
    page.select_option("#library", "cases")
    ask(page, "日包怎么开")
    outcome(page, "暂无把握")
    watched(f"unknown-{kind}")

    page.route("**/v1/answer", lambda route: route.abort())
    ask(page, "流量月包多少钱")
    expect(page.locator(".trouble button")).to_be_visible()
    watched(f"trouble-{kind}")
    complaints.clear()  # the browser tells that the request was cut
    assert page.evaluate("document.documentElement.scrollWidth") <= width
