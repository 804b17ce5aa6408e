"""BERT-like encoders by ONNX Runtime: the only door to ``onnxruntime`` and ``tokenizers``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from indexer.encoders.protocol import Encoded, ModelDamaged, Progress, Vectors
from indexer.normalize import normalize

_MAX_TOKENS: Final = 512
_PROGRESS_STEP: Final = 32


class OnnxEncoder:
    """First-token (CLS) sentence vectors of an ONNX model.

    Texts are run one by one: a quantised model scales its activations over the whole batch, so a
    batch would make a vector depend on its neighbours, and on these models it is slower as well.
    """

    def __init__(
        self, name: str, model: Path, tokenizer: Path, *, threads: int | None = None
    ) -> None:
        digest = hashlib.sha256()
        for path in (model, tokenizer):
            digest.update(path.read_bytes())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # tokenizers raises a bare Exception
            raise ModelDamaged(
                f"模型文件损坏：{tokenizer}（{error}）；请删除后运行 zhiku model fetch"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own exceptions share no public base
            raise ModelDamaged(
                f"模型文件损坏：{model}（{error}）；请删除后运行 zhiku model fetch"
            ) from error
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self._threads = threads or min(4, os.cpu_count() or 1)
        self.name = name
        self.fingerprint = digest.hexdigest()[:16]
        self.dim = int(self._encode("维度").shape[0])

    def _encode(self, text: str) -> Vectors:
        return self._encode_both(text).vector

    def _encode_both(self, text: str) -> Encoded:
        ids = np.asarray([self._tokenizer.encode(normalize(text)).ids], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        hidden = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
        vectors: Vectors = hidden[0].astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0.0, lengths, 1.0)
        # the first and the last token stand for the text; a text without words has no others
        return Encoded(vectors[0], vectors[1:-1] if len(vectors) > 2 else vectors[:1])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector a text, computed on several threads (the runtime releases the GIL)."""
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for done, vector in enumerate(pool.map(self._encode, texts)):
                out[done] = vector
                if progress and (done + 1) % _PROGRESS_STEP == 0:
                    progress(_PROGRESS_STEP)
        if progress:
            progress(len(texts) % _PROGRESS_STEP)
        return out

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Sentence and token vectors, computed on several threads."""
        if len(texts) < 2:  # a question: starting threads takes longer than encoding it
            yield from map(self._encode_both, texts)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(self._encode_both, texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The same encoding as passages: bge's instruction did not help on short questions."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return np.stack([self._encode(text) for text in texts])
