"""Traditional characters → simplified, and only where a text is traditional: a door to OpenCC."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import opencc

_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_TWO: Final = 2  # one such character may be a name
_SHARE: Final = 0.12


# tw2s, not t2s: it also knows that 看著 is 看着 while 著作 stays
@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("tw2s")


@lru_cache(maxsize=1)
def _character_converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=8192)
def _simplified_character(char: str) -> str:
    """The simplified form of a character that only traditional text has, else the character.

    GB 2312 holds the characters of simplified text: 乾, 著 and 瞭 are among them, 經 is not.
    """
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        simplified: str = _character_converter().convert(char)
        return simplified
    return char


def simplified(text: str) -> str:
    """``text`` in simplified characters; 乾, 著 and the like change in traditional text only.

    >>> simplified("看著電視辦業務，衣服乾淨"), simplified("乾坤大厦，著名，瞭望"), simplified("經营厅")
    ('看着电视办业务，衣服干净', '乾坤大厦，著名，瞭望', '经营厅')
    """
    try:
        text.encode("gb2312")  # nearly all text: nothing in it is traditional
    except UnicodeEncodeError:
        han = _HAN.findall(text)
    else:
        return text
    traditional = {char for char in han if _simplified_character(char) != char}
    if not traditional:
        return text
    share = sum(char in traditional for char in han) / len(han)
    if len(traditional) >= _TWO and share >= _SHARE:
        whole: str = _converter().convert(text)
        return whole
    return "".join(map(_simplified_character, text))
