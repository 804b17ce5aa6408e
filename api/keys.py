"""API keys: what a key allows, whom it belongs to, and whether an offered secret is one of ours.

A secret is ``zk_<id>_<random>``. Only its SHA-256 is kept: a slow, salted hash protects passwords
because people choose guessable ones; 256 random bits cannot be guessed, whatever the hash, and
every request pays for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SECRET: Final = re.compile(r"^zk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$")


class KeyScope(StrEnum):
    """What a key allows; each one includes those before it."""

    READ = "read"
    SEND = "send"
    ADMINISTER = "administer"

    @property
    def label(self) -> str:
        """What it allows, on screen."""
        return _LABELS[self]


_LABELS: Final[Mapping[KeyScope, str]] = {
    KeyScope.READ: "查询",
    KeyScope.SEND: "推送",
    KeyScope.ADMINISTER: "管理",
}
_ASCENDING: Final = tuple(KeyScope)


class KeyRefused(Exception):
    """A key that cannot be made, or that is not there; the message says what to change."""


class ScopeMissing(Exception):
    """The caller's key is good, but not for this route; the message names what it lacks."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: ``id`` is that of a key, or ``env``, or ``local`` where no keys are asked for.

    ``staff`` and ``hall`` are the person and the hall that a page token speaks for; empty for a key,
    whose holder may say for whom it asks.
    """

    id: str
    name: str
    scopes: frozenset[KeyScope]
    staff: str = ""
    hall: str = ""

    def may(self, scope: KeyScope) -> bool:
        """Whether one of the caller's scopes is or includes ``scope``.

        >>> Caller("ab12cd34", "短信平台", frozenset({KeyScope.SEND})).may(KeyScope.READ)
        True
        """
        rank = _ASCENDING.index(scope)
        return any(_ASCENDING.index(held) >= rank for held in self.scopes)

    def require(self, scope: KeyScope) -> None:
        """Raises ``ScopeMissing`` unless the caller may."""
        if not self.may(scope):
            raise ScopeMissing(
                f"密钥 {self.id}（{self.name}）没有 {scope}（{scope.label}）权限；"
                f"请换一个有 {scope} 权限的密钥，管理员用 zhiku key create 创建"
            )


LOCAL: Final = Caller("local", "本机", frozenset(KeyScope))
ENVIRONMENT: Final = Caller("env", "ZHIKU_API_KEYS", frozenset(KeyScope))
NOBODY: Final = Caller("", "", frozenset())
"""Who asks where no key is needed even when keys are asked for."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept; nothing here lets anybody in."""

    id: str
    name: str
    scopes: frozenset[KeyScope]
    digest: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None

    @property
    def caller(self) -> Caller:
        """Whoever holds the key."""
        return Caller(self.id, self.name, self.scopes)


class ActiveKeys:
    """The keys that were valid at one moment."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys = {key.id: key for key in keys if key.revoked_at is None}

    def __len__(self) -> int:
        return len(self._keys)

    def holder(self, secret: str) -> Caller | None:
        """Whose secret this is, if it is that of one of these keys."""
        key = self._keys.get(key_id(secret) or "")
        if key is None or not hmac.compare_digest(digest(secret), key.digest):
            return None
        return key.caller


def new_id() -> str:
    """An id for a new key; ids are not secret."""
    return secrets.token_hex(4)


def new_secret(identifier: str) -> str:
    """A secret for the key of this id: 256 random bits, in characters that a header can carry."""
    return f"zk_{identifier}_{secrets.token_urlsafe(32)}"


def key_id(secret: str) -> str | None:
    """The id inside a secret; None for what cannot be a secret of ours.

    >>> key_id("zk_0a1b2c3d_" + "x" * 43)
    '0a1b2c3d'
    >>> key_id("zk_0a1b2c3d_short")
    """
    found = _SECRET.match(secret)
    return found[1] if found else None


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def unknown_key(identifier: str) -> KeyRefused:
    """That there is no key of such an id."""
    return KeyRefused(f"没有编号为 {identifier!r} 的密钥；编号见 zhiku key list")


def in_order(scopes: Iterable[KeyScope]) -> list[KeyScope]:
    """Each scope once, the least first."""
    return sorted(set(scopes), key=_ASCENDING.index)
