"""A request to send one message, and what can be wrong with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from api.push.wanted import NotOrderable, Wanted, digest_of
from corpora.push_template import PushChannel
from corpora.types import CorporaError
from retriever.context import Customer
from retriever.errors import RetrieverError
from retriever.push import PushError


@dataclass(frozen=True, slots=True)
class Request:
    """One message to one number. ``at`` is when it is to go, now if nothing is said; with ``until`` it
    may be put off that long by rules that only ask for another time.
    """

    key: str
    number: str
    wanted: Wanted
    campaign: str = ""
    wave: int = 0
    at: dt.datetime | None = None
    until: dt.datetime | None = None
    customer: Customer = field(default_factory=Customer)

    def digest(self, hashed: str) -> str:
        """The same for the same request. The number goes in as its keyed hash: everything else stands
        beside the digest, so that a number could be guessed from it.
        """
        wanted = self.wanted
        return digest_of(
            {
                "number": hashed,
                "template": wanted.template_id,
                "channel": wanted.channel.value,
                "item": wanted.item_id,
                "values": dict(wanted.values),
                "region": wanted.region,
                "order": wanted.order
                and [wanted.order.template_id, sorted(wanted.order.values.items())],
                "campaign": self.campaign,
                "wave": self.wave,
                "at": self.at,
                "until": self.until,
            }
        )


class IdempotencyConflict(Exception):
    """A key that was used for another request."""

    code = "idempotency_conflict"
    field = "idempotency_key"

    def __init__(self, key: str) -> None:
        super().__init__(f"幂等键 {key!r} 已经用于另一个请求；换一个键，或发同样的内容")


class NotSendable(Exception):
    """A channel that is shown on our own screens and not sent through a gateway."""

    code = "channel_not_sendable"
    field = "channel"

    def __init__(self, channel: PushChannel) -> None:
        super().__init__(
            f"渠道 {channel.value} 显示在自己的屏幕上，不经网关发送；用 /v1/push/render 取内容"
        )


EXPECTED: Final = (CorporaError, RetrieverError, PushError, NotSendable, NotOrderable)
"""What can be wrong with a request."""
