"""One spelling for one meaning, before words are cut: width, script, case, numbers and units.

``normalize`` is used for passages and queries alike and is idempotent. Rules: NFKC; traditional to
simplified (OpenCC t2s); lower case; Chinese numerals in front of a unit become digits (两块 → 2元,
五十九元 → 59元, 5百块 → 500元), apart from what stands before them (畅享199一个月 → 畅享199 1个月); prices as they are said become amounts
(29块9 → 29.9元); colloquial units become the official ones (块/块钱 → 元, 个G → gb, 兆 → m).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import opencc

from indexer.numerals import COUNTED, NUMERAL, apart, numeral_value, says_about
from indexer.spoken import in_digits

SPELLING: Final = "spelling-3"
"""To be raised when any text would be normalised differently: terms and vectors are made anew."""
_NUMERAL_BEFORE_UNIT: Final = re.compile(rf"(?<![{NUMERAL}])([{NUMERAL}]+)(?={COUNTED})")
_TOGETHER: Final = re.compile(rf"(?<![{NUMERAL}0-9])一块(?:儿|(?=用|办|去|弄|使|交|打))")
"""一块儿 and 一块用 say together, not one yuan."""
_THOUSAND_MBIT: Final = {"千兆": "1000m", "百兆": "100m"}
_CONTROL: Final = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
_SPACE: Final = re.compile(r"\s+")
_YUAN: Final = re.compile(r"(\d)\s*(?:块钱|元钱|块)")
UNITS: Final = (
    "元|[美港欧日]元|角|毛|gb|mb|m|分钟|秒|个?小时|天|日|号|周|个月|月|年|岁|次|条|%|折|倍|成|点|时"
    "|个?人|位|张|部|台|档|份|户|路|级"
)
"""A pattern of what a number may count in a text in this spelling."""
_ROUNDS: Final = 8  # one round settles nearly every text; nonsense such as 5元钱钱钱 takes more
_GIGA: Final = re.compile(r"(\d)\s*(?:个)?\s*gb?(?![a-z0-9])")
_MEGA: Final = re.compile(r"(\d)\s*(?:兆|mbps|mb/s)(?![a-z])")


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


# a spoken number of two and more places is a number wherever it stands: 一百五十九, 五十九
_LONG_NUMERAL: Final = re.compile(
    rf"(?<![{NUMERAL}])((?:[一二两三四五六七八九][百千])+[零〇一二三四五六七八九十]*|[二三四五六七八九]?十[一二三四五六七八九]|[二三四五六七八九]十)(?![{NUMERAL}])"
)


def _digits_for_numeral(match: re.Match[str]) -> str:
    value = numeral_value(match.group(1))
    if value is None or says_about(match.group(1), match.string[match.end() : match.end() + 1]):
        return match.group(1)
    before = match.string[match.start() - 1 : match.start()]  # "" at the start
    number = apart(before, str(value))
    # 1百二十 that no rule could read is left as it is
    return match.group(1) if number[0] == " " and match.group(1)[0] in "百千万" else number


def clean(text: str) -> str:
    """Text without control and direction characters, with single spaces, as it may be shown."""
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()


def normalize(text: str) -> str:
    """The one spelling of ``text`` that terms and vectors are made from.

    >>> normalize("我想退掉两块钱的３０個Ｇ流量包")
    '我想退掉2元的30gb流量包'
    """
    # a rule may make what another one looks for (5元钱钱 → 5元钱): all are applied until all rest
    for _ in range(_ROUNDS):
        spelled = _respelled(text)
        if spelled == text:
            break
        text = spelled
    return text


def _respelled(text: str) -> str:
    text = clean(unicodedata.normalize("NFKC", text))
    text = unicodedata.normalize("NFKC", _to_simplified().convert(text)).lower()
    text = clean(text)
    if "一块" in text:
        text = _TOGETHER.sub("一起", text)
    for spoken, digits in _THOUSAND_MBIT.items():
        if spoken in text:  # rare: looking first is far quicker than the pattern
            text = re.sub(rf"(?<![{NUMERAL}0-9]){spoken}", digits, text)
    text = in_digits(text)
    text = _NUMERAL_BEFORE_UNIT.sub(_digits_for_numeral, text)
    text = _LONG_NUMERAL.sub(_digits_for_numeral, text)
    text = _YUAN.sub(r"\1元", text)
    text = _GIGA.sub(r"\1gb", text)
    return _MEGA.sub(r"\1m", text)
