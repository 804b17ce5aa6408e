"""Names that follow from content alone, the same for every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from corpora import serial
from corpora.types import SubLibrary
from indexer.backends.protocol import StagedContent

LIBRARIES: Final = tuple(SubLibrary)


def row_order(content: StagedContent) -> list[int]:
    """The places of the passages, by sub-library and id: the order in which an engine keeps them."""
    return sorted(
        range(len(content.passages)),
        key=lambda n: (
            LIBRARIES.index(content.passages[n].sub_library),
            content.passages[n].passage_id,
        ),
    )


def version_name(content: StagedContent, order: Sequence[int]) -> str:
    """Time and content: names sort by time, and the same content made anew is recognised."""
    state = hashlib.blake2b(digest_size=5)
    state.update(content.encoder_fingerprint.encode())
    state.update(content.analyzer_fingerprint.encode())
    for held in content.release.item_versions:
        state.update(held.key.encode())
        state.update(serial.dump(held.item))
        state.update(f"{held.valid_from}{held.valid_to}".encode())
    for template in content.release.templates:
        state.update(serial.dump(template))
        if (version := content.release.template_version(template.id)) != 1:
            state.update(f"{template.id}@{version}".encode())
    state.update(serial.dump(content.release.lexicon))
    state.update(serial.dump(content.release.regions))
    for n in order:
        state.update(content.passages[n].passage_id.encode())
        state.update(content.passages[n].indexed_text.encode())
    state.update(b"tokens" if content.token_vectors is not None else b"")
    stamp = content.created_at.replace("-", "").replace(":", "")[:15]
    return f"{stamp}-{state.hexdigest()}"
