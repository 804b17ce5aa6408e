"""Whose desk it is: what a page token says counts, what a request says is believed of keys only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from api.keys import LOCAL, Caller

OPAQUE_ID: Final = r"^[A-Za-z0-9._-]{1,64}$"
"""The form of an id of a person or a hall: it names nobody to those without the operator's list."""
LOCAL_STAFF: Final = "local"
_OPAQUE: Final = re.compile(OPAQUE_ID)


class WhoseError(Exception):
    """Base of what is wrong with who somebody says to be; ``field`` is what to change."""

    code = "unknown_person"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


class StaffMismatch(WhoseError):
    """A token speaks for one person or hall, the request for another."""

    code = "staff_mismatch"


class PersonMissing(WhoseError):
    """Nobody is named where somebody has to be."""

    code = "person_missing"


@dataclass(frozen=True, slots=True)
class Person:
    """A clerk and the hall where they are, as opaque ids; empty where it is not known."""

    staff: str
    hall: str

    def __post_init__(self) -> None:
        for name, said in (("staff", self.staff), ("hall", self.hall)):
            if said and not _OPAQUE.fullmatch(said):
                raise ValueError(f"{name} is no opaque id")


def whose(caller: Caller, staff: str = "", hall: str = "", *, needed: bool = True) -> Person:
    """The person and the hall that a request is about.

    A token's own staff and hall win, and a request that names others is refused. A key names nobody:
    its holder says for whom it asks. On this machine without keys it is ``local``. ``needed`` raises
    ``PersonMissing`` where nobody is named.

    >>> from api.keys import LOCAL, Caller, KeyScope
    >>> whose(LOCAL)
    Person(staff='local', hall='')
    >>> token = Caller("ab12cd34", "营业厅网页", frozenset({KeyScope.READ}), "s-1", "h-1")
    >>> whose(token, hall="h-1")
    Person(staff='s-1', hall='h-1')
    """
    for field, own, said in (("staff", caller.staff, staff), ("hall", caller.hall, hall)):
        # a token that speaks for a person in no hall, or for nobody, cannot claim them either
        if said and own != said and (own or caller.staff or caller.bound):
            who = "工号" if field == "staff" else "营业厅"
            raise StaffMismatch(field, f"令牌不是这个{who}的；请去掉 {field}，或换一个令牌")
    found = caller.staff or staff
    if not found and caller.id == LOCAL.id:
        found = LOCAL_STAFF
    if needed and not found:
        raise PersonMissing("staff", "没有说是谁；请带上 staff（工号），或用带工号的令牌")
    return Person(found, caller.hall or hall)
