"""Debian's Chromium, a server of its own, and a page that must not complain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api.serving import REPOSITORY, Server, real_encoder, running, small_index
from tests.browser.host import Host
from tests.browser.origins import Locked, locked_service, more_items

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SCREENS = REPOSITORY / "var" / "screens"  # kept: what every state looks like
MISSING = f"没有 {CHROMIUM}：请运行 apt-get install -y chromium fonts-noto-cjk"


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server over the small knowledge."""
    folder = tmp_path_factory.mktemp("browser")
    index = small_index(folder / "index", real_encoder(request))
    with running(index, log=folder / "serve.log") as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module; without it a visible skip, and with ``CI`` set a failure.

    Not one a session: while Playwright is started, its event loop counts as running in the thread,
    and no later test of this worker could run one of its own.
    """
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complains about; a test that provokes it clears the list."""
    return []


@contextmanager
def tab(chromium: Browser, complaints: list[str], **options: Any) -> Iterator[Page]:
    """A page at 1366 × 768 in a context of its own; no complaint may be left at the end."""
    known = {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN"}
    context = chromium.new_context(**{**known, **options})
    context.set_default_timeout(15_000)
    opened = context.new_page()
    opened.on(
        "console",
        lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def page(chromium: Browser, server: Server, complaints: list[str]) -> Iterator[Page]:
    """The clerk's page, opened."""
    with tab(chromium, complaints, base_url=server.url) as opened:
        opened.goto("/")
        expect(opened.locator("#version")).to_contain_text("知识版本")
        yield opened


@pytest.fixture(scope="module")
def locked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Locked]:
    """A service that asks for keys, and pages of two other origins."""
    folder = tmp_path_factory.mktemp("locked")
    with locked_service(folder, real_encoder(request), *more_items()) as service:
        yield service


@pytest.fixture
def host(chromium: Browser, locked: Locked, complaints: list[str]) -> Iterator[Host]:
    """A page of another origin under a strict policy; a test opens it."""
    with tab(chromium, complaints, base_url=locked.boss.origin) as opened:
        yield Host(opened, locked)


def looked_at(page: Page) -> None:
    """axe-core finds nothing to complain about."""
    found = Axe().run(page).response["violations"]
    told = [
        (one["id"], node["target"], node["failureSummary"])
        for one in found
        for node in one["nodes"]
    ]
    assert not told, told


def kept(page: Page, name: str) -> None:
    """axe-core finds nothing to complain about, and a picture of the state is kept."""
    looked_at(page)
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")


@pytest.fixture
def watched(page: Page) -> Callable[[str], None]:
    """Looks at a state of the clerk's page, and keeps a picture of it."""
    return partial(kept, page)
