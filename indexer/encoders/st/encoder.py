"""Models of sentence-transformers: the only door to ``sentence_transformers`` and ``torch``.

On a processor texts are run one by one: a batch is padded to its longest text, which changes the last
digits of the others, and gains little there. On an accelerator batches are many times faster, so
there the same text can differ in its last digits from call to call (a cosine of .99999).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from indexer.encoders.protocol import (
    Encoded,
    Encoder,
    ModelDamaged,
    ModelUnavailable,
    Progress,
    Span,
    Vectors,
)
from indexer.normalize import normalize

_LONGEST_TEXT: Final = 4000
"""Characters of one text, far beyond what a passage has: models with 8,000 tokens take minutes for a novel."""
_BATCH: Final = {"cpu": 1}
_ACCELERATED_BATCH: Final = 32
_BLOCK: Final = 256
"""Texts between two reports of progress."""
_PASSAGE_PROMPTS: Final = ("document", "passage", "corpus")
_UNUSED: Final = "pooler"
"""A layer of BERT that sentence vectors never go through; many files lack it."""
_MANNER: Final = "sentence-transformers 1"


def opened(name: str, place: str, prompts: Mapping[str, str], device: str) -> Encoder:
    """The encoder of a folder or of a model of the hub; it tells tokens where the model does."""
    try:
        # what a file lacks is made up: always alike, so that two openings agree on the fingerprint
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = SentenceTransformer(place, device=device or None, trust_remote_code=False)
    except OSError as error:  # the hub's errors and missing files are of this kind
        raise ModelUnavailable(
            f"{name}：取不到模型 {place}（{_line(error)}）；请核对名称，或先下载到文件夹"
        ) from error
    except Exception as error:  # whatever the libraries raise over a file that they cannot use
        raise ModelDamaged(f"{name}：{place} 不是可用的模型（{_line(error)}）") from error
    query = prompts.get("query", _configured(model, ("query",)))
    passage = prompts.get("passage", _configured(model, _PASSAGE_PROMPTS))
    plain = StEncoder(name, model, query, passage)
    return StTokenEncoder(name, model, query, passage) if plain.tells_tokens() else plain


def _configured(model: SentenceTransformer, names: Sequence[str]) -> str:
    """The first prompt that the model's configuration has text for."""
    known = model.prompts
    return next((known[name] for name in names if known.get(name)), "")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


class StEncoder:
    """Sentence vectors, with the prompts of the model's configuration or of its name."""

    def __init__(
        self,
        name: str,
        model: SentenceTransformer,
        query: str,
        passage: str,
        *,
        batch: int | None = None,
    ) -> None:
        self._model = model.eval()
        self._query, self._passage = query, passage
        self._batch = batch or _BATCH.get(model.device.type, _ACCELERATED_BATCH)
        self.name = name
        self.dim = len(self._vectors(["维度"], "document")[0])
        self.fingerprint = _fingerprint(model, (query, passage))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors with the passages' prompt, shape (n, dim)."""
        return self._all(texts, "document", progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors with the questions' prompt, shape (n, dim)."""
        return self._all(texts, "query", None)

    def tells_tokens(self) -> bool:
        """Whether questions and passages are encoded alike and tokens have vectors like theirs."""
        if self._query != self._passage or not getattr(self._model.tokenizer, "is_fast", False):
            return False
        alike = np.allclose(*(self._vectors(["宽带"], task)[0] for task in ("query", "document")))
        tokens = self._features("宽带").get("token_embeddings")
        return bool(alike) and tokens is not None and tokens.shape[-1] == self.dim

    def _all(self, texts: Sequence[str], task: str, progress: Progress | None) -> Vectors:
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _BLOCK):
            block = texts[start : start + _BLOCK]
            out[start : start + len(block)] = self._vectors(block, task)
            if progress:
                progress(len(block))
        return out

    def _vectors(self, texts: Sequence[str], task: str) -> Vectors:
        encode = self._model.encode_query if task == "query" else self._model.encode_document
        vectors = encode(
            [_said(text) for text in texts],
            prompt=self._query if task == "query" else self._passage,
            batch_size=self._batch,
            show_progress_bar=False,
        )
        return _of_length_one(np.asarray(vectors, dtype=np.float32))

    def _features(self, text: str) -> Mapping[str, Any]:
        """What the model makes of a text: vectors of the sentence and of its tokens."""
        (features,) = self._model.encode_document(
            [_said(text)], prompt=self._passage, output_value=None, show_progress_bar=False
        )
        found: Mapping[str, Any] = features
        return found


class StTokenEncoder(StEncoder):
    """The same with the vectors of tokens, from the same computation."""

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Sentence and token vectors, those of prompt and special tokens left out."""
        for text in texts:
            features = self._features(text)
            vector = _of_length_one(_array(features["sentence_embedding"])[None, :])
            places = [place for place, _ in self._own(_said(text))]
            tokens = _array(features["token_embeddings"])
            own = [place for place in places if place < len(tokens)]
            yield Encoded(vector[0], _of_length_one(tokens[own]) if own else vector)

    def token_spans(self, text: str) -> list[Span]:
        """Where in ``normalize(text)`` each token of ``encode_both`` stands, as half-open ranges."""
        said = _said(text)
        return [span for _, span in self._own(said)] or [(0, len(said))]

    def _own(self, said: str) -> list[tuple[int, Span]]:
        """Place and span of the tokens that are words of the text itself."""
        framed = self._passage + said
        found = self._model.tokenizer(
            framed,
            return_offsets_mapping=True,
            truncation=True,
            max_length=self._model.max_seq_length,
        )
        own: list[tuple[int, Span]] = []
        for place, (start, end) in enumerate(found["offset_mapping"]):
            word = framed[start:end].lstrip()
            # a space is a token or a part of one; special tokens stand nowhere
            if word and end > len(self._passage):
                own.append(
                    (place, (end - len(word) - len(self._passage), end - len(self._passage)))
                )
        return own


def _said(text: str) -> str:
    return normalize(text)[:_LONGEST_TEXT]


def _array(tensor: torch.Tensor) -> Vectors:
    found: Vectors = tensor.detach().to("cpu", torch.float32).numpy()
    return found


def _of_length_one(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0.0, lengths, 1.0)).astype(np.float32)


def _fingerprint(model: SentenceTransformer, prompts: tuple[str, str]) -> str:
    """16 hex digits of the weights, the vocabulary, the steps, and what stands in front of texts.

    Of contents, not of files: the same model from the hub and from a folder is the same.
    """
    steps = [f"{type(module).__name__} {_settings(module)}" for module in model]
    state = hashlib.sha256(repr((_MANNER, prompts, model.max_seq_length, steps)).encode())
    for key, tensor in sorted(model.state_dict().items()):
        if _UNUSED in key.split("."):
            continue
        state.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        state.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    vocabulary = getattr(model.tokenizer, "backend_tokenizer", None)
    state.update(vocabulary.to_str().encode() if vocabulary else repr(model.tokenizer).encode())
    return state.hexdigest()[:16]


def _settings(module: torch.nn.Module) -> str:
    """How a step is configured (pooling, dense layers); nothing of the transformer's own settings."""
    known = getattr(module, "get_config_dict", None)
    return repr(sorted(known().items())) if known and not hasattr(module, "auto_model") else ""
