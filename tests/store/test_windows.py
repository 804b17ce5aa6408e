from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from corpora.versions import OPEN_FROM, OPEN_TO
from corpora.windows import State, holding_windows
from tests.store.builders import MadeClaim, day

FIRST = day("2026-01-01")
SPAN = 12
DAYS = [OPEN_FROM, *(FIRST + dt.timedelta(n) for n in range(-2, SPAN + 2)), OPEN_TO]


@st.composite
def claims(draw: st.DrawFn) -> list[MadeClaim]:
    dates = st.none() | st.integers(0, SPAN).map(lambda n: FIRST + dt.timedelta(n))
    ends = st.lists(st.tuples(st.sampled_from(State), dates, dates), max_size=7)
    made = [
        MadeClaim(version, state, start, end)
        for version, (state, start, end) in enumerate(draw(ends), start=1)
        if start is None or end is None or start <= end
    ]
    return draw(st.permutations(made))


def holder(versions: list[MadeClaim], on: dt.date) -> int | None:
    """The version that holds on a day, found the slow way: the highest that claims it, if told."""
    claiming = [
        version
        for version in versions
        if version.state is not State.DRAFT
        and (version.effective_from or OPEN_FROM) <= on
        and (version.state is State.RETIRED or on <= (version.effective_to or OPEN_TO))
    ]
    highest = max(claiming, key=lambda version: version.version, default=None)
    return highest.version if highest and highest.state is State.PUBLISHED else None


@given(claims())
def test_on_every_day_the_version_that_holds_is_the_one_that_a_day_by_day_search_finds(
    versions: list[MadeClaim],
) -> None:
    windows = holding_windows(versions)
    for on in DAYS:
        holding = [version.version for version, start, end in windows if start <= on <= end]
        expected = holder(versions, on)
        assert holding == ([] if expected is None else [expected])


@given(claims())
def test_windows_come_by_day_and_touching_windows_are_of_different_versions(
    versions: list[MadeClaim],
) -> None:
    windows = holding_windows(versions)
    assert all(start <= end for _, start, end in windows)
    for (before, _, end), (after, start, _) in pairwise(windows):
        assert end < start
        assert before is not after or start - end > dt.timedelta(1)


def test_no_versions_have_no_windows() -> None:
    assert holding_windows([]) == []


def test_a_version_without_dates_holds_from_the_first_to_the_last_day_there_is() -> None:
    always = MadeClaim(1, State.PUBLISHED, None, None)
    assert holding_windows([always]) == [(always, OPEN_FROM, OPEN_TO)]


def test_a_temporary_version_in_the_middle_leaves_the_one_below_two_windows() -> None:
    usual = MadeClaim(1, State.PUBLISHED, None, None)
    festival = MadeClaim(2, State.PUBLISHED, day("2026-02-10"), day("2026-02-20"))
    assert holding_windows([usual, festival]) == [
        (usual, OPEN_FROM, day("2026-02-09")),
        (festival, day("2026-02-10"), day("2026-02-20")),
        (usual, day("2026-02-21"), OPEN_TO),
    ]


def test_a_retirement_ends_what_is_below_even_where_its_row_has_an_end() -> None:
    usual = MadeClaim(1, State.PUBLISHED, None, None)
    retired = MadeClaim(2, State.RETIRED, day("2026-03-01"), day("2026-03-02"))
    assert holding_windows([usual, retired]) == [(usual, OPEN_FROM, day("2026-02-28"))]


def test_a_draft_takes_no_day_from_what_is_published() -> None:
    usual = MadeClaim(1, State.PUBLISHED, None, None)
    assert holding_windows([usual, MadeClaim(2, State.DRAFT, None, None)]) == [
        (usual, OPEN_FROM, OPEN_TO)
    ]
