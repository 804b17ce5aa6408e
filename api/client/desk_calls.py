"""Requests of desks: what each method sends and how its reply is read. Nothing is sent here.

``staff`` and ``hall`` say for whom a key asks; a page token says so itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

from api.client.address import segment
from api.client.calls import Call, within
from api.client.desk import (
    AcknowledgementPage,
    AcknowledgementTaken,
    Catalogue,
    Changes,
    Desk,
    FeedbackPage,
    FeedbackTaken,
)
from api.client.sent import Moment, Scope, filled
from api.client.shapes import shaped


def give_feedback(
    kind: str,
    *,
    query: str = "",
    item_id: str = "",
    facet: str = "",
    text: str = "",
    trace_id: str = "",
    staff: str = "",
    hall: str = "",
) -> Call[FeedbackTaken]:
    """Says that something is ``wrong``, ``missing`` or ``outdated``, or makes a ``suggestion``."""
    body = {
        "kind": kind,
        "query": query,
        "item_id": item_id,
        "facet": facet,
        "text": text,
        "trace_id": trace_id,
        "staff": staff,
        "hall": hall,
    }
    return Call("POST", "/v1/feedback", shaped(FeedbackTaken), body=filled(body))


def feedback(
    *,
    since: Moment | None = None,
    kind: Sequence[str] = (),
    library: str = "",
    limit: int = 50,
    after: str = "",
) -> Call[FeedbackPage]:
    """What was said, the newest first."""
    params = {"since": since, "kind": kind, "library": library, "limit": limit, "after": after}
    return Call("GET", "/v1/feedback", shaped(FeedbackPage), filled(params))


def acknowledge(
    decision: str,
    warnings: Sequence[Mapping[str, str]],
    *,
    order: str = "",
    screen: str = "",
    codes: Sequence[str] = (),
    staff: str = "",
    hall: str = "",
) -> Call[AcknowledgementTaken]:
    """Records which warnings were seen before an order: ``acknowledged`` or ``turned_back``."""
    body = {"order": order, "screen": screen, "codes": codes, "staff": staff, "hall": hall}
    must = {"decision": decision, "warnings": [dict(one) for one in warnings]}
    # said twice it would be two decisions: it goes again only where it never left
    return Call(
        "POST",
        "/v1/acknowledgements",
        shaped(AcknowledgementTaken),
        body=filled(body) | must,
        repeatable=False,
    )


def acknowledgements(
    *, order: str = "", since: Moment | None = None, limit: int = 50, after: str = ""
) -> Call[AcknowledgementPage]:
    """What was acknowledged, the newest first."""
    params = {"order": order, "since": since, "limit": limit, "after": after}
    return Call("GET", "/v1/acknowledgements", shaped(AcknowledgementPage), filled(params))


def desk(*, staff: str = "", hall: str = "", **scope: Unpack[Scope]) -> Call[Desk]:
    """Common look-ups, favourites and the last shift; asking counts as being here."""
    params = filled({"staff": staff, "hall": hall}) | within(scope)
    return Call("GET", "/v1/desk", shaped(Desk), params)


def looked_up(query: str, *, item_id: str = "", staff: str = "", hall: str = "") -> Call[None]:
    """Records a question for the look-ups of a person and their hall."""
    body = {"query": query, "item_id": item_id, "staff": staff, "hall": hall}
    return Call("POST", "/v1/desk/lookups", _nothing, body=filled(body))


def add_favourite(item_id: str, *, staff: str = "", hall: str = "") -> Call[None]:
    """Keeps an item at hand."""
    return _favourite("PUT", item_id, staff, hall)


def remove_favourite(item_id: str, *, staff: str = "", hall: str = "") -> Call[None]:
    """Lets an item go; one that was not kept is no mistake."""
    return _favourite("DELETE", item_id, staff, hall)


def changes(
    *,
    since: Moment | None = None,
    limit: int = 50,
    staff: str = "",
    hall: str = "",
    **scope: Unpack[Scope],
) -> Call[Changes]:
    """What changed since a moment, or since the person's last shift."""
    params = filled({"since": since, "limit": limit, "staff": staff, "hall": hall})
    return Call("GET", "/v1/changes", shaped(Changes), params | within(scope))


def catalogue(
    *, category: str = "", limit: int = 50, after: str = "", **scope: Unpack[Scope]
) -> Call[Catalogue]:
    """How much there is in each library; of those named, the groups and the items."""
    params = filled({"category": category, "limit": limit, "after": after})
    return Call("GET", "/v1/catalogue", shaped(Catalogue), params | within(scope))


def _favourite(method: str, item_id: str, staff: str, hall: str) -> Call[None]:
    path = f"/v1/desk/favourites/{segment('item_id', item_id)}"
    return Call(method, path, _nothing, filled({"staff": staff, "hall": hall}))


def _nothing(_: object) -> None:
    return None
