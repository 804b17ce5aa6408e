"""Feedback (反馈): what clerks say is wrong, missing or out of date, and what they would like."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from api.desk.masking import masked_text
from api.desk.paging import Page, page_of
from api.desk.tables import feedback
from api.desk.whose import Person
from corpora.types import FacetKind, SubLibrary
from corpora.versions import ItemVersion

REPEATED_WITHIN: Final = dt.timedelta(seconds=60)
"""Said again within this time it is the same click, or the same call made again."""


class FeedbackKind(StrEnum):
    """What somebody says about knowledge."""

    WRONG = "wrong"
    MISSING = "missing"
    OUTDATED = "outdated"
    SUGGESTION = "suggestion"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _LABELS[self]


_LABELS: Final = {
    FeedbackKind.WRONG: "不对",
    FeedbackKind.MISSING: "没说全",
    FeedbackKind.OUTDATED: "过时了",
    FeedbackKind.SUGGESTION: "建议",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says; ``held`` is the version of the item that the reader had before them."""

    kind: FeedbackKind
    query: str = ""
    item_id: str = ""
    held: ItemVersion | None = None
    facet: FacetKind | None = None
    text: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback as it is kept; free text is masked."""

    id: str
    kind: FeedbackKind
    received_at: dt.datetime
    caller: str
    staff: str
    hall: str
    query: str
    item_id: str
    item_version: int | None
    sub_library: str
    facet: str
    text: str
    trace_id: str
    index_version: str


def take(
    connection: Connection,
    said: Said,
    person: Person,
    caller: str,
    index_version: str,
    now: dt.datetime,
) -> tuple[Feedback, bool]:
    """Writes feedback down, and whether it is new: a second click is the first one."""
    columns = feedback.c
    query, text = masked_text(said.query), masked_text(said.text)
    before = connection.execute(
        select(feedback)
        .where(columns.staff == person.staff, columns.received_at > now - REPEATED_WITHIN)
        .where(columns.caller == caller, columns.kind == said.kind.value)
        .where(columns.item_id == said.item_id)
        .order_by(columns.received_at, columns.id)
    )
    # further words are not a second click: they would be lost
    for row in before:
        if (row.query, row.text) == (query, text):
            return _feedback(row), False
    held = said.held
    values = {
        "id": secrets.token_hex(8),
        "kind": said.kind.value,
        "caller": caller,
        "staff": person.staff,
        "hall": person.hall,
        "query": query,
        "item_id": said.item_id,
        "item_version": held and held.version,
        "sub_library": held.item.sub_library.value if held else "",
        "facet": said.facet.value if said.facet else "",
        "text": text,
        "trace_id": said.trace_id,
        "index_version": index_version,
        "received_at": now,
    }
    connection.execute(insert(feedback).values(**values))
    return Feedback(**(values | {"kind": said.kind})), True  # type: ignore[arg-type]


def listed(
    connection: Connection,
    *,
    since: dt.datetime | None = None,
    kinds: Sequence[FeedbackKind] = (),
    library: SubLibrary | None = None,
    limit: int,
    after: str = "",
) -> Page[Feedback]:
    """What was said, the newest first; ``UnknownPage`` where nothing has the id ``after``."""
    columns = feedback.c
    asked = select(feedback)
    if since is not None:
        asked = asked.where(columns.received_at >= since)
    if kinds:
        asked = asked.where(columns.kind.in_([kind.value for kind in kinds]))
    if library is not None:
        asked = asked.where(columns.sub_library == library.value)
    return page_of(connection, asked, columns.received_at, columns.id, limit, after, _feedback)


def _feedback(row: Any) -> Feedback:
    return Feedback(**(dict(row._mapping) | {"kind": FeedbackKind(row.kind)}))
