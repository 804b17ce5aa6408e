"""Sends messages until it is killed, and tells each outcome before it goes on: run by a test."""

from __future__ import annotations

import sys
from itertools import count

from api.push.gateways.opened import open_gateway
from tests.push.gateways.builders import make_outgoing


def main() -> None:
    gateway = open_gateway(sys.argv[1], received=lambda _: None)
    for n in count():
        message = make_outgoing(f"第{n}条", id=f"m-{n}", number=f"138{n:08d}")
        sent = gateway.send(message)
        words = (message.number, sent.outcome.value, *sent.gateway_ids)
        sys.stdout.write(" ".join(words) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
