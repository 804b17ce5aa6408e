"""Every method of desks, of both clients, against a real server process."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from api.client import Invalid, NotFound
from api.push.policy import CHINA
from tests.api.client.conftest import Ask
from tests.api.serving import Server

_people = itertools.count(1)


@pytest.fixture
def staff() -> str:
    """Nobody who was here before."""
    return f"c-{next(_people)}"


def test_feedback_is_given_once_and_read_page_by_page(ask: Ask, server: Server, staff: str) -> None:
    said = {"query": "日包多少钱", "item_id": "pack-day5", "facet": "price", "staff": staff}
    taken = ask(server.url, lambda zhiku: zhiku.give_feedback("wrong", **said))
    again = ask(server.url, lambda zhiku: zhiku.give_feedback("wrong", **said))
    assert again == taken
    page = ask(
        server.url, lambda zhiku: zhiku.feedback(kind=["wrong"], library="business", limit=1)
    )
    (kept,) = page.feedback
    assert (kept.id, kept.staff, kept.item_version, kept.facet) == (taken.id, staff, 1, "price")
    assert kept.received_at == taken.received_at
    late = ask(
        server.url, lambda zhiku: zhiku.feedback(since=dt.datetime(2999, 1, 1, tzinfo=CHINA))
    )
    assert (late.feedback, late.next) == ((), None)


def test_an_acknowledgement_is_recorded(ask: Ask, server: Server, staff: str) -> None:
    warnings = [{"item_id": "pack-day5", "tip_id": "tip-no-refund"}]
    taken = ask(
        server.url,
        lambda zhiku: zhiku.acknowledge(
            "acknowledged", warnings, order=f"SL-{staff}", codes=["30010002"], staff=staff
        ),
    )
    page = ask(server.url, lambda zhiku: zhiku.acknowledgements(order=f"SL-{staff}"))
    (kept,) = page.acknowledgements
    assert (kept.id, kept.decision, kept.codes) == (taken.id, "acknowledged", ("30010002",))
    assert kept.warnings[0].tip_version == 1
    none = ask(server.url, lambda zhiku: zhiku.acknowledge("turned_back", [], staff=staff))
    assert none.id != taken.id
    with pytest.raises(Invalid) as caught:
        ask(server.url, lambda zhiku: zhiku.acknowledge("acknowledged", [{"item_id": "nothing"}]))
    assert caught.value.errors[0]["field"] == "warnings.0.item_id"


def test_a_desk_has_look_ups_and_favourites(ask: Ask, server: Server, staff: str) -> None:
    mine = {"staff": staff, "hall": f"h-{staff}"}
    assert ask(server.url, lambda zhiku: zhiku.looked_up("日包怎么开", **mine)) is None
    assert ask(server.url, lambda zhiku: zhiku.add_favourite("pack-day5", **mine)) is None
    desk = ask(server.url, lambda zhiku: zhiku.desk(**mine, library=["business"]))
    assert (desk.staff, desk.hall, desk.last_shift_at) == (staff, f"h-{staff}", None)
    assert [one.query for one in desk.own_lookups] == ["日包怎么开"]
    assert [(one.title, one.available) for one in desk.favourites] == [("5元1GB流量日包", True)]
    assert ask(server.url, lambda zhiku: zhiku.remove_favourite("pack-day5", **mine)) is None
    assert ask(server.url, lambda zhiku: zhiku.desk(**mine)).favourites == ()
    with pytest.raises(NotFound):
        ask(server.url, lambda zhiku: zhiku.add_favourite("nothing", **mine))


def test_changes_and_the_catalogue_are_read(ask: Ask, server: Server, staff: str) -> None:
    since = dt.datetime(2026, 1, 1, tzinfo=CHINA)
    changes = ask(server.url, lambda zhiku: zhiku.changes(since=since, staff=staff))
    assert (changes.since, changes.changes) == (since, ())
    first = ask(server.url, lambda zhiku: zhiku.catalogue(library=["business"], limit=4))
    rest = ask(
        server.url, lambda zhiku: zhiku.catalogue(library=["business"], limit=4, after=first.next)
    )
    assert (len(first.items), len(rest.items), rest.next) == (4, 2, None)
    assert first.total == first.libraries[0].count == 6
    with pytest.raises(TypeError, match="libary"):
        ask(server.url, lambda zhiku: zhiku.catalogue(libary=["business"]))
