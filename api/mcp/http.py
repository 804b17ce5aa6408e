"""What every request passes before the protocol sees it: the doors of the API, in the same order."""

from __future__ import annotations

import datetime as dt

from starlette.types import ASGIApp

from api.deps import Desk
from api.entrance import Entrance
from api.keys_gate import Gate
from api.metrics import Metrics
from api.middleware import BodyLimit, Callers, Trace


def guarded(app: ASGIApp, desk: Desk, gate: Gate | None) -> ASGIApp:
    """``app`` for callers that have a key with ``read``; for everybody where there is no gate."""
    entrance = Entrance(gate, (), lambda: dt.datetime.now(dt.UTC))
    return Trace(Callers(BodyLimit(app), entrance), desk.live, Metrics())
