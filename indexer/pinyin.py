"""The only door to pypinyin: how a title is typed on a keyboard."""

from __future__ import annotations

import re
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin

from indexer.normalize import normalize

_KEEP: Final = re.compile(r"[a-z0-9]+")


def _joined(parts: list[str]) -> str:
    return "".join("".join(_KEEP.findall(part.lower())) for part in parts)


def full_pinyin(text: str) -> str:
    """Whole syllables without tones; phrases decide polyphones.

    >>> full_pinyin("重庆长途")
    'chongqingchangtu'
    """
    return _joined(lazy_pinyin(normalize(text)))


def initials(text: str) -> str:
    """The first letter of each syllable; Latin letters and digits stay whole.

    >>> initials("全球通59套餐查询")
    'qqt59tccx'
    """
    return _joined(lazy_pinyin(normalize(text), style=Style.FIRST_LETTER))


def syllables(text: str) -> list[str]:
    """The toneless syllable of each Han character; other runs stay one piece each.

    >>> syllables("套餐")
    ['tao', 'can']
    """
    return list(lazy_pinyin(text))


def readings_of(character: str) -> tuple[str, ...]:
    """Every toneless syllable that a Han character can be, as it is typed: ü is v.

    >>> readings_of("行")[:2], readings_of("女")
    (('xing', 'hang'), ('nv', 'ru'))
    """
    found = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
    return tuple(dict.fromkeys(one.replace("ü", "v") for one in found))
