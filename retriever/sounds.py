"""Which signs a syllable can be, among those that a language model knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from indexer.pinyin import readings_of, syllables
from retriever.language import Ids, LanguageModel

_NONE: Final = np.zeros(0, dtype=np.int64)
_MOST: Final = 24  # characters of a syllable: the commonest; shi has 60
_SAID: Final = {"kuai": "元", "zhao": "m"}  # units as they are spoken, as the normal form has them
_LONGEST: Final = 8  # characters of a word that is known by its sound
_INITIALS: Final = (2, 4)  # characters of a word that is typed by its first letters


def loose(syllable: str) -> str:
    """A syllable without the differences that many speakers do not make (zh/z, ng/n, n/l)."""
    for strict, easy in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")):
        if syllable.startswith(strict):
            syllable = easy + syllable[len(strict) :]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


class Sounds:
    """Syllables, loose sounds and first letters, each with the ids of what they may stand for."""

    def __init__(
        self, model: LanguageModel, names: Collection[str], words: Iterable[str] = ()
    ) -> None:
        """``names`` may be typed by their initials, and like ``words`` they are known by ear."""
        by_syllable: dict[str, list[int]] = defaultdict(list)
        spoken: dict[str, tuple[str, ...]] = {}
        order = np.argsort(-model.frequency, kind="stable")
        for number in order.tolist():
            sign = model.signs[number]
            if not _is_han(sign):
                continue
            spoken[sign] = readings_of(sign)
            for syllable in spoken[sign]:
                by_syllable[syllable].append(number)
                if "v" in syllable:
                    by_syllable[syllable.replace("v", "u")].append(number)
        for syllable, unit in _SAID.items():
            if model.knows(unit):
                by_syllable[syllable].insert(0, model.id_of(unit))
        self._by_syllable = {key: np.array(ids[:_MOST]) for key, ids in by_syllable.items()}
        self.longest = max(map(len, self._by_syllable), default=0)
        self._by_initials: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._begun: set[tuple[str, ...]] = set()
        for word in dict.fromkeys((*names, *words)):
            if not 1 < len(word) <= _LONGEST or not all(map(_is_han, word)):
                continue
            sounds = _said(word, spoken)
            heard = tuple(map(loose, sounds))
            self._by_sound[heard].append(word)
            self._begun.update(heard[:end] for end in range(1, len(heard)))
            low, high = _INITIALS
            if word in names and low <= len(word) <= high:
                self._by_initials["".join(one[0] for one in sounds)].append(word)

    def typed(self, syllable: str) -> Ids:
        """What the letters of a syllable can be."""
        return self._by_syllable.get(syllable, _NONE)

    def words_by_initials(self, letters: str) -> Sequence[str]:
        """Names that are typed by these first letters."""
        return self._by_initials.get(letters, ())

    def words_like(self, sounds: Sequence[Sequence[str]]) -> Iterator[str]:
        """Words and names that begin with the first sign; of each sign its loose sounds are given."""
        begun: list[tuple[str, ...]] = [()]
        for choices in sounds[:_LONGEST]:
            longer = [(*before, sound) for before in begun for sound in choices]
            for one in longer:
                yield from self._by_sound.get(one, ())
            begun = [one for one in longer if one in self._begun]
            if not begun:
                return


def _said(word: str, spoken: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The syllables of a word; the whole word is looked up only where a character has several."""
    sounds = [spoken.get(character, ()) for character in word]
    if all(len(each) == 1 for each in sounds):
        return [each[0] for each in sounds]
    found = syllables(word)
    return found if len(found) == len(word) else [readings_of(one)[0] for one in word]


def _is_han(sign: str) -> bool:
    return len(sign) == 1 and "\u3400" <= sign <= "\u9fff"
