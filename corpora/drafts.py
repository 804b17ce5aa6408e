"""Drafts: what is waiting in the store, and its publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from corpora.migrations import open_database, reading, writing
from corpora.store import StoreError, UnknownItem
from corpora.tables import ITEMS, Content, Pen, Signed, item_versions
from corpora.windows import State

_BATCH: Final = 500


class Drafts:
    """The drafts of a store: items whose newest version is not published yet."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The drafts of the store at ``url``; ``StoreMissing`` where there is none."""
        return cls(open_database(url, create=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.dispose()

    def ids(self) -> list[str]:
        """The items whose newest version is a draft, by id."""
        with reading(self._engine) as connection:
            rows = connection.execute(ITEMS.newest())
            return [row.id for row in rows if row.state == State.DRAFT]

    def publish(
        self, ids: Sequence[str], *, author: str, recorded_at: dt.datetime
    ) -> tuple[str, ...]:
        """Publishes the newest draft of each item, all of them or none; says which were drafts.

        An item that is published already stays as it is; ``UnknownItem`` for an id never stored.
        """
        signed = Signed(author, recorded_at)
        published: list[str] = []
        with writing(self._engine) as connection:
            pen = Pen(connection, signed, dry=False)
            for batch in _batches(list(dict.fromkeys(ids))):
                columns = item_versions.c
                newest = ITEMS.newest(
                    columns.content, columns.effective_from, columns.effective_to, ids=batch
                )
                rows = {row.id: row for row in connection.execute(newest)}
                for item_id in batch:
                    if item_id not in rows:
                        raise UnknownItem(item_id)
                    if rows[item_id].state == State.RETIRED:
                        raise StoreError(f"条目 {item_id!r} 已停用，没有草稿；请重新导入后再发布")
                drafts = [row for row in rows.values() if row.state == State.DRAFT]
                contents = [
                    Content(
                        row.id,
                        row.content,
                        {"effective_from": row.effective_from, "effective_to": row.effective_to},
                    )
                    for row in drafts
                ]
                pen.add(ITEMS, contents, state=State.PUBLISHED, retire_missing=False)
                published += [row.id for row in drafts]
        return tuple(published)


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
