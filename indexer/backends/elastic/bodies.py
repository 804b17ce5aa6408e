"""What is sent to Elasticsearch when a version is written: settings, mappings and documents, as values."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpora.types import SaleStatus
from indexer.passages import Passage

FLAT_UP_TO: Final = 10_000
"""Passages of a sub-library up to which vectors are scanned exactly; above, an HNSW graph over
int8 codes is built, and the best are scored exactly from the stored vectors."""
LONGEST_TERM: Final = 255  # UTF-16 units: the whitespace analyzer cuts what is longer
NO_TERMS: Final = "\ue000"
"""The only term of a passage without words: Elasticsearch counts a document among those that BM25 looks
at only if its field holds something, and all engines count all passages."""
_CODED: Final = "\ue001"
_STORED: Final = {"type": "keyword", "index": False, "doc_values": False}
_BYTES: Final = {"type": "binary", "doc_values": True}


def coded_term(term: str) -> str:
    """The term as it is indexed and asked for: one that would be cut goes in by its digest.

    >>> coded_term("流量包")
    '流量包'
    """
    if len(term.encode("utf-16-le")) // 2 <= LONGEST_TERM and not any(map(str.isspace, term)):
        return term
    return _CODED + hashlib.blake2b(term.encode(), digest_size=16).hexdigest()


def document_id(text: str) -> str:
    """An id of 32 characters: Elasticsearch takes no more than 512 bytes, ids of ours may be longer."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def building_settings(shards: int) -> dict[str, Any]:
    """An index while it is filled: no copies, no refresh; it is made durable at the end."""
    return {
        "number_of_shards": shards,
        "number_of_replicas": 0,
        "auto_expand_replicas": "false",
        "refresh_interval": "-1",
        "translog.durability": "async",
        # how long what was sent is kept for copies that are away: no copy exists yet
        "soft_deletes.retention_lease.period": "1s",
    }


def serving_settings(replicas: int) -> dict[str, Any]:
    """An index that is only read: as many copies as wanted and as there are nodes for."""
    return {
        "auto_expand_replicas": f"0-{replicas}" if replicas else "false",
        "translog.durability": "request",
        "soft_deletes.retention_lease.period": None,
        "blocks.write": True,
    }


def passage_mapping(dim: int, vector_index: str) -> dict[str, Any]:
    """Fields of a passage. ``vector_index`` is ``flat`` or ``int8_hnsw``.

    Terms arrive cut, so the server only splits at spaces; BM25 is the default similarity (k1 1.2,
    b 0.75). Exact scores come from ``vector_bytes`` (float16); ``token_bytes`` is int8.
    """
    return {
        "dynamic": "strict",
        # what is large and can be computed again from the store is not kept a second time
        "_source": {"excludes": ["terms", "vector", "vector_bytes", "token_bytes"]},
        "properties": {
            "passage_id": {"type": "keyword"},
            "item_id": {"type": "keyword"},
            "version": {"type": "integer", "index": False},
            "family": {"type": "keyword"},
            "field": {"type": "keyword"},
            "facet": {"type": "keyword"},
            "text": _STORED,
            "context": _STORED,
            "library": {"type": "keyword"},
            "audience": {"type": "byte"},
            "region": {"type": "keyword"},
            "sale": {"type": "keyword"},
            "valid_from": {"type": "date", "format": "strict_date"},
            "valid_to": {"type": "date", "format": "strict_date"},
            "terms": {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
            "vector": {
                "type": "dense_vector",
                "dims": dim,
                "index": True,
                "similarity": "max_inner_product",
                "index_options": {"type": vector_index},
            },
            "vector_bytes": _BYTES,
            "token_bytes": _BYTES,
        },
    }


def release_mapping() -> dict[str, Any]:
    """Fields of what goes with the passages: items, and whole files in parts (``data``)."""
    return {
        "dynamic": "strict",
        "properties": {
            "kind": {"type": "keyword"},
            "name": {"type": "keyword"},
            "part": {"type": "integer"},
            "parts": {"type": "integer"},
            "data": {"type": "binary"},
            "item_id": {"type": "keyword"},
            "version": {"type": "integer"},
            "family": {"type": "keyword"},
            "title": {"type": "keyword"},
            "library": {"type": "keyword"},
            "codes": {"type": "keyword"},
            "pinyin": {"type": "keyword"},
            "initials": {"type": "keyword"},
            "region": {"type": "keyword"},
            "sale": {"type": "keyword"},
            "audience": {"type": "byte"},
            "valid_from": {"type": "date", "format": "strict_date"},
            "valid_to": {"type": "date", "format": "strict_date"},
            "item": _STORED | {"ignore_above": 2147483647},
        },
    }


def passage_document(
    passage: Passage,
    sale: SaleStatus,
    terms: Sequence[str],
    vector: NDArray[np.float16],
    tokens: NDArray[np.int8] | None,
) -> dict[str, Any]:
    """A passage as it is indexed."""
    document: dict[str, Any] = {
        "passage_id": passage.passage_id,
        "item_id": passage.item_id,
        "version": passage.version,
        "family": passage.family,
        "field": passage.field,
        "facet": passage.facet.value if passage.facet else None,
        "text": passage.text,
        "context": passage.context,
        "library": passage.sub_library.value,
        "audience": passage.audience.level,
        "region": passage.region,
        "sale": sale.value,
        "valid_from": passage.valid_from.isoformat(),
        "valid_to": passage.valid_to.isoformat(),
        "terms": " ".join(map(coded_term, terms)) or NO_TERMS,
        "vector": vector.astype(np.float32),
        "vector_bytes": encoded(vector),
    }
    if tokens is not None:
        document["token_bytes"] = encoded(tokens)
    return document


def encoded(array: NDArray[Any]) -> str:
    """The bytes of an array, little-endian, as a ``binary`` field takes them."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode("ascii")


def alias_actions(alias: str, before: Sequence[str], now: Sequence[str]) -> list[Mapping[str, Any]]:
    """One step from the indices of one version to those of another: readers see either."""
    leaving = [{"remove": {"index": name, "alias": alias}} for name in before if name not in now]
    return [*leaving, *({"add": {"index": name, "alias": alias}} for name in now)]
