"""The item versions that the current index holds, read back from it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson

from corpora import serial
from corpora.versions import ItemVersion
from indexer.backends.embedded.folder import IndexFolder


def published_versions(root: Path) -> list[ItemVersion]:
    """All held versions of the published index at ``root``; none before the first publication."""
    folder = IndexFolder(root)
    version = folder.current()
    if version is None:
        return []
    path = folder.version_path(version)
    items = (path / "items.jsonl").read_bytes()
    found = []
    for line in (path / "item_index.jsonl").read_bytes().splitlines():
        entry = orjson.loads(line)
        found.append(
            ItemVersion(
                serial.item_from(items[entry["start"] : entry["end"]]),
                entry["version"],
                dt.date.fromisoformat(entry["valid_from"]),
                dt.date.fromisoformat(entry["valid_to"]),
            )
        )
    return found
