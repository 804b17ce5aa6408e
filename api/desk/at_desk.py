"""What the routes of the desk share."""

from __future__ import annotations

import datetime as dt

import orjson
from fastapi import Response

from api.reply_parts import Reply
from corpora.types import Audience
from retriever.filters import Filter


def said(view: Reply) -> Response:
    """A reply that no version of the knowledge decides."""
    return Response(orjson.dumps(view.model_dump(mode="json")), media_type="application/json")


def everything_on(day: dt.date) -> Filter:
    """What the service knows on a day, for what it writes down; nothing of it is shown."""
    return Filter(as_of=day, audience=Audience.INTERNAL)
