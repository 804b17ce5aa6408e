"""What a copying fault wrote twice: runs of characters back to back, and repeated punctuation.

Chinese doubles words on purpose (好好, 慢慢, 商量商量, 清清楚楚), so a run counts as a fault only
from four Han characters on, or from three where the run before it is doubled as well.
"""

from __future__ import annotations

import re
from typing import Final

_HAN: Final = r"[\u3400-\u9fff]"
_IS_HAN: Final = re.compile(_HAN)
_NUMERAL: Final = re.compile("[零〇一二两三四五六七八九十百千万亿点.,0-9]+")
# 逐逐 + 层点击层点击: neighbouring runs that were each copied twice
_TWO_RUNS: Final = re.compile(rf"({_HAN}{{1,2}})\1({_HAN}{{3,20}}?)\2")
_SHORTEST: Final = 3
_LONGEST: Final = 80
_RUN: Final = re.compile(rf"([^\n]{{4,{_LONGEST}}}?)\1+")
_PUNCTUATION: Final = re.compile(r"([。，、；：！？])\1+")
_ELLIPSIS: Final = re.compile(r"…{3,}")
_HAN_ALONE: Final = 4
_HAN_MIXED: Final = 3
_MIXED_LENGTH: Final = 8
_HAN_SENTENCE: Final = 6
_LINE: Final = 12


def _alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_fault(run: str, before: str, after: str) -> bool:
    """Whether ``run`` stands twice by a fault and half of it can go without touching a number."""
    han = _IS_HAN.findall(run)
    # 哈哈哈哈哈哈 is laughter, 一二三四一二三四 a number
    if len(set(han)) < _HAN_MIXED or _NUMERAL.fullmatch(run):
        return False
    if len(han) == len(run):
        return len(han) >= _HAN_ALONE
    if any(_alnum(char) for char in run):
        # 满100送1满100送10: the end of the second copy is the beginning of another number
        if (_alnum(run[-1]) and (_alnum(after) or _alnum(run[0]))) or (
            _alnum(run[0]) and _alnum(before)
        ):
            return False
        return len(run) >= _MIXED_LENGTH
    # a step may well be repeated (点下一步。点下一步。), a longer sentence is not
    return len(han) >= _HAN_SENTENCE


def _once(match: re.Match[str]) -> str:
    text, run = match.string, match.group(1)
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    return run if _is_fault(run, before, after) else match.group()


def _has_repeat(text: str) -> bool:
    """Whether a run may stand twice back to back: far quicker to know than where and which."""
    last: dict[str, int] = {}
    for here in range(len(text) - 2):
        three = text[here : here + 3]
        there = last.get(three)
        last[three] = here
        if there is None or not _SHORTEST <= here - there <= _LONGEST:
            continue
        # two equal stretches a distance apart are a doubled run if they are as long as it
        distance = here - there
        left, right = there, here + 3
        while left > 0 and text[left - 1] == text[left - 1 + distance]:
            left -= 1
        while right < len(text) and text[right] == text[right - distance]:
            right += 1
        if right - left >= 2 * distance:
            return True
    return False


def _repeated_halves(text: str) -> str:
    """A text that is the same long text twice, as a cell pasted twice is."""
    half = len(text) // 2
    if len(text) > 2 * _LONGEST and len(text) % 2 == 0 and text[:half] == text[half:]:
        return text[:half]
    return text


def _repeated_lines(text: str) -> str:
    lines = text.split("\n")
    kept = [
        line
        for n, line in enumerate(lines)
        if n == 0 or line != lines[n - 1] or len(_IS_HAN.findall(line)) < _LINE
    ]
    return "\n".join(kept)


def without_repeats(text: str) -> str:
    """``text`` with what a copying fault doubled standing once.

    >>> without_repeats("逐逐层点击层点击"), without_repeats("宽带移机宽带移机怎么办")
    ('逐层点击', '宽带移机怎么办')
    >>> without_repeats("好好商量商量，慢慢来，10086 10086")
    '好好商量商量，慢慢来，10086 10086'
    """
    text = _repeated_halves(text)
    if "\n" in text:
        text = _repeated_lines(text)
    if not _has_repeat(text):
        return text
    return _RUN.sub(_once, _TWO_RUNS.sub(r"\1\2", text))


def without_repeated_punctuation(text: str) -> str:
    """One 。 for 。。。; an ellipsis stays.

    >>> without_repeated_punctuation("好的。。。等等……")
    '好的。等等……'
    """
    return _ELLIPSIS.sub("……", _PUNCTUATION.sub(r"\1", text))
