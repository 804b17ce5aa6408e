"""Web markup in a text cell → the text that a reader of the page saw.

Not ``html.parser``: a cell is a fragment in which ``<`` is more often "less than" than a tag, and
that parser swallows what follows an unclosed ``<a``. Only names that HTML knows are tags here.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from typing import Final

_BLOCK: Final = frozenset(
    "address article aside blockquote br center dd div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section select table tbody tfoot"
    " thead tr ul".split()
)
_CELL: Final = frozenset({"td", "th"})
_INLINE: Final = frozenset(
    "a abbr b base big body button caption cite code col colgroup del em embed font head html i"
    " iframe img input ins kbd label legend link mark meta object param q s samp small source span"
    " strike strong sub summary sup svg textarea title tt u var video".split()
)
_NAMES: Final = "|".join(sorted(_BLOCK | _CELL | _INLINE, key=lambda name: (-len(name), name)))
_TAG: Final = re.compile(
    rf"""</?({_NAMES}|[owvm]:[a-z]+)(?:[\s/](?:[^<>"']|"[^"]*"|'[^']*')*)?>""", re.IGNORECASE
)
_UNSEEN: Final = re.compile(
    r"<(script|style|noscript|template)\b[^<>]*>.*?</\1\s*>|<!--.*?-->"
    r"|<!\[CDATA\[|\]\]>|<!DOCTYPE\b[^<>]*>|<\?xml\b[^<>]*>|</?(?:script|style)\b[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY: Final = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _seen(tag: re.Match[str]) -> str:
    name = tag.group(1).lower()
    if name in _BLOCK:
        return "\n"
    return " " if name in _CELL else ""


def _character(entity: re.Match[str]) -> str:
    name = entity.group(1)
    if name.startswith("#"):
        return unescape(entity.group())
    # not unescape: it also reads the beginning of a name, and &notice; is no ¬ice;
    return html5.get(f"{name};", entity.group())


def without_markup(text: str) -> str:
    """``text`` without tags, comments, scripts and entities; blocks and ``<br>`` become lines.

    >>> without_markup("<p>月费&nbsp;5&#20803;</p><p>限&lt;30岁，≤ <30岁</p>").split("\\n")
    ['', '月费\\xa05元', '', '限<30岁，≤ <30岁', '']
    """
    if "<" in text or "]]>" in text:
        text = _TAG.sub(_seen, _UNSEEN.sub("", text))
    return _ENTITY.sub(_character, text) if "&" in text else text
