"""Signing in with a real browser, and pages of other origins that ask with a token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.origins import Locked

pytestmark = pytest.mark.real
HOST_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>BOSS</title>
<link rel="icon" href="data:,"></head><body><p id="told">…</p></body></html>"""
ASK = """async ([url, token]) => {
  try {
    const response = await fetch(`${url}/v1/suggest?q=rb`, { headers: { Authorization: `Bearer ${token}` } });
    const content = await response.json();
    return { status: response.status, code: content.code ?? null, trace: response.headers.get("X-Trace-Id"), content };
  } catch (error) {
    return { status: 0, code: String(error), trace: null, content: null };
  }
}"""
IMPORT = "url => import(`${url}/static/signin.js`).then(() => 'loaded', error => String(error))"


@pytest.fixture(autouse=True)
def _pages(locked: Locked) -> None:
    for there in (locked.boss, locked.elsewhere):
        there.pages = {"/": HOST_PAGE}


@pytest.fixture
def tab(chromium: Browser, locked: Locked) -> Iterator[Page]:
    context = chromium.new_context(base_url=locked.server.url, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def signed_in(tab: Page, key: str) -> None:
    tab.goto("/docs")
    tab.get_by_label("密钥", exact=True).fill(key)
    tab.get_by_label("工号（可不填）").fill("A0012")
    tab.get_by_role("button", name="登录").click()


def test_a_clerk_signs_in_stays_signed_in_and_signs_out(tab: Page, locked: Locked) -> None:
    arrived = tab.goto("/")
    assert arrived is not None
    assert arrived.status == 401
    expect(tab.get_by_role("heading", name="登录知库")).to_be_visible()
    expect(tab.get_by_label("密钥", exact=True)).to_be_focused()
    assert tab.evaluate("document.querySelector('#key').type") == "password"

    tab.get_by_label("密钥", exact=True).fill("wrong")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("密钥不对或已吊销")
    expect(tab.get_by_role("alert")).to_contain_text("编号")

    tab.get_by_label("密钥", exact=True).fill(locked.key)
    tab.get_by_label("工号（可不填）").fill("A0012")
    tab.get_by_role("button", name="登录").click()
    expect(tab.locator("#version")).to_contain_text("知识版本")
    tab.fill("#question", "5元1GB流量日包怎么开")
    tab.keyboard.press("Enter")
    expect(tab.locator("#answer .outcome strong")).to_have_text("已回答")

    tab.reload()
    expect(tab.locator("#version")).to_contain_text("知识版本")
    assert tab.evaluate("document.cookie") == ""  # scripts cannot read it
    told = tab.evaluate("fetch('/v1/session').then((response) => response.json())")
    assert (told["mode"], told["staff"], told["hall"]) == ("session", "A0012", "")

    left = "fetch('/v1/session', { method: 'DELETE' }).then((response) => response.status)"
    assert tab.evaluate(left) == 204
    tab.reload()
    expect(tab.get_by_role("heading", name="登录知库")).to_be_visible()


def test_the_page_that_was_asked_for_comes_after_signing_in(tab: Page, locked: Locked) -> None:
    signed_in(tab, locked.key)
    expect(tab).to_have_title("知库接口说明")
    assert tab.url == f"{locked.server.url}/docs"
    expect(tab.locator("#docs")).to_contain_text("/v1/tokens")


def test_a_page_of_an_allowed_origin_reads_what_it_asks_with_a_token(
    tab: Page, locked: Locked
) -> None:
    tab.goto(locked.boss.origin)
    found = tab.evaluate(ASK, [locked.server.url, locked.token(staff="A0012")])
    assert found["status"] == 200
    assert "日包" in str(found["content"])
    assert found["trace"]
    # errors are read, too: a page has to know that it needs a new token
    changed = locked.token()[:-4] + "AAAA"
    refused = tab.evaluate(ASK, [locked.server.url, changed])
    assert (refused["status"], refused["code"]) == (401, "token_invalid")
    assert "重新签发" in refused["content"]["detail"]


def test_a_page_of_any_other_origin_reads_nothing(tab: Page, locked: Locked) -> None:
    tab.goto(locked.elsewhere.origin)
    found = tab.evaluate(ASK, [locked.server.url, locked.token()])
    assert (found["status"], found["content"]) == (0, None)
    assert "Failed to fetch" in found["code"]


def test_a_sign_in_is_of_no_use_to_pages_of_other_origins(tab: Page, locked: Locked) -> None:
    """They are the same site here, another port of one host, so the browser does send the cookie."""
    signed_in(tab, locked.key)
    expect(tab).to_have_title("知库接口说明")
    ask = """(url) => fetch(`${url}/v1/session`, { credentials: "include", method: "%s" })
      .then((response) => response.status, (error) => String(error))"""
    for origin in (locked.boss.origin, locked.elsewhere.origin):
        tab.goto(origin)
        for method in ("GET", "DELETE"):
            assert "Failed to fetch" in tab.evaluate(ask % method, locked.server.url)
    tab.goto("/docs")
    expect(tab).to_have_title("知库接口说明")


def test_components_load_into_pages_of_any_origin(tab: Page, locked: Locked) -> None:
    """A script of the house, without a key: what it does there is for its own tests."""
    for origin in (locked.boss.origin, locked.elsewhere.origin):
        tab.goto(origin)
        tab.evaluate("document.body.innerHTML = '<form id=signin><button></button></form>'")
        assert tab.evaluate(IMPORT, locked.server.url) == "loaded"


def test_only_allowed_pages_show_zhiku_in_a_frame(tab: Page, locked: Locked) -> None:
    show = """(url) => new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.src = `${url}/livez`;
      frame.onload = () => resolve(null);
      document.body.append(frame);
    })"""
    seen = {}
    for origin in (locked.boss.origin, locked.elsewhere.origin):
        tab.goto(origin)
        tab.evaluate(show, locked.server.url)
        seen[origin] = [frame.url for frame in tab.frames[1:]]
    assert seen[locked.boss.origin] == [f"{locked.server.url}/livez"]
    assert seen[locked.elsewhere.origin] != [f"{locked.server.url}/livez"]
