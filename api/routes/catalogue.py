"""``GET /v1/catalogue``: what there is, without a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import AtDesk, cached_reply
from api.desk.answers import CatalogueItem, CatalogueReply, CountView
from api.desk.bodies import CatalogueQuery
from api.errors import BadField
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import described
from corpora.types import SubLibrary
from corpora.versions import OPEN_FROM, OPEN_TO
from retriever.listing import Listed

router = APIRouter(
    tags=["知识"], dependencies=[needs(KeyScope.READ)], responses=described(401, 422, 503)
)


@router.get("/v1/catalogue", response_model=CatalogueReply, summary="翻目录")
def catalogue(
    desk: AtDesk, request: Request, asked: Annotated[CatalogueQuery, Query()]
) -> Response:
    """各子库多少条；选了子库，再按组看条目。组是终端的种类，或条目的责任部门。

    可缓存一分钟，ETag 没变时回 304。
    """
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        key = ["catalogue", asked.category, str(asked.limit), asked.after]
        return cached_reply(
            request,
            base,
            key,
            wanted,
            lambda: _reply(base.listed(replace(wanted, libraries=frozenset())), asked).model_dump(
                mode="json"
            ),
        )


def _reply(rows: Sequence[Listed], asked: CatalogueQuery) -> CatalogueReply:
    in_library = Counter(row.sub_library for row in rows)
    chosen = [row for row in rows if row.sub_library in asked.library]
    in_category = Counter(row.category for row in chosen)
    shown = [row for row in chosen if not asked.category or row.category == asked.category]
    first = _place_after(shown, asked.after)
    page = shown[first : first + asked.limit]
    more = first + asked.limit < len(shown)
    return CatalogueReply(
        libraries=[
            CountView(value=library, label=library.label, count=in_library[library])
            for library in SubLibrary
        ],
        categories=[
            CountView(value=category, label=category, count=count)
            for category, count in sorted(in_category.items(), key=lambda one: (-one[1], one[0]))
        ],
        items=[_item(row) for row in page],
        total=len(shown),
        next=page[-1].item_id if more and page else None,
    )


def _place_after(shown: Sequence[Listed], after: str) -> int:
    if not after:
        return 0
    place = next((n for n, row in enumerate(shown, 1) if row.item_id == after), None)
    if place is None:
        raise BadField("after", "没有这一条；after 请用上一页的 next，或从头翻起")
    return place


def _item(row: Listed) -> CatalogueItem:
    return CatalogueItem(
        item_id=row.item_id,
        title=row.title,
        sub_library=row.sub_library,
        category=row.category,
        sale_status=row.sale_status,
        region=row.region or None,
        effective_from=None if row.valid_from == OPEN_FROM else row.valid_from,
        effective_to=None if row.valid_to == OPEN_TO else row.valid_to,
    )
