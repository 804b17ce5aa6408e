"""What can go wrong with a call, by what a caller may do about it.

* ``ZhikuError``: of all of them; ``code`` is stable, ``detail`` is Chinese for people

  * ``BadArgument``: nothing was sent, because an address, a key or an argument cannot be used
  * ``NotConnected``: nothing was sent, because nobody answered at the address
  * ``NoReply``: it was sent, and whether it was done is not known
  * ``BadReply``: what came back is no reply of this API
  * ``Problem``: the service said no

    * ``Invalid`` (400, 413, 422), ``Unauthorized`` (401), ``Forbidden`` (403), ``NotFound`` (404)
    * ``Conflict`` (409)

      * ``Refused``: rules speak against a message; ``declines`` has every one

    * ``TooMany`` (429), ``Unavailable`` (503): later it may go
    * ``ServerFault``: any other 5xx
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.client.pushes import Decline


class ZhikuError(Exception):
    """Base of all errors of the client; never holds the API key or a body that was sent."""

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        status: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        trace_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.status = status
        self.errors = tuple(errors)
        self.trace_id = trace_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        said = f"{self.status} {self.code}" if self.status else self.code
        traced = f"（编号 {self.trace_id}）" if self.trace_id else ""
        return f"{said}：{self.detail}{traced}"


class BadArgument(ZhikuError, ValueError):
    """An address, a key or an argument that cannot be used; nothing was sent."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="bad_argument")


class NotConnected(ZhikuError):
    """Nobody answered at the address; nothing was sent."""


class NoReply(ZhikuError):
    """Sent, and no whole reply came: it may have been done or not."""


class BadReply(ZhikuError):
    """A reply that is not of this API, such as the page of a proxy."""


class Problem(ZhikuError):
    """The service said no, and why."""


class Invalid(Problem):
    """What was asked cannot be used; ``errors`` names the fields."""


class Unauthorized(Problem):
    """No key, or one that is not known any more."""


class Forbidden(Problem):
    """A good key without the scope that this needs."""


class NotFound(Problem):
    """No such item, code, template or message."""


class Conflict(Problem):
    """At odds with what is there, such as a key that was used for another request."""


class Refused(Conflict):
    """A message that may not go: every rule against it, the weightiest first."""

    declines: tuple[Decline, ...] = ()


class TooMany(Problem):
    """Too many requests for now."""


class Unavailable(Problem):
    """Not able to serve for now."""


class ServerFault(Problem):
    """Something broke in the service or before it; ``trace_id`` finds it in the log."""


_BY_STATUS: Final[Mapping[int, type[Problem]]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    422: Invalid,
    429: TooMany,
    503: Unavailable,
}


def problem_class(status: int) -> type[Problem]:
    """The class of a problem with this status."""
    return _BY_STATUS.get(status, ServerFault if status >= 500 else Problem)
