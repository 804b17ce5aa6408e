"""What a team would build in an afternoon over the same passages: the figures to be better than."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpora.types import Audience
from corpora.versions import ItemVersion
from eval.errors import SystemBroken
from eval.systems.langchain import LangChainSystem, require_langchain
from indexer.encoders.catalog import open_encoder
from indexer.encoders.models_at import ModelsAt
from indexer.encoders.protocol import Encoder, KnownEncoder
from indexer.location import IndexAt, open_place
from indexer.manifest import Manifest
from indexer.passages import Passage, passages_of

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever

NAMES: Final = ("bm25", "dense", "ensemble")
FOUND: Final = 120
"""Passages asked for, as many as the product's engines give: ten items come out of them for every
question of the shipped set (of 60, for 23 of 432 fewer do, down to four)."""
_WEIGHTS: Final = (0.5, 0.5)
_LIBRARIES: Final = (
    "langchain-core",
    "langchain-community",
    "langchain-classic",
    "rank-bm25",
    "jieba",
    "faiss-cpu",
)


def passages_for_agents(held: Iterable[ItemVersion], day: dt.date) -> list[Passage]:
    """Every passage that an agent may find on that day, of all libraries and regions."""
    return [
        passage
        for version_held in held
        if version_held.valid_from <= day <= version_held.valid_to
        for passage in passages_of(version_held)
        if Audience.AGENT.may_read(passage.audience)
    ]


def baseline(name: str, passages: Sequence[Passage], encoder: Encoder | None) -> BaseRetriever:
    """The retriever of that name over the passages; ``bm25`` alone needs no encoder."""
    _import_quietly()
    documents = _documents(passages)
    if name == "bm25":
        return _bm25(documents)
    if encoder is None:
        raise ValueError(f"{name} needs an encoder")
    if name == "dense":
        return _dense(documents, encoder)
    from langchain_classic.retrievers import EnsembleRetriever

    return EnsembleRetriever(
        retrievers=[_bm25(documents), _dense(documents, encoder)],
        weights=list(_WEIGHTS),
        id_key="passage_id",  # two items may say the same words
    )


def _import_quietly() -> None:
    with warnings.catch_warnings():
        # it announces its end at every import; what is measured is what teams run today
        warnings.filterwarnings(
            "ignore", message=".*langchain-community.* is being sunset", category=DeprecationWarning
        )
        require_langchain(
            "langchain_community.retrievers",
            "langchain_community.vectorstores",
            "langchain_classic.retrievers",
            "rank_bm25",
        )


def _documents(passages: Iterable[Passage]) -> list[Document]:
    from langchain_core.documents import Document

    return [
        Document(
            page_content=passage.indexed_text,
            metadata={"item_id": passage.item_id, "passage_id": passage.passage_id},
        )
        for passage in passages
    ]


def _bm25(documents: Sequence[Document]) -> BaseRetriever:
    # not our analyzer: a baseline must not profit from the lexicon of the product
    import jieba
    from langchain_community.retrievers import BM25Retriever

    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    return BM25Retriever.from_documents(documents, preprocess_func=tokenizer.lcut, k=FOUND)


def _dense(documents: list[Document], encoder: Encoder) -> BaseRetriever:
    from langchain_community.vectorstores import FAISS
    from langchain_community.vectorstores.utils import DistanceStrategy

    # vectors have length one, so the inner product is the cosine; the index is flat and exact
    store = FAISS.from_documents(
        documents,
        _embeddings(encoder),
        distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
    )
    return store.as_retriever(search_kwargs={"k": FOUND})


def _embeddings(encoder: Encoder) -> Embeddings:
    from langchain_core.embeddings import Embeddings

    class EncoderEmbeddings(Embeddings):
        """The index's own encoder as LangChain asks it."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            """Vectors of what is searched."""
            vectors: list[list[float]] = encoder.encode_passages(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            """The vector of what is asked."""
            vector: list[float] = encoder.encode_queries([text])[0].tolist()
            return vector

    return EncoderEmbeddings()


@dataclass(frozen=True, slots=True)
class BaselineOpener:
    """Builds a baseline from the published version: its passages, and its encoder where one is used."""

    name: str
    index: IndexAt | str
    models: ModelsAt | Path
    as_of: dt.date

    @property
    def in_processes(self) -> bool:
        """Threads share one: each process would have to encode all passages anew."""
        return False

    def open(self) -> LangChainSystem:
        """The system; it ranks and does not answer."""
        if self.name not in NAMES:
            raise SystemBroken(f"没有基线 {self.name!r}；可用：{'、'.join(NAMES)}")
        _import_quietly()
        with closing(open_place(self.index)) as place:
            manifest = place.manifest(place.require_current())
            passages = passages_for_agents(place.held_versions(), self.as_of)
        if not passages:
            raise SystemBroken(f"索引 {manifest.version} 在 {self.as_of} 没有坐席能看的知识")
        encoder = None if self.name == "bm25" else self._opened(manifest)
        about: dict[str, Any] = {
            "kind": "baseline",
            "name": self.name,
            "index_version": manifest.version,
            "encoder": manifest.encoder if encoder else "",
            "encoder_fingerprint": manifest.encoder_fingerprint if encoder else "",
            "items": len({passage.item_id for passage in passages}),
            "passages": len(passages),
            "as_of": self.as_of.isoformat(),
            "found": FOUND,
            "libraries": {library: version(library) for library in _LIBRARIES},
        }
        retriever = baseline(self.name, passages, encoder)
        return LangChainSystem(retriever, self.name, ("item_id",), about=about)

    def _opened(self, manifest: Manifest) -> Encoder:
        made_with = KnownEncoder(manifest.encoder_fingerprint, manifest.dim)
        return open_encoder(manifest.encoder, self.models, made_with=made_with)
