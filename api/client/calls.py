"""Requests about knowledge: what each method sends and how its reply is read. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, Unpack

from api.client.address import segment
from api.client.answers import Answer
from api.client.errors import BadArgument
from api.client.knowledge import (
    Calculation,
    Cards,
    Help,
    Item,
    Ready,
    SearchPage,
    Suggestions,
)
from api.client.sent import Context, Day, Scope, filled, plain
from api.client.shapes import shaped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. ``repeatable`` where sending it twice does no more than sending it once.

    A route that has no method of its own: ``client.perform(Call("GET", "/v1/labels", dict))``.
    """

    method: str
    path: str
    read: Callable[[Any], T] = field(repr=False)
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeatable: bool = True


def search(
    q: str, *, k: int = 5, explain: bool = False, **scope: Unpack[Scope]
) -> Call[SearchPage]:
    """Items that fit ``q``, the best first."""
    params = {"q": q, "k": k, "explain": explain, **within(scope)}
    return Call("GET", "/v1/search", shaped(SearchPage), params)


def answer(query: str, *, context: Context | None = None, **scope: Unpack[Scope]) -> Call[Answer]:
    """An answer, a question back, a hand-over, or that nothing sure is known."""
    body = {"query": query, **filled({"context": context, "filters": within(scope)})}
    return Call("POST", "/v1/answer", shaped(Answer), body=body)


def suggest(q: str, *, limit: int = 10, **scope: Unpack[Scope]) -> Call[Suggestions]:
    """Completions of what is being typed."""
    params = {"q": q, "limit": limit, **within(scope)}
    return Call("GET", "/v1/suggest", shaped(Suggestions), params)


def follow(codes: Sequence[str] | str, **scope: Unpack[Scope]) -> Call[Cards]:
    """A card for each product code, at most 200."""
    listed = codes if isinstance(codes, str) else ",".join(codes)
    return Call("GET", "/v1/follow", shaped(Cards), {"codes": listed, **within(scope)})


def screen_help(screen: str, **scope: Unpack[Scope]) -> Call[Help]:
    """How things are done on a screen."""
    path = f"/v1/help/{segment('screen', screen)}"
    return Call("GET", path, shaped(Help), within(scope))


def item(item_id: str, **scope: Unpack[Scope]) -> Call[Item]:
    """All of an item that the reader may see."""
    path = f"/v1/items/{segment('item_id', item_id)}"
    return Call("GET", path, shaped(Item), within(scope))


def calculate(
    item: str,
    *,
    usage: Mapping[str, float] | None = None,
    joined_on: Day | None = None,
    months: int | None = None,
    leaves_after: int | None = None,
    compare_with: str | None = None,
    region: str | None = None,
    as_of: Day | None = None,
) -> Call[Calculation]:
    """What an item costs: a month, the first month, several of them, or leaving early."""
    body = {
        "item": item,
        "usage": usage,
        "joined_on": joined_on,
        "months": months,
        "leaves_after": leaves_after,
        "compare_with": compare_with,
        "region": region,
        "as_of": as_of,
    }
    return Call("POST", "/v1/calculate", shaped(Calculation), body=filled(body))


def ready() -> Call[Ready]:
    """Which version serves; ``Unavailable`` where none does."""
    return Call("GET", "/readyz", shaped(Ready))


def within(scope: Scope) -> dict[str, Any]:
    """The scope as a request says it. A misspelt word would widen it silently elsewhere; not here."""
    if unknown := ", ".join(sorted(set(scope) - set(Scope.__annotations__))):
        raise TypeError(f"unknown keyword: {unknown}")
    if isinstance(scope.get("library"), str):
        raise BadArgument("library 应为列表，例如 ['business']")
    said: dict[str, Any] = plain(filled(scope))
    return said
