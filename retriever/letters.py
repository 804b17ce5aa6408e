"""Letters inside a Chinese question as what they were typed for: the likeliest line of signs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retriever.language import Ids, LanguageModel, Sign, signs
from retriever.sounds import Sounds

_WIDTH: Final = 10  # readings that are followed side by side
_INITIALS_COST: Final = 6.0  # to read letters as the initials of a name
_LETTER_COST: Final = 6.0  # a letter, to leave letters as they are
_TOKEN_UP_TO: Final = 64  # letters of one token that are read
_FREE: Final = np.zeros(1)


class _Path(NamedTuple):
    """One way to read the text up to a place; ``first`` is the last sign, ``second`` the one before."""

    score: float
    second: int
    first: int
    text: str


class LetterReader:
    """Reads syllables and initials with what one version's questions would say there."""

    def __init__(self, model: LanguageModel, sounds: Sounds) -> None:
        self._model = model
        self._sounds = sounds

    def read(self, text: str, codes: Collection[str]) -> str:
        """``text`` (normalised) with words in place of letters, ``codes`` left as they are."""
        found = signs(text)
        typed = [self._may_be_typed(sign.text, codes) for sign in found]
        if not any(typed):
            return text
        paths = [_Path(0.0, LanguageModel.OPEN, LanguageModel.OPEN, "")]
        end = 0
        for sign, is_typed in zip(found, typed, strict=True):
            gap = text[end : sign.start]
            end = sign.start + len(sign.text)
            if gap:
                paths = [path._replace(text=path.text + gap) for path in paths]
            paths = self._letters(paths, sign) if is_typed else self._kept(paths, sign)
        close = np.array([LanguageModel.CLOSE])
        return self._followed(paths, close, _FREE, [""])[0].text

    def _may_be_typed(self, text: str, codes: Collection[str]) -> bool:
        is_run = text.isascii() and text.isalpha() and 1 < len(text) <= _TOKEN_UP_TO
        return is_run and text not in codes and not self._model.knows(text)

    def _kept(self, paths: list[_Path], sign: Sign) -> list[_Path]:
        own = self._model.id_of(sign.key)
        if len(paths) == 1:  # nothing to choose from
            only = paths[0]
            return [_Path(only.score, only.first, own, only.text + sign.text)]
        return self._followed(paths, np.array([own]), _FREE, [sign.text])

    def _letters(self, paths: list[_Path], sign: Sign) -> list[_Path]:
        letters = sign.text
        own = np.array([self._model.id_of(sign.key)])
        ends = self._followed(paths, own, np.array([_LETTER_COST * len(letters)]), [letters])
        reached: list[list[_Path]] = [paths, *([] for _ in letters)]
        for start in range(len(letters)):
            here = _best(reached[start])
            if not here:
                continue
            for end in range(start + 1, min(len(letters), start + self._sounds.longest) + 1):
                ids = self._sounds.typed(letters[start:end])
                if len(ids):
                    texts = [self._model.signs[number] for number in ids.tolist()]
                    reached[end] += self._followed(here, ids, np.zeros(len(ids)), texts)
        ends += reached[-1]
        for word in self._sounds.words_by_initials(letters):
            said = [path._replace(score=path.score - _INITIALS_COST) for path in paths]
            for char in word:
                said = self._followed(said, np.array([self._model.id_of(char)]), _FREE, [char])
            ends += said
        return _best(ends)

    def _followed(
        self, paths: list[_Path], ids: Ids, costs: NDArray[np.float64], texts: list[str]
    ) -> list[_Path]:
        """Every path with each of the signs behind it; the best of those that end alike, best first."""
        second = np.array([path.second for path in paths])
        first = np.array([path.first for path in paths])
        before = np.array([path.score for path in paths])
        each = len(ids)
        logs = self._model.logs(
            np.repeat(second, each), np.repeat(first, each), np.tile(ids, len(paths))
        )
        scores = (before[:, None] + logs.reshape(len(paths), each) - costs).ravel()
        kept: dict[tuple[int, int], _Path] = {}
        for place in np.argsort(-scores, kind="stable")[: 4 * _WIDTH].tolist():
            path, choice = paths[place // each], place % each
            ends = (path.first, int(ids[choice]))
            if ends not in kept:
                kept[ends] = _Path(float(scores[place]), *ends, path.text + texts[choice])
                if len(kept) == _WIDTH:
                    break
        return list(kept.values())


def _best(paths: list[_Path]) -> list[_Path]:
    """The likeliest of those that end alike, best first."""
    kept: dict[tuple[int, int], _Path] = {}
    for path in sorted(paths, key=lambda one: (-one.score, one.text)):
        kept.setdefault((path.second, path.first), path)
    return list(kept.values())[:_WIDTH]
