from __future__ import annotations

import pytest

from api.desk.whose import Person, PersonMissing, StaffMismatch, whose
from api.keys import LOCAL, Caller, KeyScope, Shown

KEY = Caller("ab12cd34", "BOSS", frozenset({KeyScope.READ}))
TOKEN = Caller("ab12cd34", "网页", frozenset({KeyScope.READ}), "s-1", "h-1")
NOBODYS = Caller("ab12cd34", "网页", frozenset({KeyScope.READ}), shown=Shown.TOKEN)
WITHOUT_HALL = Caller("ab12cd34", "网页", frozenset({KeyScope.READ}), "s-1")


def test_a_token_speaks_for_its_person_and_hall() -> None:
    assert whose(TOKEN) == whose(TOKEN, "s-1", "h-1") == Person("s-1", "h-1")


@pytest.mark.parametrize(
    ("caller", "staff", "hall", "field"),
    [
        (TOKEN, "s-2", "", "staff"),
        (TOKEN, "", "h-2", "hall"),
        (TOKEN, "s-2", "h-1", "staff"),
        (WITHOUT_HALL, "s-1", "h-1", "hall"),
        (NOBODYS, "s-1", "", "staff"),
        (NOBODYS, "", "h-1", "hall"),
    ],
)
def test_a_token_cannot_speak_for_another(
    caller: Caller, staff: str, hall: str, field: str
) -> None:
    with pytest.raises(StaffMismatch) as caught:
        whose(caller, staff, hall)
    assert caught.value.field == field


def test_who_holds_a_key_says_for_whom_it_asks() -> None:
    assert whose(KEY, "s-9", "h-9") == Person("s-9", "h-9")
    with pytest.raises(PersonMissing) as caught:
        whose(KEY, hall="h-9")
    assert caught.value.field == "staff"
    assert whose(KEY, needed=False) == Person("", "")


def test_on_this_machine_it_is_whoever_sits_there() -> None:
    assert whose(LOCAL) == Person("local", "")
    assert whose(LOCAL, "s-9", "h-9") == Person("s-9", "h-9")


def test_what_names_somebody_is_no_opaque_id() -> None:
    with pytest.raises(ValueError, match="opaque"):
        Person("张三", "")
