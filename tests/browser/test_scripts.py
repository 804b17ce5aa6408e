"""What the pages' files may hold: small scripts, no markup from text, nothing an old browser lacks.

BOSS clients often embed a Chromium that is years old: 86 is the oldest that the pages promise.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Final

import pytest

from tests.api.serving import REPOSITORY

WEB: Final = REPOSITORY / "api" / "web"
MOST: Final = 30 * 1024  # octets of the two elements, each file compressed
SCRIPTS: Final = sorted(WEB.rglob("*.js"))
PAGES: Final = sorted(WEB.rglob("*.html"))
STYLES: Final = sorted(WEB.rglob("*.css"))
IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")

MARKUP: Final = {
    r"\b(?:inner|outer)HTML\b": "text would become markup",
    r"\binsertAdjacentHTML\b": "text would become markup",
    r"\bsetHTML(?:Unsafe)?\b": "text would become markup",
    r"\bcreateContextualFragment\b|\bDOMParser\b|\bsrcdoc\b": "text would become markup",
    r"\bdocument\.write": "text would become markup",
    r"\beval\s*\(|\bnew Function\b|\bFunction\s*\(": "text would become a program",
    r"""\bset(?:Timeout|Interval)\(\s*["'`]""": "text would become a program",
    r"""\bsetAttribute\(\s*["'](?:style|on\w+)["']|\bstyle:\s*["'`]""": "a strict page refuses it",
    r"\bcssText\b": "a strict page may refuse it",
}
NEWER_SCRIPT: Final = {
    r"\.at\(\s*-?\w*\s*\)": "92: Array.prototype.at",
    r"\bstructuredClone\b": "98",
    r"\bObject\.(?:hasOwn|groupBy)\b": "93, 117",
    r"\bcrypto\.randomUUID\b": "92",
    r"\bAbortSignal\.(?:timeout|any|abort)\b": "103, 116, 93",
    r"\bsignal\.(?:reason|throwIfAborted)\b|\.abort\([^)\s]": "98: reasons of aborts",
    r"\.(?:findLast|findLastIndex|toSorted|toReversed|toSpliced)\(": "97, 110",
    r"\bArray\.fromAsync\b|\bPromise\.(?:withResolvers|try)\b": "119 and later",
    r"\bIntl\.(?:Segmenter|DurationFormat)\b": "87 and later",
    r"\bimport\b[^;]*\b(?:with|assert)\s*\{": "91: import assertions",
    r"\bstatic\s*\{": "94: static blocks",
    r"#\w+ in \b": "91: private brand checks",
    r"/[a-z]*[dv][a-z]*\.(?:exec|test)\(": "90, 112: flags of patterns",
    r"\badoptedStyleSheets\.push\b": "99: before, the list can only be replaced",
    r"\b(?:showPicker|checkVisibility|togglePopover|showPopover|startViewTransition)\(": "99 on",
    r"\bnew (?:Error|TypeError)\([^)]*\bcause\b": "93",
    r"\bglobalThis\.(?:scheduler|navigation)\b|\bnavigator\.userAgentData\b": "90 and later",
    r"\bimport\.meta\.resolve\b": "105",
    r"\battachInternals\(\)\.\w*(?:states|aria)": "90: custom states",
    r"\breplaceChildren\(\s*\.\.\.\s*\w+\.values\(\)\.(?:map|filter)": "122: iterator helpers",
}
NEWER_STYLE: Final = {
    r":(?:is|where|has)\(": "88, 88, 105",
    r":not\([^()]*(?:\([^()]*\)[^()]*)*,": "88: several selectors in :not",
    r"(?<![\w-])inset(?:-[a-z]+)?\s*:": "87",
    r"\baspect-ratio\s*:": "88",
    r"\b(?:light-dark|color-mix|oklch|oklab|lch|lab)\(": "111, 123",
    r"@(?:layer|container|scope|starting-style)\b": "99 and later",
    r"(?:^|[{;])\s*&(?![&\w])": "112: nesting",
    r"\b\d+(?:\.\d+)?[dsl]v[hwib]\b": "108",
    r"\baccent-color\s*:|\bscrollbar-(?:gutter|width|color)\s*:": "93 and later",
    r"\boverflow(?:-[xy])?\s*:\s*clip\b": "90",
    r"\btext-wrap\s*:|\bfield-sizing\s*:|\binterpolate-size\s*:": "114 and later",
    r"(?<![\w-])(?:translate|rotate|scale)\s*:": "104: transforms of their own",
    r"@media[^{]*[<>]": "104: ranges in media queries",
    r"\bsubgrid\b|\banchor-name\s*:|\bposition-anchor\s*:": "117, 125",
}


def imported(start: Path) -> set[Path]:
    """A script and everything that it imports."""
    found, open_ones = set[Path](), [start.resolve()]
    while open_ones:
        script = open_ones.pop()
        if script in found:
            continue
        found.add(script)
        for name in IMPORT.findall(without_comments(script.read_text(encoding="utf-8"))):
            assert name.startswith("."), f"{script.name} imports {name} from elsewhere"
            open_ones.append((script.parent / name).resolve())
    return found


def awaits_outside(script: str) -> list[str]:
    """Lines with an await that is in no function (89: before, no module could wait)."""
    found, depths, opened = [], [False], list[int]()
    text = without_comments(script)
    called = 0  # where the last closed pair of brackets began
    for place, sign in enumerate(text):
        if sign == "(":
            opened.append(place)
        elif sign == ")" and opened:
            called = opened.pop()
        elif sign == "{":
            before = text[:place].rstrip()
            block = re.search(r"\b(?:if|for|while|switch|catch|for await)\s*$", text[:called])
            a_function = before.endswith("=>") or (before.endswith(")") and not block)
            depths.append(depths[-1] or a_function)
        elif sign == "}" and len(depths) > 1:
            depths.pop()
        elif not depths[-1] and re.match(r"\bawait\b", text[place:]) and text[place - 1].isspace():
            line = text[text.rfind("\n", 0, place) + 1 :].split("\n", 1)[0]
            if "async" not in line:
                found.append(line.strip())
    return found


def without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", script, flags=re.DOTALL)


def found_in(path: Path, forbidden: dict[str, str]) -> list[str]:
    text = without_comments(path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(WEB)}:{number} {line.strip()[:80]} ({reason})"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, reason in forbidden.items()
        if re.search(pattern, line)
    ]


def test_the_two_elements_are_no_more_than_30_kilobytes_compressed() -> None:
    sizes = {
        str(script.relative_to(WEB)): len(gzip.compress(script.read_bytes(), 9))
        for script in imported(WEB / "zhiku.js")
    }
    assert {"zhiku.js", "search.js", "follow.js"} <= set(sizes)
    assert "assist.js" not in sizes
    assert sum(sizes.values()) <= MOST, sorted(sizes.items(), key=lambda one: -one[1])


@pytest.mark.parametrize("start", ["zhiku.js", "app.js", "assist.js", "demo/boss.js", "docs.js"])
def test_whatever_a_script_imports_is_there(start: str) -> None:
    assert all(script.is_file() for script in imported(WEB / start))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(WEB)))
def test_no_script_makes_markup_or_programs_of_text(script: Path) -> None:
    assert found_in(script, MARKUP) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(WEB)))
def test_no_script_needs_a_browser_newer_than_chromium_86(script: Path) -> None:
    # style sheets of the elements stand in scripts
    assert found_in(script, {**NEWER_SCRIPT, **NEWER_STYLE}) == []
    assert awaits_outside(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("style", STYLES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_style_sheet_needs_a_browser_newer_than_chromium_86(style: Path) -> None:
    assert found_in(style, NEWER_STYLE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_page_holds_a_script_a_style_or_an_event_handler_of_its_own(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", text) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text) == [], "all from this service"


@pytest.mark.parametrize(
    "line",
    [
        "last = list.at(-1)",
        "const copy = structuredClone(given);",
        "if (Object.hasOwn(a, b)) c();",
        "controller.abort(new Error('late'));",
        "import labels from './labels.json' with { type: 'json' };",
        "document.adoptedStyleSheets.push(sheet);",
        ".card:has(button) { color: red; }",
        ".over { position: fixed; inset: 0; }",
        "main { color: color-mix(in srgb, red, blue); }",
        ".card { & button { color: red; } }",
        "header { height: 100dvh; }",
        "@media (width >= 600px) { p { margin: 0; } }",
    ],
)
def test_what_is_too_new_is_found(line: str) -> None:
    """The patterns are tried, too: one that finds nothing would look the same as clean files."""
    assert any(re.search(pattern, line) for pattern in (*NEWER_SCRIPT, *NEWER_STYLE))


@pytest.mark.parametrize(
    "line",
    [
        "  const found = await once();",
        "a ??= b; c &&= d; text.replaceAll('a', 'b'); found?.name ?? '';",
        "box.style.left = `${Math.max(EDGE, at.left)}px`;",
        "list.replaceChildren(...found.map((entry) => entry.text));",
        "const at = (id) => document.getElementById(id);",
        "const at = new Date(moment); if (controller) controller.abort();",
        ":host(:not([theme='light'])) { clip-path: inset(50%); overflow: hidden; }",
        "p:first-child { unicode-bidi: isolate; overflow-wrap: anywhere; }",
    ],
)
def test_what_chromium_86_knows_is_not_taken_for_new(line: str) -> None:
    assert not [pattern for pattern in (*NEWER_SCRIPT, *NEWER_STYLE) if re.search(pattern, line)]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (" await fetch('/v1/labels');", 1),
        ("if (late) {\n  const known = await fetch('/v1/session');\n}", 1),
        ("async function once() {\n  if (late) {\n    await fetch('/v1/session');\n  }\n}", 0),
        ("form.addEventListener('submit', async (event) => {\n  await sent(event);\n});", 0),
        ("class A { async b({ c = 1 } = {}) {\n  await c;\n } }", 0),
    ],
)
def test_an_await_outside_of_functions_is_found(script: str, found: int) -> None:
    assert len(awaits_outside(script)) == found
