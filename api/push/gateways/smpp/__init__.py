"""SMPP 3.4: one session that sends and receives, kept up, with answers that are never guessed."""

from api.push.gateways.smpp.address import SmppAddress, address_of
from api.push.gateways.smpp.gateway import SmppGateway

__all__ = ["SmppAddress", "SmppGateway", "address_of"]
