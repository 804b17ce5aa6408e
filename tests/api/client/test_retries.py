from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.errors import (
    BadArgument,
    BadReply,
    Conflict,
    Forbidden,
    Invalid,
    NoReply,
    NotConnected,
    NotFound,
    Refused,
    ServerFault,
    TooMany,
    Unauthorized,
    Unavailable,
    ZhikuError,
)
from api.client.retries import RetryPolicy, Tries, goes_again, retry_after

NOW = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
NEVER = [BadReply, Conflict, Forbidden, Invalid, NotFound, Refused, ServerFault, Unauthorized]


class Clock:
    """Time that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def tries(policy: RetryPolicy, clock: Clock, *, timeout: float = 5.0, dice: float = 0.5) -> Tries:
    return Tries(policy, repeatable=True, timeout=timeout, clock=clock, dice=lambda: dice)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Mon, 02 Mar 2026 04:00:30 GMT", 30.0),
        ("Monday, 02-Mar-26 04:00:30 GMT", 30.0),
        ("Mon Mar  2 04:00:30 2026", 30.0),
        ("Mon, 02 Mar 2026 03:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 99 Mar 2026 04:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(said: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": said}, NOW) == seconds


def test_a_date_is_taken_against_the_clock_of_the_service() -> None:
    headers = {
        "retry-after": "Mon, 02 Mar 2026 12:00:05 GMT",
        "date": "Mon, 02 Mar 2026 12:00:00 GMT",  # eight hours before ours
    }
    assert retry_after(headers, NOW) == 5.0


def test_endless_digits_are_longer_than_any_budget() -> None:
    assert retry_after({"retry-after": "9" * 5000}, NOW) == float("inf")


def test_pauses_double_up_to_the_longest() -> None:
    policy = RetryPolicy(first_pause=0.5, longest_pause=3.0)
    most = [policy.pause(made, None, lambda: 1.0) for made in (1, 2, 3, 4, 5, 10_000)]
    assert most == [0.5, 1.0, 2.0, 3.0, 3.0, 3.0]
    assert [policy.pause(made, None, lambda: 0.25) for made in (1, 2)] == [0.125, 0.25]
    assert policy.pause(1, None, lambda: 0.0) == 0.0


@given(st.integers(1, 10_000), st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_no_pause_is_shorter_than_what_was_asked_for(made: int, asked: float, dice: float) -> None:
    policy = RetryPolicy()
    pause = policy.pause(made, asked, lambda: dice)
    assert asked <= pause <= asked + policy.longest_pause


@pytest.mark.parametrize(
    ("error", "once", "again"),
    [
        (NotConnected, True, True),
        (NoReply, False, True),
        (TooMany, False, True),
        (Unavailable, False, True),
        *((kind, False, False) for kind in NEVER),
    ],
)
def test_only_what_may_help_goes_again(error: type[ZhikuError], once: bool, again: bool) -> None:
    assert goes_again(error(""), repeatable=False) is once
    assert goes_again(error(""), repeatable=True) is again


def test_after_the_last_try_its_error_is_raised() -> None:
    attempt = tries(RetryPolicy(tries=3, first_pause=0.5), Clock())
    pauses = []
    for _ in range(2):
        attempt.begin()
        pauses.append(attempt.pause_after(Unavailable("")))
    assert pauses == [0.25, 0.5]
    attempt.begin()
    last = Unavailable("")
    with pytest.raises(Unavailable) as caught:
        attempt.pause_after(last)
    assert caught.value is last


def test_nobody_waits_for_a_try_that_would_begin_too_late() -> None:
    attempt = tries(RetryPolicy(tries=9, budget=10), Clock())
    attempt.begin()
    assert attempt.pause_after(Unavailable("", retry_after=9.0)) < 10
    with pytest.raises(Unavailable):
        attempt.pause_after(Unavailable("", retry_after=10.0))


def test_the_last_try_has_the_time_that_is_left() -> None:
    clock = Clock()
    attempt = tries(RetryPolicy(tries=9, budget=12), clock, timeout=5)
    assert attempt.begin() == 5
    clock.now += 10
    assert attempt.begin() == 2
    clock.now += 50
    assert 0 < attempt.begin() < 0.01


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"budget": 0}, {"first_pause": -1}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadArgument, match="tries"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]
