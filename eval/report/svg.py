"""What a plot becomes in a page: text in the page's fonts, colours that follow its scheme."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Final

INK: Final = "#010101"
GRID: Final = "#020202"
QUIET: Final = "#030303"
PAPER: Final = "#090909"
SERIES: Final = ("#040404", "#050505", "#060606", "#070707", "#080808")

# Drawn in colours that nobody would choose, and named here: a page sets the names for its scheme,
# and whoever has no page sees the second value. The series are close to those of Okabe & Ito,
# which people with any colour vision can tell apart.
_COLOURS: Final = {
    INK: "currentColor",
    GRID: "var(--plot-grid, #8a8f9844)",
    QUIET: "var(--plot-quiet, #7c828c)",
    PAPER: "var(--plot-paper, #fff)",
    SERIES[0]: "var(--plot-1, #2b8cc4)",
    SERIES[1]: "var(--plot-2, #d55e00)",
    SERIES[2]: "var(--plot-3, #009e73)",
    SERIES[3]: "var(--plot-4, #c99700)",
    SERIES[4]: "var(--plot-5, #cc79a7)",
}
_HEAD: Final = re.compile(r"^.*?<svg[^>]*viewBox=\"0 0 ([\d.]+) ([\d.]+)\"[^>]*>", re.DOTALL)
_STYLE: Final = re.compile(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_GROUP_ID: Final = re.compile(r"<g id=\"[^\"]*\"")
_FAMILY: Final = re.compile(r"font-family: [^;\"]*")
_UNTURNED: Final = re.compile(r" transform=\"rotate\(-?0 [^)]*\)\"")
_EMPTY_PATCH: Final = re.compile(r"<path d=\"[^\"]*\" style=\"fill: none; opacity: 0\"/>")
_PATH: Final = re.compile(r"(?<= d=\")[^\"]*")
_DIGITS: Final = re.compile(r"(\.\d)\d+")
_LINES: Final = re.compile(r"\s*\n\s*")
_FONTS: Final = "inherit"


class Svg(str):
    """An SVG picture that pages take as markup and notebooks show."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return str(self)

    def _repr_svg_(self) -> str:
        return str(self)


def finished(drawn: str, title: str) -> Svg:
    """The drawing without what a page has no use for, named for who cannot see it."""
    head = _HEAD.match(drawn)
    assert head is not None, "the plotting library draws SVG with a viewBox"
    width, height = head[1], head[2]
    body = _STYLE.sub("", drawn[head.end() :])
    # ids of groups would stand twice in a page with two plots; those of shapes are hashes
    body = _GROUP_ID.sub("<g", body)
    body = _EMPTY_PATCH.sub("", body)
    body = _FAMILY.sub(f"font-family: {_FONTS}", body)
    body = _UNTURNED.sub("", body)
    for drawn_as, shown_as in _COLOURS.items():
        body = body.replace(drawn_as, shown_as)
    body = _LINES.sub(" ", body)
    # a tenth of a pixel is as near as anybody sees
    body = _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), body)
    name = escape(plain(title))
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' class="plot" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{name}" stroke-linejoin="round">'
        f"<title>{name}</title>{body}"
    )


def plain(text: str) -> str:
    """A text of data as a plot can hold it: one line, without invisible characters that turn it."""
    kept = (" " if character in "\t\r\n" else character for character in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def cut(text: str, ems: float) -> str:
    """A text that is not wider than so many ems.

    >>> cut("业务知识库", 4), cut("app", 4)
    ('业务知…', 'app')
    """
    text = plain(text)
    if width(text) <= ems:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > ems - 1.0:
            break
        kept += character
    return f"{kept}…"


def width(text: str) -> float:
    """About how many ems a text is wide: a Chinese character is one, others a little over half."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text)
