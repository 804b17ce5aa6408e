"""``python -m benchmarks.typing_speed``: from the last key to the right suggestion, in a real browser.

20,000 generated items, ``zhiku serve`` in one process, headless Chromium on the same machine. A round
types letters 90 ms apart into an empty box; measured in the page, from the event of the last key to
the moment when an option with the expected words stands in the list.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from benchmarks import machine
from benchmarks.encoders import default_encoder
from benchmarks.place import SEED, build
from benchmarks.service import serving
from benchmarks.timing import percentiles

ITEMS: Final = 20_000
ROUNDS: Final = 40
TYPED: Final = {"qqt": "全球通", "dgdd": "动感地带", "流量": "流量"}
_APART: Final = 90  # milliseconds between keys: a quick typist
_CHROMIUM: Final = "/usr/bin/chromium"
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
_WATCH: Final = """() => {
  const root = document.querySelector("zhiku-search").shadowRoot;
  const list = root.getElementById("suggestions");
  const input = root.getElementById("question");
  window.found = null;
  let last = 0;
  input.addEventListener("input", () => { last = performance.now(); window.found = null; });
  new MutationObserver(() => {
    const option = list.querySelector("[role=option]");
    if (option && option.textContent.includes(window.expected)) window.found = performance.now() - last;
  }).observe(list, { childList: true, subtree: true });
}"""


def measure(items: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Milliseconds by what is typed."""
    build(folder, items, default_encoder())
    with serving(folder, 1) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("#catalogue button", timeout=60_000)  # the desk is there
        page.evaluate(_WATCH)
        found = {typed: _rounds(page, typed, expected, rounds) for typed, expected in TYPED.items()}
        browser.close()
    return {
        "machine": machine.described(),
        "seed": SEED,
        "items": items,
        "rounds": rounds,
        "milliseconds": found,
    }


def _rounds(page: Page, typed: str, expected: str, rounds: int) -> dict[str, Any]:
    page.evaluate("expected => { window.expected = expected; }", expected)
    taken: list[float] = []
    for number in range(rounds):
        page.fill("#question", "")
        page.locator("#question").press_sequentially(typed, delay=_APART)
        if number == 0:
            print(typed, page.locator("#suggestions li").all_inner_texts()[:3], file=sys.stderr)
        page.wait_for_function("() => window.found !== null", timeout=5000)
        taken.append(page.evaluate("() => window.found"))
        page.evaluate("() => document.querySelector('zhiku-search')._box.forget()")
    return {**percentiles(taken), "max": round(max(taken), 1)}


def main(arguments: list[str] | None = None) -> None:
    """Parses the command line, measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="benchmarks.typing_speed", description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(given.items, given.rounds, Path(folder))
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
