"""Text → terms, once and in Python, so that every engine indexes and asks the same terms.

Terms are jieba words (search mode, with the domain lexicon), Han unigrams and bigrams, and Latin or
digit runs with their unit. Words alone lose 3–10 points on Chinese questions; characters alone
confuse what a lexicon keeps apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from indexer.normalize import SPELLING, normalize

_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff]+")
_ASCII_RUN: Final = re.compile(r"[a-z0-9]+(?:[._+/-][a-z0-9]+)*")
_ALNUM_PART: Final = re.compile(r"[a-z]+|\d+")
_AMOUNT: Final = re.compile(r"\d+(?:\.\d+)?(?:元|gb|m|分钟|天|个月|岁|档|年|小时)")
_SCHEMA: Final = "terms-3"  # to be raised when any text would be cut differently


class WordCutter(Protocol):
    """Cuts normalised text into words, long words also into their parts."""

    def cut_for_search(self, text: str) -> list[str]:
        """The words of ``text``; a long word is followed by the words inside it."""
        ...

    def is_word(self, text: str) -> bool:
        """Whether the dictionary has it; cutting also makes words up."""
        ...


class _RustCutter:
    """``rjieba``: the cuts of jieba, ten to twenty times as fast."""

    def __init__(self, words: Iterable[str]) -> None:
        import rjieba

        self._jieba = rjieba.Jieba()
        for word in words:
            self._jieba.add_word(word, None, None)

    def cut_for_search(self, text: str) -> list[str]:
        return list(self._jieba.cut_for_search(text, True))

    def is_word(self, text: str) -> bool:
        return bool(self._jieba.has_word(text))


class JiebaCutter:
    """``jieba`` itself: the reference in tests and the fallback where no ``rjieba`` wheel exists."""

    def __init__(self, words: Iterable[str]) -> None:
        import jieba

        jieba.setLogLevel(60)
        # an own Tokenizer: jieba's module-level dictionary is shared by the whole process
        self._jieba = jieba.Tokenizer()
        for word in words:
            self._jieba.add_word(word)

    def cut_for_search(self, text: str) -> list[str]:
        """See ``WordCutter``."""
        return list(self._jieba.cut_for_search(text))

    def is_word(self, text: str) -> bool:
        """See ``WordCutter``."""
        self._jieba.initialize()
        return bool(self._jieba.FREQ.get(text))


_DICTIONARY_LINE: Final = re.compile(r"^([\u4e00-\u9fff]{2,4}) ([0-9]+)", re.MULTILINE)


def dictionary_words() -> Iterator[tuple[str, int]]:
    """The words of two to four characters in jieba's dictionary, each with its count there."""
    found = find_spec("jieba")  # the file alone: importing the package loads models, too
    if found is None or found.origin is None:
        return
    text = Path(found.origin).with_name("dict.txt").read_text(encoding="utf-8")
    for match in _DICTIONARY_LINE.finditer(text):
        yield match[1], int(match[2])


def word_cutter(words: Sequence[str]) -> WordCutter:
    """The fastest cutter that is installed."""
    try:
        return _RustCutter(words)
    except ImportError:
        return JiebaCutter(words)


class Analyzer:
    """Turns text into terms with one lexicon; ``fingerprint`` changes when the terms would."""

    def __init__(self, lexicon_words: Iterable[str] = (), cutter: WordCutter | None = None) -> None:
        # normalised and sorted: the same lexicon in another order is the same analyzer
        words = sorted({normalize(word) for word in lexicon_words} - {""})
        self._cutter = cutter or word_cutter(words)
        digest = hashlib.blake2b(digest_size=8)
        digest.update("\n".join([_SCHEMA, SPELLING, *words]).encode())
        self.fingerprint = digest.hexdigest()

    def is_word(self, text: str) -> bool:
        """Whether the dictionary or the lexicon has ``text`` as a word."""
        return self._cutter.is_word(text)

    def words(self, normalized: str) -> list[str]:
        """The Han words of two and more characters in normalised text."""
        return [
            word
            for word in self._cutter.cut_for_search(normalized)
            if len(word) > 1 and _HAN_RUN.fullmatch(word)
        ]

    def terms(self, text: str) -> list[str]:
        """All terms of ``text``, repeated as often as they occur.

        >>> sorted(set(Analyzer().terms("退10元包")))
        ['10', '10元', '元', '元包', '包', '退']
        """
        normalized = normalize(text)
        terms: list[str] = []
        for match in _HAN_RUN.finditer(normalized):
            run = match.group()
            terms.extend(run)
            terms.extend(run[n : n + 2] for n in range(len(run) - 1))
        terms.extend(self.words(normalized))
        terms.extend(_AMOUNT.findall(normalized))
        for match in _ASCII_RUN.finditer(normalized):
            whole = match.group()
            terms.append(whole)
            parts = _ALNUM_PART.findall(whole)
            if len(parts) > 1:
                terms.extend(parts)
        return terms
