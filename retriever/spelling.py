"""Another reading of a question: pinyin, initials and homophones as the words that they stand for.

A reading only ever adds candidates: it is asked beside the question as it was typed, at a small
discount, so that it never outranks what matches exactly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from indexer.analyzer import Analyzer
from indexer.pinyin import syllables

_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff]+")
_LATIN_RUN: Final = re.compile(r"(?<![a-z0-9])[a-z]+(?: +[a-z]+)*(?![a-z0-9])")
_LONGEST: Final = 8  # Han characters of a word that is recognised by its sound
_INITIALS_FROM: Final = 2
_INITIALS_UP_TO: Final = 4
_WORTH: Final = {"word": 3.0, "syllable": 0.4, "initials": 1.2}

# what questions are made of besides the domain's own words
_QUESTION_WORDS: Final = tuple(
    "怎么 怎么办 怎么样 怎样 如何 什么 多少 多少钱 几块 能不能 可以 没有 有没有 哪个 哪里 客户 用户 我想 我要 我的 "
    "不想要 不要 取消 退订 退 开通 办理 办 查询 查 变更 换 改 降 升 移 恢复 回复 区别 优惠 便宜 以后 之后 现在 一个月 "
    "一天 一年 每月 每天 快到期 到期 生效 失败 报错 丢了 少了 对不上 电话 手机 短信 号码 密码 流量 套餐 话费 宽带 "
    "日本 韩国 新加坡 泰国 香港 澳门 台湾 美国 英国 菜单 系统 补打 处理 别人 别人家 老是 收到 续约 东西 网速 转 "
    "说 本人 块 快 多 少 好 新 老 旧 卡 新号 信号 实体卡 插入 多久 什么时候 网络 电视 收费 价格 一定 需要 需 必须 注册 "
    "还剩 剩 还有 钱 块钱 去 要 和 给 那个 这个 里 在 不 能 用 到 了 的 吗 有".split()
)


def _loose(syllable: str) -> str:
    """A syllable without the differences that many speakers do not make (zh/z, ng/n, l/n)."""
    for strict, loose in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(strict):
            syllable = loose + syllable[2:]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


class Speller:
    """Reads sounds as the words of one version's lexicon and titles."""

    def __init__(self, analyzer: Analyzer, words: Iterable[str], names: Iterable[str]) -> None:
        self._analyzer = analyzer
        self._by_sound: dict[tuple[str, ...], str] = {}
        self._by_letters: dict[str, str] = {}
        self._by_initials: dict[str, str] = {}
        # earlier words win: question words and the lexicon before titles
        for order, group in enumerate((_QUESTION_WORDS, words, names)):
            for word in group:
                if not _HAN_RUN.fullmatch(word) or len(word) > _LONGEST:
                    continue
                spoken = syllables(word)
                if len(spoken) != len(word):
                    continue
                self._by_letters.setdefault("".join(spoken), word)
                if len(word) > 1:
                    self._by_sound.setdefault(tuple(map(_loose, spoken)), word)
                if order > 0 and _INITIALS_FROM <= len(word) <= _INITIALS_UP_TO:
                    self._by_initials.setdefault("".join(s[0] for s in spoken), word)
        self._longest = max(map(len, self._by_letters), default=0)

    def reading(self, normalized: str, codes: Collection[str] = ()) -> str:
        """The question with sounds replaced by words, or the question itself.

        Normalised text in, normalised text out; ``codes`` (lower case) are left as they are.
        """

        def read(match: re.Match[str]) -> str:
            run = match.group()
            return run if set(run.split()) & set(codes) else self._from_letters(run)

        text = _LATIN_RUN.sub(read, normalized)
        return _HAN_RUN.sub(lambda match: self._from_sounds(match.group()), text)

    def _from_letters(self, run: str) -> str:
        """Letters as words: the split that recognises most, or the letters where too little is known."""
        letters = run.replace(" ", "")
        # initials are typed as one token: the sh of shuo is not 售后
        tokens: set[tuple[int, int]] = set()
        place = 0
        for token in run.split():
            tokens.add((place, place + len(token)))
            place += len(token)
        best: list[tuple[float, str]] = [(0.0, "")]
        for end in range(1, len(letters) + 1):
            choice = (best[end - 1][0] - 1.5, best[end - 1][1] + letters[end - 1])
            for start in range(max(0, end - self._longest), end):
                piece = letters[start:end]
                if word := self._by_letters.get(piece):
                    worth = _WORTH["word"] * len(word) if len(word) > 1 else _WORTH["syllable"]
                    choice = max(choice, (best[start][0] + worth, best[start][1] + word))
                if (start, end) in tokens and (word := self._by_initials.get(piece)):
                    worth = _WORTH["initials"] * len(word)
                    choice = max(choice, (best[start][0] + worth, best[start][1] + word))
            best.append(choice)
        score, text = best[-1]
        known = sum(1 for char in text if _HAN_RUN.match(char))
        return text if score > 0 and known * 2 >= len(text) else run

    def _from_sounds(self, run: str) -> str:
        """Han text with words of the lexicon in place of what only sounds like them."""
        if len(run) < 2:
            return run
        spoken = syllables(run)
        if len(spoken) != len(run):
            return run
        loose = tuple(map(_loose, spoken))
        written = self._written_words(run)
        out: list[str] = []
        start = 0
        while start < len(run):
            length, word = self._meant(run, loose, start, written)
            out.append(word)
            start += length
        return "".join(out)

    def _meant(
        self, run: str, loose: tuple[str, ...], start: int, written: list[bool]
    ) -> tuple[int, str]:
        """The longest word that ``run`` sounds like from ``start`` on, or the character itself."""
        for length in range(min(_LONGEST, len(run) - start), 1, -1):
            piece = run[start : start + length]
            word = self._by_sound.get(loose[start : start + length])
            if word is None or word == piece or self._analyzer.is_word(piece):
                continue
            shared = sum(a == b for a, b in zip(word, piece, strict=True))
            # a short or common word must not be read out of parts of words that are really there
            weak = length == 2 or word in _QUESTION_WORDS
            if weak and (shared == 0 or any(written[start : start + length])):
                continue
            return length, word
        return 1, run[start]

    def _written_words(self, run: str) -> list[bool]:
        """For each character, whether a dictionary word of two to four characters covers it."""
        covered = [False] * len(run)
        for start in range(len(run)):
            for length in (2, 3, 4):
                if start + length <= len(run) and self._analyzer.is_word(
                    run[start : start + length]
                ):
                    covered[start : start + length] = [True] * length
        return covered
