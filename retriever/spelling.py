"""Another reading of a question: pinyin, initials and homophones as the words that they stand for.

A reading only ever adds candidates: it is asked beside the question as it was typed, at a small
discount, so that it never outranks what matches exactly. It is the likeliest way to write what was
heard or typed (a noisy channel: Kernighan, Church & Gale 1990), by what the version's own questions
say after each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.analyzer import Analyzer, dictionary_words
from indexer.normalize import normalize
from indexer.pinyin import readings_of
from retriever.language import LanguageModel, signs
from retriever.letters import LetterReader
from retriever.sounds import Sounds, loose

_SURPRISING: Final = -5.0
"""log p below which a character, or the one before it, may have been meant otherwise."""
_HEARD: Final = 5.5  # a character, to read it as another one that sounds like it
_HEARD_IN_WORD: Final = 10.0  # the same inside a word of the dictionary
_ROUNDS: Final = 6  # words of one question that are read otherwise
_OTHERS: Final = 400  # words that are weighed in a round: nonsense has thousands
_SOUNDS_OF_CHARACTER: Final = 2
_COMMON_COUNTS: Final = 0.1  # a word of the language, times log10 of its count
_COMMON_FROM: Final = 200  # counts in the dictionary
_NAME_COUNTS: Final = 2.0  # a word of the lexicon
_QUESTIONS: Final = (
    "怎么办理 怎么取消 多少钱 1个月多少钱 怎么开通 怎么查 怎么退订 能不能 有没有 为什么 "
    "什么时候 要不要 可以吗 收费吗 怎么办"
).split()
_WORDS_OF_ONE: Final = frozenset("俺恁阮唔咁系及拟需须该仍而曾将已或与否近至未无均其所")
"""Words of one character that formal and regional speech has and the questions hardly do."""
_GIGA_HEARD: Final = re.compile(r"(?<=[0-9])\s*个[机计鸡记级技基](?![器种划型算])")
_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff]{2,}")
_BETWEEN: Final = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")


class _Other(NamedTuple):
    """A word that the text may mean from ``start`` on, and what it costs to read it so."""

    start: int
    word: str
    cost: float


class Speller:
    """Reads sounds as what one version's questions, names and lexicon would have there."""

    def __init__(
        self,
        analyzer: Analyzer,
        words: Iterable[str],
        names: Iterable[str],
        lines: Iterable[str] = (),
    ) -> None:
        """``words`` of the lexicon, ``names`` of items and normalised ``lines`` that were asked."""
        self._analyzer = analyzer
        asked = [*_QUESTIONS, *lines]
        known = dict.fromkeys(normalize(word) for word in (*words, *names))
        pieces = _pieces(asked)
        weights, said = {}, []
        for word, count in dictionary_words():
            if count >= _COMMON_FROM:
                weights[word] = _COMMON_COUNTS * math.log10(count)
            if word in pieces:
                said.append(word)
        self._model = LanguageModel(asked, weights | dict.fromkeys(known, _NAME_COUNTS))
        self._sounds = Sounds(self._model, known, said)
        self._letters = LetterReader(self._model, self._sounds)
        self._spoken: dict[str, tuple[str, ...]] = {}

    def reading(self, normalized: str, codes: Collection[str] = ()) -> str:
        """The question with sounds replaced by words, or the question itself.

        Normalised text in, normalised text out; ``codes`` (lower case) are left as they are.
        """
        read = self._letters.read(_GIGA_HEARD.sub("gb", normalized), codes)
        if read != normalized:
            read = normalize(_BETWEEN.sub("", read))
        return self._by_ear(read)

    def _by_ear(self, text: str) -> str:
        """``text`` with words in place of what only sounds like them, the surest first."""
        for _ in range(_ROUNDS):
            others = list(islice(self._others(text), _OTHERS))
            if not others:
                break
            gains = self._gains(text, others)
            best = int(np.argmax(gains))
            if gains[best] <= 0.0:
                break
            start, word, _ = others[best]
            text = text[:start] + word + text[start + len(word) :]
        return text

    def _gains(self, text: str, others: Sequence[_Other]) -> NDArray[np.float64]:
        """How much likelier the text is with each other word, less what that costs.

        Only the signs of the word and the two after it are looked up: no other probability changes.
        """
        found = signs(text)
        ids = [self._model.id_of(sign.key) for sign in found]
        line = [LanguageModel.OPEN, LanguageModel.OPEN, *ids, LanguageModel.CLOSE]
        places = {sign.start: place for place, sign in enumerate(found)}
        rows: list[list[int]] = []
        for one in others:
            first = places[one.start]
            word = [self._model.id_of(sign) for sign in one.word]
            rows.append(line[first : first + len(word) + 4])
            rows.append([*line[first : first + 2], *word, *rows[-1][2 + len(word) :]])
        stream = np.array([number for row in rows for number in row], dtype=np.int64)
        owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        logs = self._model.logs(stream[:-2], stream[1:-1], stream[2:])
        whole = owners[:-2] == owners[2:]  # not across the seam of two rows
        summed = np.bincount(owners[2:][whole], weights=logs[whole], minlength=len(rows))
        sums: NDArray[np.float64] = summed.astype(np.float64)
        costs = np.array([one.cost for one in others])
        gains: NDArray[np.float64] = sums[1::2] - sums[::2] - costs
        return gains

    def _others(self, text: str) -> Iterator[_Other]:
        """What else is said with these sounds, where the text as it stands surprises."""
        odd = self._odd(text)
        if not any(odd):
            return
        written = _written_words(self._analyzer, text)
        for run in _HAN_RUN.finditer(text):
            sounds = [self._sounds_of(character) for character in run.group()]
            for start in range(run.start(), run.end() - 1):
                for word in self._sounds.words_like(sounds[start - run.start() :]):
                    piece = text[start : start + len(word)]
                    changed = [
                        n for n, (a, b) in enumerate(zip(word, piece, strict=True)) if a != b
                    ]
                    is_odd = any(odd[start : start + len(word)])
                    if not changed or not is_odd or self._analyzer.is_word(piece):
                        continue
                    if any(piece[n] in _WORDS_OF_ONE for n in changed):
                        continue
                    costs = (_HEARD_IN_WORD if written[start + n] else _HEARD for n in changed)
                    yield _Other(start, word, sum(costs))

    def _odd(self, text: str) -> list[bool]:
        """For each character, whether it or the next one surprises."""
        found = signs(text)
        ids = np.array([self._model.id_of(sign.key) for sign in found], dtype=np.int64)
        opened = np.concatenate([[LanguageModel.OPEN] * 2, ids])
        logs = self._model.logs(opened[:-2], opened[1:-1], ids) if found else np.zeros(0)
        odd = [False] * (len(text) + 1)
        for place in np.flatnonzero(logs < _SURPRISING).tolist():
            odd[found[place].start] = True
            odd[found[max(0, place - 1)].start] = True
        return odd

    def _sounds_of(self, character: str) -> tuple[str, ...]:
        if character not in self._spoken:
            found = tuple(dict.fromkeys(loose(one) for one in readings_of(character)))
            self._spoken[character] = found[:_SOUNDS_OF_CHARACTER]
        return self._spoken[character]


def _pieces(lines: Iterable[str]) -> set[str]:
    """All runs of two to four Han characters."""
    return {
        run[start : start + length]
        for line in lines
        for run in _HAN_RUN.findall(line)
        for length in (2, 3, 4)
        for start in range(len(run) - length + 1)
    }


def _written_words(analyzer: Analyzer, text: str) -> list[bool]:
    """For each character, whether a dictionary word of two to four characters covers it."""
    covered = [False] * len(text)
    for start in range(len(text)):
        for length in (2, 3, 4):
            if start + length <= len(text) and analyzer.is_word(text[start : start + length]):
                covered[start : start + length] = [True] * length
    return covered
