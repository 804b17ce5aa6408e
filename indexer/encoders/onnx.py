"""Models by ONNX Runtime, and BERT-like encoders made of one: the only door to ``onnxruntime`` and ``tokenizers``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.encoders.protocol import Encoded, ModelDamaged, Progress, Span, Vectors
from indexer.normalize import normalize

_MAX_TOKENS: Final = 512
_PROGRESS_STEP: Final = 32
_AS_IT_IS: Final[Mapping[str, NDArray[Any]]] = MappingProxyType({})


class OnnxModel:
    """A graph and its tokenizer: the hidden states of a text, on the thread that asks.

    Texts are run one by one: a quantised model scales its activations over the whole batch, so a
    batch would make a vector depend on its neighbours, and on these models it is slower as well.
    ``values`` stand for the graph's own tensors of those names. ``ModelDamaged`` names the file that
    cannot be used.
    """

    def __init__(
        self, model: Path, tokenizer: Path, values: Mapping[str, NDArray[Any]] = _AS_IT_IS
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # the session reads them where they lie: they are kept as long as it is
        self._values = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
            for name, value in values.items()
        }
        for name, value in self._values.items():
            options.add_initializer(name, value)
        try:
            self.tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # tokenizers raises a bare Exception
            raise ModelDamaged(
                f"模型文件损坏：{tokenizer}（{error}）；请删除后运行 zhiku model fetch"
            ) from error
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(_MAX_TOKENS)
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own exceptions share no public base
            raise ModelDamaged(
                f"模型文件损坏：{model}（{error}）；请删除后运行 zhiku model fetch"
            ) from error
        self._inputs = {declared.name for declared in self._session.get_inputs()}

    def hidden(self, text: str) -> Vectors:
        """The last layer's states, shape (tokens, dim); first and last are those of special tokens."""
        return self.states(self.tokenizer.encode(text).ids)

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, without special ones."""
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def framed(self, tokens: Sequence[int]) -> list[int]:
        """Tokens between the special ones that stand first and last."""
        first, last = self.tokenizer.encode("").ids
        return [first, *tokens, last]

    def states(self, tokens: Sequence[int]) -> Vectors:
        """The same of the tokens with these ids, as the tokenizer gives them."""
        ids = np.asarray([tokens], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        hidden = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
        states: Vectors = hidden[0].astype(np.float32)
        return states


def fingerprint_of(model: Path, tokenizer: Path, manner: bytes = b"") -> str:
    """16 hex digits of a model's files, and of how its states become vectors."""
    digest = hashlib.sha256()
    for path in (model, tokenizer):
        digest.update(path.read_bytes())
    digest.update(manner)
    return digest.hexdigest()[:16]


def threads_for(wished: int | None) -> int:
    """How many threads encode passages."""
    return wished or min(4, os.cpu_count() or 1)


def encoded_side_by_side(
    encode: Callable[[str], Vectors],
    texts: Sequence[str],
    dim: int,
    threads: int,
    progress: Progress | None,
) -> Vectors:
    """One vector a text, shape (n, dim), on several threads (the runtime releases the GIL)."""
    out = np.empty((len(texts), dim), dtype=np.float32)
    with ThreadPoolExecutor(threads) as pool:
        for done, vector in enumerate(pool.map(encode, texts)):
            out[done] = vector
            if progress and (done + 1) % _PROGRESS_STEP == 0:
                progress(_PROGRESS_STEP)
    if progress:
        progress(len(texts) % _PROGRESS_STEP)
    return out


class OnnxEncoder:
    """First-token (CLS) sentence vectors of an ONNX model."""

    def __init__(
        self, name: str, model: Path, tokenizer: Path, *, threads: int | None = None
    ) -> None:
        self._files = (model, tokenizer)
        self._model = OnnxModel(model, tokenizer)
        self._threads = threads_for(threads)
        self.name = name
        self.fingerprint = fingerprint_of(model, tokenizer)
        self.dim = int(self._encode("维度").shape[0])

    def _encode(self, text: str) -> Vectors:
        return self._encode_both(text).vector

    def _encode_both(self, text: str) -> Encoded:
        vectors = self._model.hidden(normalize(text))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0.0, lengths, 1.0)
        # the first and the last token stand for the text; a text without words has no others
        return Encoded(vectors[0], vectors[1:-1] if len(vectors) > 2 else vectors[:1])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector a text, computed on several threads."""
        return encoded_side_by_side(self._encode, texts, self.dim, self._threads, progress)

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Sentence and token vectors, computed on several threads."""
        if len(texts) < 2:  # a question: starting threads takes longer than encoding it
            yield from map(self._encode_both, texts)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(self._encode_both, texts)

    def with_values(self, values: Mapping[str, NDArray[Any]]) -> OnnxModel:
        """The same model with other values under some of its names."""
        return OnnxModel(*self._files, values)

    def token_spans(self, text: str) -> list[Span]:
        """Where in ``normalize(text)`` each token of ``encode_both`` stands, as half-open ranges."""
        normalized = normalize(text)
        spans: list[Span] = self._model.tokenizer.encode(normalized).offsets[1:-1]
        return spans or [(0, len(normalized))]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The same encoding as passages: bge's instruction did not help on short questions."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return np.stack([self._encode(text) for text in texts])
