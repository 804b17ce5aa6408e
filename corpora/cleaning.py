"""Text as exports of knowledge hold it → text as an editor would have written it.

Pure and idempotent: cleaned text passes unchanged. Numbers, commands and codes keep their value;
where a rule cannot know whether it would touch one, it leaves the text alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from corpora.layout import with_whole_lines, without_page_furniture
from corpora.markup import without_markup
from corpora.repeats import without_repeated_punctuation, without_repeats
from corpora.traditional import simplified

_HAN: Final = r"[\u3400-\u9fff]"
_LINE_BREAKS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES: Final = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# soft hyphen, zero width, direction, private use (bullets of word processors), lone surrogates
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufeff\ufff0-\ufffd]"
)
_RUN_OF_SPACES: Final = re.compile(r" {2,}")
_EDGE_SPACES: Final = re.compile(r"^ +| +$", re.MULTILINE)
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
# 业 务 办 理: a justified column; two words with a space between them are not
_SPACED_HAN: Final = re.compile(rf"(?<!\S){_HAN}(?: {_HAN}){{3,}}(?!\S)")

_WIDE: Final = {
    code: code - 0xFEE0
    for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B))
    for code in range(*span)
}
_HAS_WIDE: Final = re.compile(
    "[\uff05\uff06\uff0a\uff0d-\uff19\uff20-\uff3a\uff3f\uff41-\uff5a\uff03"
    "\ufb00-\ufb06\u2e80-\u2fdf\uf900-\ufaff]"
)
# % - * # @ / & _ . in full width: signs of commands and amounts, not of Chinese sentences
_WIDE_SIGN: Final = re.compile(
    "(?<=[0-9A-Za-z#*])[\uff05\uff0d\uff0a\uff03\uff20\uff0f\uff06\uff3f\uff0e]"
    "|[\uff0d\uff0a\uff03\uff20\uff0f\uff06\uff3f\uff0e](?=[0-9A-Za-z#*])"
)
# radicals and compatibility forms that PDF gives for ordinary characters, and ligatures
_LOOKALIKE: Final = re.compile("[\ufb00-\ufb06\u2e80-\u2fdf\uf900-\ufaff]")

_BRACKETED: Final = re.compile(rf"(?<={_HAN}) ?[（(]([^（()）\n]{{1,60}})[)）]")
_TONED: Final = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_PINYIN: Final = re.compile(rf"[a-zü{_TONED}'\u2019·,，\s-]+", re.IGNORECASE)
_TONE: Final = re.compile(f"[{_TONED}]", re.IGNORECASE)
_VOWELS: Final = re.compile(rf"[aeiouü{_TONED}]+", re.IGNORECASE)
_BOPOMOFO: Final = re.compile(r"[\u3105-\u312f\u02ca\u02c7\u02cb\u02d9\s]+")

# Cyrillic to Mongolian and Hangul: letters that no Chinese knowledge holds one by one.
# Greek and kana are used as signs and in names.
_FOREIGN: Final = re.compile(
    "[\u0400-\u109f\u10a0-\u11ff\u1200-\u137f\u1780-\u18af\u3131-\u318e\uac00-\ud7af"
    "\ufb1d-\ufdff\ufe70-\ufefe]"
)
_STRAY_UP_TO: Final = 3
_HAN_FOR_ONE: Final = 4


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text after cleaning; ``changes`` names in Chinese what was done to it, in order."""

    text: str
    changes: tuple[str, ...] = ()


def _visible(text: str) -> str:
    return _UNSEEN.sub("", _LINE_BREAKS.sub("\n", text))


def _narrow(text: str) -> str:
    """Letters, digits and the signs of commands in half width; 。，（） stay as they are."""
    if not _HAS_WIDE.search(text):
        return text
    text = _LOOKALIKE.sub(lambda m: unicodedata.normalize("NFKC", m.group()), text)
    text = text.translate(_WIDE)
    return _WIDE_SIGN.sub(lambda m: chr(ord(m.group()) - 0xFEE0), text)


def _spaced(text: str) -> str:
    text = _EDGE_SPACES.sub("", _RUN_OF_SPACES.sub(" ", _SPACES.sub(" ", text)))
    text = _SPACED_HAN.sub(lambda m: m.group().replace(" ", ""), text)
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def _is_phonetic(bracketed: str) -> bool:
    """Whether it is pinyin with tone marks, or bopomofo; (APN) and café have too few marks."""
    if _BOPOMOFO.fullmatch(bracketed):
        return bool(bracketed.strip())
    if not _PINYIN.fullmatch(bracketed):
        return False
    return 2 * len(_TONE.findall(bracketed)) > len(_VOWELS.findall(bracketed))


def _without_phonetics(text: str) -> str:
    if "(" not in text and "（" not in text:
        return text
    return _BRACKETED.sub(lambda m: "" if _is_phonetic(m.group(1)) else m.group(), text)


def _without_strays(text: str) -> str:
    """Without the odd letter of another script; a foreign word or sentence stays."""
    strays = _FOREIGN.findall(text)
    if not strays or len(strays) > _STRAY_UP_TO:
        return text
    if len(re.findall(_HAN, text)) < _HAN_FOR_ONE * len(strays):
        return text
    return _FOREIGN.sub("", text)


_RULES: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("去掉网页标签", without_markup),
    ("去掉不可见字符", _visible),
    ("全角转半角", _narrow),
    ("整理空格", _spaced),
    ("去掉页眉页码", without_page_furniture),
    ("合并断行", with_whole_lines),
    ("去掉夹杂的外文字符", _without_strays),
    ("繁体转简体", simplified),
    ("去掉拼音注音", _without_phonetics),
    ("合并重复标点", without_repeated_punctuation),
    ("去掉重复文字", without_repeats),
)


def cleaned(text: str) -> Cleaned:
    """``text`` cleaned, and what was done.

    >>> cleaned("經(jīng)營ＡＰＰ　逐逐层点击层点击。。。")
    Cleaned(text='经营APP 逐层点击。', changes=('全角转半角', '整理空格', '繁体转简体', '去掉拼音注音', '合并重复标点', '去掉重复文字'))
    """
    done: dict[str, None] = {}
    # one rule may uncover what another looks for (&amp;nbsp;); each only shortens or simplifies
    while True:
        before = text
        for name, rule in _RULES:
            after = rule(text)
            if after != text:
                done[name] = None
                text = after
        if text == before:
            return Cleaned(text, tuple(done))
