"""Requests about messages: what each method sends and how its reply is read. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from api.client.address import segment
from api.client.calls import Call
from api.client.pushes import Accepted, Batch, Effect, History, Outbox, Plan, Record, Rendered
from api.client.sent import CustomerEvent, Day, Message, Moment, Offer, Recipient, filled, plain
from api.client.shapes import Shape, shaped

S = TypeVar("S", bound=Shape)
_KEY: Final = "idempotency_key"
_KEY_HEADER: Final = "Idempotency-Key"


def render(
    template_id: str,
    channel: str,
    *,
    item_id: str | None = None,
    values: Mapping[str, str] | None = None,
    region: str | None = None,
    as_of: Day | None = None,
) -> Call[Rendered]:
    """A message with its values filled in; nothing is sent."""
    body = {
        "template_id": template_id,
        "channel": channel,
        "item_id": item_id,
        "values": values,
        "region": region,
        "as_of": as_of,
    }
    return Call("POST", "/v1/push/render", shaped(Rendered), body=filled(body))


def send(message: Message) -> Call[Accepted]:
    """Stores a message to be sent; ``Refused`` where rules speak against it."""
    return _keyed("/v1/push/messages", message, Accepted)


def send_batch(messages: Sequence[Message]) -> Call[Batch]:
    """Up to 500 messages, each judged by itself."""
    body = {"messages": [plain(one) for one in messages]}
    return Call("POST", "/v1/push/batches", shaped(Batch), body=body)


def plan(
    offers: Sequence[Offer],
    customers: Sequence[Recipient],
    *,
    campaign: str = "",
    wave: int = 0,
    at: Moment | None = None,
    until: Moment | None = None,
) -> Call[Plan]:
    """What would go to whom, when, by which channel, and why not; nothing is sent."""
    body = {
        "offers": offers,
        "customers": customers,
        "campaign": campaign,
        "wave": wave,
        "at": at,
        "until": until,
    }
    return Call("POST", "/v1/push/plan", shaped(Plan), body=filled(body))


def report_event(event: CustomerEvent) -> Call[Batch]:
    """What waits for this event is stored, each for its day."""
    return _keyed("/v1/push/events", event, Batch)


def message_record(message_id: str) -> Call[Record]:
    """What exactly was sent and what became of it."""
    path = f"/v1/push/messages/{segment('message_id', message_id)}"
    return Call("GET", path, shaped(Record))


def lookups(number: str) -> Call[History]:
    """What a number agreed to, refused and was sent. The number is in no address and no log."""
    return Call("POST", "/v1/push/lookups", shaped(History), body={"number": number})


def consent(
    number: str,
    evidence: str,
    *,
    given: bool = True,
    channel: str | None = None,
    at: Moment | None = None,
) -> Call[None]:
    """Records that a customer agreed to marketing, or no longer does."""
    body = {"number": number, "evidence": evidence, "given": given, "channel": channel, "at": at}
    return _recorded("/v1/push/consents", body)


def refuse(
    number: str,
    evidence: str,
    *,
    kind: str = "marketing",
    lifted: bool = False,
    at: Moment | None = None,
) -> Call[None]:
    """Records that a customer refuses ``marketing`` or ``all``, or does no longer."""
    body = {"number": number, "evidence": evidence, "kind": kind, "lifted": lifted, "at": at}
    return _recorded("/v1/push/refusals", body)


def effect(
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    campaign: str | None = None,
    template_id: str | None = None,
) -> Call[Effect]:
    """What came of messages by campaign and template, in the last 30 days if nothing is said."""
    params = {"since": since, "until": until, "campaign": campaign, "template_id": template_id}
    return Call("GET", "/v1/push/effect", shaped(Effect), filled(params))


def outbox() -> Call[Outbox]:
    """How many messages stand where."""
    return Call("GET", "/v1/push/outbox", shaped(Outbox))


def _keyed(path: str, said: Message | CustomerEvent, shape: type[S]) -> Call[S]:
    body = plain(said)
    # in a header, and with what was sent, so that every try of it bears the same
    headers = {_KEY_HEADER: body.pop(_KEY, "")}
    return Call("POST", path, shaped(shape), body=body, headers=headers)


def _recorded(path: str, body: Mapping[str, object]) -> Call[None]:
    # said twice it would be written twice: it goes again only where it never left
    return Call("POST", path, _nothing, body=filled(body), repeatable=False)


def _nothing(_: object) -> None:
    return None
