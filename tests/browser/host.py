"""A page of another system with a content policy as strict as they come, and <zhiku-search> in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.origins import Locked

POLICY: Final = (
    "default-src 'none'; script-src {own} {zhiku}; connect-src {own} {zhiku}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
PAGE: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>营业厅受理</title>
<script src="/host.js" defer></script><script type="module" src="{zhiku}/static/zhiku.js"></script>
</head><body><main><h1>受理单</h1><p><button id="before">上一步</button></p>
<zhiku-search hits="3" {attributes}></zhiku-search><p><button id="after">下一步</button></p></main></body></html>"""
# runs before the element is defined, as scripts of a host page may
SCRIPT: Final = """const search = document.querySelector("zhiku-search");
const seen = [];
for (const name of ["zhiku-asked", "zhiku-answered", "zhiku-action", "zhiku-failed"])
  addEventListener(name, (event) => seen.push([name, event.detail]));
search.token = async (renewed) => (await fetch(renewed ? "/token-renewed" : "/token")).text();
"""


@dataclass(frozen=True)
class Host:
    """The opened page of the other system."""

    page: Page
    locked: Locked

    def open(self, attributes: str = "", script: str = "", token: str | None = None) -> None:
        """Opens the page with the element's attributes, after a script of its own."""
        boss, zhiku = self.locked.boss, self.locked.server.url
        given = token if token is not None else self.locked.token(scopes=["send"], **PERSON)
        boss.policy = POLICY.format(own=boss.origin, zhiku=zhiku)
        boss.pages = {
            "/": PAGE.format(zhiku=zhiku, attributes=attributes),
            "/host.js": SCRIPT + script,
            "/token": given,
        }
        boss.clear()
        self.page.goto("/")
        expect(self.box).to_be_visible()

    def open_following(self, body: str, attributes: str = "") -> None:
        """Opens a page with <zhiku-follow>, and waits until its codes are known."""
        boss, zhiku = self.locked.boss, self.locked.server.url
        boss.policy = POLICY.format(own=boss.origin, zhiku=zhiku)
        boss.pages = {
            "/": FOLLOW.format(zhiku=zhiku, body=body, attributes=attributes),
            "/host.js": FOLLOW_SCRIPT,
            "/token": self.locked.token(scopes=["send"], **PERSON),
        }
        boss.clear()
        self.page.goto("/")
        self.heard("zhiku-followed")

    def heard(self, name: str, times: int = 1) -> list[Any]:
        """What the element told, once it did so often enough."""
        enough = "([wanted, times]) => seen.filter(([name]) => name === wanted).length >= times"
        self.page.wait_for_function(enough, arg=[name, times])
        return self.told(name)

    def told(self, name: str) -> list[Any]:
        """What the element or the page has told so far."""
        told = "wanted => seen.filter(([name]) => name === wanted).map(([, detail]) => detail)"
        found: list[Any] = self.page.evaluate(told, name)
        return found

    @property
    def box(self) -> Locator:
        """Where one types."""
        return self.page.locator("zhiku-search #question")

    def find(self, selector: str) -> Locator:
        """Something inside the element."""
        return self.page.locator(f"zhiku-search {selector}")

    def ask(self, question: str, outcome: str = "已回答") -> None:
        """Asks by keyboard and waits for the answer to this question."""
        self.box.fill(question)
        self.box.press("Enter")
        self.page.wait_for_function(
            "asked => seen.some(([name, detail]) => name === 'zhiku-answered' && detail.query === asked)",
            arg=question,
        )
        expect(self.find("#answer .outcome strong")).to_have_text(outcome)


FOLLOW: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>营业厅受理</title>
<script src="/host.js" defer></script><script type="module" src="{zhiku}/static/zhiku.js"></script>
</head><body><main><h1>受理单</h1>{body}</main><zhiku-follow {attributes}></zhiku-follow></body></html>"""
FOLLOW_SCRIPT: Final = """const seen = [];
for (const name of ["zhiku-followed", "zhiku-decided", "zhiku-unchecked"])
  addEventListener(name, (event) => seen.push([name, event.detail]));
document.querySelector("zhiku-follow").token = async () => (await fetch("/token")).text();
for (const form of document.forms) form.addEventListener("submit", (event) => {
  event.preventDefault();
  seen.push(["submitted", event.submitter ? event.submitter.value : null]);
});
"""
PERSON: Final = {"staff": "A0012", "hall": "H01"}
DAY_PACK: Final = "5元1GB流量日包怎么开"
IN_A_MENU: Final = "乐享套餐59元档怎么开通"


def sent_to(page: Page, path: str) -> list[Request]:
    """Fills up with the requests to a path."""
    requests: list[Request] = []
    page.on("request", lambda sent: requests.append(sent) if path in sent.url else None)
    return requests


def into(held: list[Route]) -> Callable[[Route], None]:
    """A handler that lets requests wait."""

    def hold(route: Route) -> None:
        held.append(route)

    return hold
