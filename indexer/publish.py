"""Store → published index, as one act: what `zhiku index build` does."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpora.store import Store
from corpora.types import SubLibrary
from corpora.versions import ItemVersion
from indexer.backends.protocol import IndexPlace
from indexer.build import Report, ignore, per_library, stage
from indexer.encoders.catalog import default_encoder, open_encoder
from indexer.encoders.models_at import ModelsAt
from indexer.errors import IndexBusy, IndexMissing
from indexer.location import IndexAt, open_place
from indexer.release import Release
from indexer.vector_cache import fingerprints_in


def release_from(store: Store) -> Release:
    """Everything published in the store, with the days on which each version holds."""
    return Release(
        item_versions=tuple(store.held_versions()),
        templates=tuple(store.templates()),
        lexicon=store.lexicon(),
        regions=store.regions(),
        template_versions=store.template_versions(),
    )


def publish_from_store(
    store_url: str,
    index: IndexAt | str,
    *,
    models: ModelsAt | Path,
    encoder_name: str,
    libraries: Collection[SubLibrary],
    now: dt.datetime,
    fitted: Path | None = None,
    report: Report = ignore,
    approve: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """Builds and publishes; with ``libraries``, only those are taken anew from the store.

    ``approve`` is asked about the staged version, which readers do not see yet; what it does not
    approve, or what it fails on, is discarded, and the version before goes on serving.
    """
    with closing(open_place(index)) as place:
        started = time.perf_counter()
        store = Store.open(store_url, create=False)
        try:
            release = release_from(store)
        finally:
            store.close()
        if not release.item_versions:
            raise IndexMissing("存储里还没有已发布的知识；请先运行 zhiku corpus import corpora")
        if libraries:
            release = _with_others_as_published(release, place, libraries)
        encoder = open_encoder(
            encoder_name or default_encoder(models), models, known=_known_fingerprints(place)
        )
        writer = place.writer()
        built = stage(
            release,
            encoder,
            writer,
            place.cache,
            created_at=now.isoformat(timespec="seconds"),
            fitted=fitted,
            report=report,
        )
        manifest = place.manifest(built.version)
        in_use = writer.current()
        published = built.version == in_use  # the same content again: nothing to decide
        if not published:
            try:
                published = approve is None or approve(built.version)
                if published and approve and writer.current() != in_use:
                    published = False  # it was compared with what nobody uses any more
                    raise IndexBusy(
                        f"评测期间 {place.name} 发布了另一个版本，没有和它比过；新版本已丢弃，请再建一次"
                    )
            finally:
                if not published:
                    writer.discard(built.version)
        if published:
            writer.publish(built.version)
        return {
            "published": published,
            "version": manifest.version,
            "items": manifest.items,
            "passages": manifest.passages,
            "encoded": built.encoded,
            "seconds": round(time.perf_counter() - started, 2),
            "encoder": encoder.name,
            "per_library": per_library(manifest),
        }


def _known_fingerprints(place: IndexPlace) -> list[str]:
    """Those of the version in use and of the vectors that were encoded before."""
    in_use = place.current()
    published = [place.manifest(in_use).encoder_fingerprint] if in_use else []
    return [*published, *fingerprints_in(place.cache)]


def _with_others_as_published(
    release: Release, place: IndexPlace, libraries: Collection[SubLibrary]
) -> Release:
    """The named libraries from ``release``, the others as the current index holds them."""
    kept: list[ItemVersion] = [
        held for held in place.held_versions() if held.item.sub_library not in libraries
    ]
    new = [held for held in release.item_versions if held.item.sub_library in libraries]
    return replace(release, item_versions=(*kept, *new))
