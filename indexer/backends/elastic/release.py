"""What goes with the passages of a version: items, and files in parts, in an index of their own."""

from __future__ import annotations

import base64
import datetime as dt
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from corpora import serial
from corpora.versions import ItemVersion
from indexer.backends.elastic.bodies import document_id
from indexer.backends.elastic.client import Cluster
from indexer.backends.protocol import StagedContent
from indexer.errors import IndexDamaged
from indexer.lookup import codes_of, typed_lines
from indexer.token_vectors import Projection

LEXICON: Final = "lexicon"
REGIONS: Final = "regions"
TEMPLATES: Final = "templates"
TEMPLATE_VERSIONS: Final = "template_versions"
SUGGESTIONS: Final = "suggestions"
ITEM_INDEX: Final = "item_index"
CODES: Final = "codes"
PROJECTION: Final = "projection"
_PART: Final = 1 << 20  # bytes, compressed
_PARTS_AT_ONCE: Final = 8
_ITEMS_AT_ONCE: Final = 500

Document = tuple[str, Mapping[str, Any]]
ItemKey = tuple[str, int, dt.date]


def item_document_id(key: ItemKey) -> str:
    """The id of an item version's document; a version may hold in two spans of time."""
    item_id, version, valid_from = key
    return document_id(f"{item_id}@{version}~{valid_from.isoformat()}")


def release_documents(content: StagedContent) -> Iterator[Document]:
    """Every document of the index."""
    held = sorted(content.release.item_versions, key=lambda h: (h.item.id, h.version, h.valid_from))
    lines: list[bytes] = []
    for one in held:
        typed = list(typed_lines(one))
        lines += map(orjson.dumps, typed)
        key = (one.item.id, one.version, one.valid_from)
        yield item_document_id(key), _item_document(one, typed)
    yield from _file(LEXICON, serial.dump(content.release.lexicon))
    yield from _file(REGIONS, serial.dump(content.release.regions))
    yield from _file(TEMPLATES, _lines(serial.dump(t) for t in content.release.templates))
    versions = {t.id: content.release.template_version(t.id) for t in content.release.templates}
    yield from _file(TEMPLATE_VERSIONS, orjson.dumps(versions, option=orjson.OPT_SORT_KEYS))
    yield from _file(SUGGESTIONS, _lines(lines))
    yield from _file(ITEM_INDEX, _lines(orjson.dumps(_filtered_by(h)) for h in held))
    yield from _file(CODES, orjson.dumps(codes_of(held), option=orjson.OPT_SORT_KEYS))
    if content.projection is not None:
        matrix = content.projection.matrix.astype("<f4")
        head = orjson.dumps({"shape": list(matrix.shape)})
        yield from _file(PROJECTION, head + b"\n" + matrix.tobytes())


def _filtered_by(held: ItemVersion) -> dict[str, Any]:
    """What filters need of an item without reading it."""
    return {
        "item_id": held.item.id,
        "version": held.version,
        "family": held.item.family,
        "library": held.item.sub_library.value,
        "region": held.item.region.path if held.item.region else "",
        "sale": held.item.sale_status.value,
        "audience_level": min(facet.audience.level for facet in held.item.facets),
        "valid_from": held.valid_from.isoformat(),
        "valid_to": held.valid_to.isoformat(),
    }


def _item_document(held: ItemVersion, typed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    filtered = _filtered_by(held)
    names = [line for line in typed if line["kind"] in ("title", "alias")]
    return {
        "kind": "item",
        "title": held.item.title,
        "codes": list(codes_of([held])),
        "pinyin": sorted({line["pinyin"] for line in names}),
        "initials": sorted({line["initials"] for line in names}),
        "audience": filtered.pop("audience_level"),
        "item": serial.dump(held.item).decode(),
        **filtered,
    }


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _file(name: str, raw: bytes) -> Iterator[Document]:
    packed = zlib.compress(raw, 6)
    parts = [packed[start : start + _PART] for start in range(0, len(packed), _PART)]
    for number, part in enumerate(parts):
        yield (
            f"{name}.{number}",
            {
                "kind": "file",
                "name": name,
                "part": number,
                "parts": len(parts),
                "data": base64.b64encode(part).decode("ascii"),
            },
        )


class ReleaseReader:
    """Reads the index back."""

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self._index = index

    def _sources(self, ids: Sequence[str], *fields: str) -> list[Mapping[str, Any] | None]:
        found = self._cluster.ask(
            lambda client: client.mget(index=self._index, ids=list(ids), source_includes=fields)
        )
        return [one["_source"] if one.get("found") else None for one in found["docs"]]

    def file(self, name: str) -> bytes:
        """A file; ``IndexDamaged`` where a part of it is not there."""
        raw = self._file(name)
        if raw is None:
            raise self._damaged(name)
        return raw

    def _damaged(self, name: str) -> IndexDamaged:
        return IndexDamaged(
            f"{self._cluster.name} 的 {self._index} 缺少 {name}；请运行 zhiku index build 重建"
        )

    def _file(self, name: str) -> bytes | None:
        first = self._sources([f"{name}.0"], "parts", "data")[0]
        if first is None:
            return None
        parts = [first]
        wanted = [f"{name}.{number}" for number in range(1, first["parts"])]
        for start in range(0, len(wanted), _PARTS_AT_ONCE):
            for part in self._sources(wanted[start : start + _PARTS_AT_ONCE], "data"):
                if part is None:
                    raise self._damaged(name)
                parts.append(part)
        return zlib.decompress(b"".join(base64.b64decode(part["data"]) for part in parts))

    def lines(self, name: str) -> list[bytes]:
        """The lines of a file."""
        return self.file(name).split(b"\n")[:-1]

    def template_versions(self) -> dict[str, int]:
        """The version of each template; none in indices that were written before they were kept."""
        whole = self._file(TEMPLATE_VERSIONS)
        return {} if whole is None else orjson.loads(whole)

    def projection(self) -> Projection | None:
        """What made the token vectors; None where the version has none."""
        whole = self._file(PROJECTION)
        if whole is None:
            return None
        head, _, raw = whole.partition(b"\n")
        matrix: NDArray[np.float32] = np.frombuffer(raw, dtype="<f4").astype(np.float32)
        return Projection(matrix.reshape(orjson.loads(head)["shape"]))

    def item_texts(self, keys: Sequence[ItemKey]) -> list[str]:
        """The JSON of items, in the order given."""
        texts: list[str] = []
        for start in range(0, len(keys), _ITEMS_AT_ONCE):
            ids = [item_document_id(key) for key in keys[start : start + _ITEMS_AT_ONCE]]
            for source in self._sources(ids, "item"):
                if source is None:
                    raise self._damaged("条目")
                texts.append(source["item"])
        return texts

    def held_versions(self) -> list[ItemVersion]:
        """All item versions."""
        entries = [orjson.loads(line) for line in self.lines(ITEM_INDEX)]
        spans = [
            (dt.date.fromisoformat(e["valid_from"]), dt.date.fromisoformat(e["valid_to"]))
            for e in entries
        ]
        keys = [
            (e["item_id"], e["version"], first)
            for e, (first, _) in zip(entries, spans, strict=True)
        ]
        return [
            ItemVersion(serial.item_from(text), entry["version"], first, last)
            for text, entry, (first, last) in zip(
                self.item_texts(keys), entries, spans, strict=True
            )
        ]
