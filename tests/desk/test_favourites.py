from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from api.desk.favourites import MOST, TooManyFavourites, keep, kept_by, let_go
from api.desk.tables import writing
from corpora.migrations import reading
from tests.builders import make_item

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def ids(engine: Engine, staff: str) -> list[str]:
    with reading(engine) as connection:
        return [one.item_id for one in kept_by(connection, staff)]


def test_favourites_are_ones_own_the_newest_first_and_no_more_than_fit(engine: Engine) -> None:
    with writing(engine) as connection:
        for n in range(MOST):
            keep(connection, "s-1", make_item(f"i-{n:03d}"), NOW + n * dt.timedelta(seconds=1))
        keep(connection, "s-1", make_item("i-000"), NOW + dt.timedelta(days=1))
        keep(connection, "s-2", make_item("i-000"), NOW)
    with pytest.raises(TooManyFavourites), writing(engine) as connection:
        keep(connection, "s-1", make_item("i-999"), NOW)
    found = ids(engine, "s-1")
    assert len(found) == MOST
    assert (found[0], found[-1]) == ("i-199", "i-000")
    with writing(engine) as connection:
        let_go(connection, "s-1", "i-000")
        let_go(connection, "s-1", "i-000")
        keep(connection, "s-1", make_item("i-999"), NOW + dt.timedelta(days=1))
    assert ids(engine, "s-1")[0] == "i-999"
    assert ids(engine, "s-2") == ["i-000"]
