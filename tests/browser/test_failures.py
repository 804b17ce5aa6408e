"""What a clerk sees when the service fails: a line that says what to do, and a page that still works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.api.serving import real_encoder, running, small_index
from tests.browser.conftest import looked_at, tab
from tests.browser.host import DAY_PACK, into, sent_to
from tests.browser.origins import started_again
from tests.browser.test_page import ask, outcome

pytestmark = pytest.mark.real
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
PROBLEM = {
    "type": "urn:zhiku:problem:unexpected",
    "title": "内部错误",
    "detail": "知库出了意外，请把编号告诉管理员",
    "code": "unexpected",
    "trace_id": "a1b2c3d4",
}
NONSENSE = "知库的回复看不懂，请稍后再试"
UNREACHABLE = "连不上知库服务，请检查网络或稍后再试"


def replying(status: int, **reply: Any) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, **reply)


def without(*names: str) -> Callable[[Route], None]:
    def handle(route: Route) -> None:
        body = route.fetch().json()
        route.fulfill(json={name: value for name, value in body.items() if name not in names})

    return handle


FAILURES = {
    "500 with a problem": (replying(500, json=PROBLEM | {"status": 500}), "请把编号告诉管理员（编号 a1b2c3d4）"),
    "500 with a page": (replying(500, content_type="text/html", body=HTML), "知库出错了，请稍后再试"),
    "502 of a proxy": (replying(502, content_type="text/html", body=HTML), "知库出错了，请稍后再试"),
    "503 busy": (replying(503, content_type="text/plain", body="busy", headers={"retry-after": "1"}), "知库正忙，请稍后再试"),
    "429 too many": (replying(429, content_type="text/html", body=HTML), "知库正忙，请稍后再试"),
    "401 of a proxy": (replying(401, content_type="text/html", body=HTML), "没有登录或登录已过期，请刷新页面重新登录"),
    "401 with a problem": (
        replying(401, json=PROBLEM | {"status": 401, "detail": "登录已过期，请重新登录"}),
        "登录已过期，请重新登录",
    ),
    "200 with a page": (replying(200, content_type="text/html", body=HTML), NONSENSE),
    "200 with half a reply": (replying(200, content_type="application/json", body='{"outcome": "ans'), NONSENSE),
    "200 with nothing": (replying(200, content_type="application/json", body=""), NONSENSE),
    "200 with null": (replying(200, json=None, content_type="application/json"), NONSENSE),
    "200 with a list": (replying(200, json=[1, 2]), NONSENSE),
    "200 with another thing": (replying(200, json={"ok": True}), NONSENSE),
    "200 without tips": (without("tips"), NONSENSE),
    "200 without messages": (without("push", "fit"), NONSENSE),
    "cut off": (lambda route: route.abort(), UNREACHABLE),
    "refused": (lambda route: route.abort("connectionrefused"), UNREACHABLE),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_told_in_one_line_and_another_try_gives_the_answer(
    page: Page, complaints: list[str], failure: str
) -> None:
    handle, told = FAILURES[failure]
    ask(page, "流量月包多少钱")
    expect(page.locator("#answer .outcome")).to_be_visible()
    page.route("**/v1/answer", handle)
    ask(page, DAY_PACK)
    trouble = page.locator(".trouble")
    expect(trouble.locator(".failed")).to_contain_text(told)
    expect(trouble).to_be_visible()
    expect(page.locator("#answer")).to_be_hidden()  # nothing of the question before
    expect(page.locator("#hits")).to_be_hidden()
    expect(page.locator("#state")).to_be_hidden()
    expect(page.locator("zhiku-search .heard")).to_contain_text(told)
    expect(page.locator("#question")).to_have_value(DAY_PACK)
    looked_at(page)
    page.unroute("**/v1/answer")
    trouble.get_by_role("button", name="重试").click()
    outcome(page, "已回答")
    expect(trouble).to_be_hidden()
    complaints.clear()


def test_a_refused_question_offers_no_retry_but_another_one_is_answered(
    page: Page, complaints: list[str]
) -> None:
    ask(page, "？？？")
    expect(page.locator(".trouble .failed")).to_contain_text("请输入要查询的内容")
    expect(page.locator(".trouble button")).to_have_count(0)
    ask(page, DAY_PACK)
    outcome(page, "已回答")
    complaints.clear()


@pytest.mark.parametrize("failure", ["500 with a page", "200 with another thing", "cut off"])
def test_hits_that_fail_are_no_half_answer(page: Page, complaints: list[str], failure: str) -> None:
    handle, told = FAILURES[failure]
    page.route("**/v1/search?**", handle)
    ask(page, DAY_PACK)
    expect(page.locator(".trouble .failed")).to_contain_text(told)
    expect(page.locator("#answer")).to_be_hidden()
    page.unroute("**/v1/search?**")
    page.locator(".trouble button").click()
    outcome(page, "已回答")
    complaints.clear()


@pytest.mark.parametrize(
    "failure", ["500 with a problem", "200 with a page", "200 with another thing", "cut off"]
)
def test_suggestions_fail_in_silence(page: Page, complaints: list[str], failure: str) -> None:
    page.route("**/v1/suggest?**", FAILURES[failure][0])
    with page.expect_request("**/v1/suggest?**"):
        page.locator("#question").press_sequentially("日包怎么开")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .outcome")).to_be_visible()
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator(".trouble")).to_be_hidden()
    complaints.clear()


def test_a_slow_answer_is_waited_for_and_told_that_it_is(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/answer", into(held))
    ask(page, DAY_PACK)
    expect(page.locator("#state")).to_have_text("正在查…")
    looked_at(page)
    page.wait_for_timeout(3000)
    expect(page.locator("#state")).to_be_visible()
    held[0].continue_()
    outcome(page, "已回答")
    expect(page.locator("#state")).to_be_hidden()


def test_after_eight_seconds_the_clerk_may_try_again(page: Page) -> None:
    held: list[Route] = []
    given_up: list[str] = []
    page.on("requestfailed", lambda one: given_up.append(one.url))
    page.route("**/v1/answer", into(held))
    ask(page, DAY_PACK)
    failed = page.locator(".trouble .failed")
    expect(failed).to_contain_text("知库 8 秒没有回应，请再试一次", timeout=20_000)
    assert any("/v1/answer" in url for url in given_up)
    expect(page.locator("#question")).to_have_value(DAY_PACK)
    page.unroute("**/v1/answer")
    page.locator(".trouble button").click()
    outcome(page, "已回答")


def test_a_stopped_service_is_told_and_works_again_when_it_is_back(
    request: pytest.FixtureRequest, chromium: Browser, complaints: list[str], tmp_path: Path
) -> None:
    index = small_index(tmp_path / "index", real_encoder(request))
    with (
        running(index, log=tmp_path / "serve.log") as server,
        tab(chromium, complaints, base_url=server.url) as page,
    ):
        page.goto("/")
        ask(page, DAY_PACK)
        outcome(page, "已回答")
        server.process.kill()
        server.process.wait()
        page.locator("#question").fill("")
        page.locator("#question").press_sequentially("流量月包")
        page.keyboard.press("Enter")
        expect(page.locator(".trouble .failed")).to_have_text(UNREACHABLE)
        expect(page.locator("#suggestions")).to_be_hidden()
        looked_at(page)
        with started_again(server, tmp_path / "again.log"):
            for _ in range(60):
                page.locator(".trouble button").click()
                page.locator(".trouble button, #answer .outcome").locator("visible=true").wait_for()
                if page.locator("#answer .outcome").is_visible():
                    break
                page.wait_for_timeout(500)
            expect(page.locator("#answer .outcome")).to_be_visible()
            expect(page.locator("#question")).to_have_value("流量月包")
            page.goto("about:blank")  # nothing is under way when the service stops again
        complaints.clear()


def test_a_question_asked_offline_is_asked_again_once_when_the_network_is_back(
    page: Page, complaints: list[str]
) -> None:
    page.context.set_offline(True)
    answers = sent_to(page, "/v1/answer")
    for question in ("流量月包多少钱", "宽带移机", DAY_PACK):
        ask(page, question)
        expect(page.locator(".trouble .failed")).to_have_text("网络断开了，请检查网络")
    looked_at(page)
    answers.clear()
    page.context.set_offline(False)
    outcome(page, "已回答")
    expect(page.locator("#answer .text")).to_contain_text("KTLLB5")
    assert len(answers) == 1
    complaints.clear()


def test_without_names_of_codes_answers_still_show_and_names_come_with_the_next(
    page: Page, complaints: list[str]
) -> None:
    page.route("**/v1/labels", lambda route: route.abort())
    page.goto(f"/?q={DAY_PACK}")
    expect(page.locator("#answer .text")).to_contain_text("KTLLB5")
    outcome(page, "answered")
    page.unroute("**/v1/labels")
    ask(page, "流量日包怎么开")
    outcome(page, "已回答")
    complaints.clear()


@pytest.mark.parametrize("failure", ["500 with a problem", "200 with another thing", "cut off"])
def test_an_item_that_does_not_open_says_why(
    page: Page, complaints: list[str], failure: str
) -> None:
    handle, told = FAILURES[failure]
    page.route("**/v1/items/**", handle)
    ask(page, DAY_PACK)
    outcome(page, "已回答")
    expect(page.locator("#price")).to_be_hidden()  # the answer is whole without it
    page.locator("#answer .product button").click()
    expect(page.locator("#item")).to_contain_text(told)
    looked_at(page)
    page.keyboard.press("Escape")
    expect(page.locator("#item")).to_be_hidden()
    page.unroute("**/v1/items/**")
    page.locator("#answer .product button").click()
    expect(page.locator("#item")).to_contain_text("坐席须核对余额")
    complaints.clear()
