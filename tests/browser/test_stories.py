"""Two people at work, step by step, with a picture of each step in ``var/screens``."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.knowledge import publish
from tests.api.serving import CREATED_AT, Server, real_encoder, running
from tests.browser.conftest import kept, tab
from tests.browser.host import IN_A_MENU
from tests.browser.origins import more_items, started_again

pytestmark = pytest.mark.real
OFFERED = '[data-zhiku-offer][data-zhiku-code="30010002"]'


@pytest.fixture(scope="module")
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A service of its own: one of the stories stops it."""
    folder = tmp_path_factory.mktemp("stories")
    publish(folder / "index", real_encoder(request), *more_items(), created_at=CREATED_AT)
    with running(folder / "index", log=folder / "serve.log") as server:
        yield server


class Story:
    """Keeps a numbered picture of each step."""

    def __init__(self, page: Page, who: str) -> None:
        self._page = page
        self._who = who
        self._number = itertools.count(1)

    def step(self) -> None:
        # an answer that is being replaced is dimmed: a step shows what came
        expect(self._page.locator('[aria-busy="true"]')).to_have_count(0)
        kept(self._page, f"story-{self._who}-{next(self._number):02}")


def message_of(server: Server, said: str) -> dict[str, Any]:
    number = re.search(r"编号 ([0-9a-f-]+)", said)
    assert number is not None, said
    with server.client() as client:
        found: dict[str, Any] = client.get(f"/v1/push/messages/{number[1]}").json()
    return found


def test_a_clerk_takes_an_order(chromium: Browser, shop: Server, complaints: list[str]) -> None:
    with tab(chromium, complaints, base_url=shop.url) as page:
        story = Story(page, "clerk")
        search, follow = page.locator("zhiku-search"), page.locator("zhiku-follow")
        page.goto("/demo/boss")
        expect(page.locator(OFFERED)).to_have_attribute("data-zhiku-card", "known")
        story.step()  # 1: the order screen

        page.hover(OFFERED)
        expect(follow.locator("#card")).to_contain_text("一次收5元")
        expect(follow.locator("#card .must-say")).to_contain_text("开通后不能退")
        story.step()  # 2: knowledge follows the product

        follow.locator("#card").get_by_role("button", name="查看全文").click()
        expect(follow.locator("#item")).to_contain_text("坐席须核对余额")
        story.step()  # 3: all that is known of it
        page.keyboard.press("Escape")

        page.locator('input[data-zhiku-code="30010002"]').check()
        page.keyboard.press("Control+F1")
        expect(follow.locator("#help")).to_contain_text("录入号码")
        story.step()  # 4: it was ticked; how the screen is operated
        page.keyboard.press("Escape")

        question = search.locator("#question")
        question.press_sequentially("rb")
        expect(search.locator("[role=option]").first).to_contain_text("日包")
        page.keyboard.press("ArrowDown")
        story.step()  # 5: two letters are enough to find it

        page.keyboard.press("Enter")
        expect(search.locator("#answer .outcome")).to_be_visible()
        question.fill("5元1GB流量日包怎么开")
        page.keyboard.press("Enter")
        expect(search.locator("#answer .text")).to_contain_text("KTLLB5")
        story.step()  # 6: what to say

        question.fill(IN_A_MENU)
        page.keyboard.press("Enter")
        message = search.locator('[data-template="tpl-once-confirm"]')
        expect(message).to_contain_text("还要填")
        effect, deadline = message.locator("input").all()
        effect.fill("次日生效")
        deadline.fill("2026-12-01T18:00")
        deadline.press("Enter")
        expect(message.locator(".bubble")).to_contain_text("12月1日18:00前回复Y")
        story.step()  # 7: a message for the customer, filled in

        message.locator(".send").click()
        expect(message.locator(".send")).to_have_text("确认发给 138****1234")
        message.locator(".send").click()
        expect(message.locator(".said")).to_contain_text("已存入待发队列")
        sent = message_of(shop, message.locator(".said").inner_text())
        assert (sent["number"], sent["text"][:30]) == ("138****1234", message.locator(".bubble").inner_text()[:30])  # fmt: skip
        story.step()  # 8: sent

        page.get_by_role("button", name="提交受理").click()
        warned = follow.locator("#confirm")
        expect(warned).to_contain_text("开通后不能退")
        warned.get_by_role("checkbox").check()
        story.step()  # 9: what must be said before it is submitted

        warned.get_by_role("button", name="都说过了，提交").click()
        expect(page.locator("#result")).to_contain_text("已受理（演示），单号 DEMO")
        search.locator(".feedback").get_by_role("button", name="没说全").click()
        expect(search.locator(".feedback").get_by_role("status")).to_contain_text("已记下")
        story.step()  # 10: accepted, and feedback given

        with shop.client() as client:
            (acknowledged,) = client.get("/v1/acknowledgements").json()["acknowledgements"]
            told = client.get("/v1/feedback").json()["feedback"]
        assert (acknowledged["decision"], acknowledged["codes"]) == ("acknowledged", ["30010002"])
        assert [(one["kind"], one["item_id"]) for one in told] == [("missing", "plan-lx59")]


def said_in(page: Page) -> list[str]:
    return page.locator("zhiku-assist #lines p").all_inner_texts()


def test_an_agent_is_helped_during_a_call(
    chromium: Browser, shop: Server, complaints: list[str], tmp_path: Path
) -> None:
    def say(*texts: str, **more: Any) -> None:
        lines = [{"speaker": "customer", "text": text} for text in texts]
        with shop.client() as client:
            client.post("/v1/assist/call-7/lines", json={"lines": lines} | more).raise_for_status()

    with tab(chromium, complaints, base_url=shop.url) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        story = Story(page, "agent")
        panel = page.locator("zhiku-assist")
        outcome = panel.locator("#answer .outcome strong")
        page.goto("/assist#contact=call-7&number=13800001234")
        expect(panel.locator(".state")).to_contain_text("已连接")
        story.step()  # 1: the call begins

        say("怎么取消", context={"customer": {"brand": "全球通", "tariff_sensitive": True}})
        expect(outcome).to_have_text("需要确认")
        expect(panel.locator("#known")).to_contain_text("资费敏感")
        story.step()  # 2: the customer was not clear

        option = panel.locator(".choices button").nth(1).inner_text()
        page.keyboard.press("Alt+Digit2")
        expect(outcome).to_have_text("已回答")
        expect(panel.locator("#answer .product")).to_contain_text(option)
        story.step()  # 3: asked back, and chosen with a key

        say("那5元1GB流量日包怎么开")
        expect(panel.locator("#answer .text")).to_contain_text("KTLLB5")
        expect(panel.locator("#answer .must-say")).to_contain_text("开通后不能退")
        story.step()  # 4: the answer to the next question comes by itself

        page.keyboard.press("Alt+KeyC")
        expect(panel.locator('[data-copy="words"]').first).to_have_text("已复制")
        assert "发短信KTLLB5到10086" in page.evaluate("navigator.clipboard.readText()")
        story.step()  # 5: copied with a key

        send = panel.locator("[data-send]").first
        expect(send).to_have_text("发给 138****1234")
        page.keyboard.press("Alt+KeyS")
        said = panel.locator(".messages .said").first
        expect(said).to_contain_text("已存入待发队列")
        assert message_of(shop, said.inner_text())["number"] == "138****1234"
        story.step()  # 6: sent with a key

        panel.get_by_label("替客户问").fill("宽带移机怎么办理")
        page.keyboard.press("Enter")
        expect(panel.locator("#answer .product")).to_contain_text("宽带移机")
        expect(panel.get_by_label("替客户问")).to_have_value("")
        story.step()  # 7: asked in the customer's place

        before = said_in(page)
        shop.process.kill()
        shop.process.wait()
        expect(panel.locator(".state")).to_contain_text("断开了，正在重连")
        expect(panel.locator("#answer .product")).to_contain_text("宽带移机")  # still there
        panel.get_by_label("替客户问").fill("日包多少钱")
        page.keyboard.press("Enter")
        expect(panel.locator("#ask + .failed")).to_contain_text("连不上知库服务")
        expect(panel.get_by_label("替客户问")).to_have_value("日包多少钱")
        story.step()  # 8: the connection broke; what was typed is kept

        with started_again(shop, tmp_path / "again.log"):
            wait_for(shop)
            say("你好", "10元1GB流量月包多少钱")
            expect(panel.locator(".state")).to_contain_text("已连接", timeout=40_000)
            expect(panel.locator("#answer .product")).to_contain_text("10元1GB流量月包")
            new = [line.replace("客户", "") for line in said_in(page)[len(before) :]]
            assert said_in(page)[: len(before)] == before
            assert [line.strip() for line in new] == ["你好", "10元1GB流量月包多少钱"]
            story.step()  # 9: on again, nothing lost and nothing twice

            row = panel.locator(".feedback")
            row.get_by_role("button", name="过时了").click()
            expect(row.get_by_role("status")).to_contain_text("已记下")
            story.step()  # 10: feedback
            with shop.client() as client:
                told = client.get("/v1/feedback", params={"kind": "outdated"}).json()["feedback"]
            assert [one["item_id"] for one in told] == ["pack-month10"]
            page.goto("about:blank")  # nothing is under way when the service stops again
        complaints.clear()


def wait_for(server: Server) -> None:
    with server.client() as client:
        for _ in range(300):
            try:
                if client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass  # nobody listens yet
            time.sleep(0.2)
    pytest.fail("the service did not come back")
