"""A message as JSON: what stands in the spool and what goes to gateways that speak HTTP."""

from __future__ import annotations

from base64 import b64encode

from api.push.gateways.protocol import Outgoing


def payload_of(message: Outgoing) -> dict[str, object]:
    """Everything that a sender needs: the text, and the octets that it becomes on the way.

    ``pieces`` have hexadecimal digits, ``package`` (the whole MMS) is base64.
    """
    return {
        "id": message.id,
        "number": message.number,
        "source": message.source,
        "channel": message.channel.value,
        "purpose": message.purpose.value,
        "text": message.text,
        "pieces": [piece.to_json() for piece in message.wire],
        "package": b64encode(message.package).decode("ascii"),
    }
