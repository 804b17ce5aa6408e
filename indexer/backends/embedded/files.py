"""What an embedded version holds besides its two engines: rows, passages, items and their index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from corpora import serial
from corpora.types import SaleStatus
from indexer.backends.embedded.lexical import RowFields
from indexer.backends.naming import LIBRARIES
from indexer.backends.protocol import StagedContent
from indexer.lookup import codes_of, typed_lines
from indexer.passages import Passage
from indexer.token_vectors import Projection

# the numbers in the files are positions in this and in LIBRARIES
SALES: Final = tuple(SaleStatus)
TOKENS: Final = "tokens.bin"
TEMPLATE_VERSIONS: Final = "template_versions.json"


def row_fields(
    passage: Passage, regions: Sequence[str], sale_of: dict[str, SaleStatus]
) -> RowFields:
    """What a passage is filtered by, as the small numbers that the files hold."""
    return RowFields(
        library=LIBRARIES.index(passage.sub_library),
        audience=passage.audience.level,
        region=regions.index(passage.region),
        sale=SALES.index(sale_of[f"{passage.item_id}@{passage.version}"]),
        valid_from=passage.valid_from.toordinal(),
        valid_to=passage.valid_to.toordinal(),
    )


def write_rows(
    path: Path,
    passages: Sequence[Passage],
    fields: Sequence[RowFields],
    regions: Sequence[str],
) -> None:
    """Passages in row order, their ids, and the columns that filters look at."""
    columns = {
        "library": np.array([f.library for f in fields], dtype=np.uint8),
        "audience": np.array([f.audience for f in fields], dtype=np.uint8),
        "region": np.array([f.region for f in fields], dtype=np.uint16),
        "sale": np.array([f.sale for f in fields], dtype=np.uint8),
        "valid_from": np.array([f.valid_from for f in fields], dtype=np.int32),
        "valid_to": np.array([f.valid_to for f in fields], dtype=np.int32),
    }
    offsets = _write_lines(path / "passages.jsonl", (_passage_json(p) for p in passages))
    np.savez(path / "rows.npz", **columns, offsets=offsets)  # type: ignore[arg-type]
    (path / "row_regions.json").write_bytes(orjson.dumps(list(regions)))
    ids = "".join(f"{p.passage_id}\n" for p in passages)
    (path / "passage_ids.txt").write_text(ids, encoding="utf-8")


def _passage_json(passage: Passage) -> bytes:
    return orjson.dumps(
        {
            "passage_id": passage.passage_id,
            "item_id": passage.item_id,
            "version": passage.version,
            "family": passage.family,
            "field": passage.field,
            "text": passage.text,
            "context": passage.context,
            "facet": passage.facet.value if passage.facet else None,
        }
    )


def _write_lines(path: Path, lines: Iterable[bytes]) -> NDArray[np.int64]:
    offsets = [0]
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
            offsets.append(file.tell())
    return np.array(offsets, dtype=np.int64)


def write_release(path: Path, content: StagedContent) -> None:
    """Items with an index of them, codes, lines of completion, and what goes with the items."""
    release = content.release
    held = sorted(release.item_versions, key=lambda h: (h.item.id, h.version, h.valid_from))
    index = [
        {
            "item_id": h.item.id,
            "version": h.version,
            "family": h.item.family,
            "library": h.item.sub_library.value,
            "region": h.item.region.path if h.item.region else "",
            "sale": h.item.sale_status.value,
            "audience_level": min(f.audience.level for f in h.item.facets),
            "valid_from": h.valid_from.isoformat(),
            "valid_to": h.valid_to.isoformat(),
        }
        for h in held
    ]
    offsets = _write_lines(path / "items.jsonl", (serial.dump(h.item) for h in held))
    for entry, start, end in zip(index, offsets[:-1], offsets[1:], strict=True):
        entry["start"], entry["end"] = int(start), int(end)
    _write_lines(path / "item_index.jsonl", (orjson.dumps(entry) for entry in index))
    lines = (orjson.dumps(line) for h in held for line in typed_lines(h))
    _write_lines(path / "suggest.jsonl", lines)
    (path / "codes.json").write_bytes(orjson.dumps(codes_of(held), option=orjson.OPT_SORT_KEYS))
    _write_lines(path / "templates.jsonl", (serial.dump(t) for t in release.templates))
    versions = {t.id: release.template_version(t.id) for t in release.templates}
    (path / TEMPLATE_VERSIONS).write_bytes(orjson.dumps(versions, option=orjson.OPT_SORT_KEYS))
    (path / "lexicon.json").write_bytes(serial.dump(release.lexicon))
    (path / "regions.json").write_bytes(serial.dump(release.regions))


def write_tokens(
    path: Path,
    tokens: Sequence[NDArray[np.int8]],
    order: Sequence[int],
    projection: Projection | None,
) -> None:
    """Token vectors of all rows one after another, with the row where each passage begins.

    ``order`` has the place in ``tokens`` of each row. Read and written in parts: all of them may not
    fit into memory.
    """
    starts = np.zeros(len(order) + 1, dtype=np.int64)
    with (path / TOKENS).open("wb") as file:
        for row, n in enumerate(order):
            matrix = tokens[n]
            starts[row + 1] = starts[row] + len(matrix)
            file.write(np.ascontiguousarray(matrix).tobytes())
    np.save(path / "token_starts.npy", starts)
    if projection is not None:
        np.save(path / "projection.npy", projection.matrix)
