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
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

_SECRET: Final = re.compile(r"^zk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$")
_ID: Final = re.compile(r"[0-9a-f]{8}")
_SIGNING_LENGTH: Final = 24
"""Whoever holds a token can try keys against its signature for as long as they like; a key that was
made up by a person and is shorter than this might be found."""


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


class Shown(StrEnum):
    """What a caller showed to be let in; the values are those of ``mode`` in ``GET /v1/session``."""

    NOTHING = "local"
    KEY = "key"
    TOKEN = "token"
    SESSION = "session"


class KeyRequired(Exception):
    """What only a program with a key may do; the message says so."""


class KeyRefused(Exception):
    """A key that cannot be made, or that is not there; the message says what to change."""


class NoKey(Exception):
    """No key, or one that is not known, or was revoked; the message says what to show."""


class ScopeMissing(Exception):
    """The caller's key is good, but not for this route; the message names what it lacks."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: ``id`` is that of a key, or ``env``, or ``local`` where no keys are asked for.

    ``staff`` and ``hall`` are the person and the hall that a page token or a sign-in speaks for; empty
    for a key, whose holder may say for whom it asks. ``expires_at`` is when a token ends.
    """

    id: str
    name: str
    scopes: frozenset[KeyScope]
    staff: str = ""
    hall: str = ""
    shown: Shown = Shown.KEY
    expires_at: dt.datetime | None = None

    @property
    def bound(self) -> bool:
        """Whether it speaks for a page token or a sign-in: for nobody but ``staff`` and ``hall``."""
        return self.shown in {Shown.TOKEN, Shown.SESSION}

    @property
    def signed(self) -> str:
        """What is written down of who did something: the key, and the person where one is known.

        >>> Caller("ab12cd34", "BOSS", frozenset(), staff="A0012").signed
        'ab12cd34/A0012'
        """
        return f"{self.id}/{self.staff}" if self.staff else self.id

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
            lacking = f"没有 {scope}（{scope.label}）权限"
            raise ScopeMissing(
                _MENDED[self.shown].format(caller=self, lacking=lacking, scope=scope)
            )


_MENDED: Final[Mapping[Shown, str]] = {
    Shown.TOKEN: "这个页面令牌{lacking}；请让后台在签发时用 scopes 写明，administer 只能用密钥",
    Shown.SESSION: "这次登录{lacking}；请换一个有 {scope} 权限的密钥登录，administer 只能用密钥调用",
} | dict.fromkeys(
    (Shown.KEY, Shown.NOTHING),
    "密钥 {caller.id}（{caller.name}）{lacking}；"
    "请换一个有 {scope} 权限的密钥，管理员用 zhiku key create 创建",
)
LOCAL: Final = Caller("local", "本机", frozenset(KeyScope), shown=Shown.NOTHING)
ENVIRONMENT: Final = Caller("env", "ZHIKU_API_KEYS", frozenset(KeyScope))
NOBODY: Final = Caller("", "", frozenset())
"""Who asks where no key is needed even when keys are asked for."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. The digest is no key, but tokens are signed by it (``api.tokens``): whoever
    reads it can make tokens that read and send.
    """

    id: str
    name: str
    scopes: frozenset[KeyScope]
    digest: str = field(repr=False)
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None

    @property
    def caller(self) -> Caller:
        """Whoever holds the key."""
        return Caller(self.id, self.name, self.scopes)

    @property
    def signer(self) -> Signer:
        """The key as what signs tokens."""
        return Signer(self.id, self.caller, self.digest)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key as what signs tokens: ``id`` tells it from other keys, also of the environment."""

    id: str
    caller: Caller
    digest: str = field(repr=False)
    guessable: bool = False

    @classmethod
    def of_environment(cls, key: str) -> Self:
        """A key of ``ZHIKU_API_KEYS``, which has no id: its fingerprint tells it from the others.

        >>> Signer.of_environment("x" * 24).id
        'env-12052226'
        """
        kept = digest(key)
        fingerprint = hmac.digest(kept.encode(), b"fingerprint", "sha256").hex()[:8]
        return cls(f"env-{fingerprint}", ENVIRONMENT, kept, len(key) < _SIGNING_LENGTH)


class ActiveKeys:
    """The keys that were valid at one moment."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys = {key.id: key for key in keys if key.revoked_at is None}

    def __len__(self) -> int:
        return len(self._keys)

    def holder(self, secret: str) -> Caller | None:
        """Whose secret this is, if it is that of one of these keys."""
        signer = self.signer_of(secret)
        return signer.caller if signer else None

    def signer_of(self, secret: str) -> Signer | None:
        """The key that has this secret."""
        key = self._keys.get(key_id(secret) or "")
        if key is None or not hmac.compare_digest(digest(secret), key.digest):
            return None
        return key.signer

    def signer(self, identifier: str) -> Signer | None:
        """The key of this id."""
        key = self._keys.get(identifier)
        return key.signer if key else None


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


def is_key_id(identifier: str) -> bool:
    """Whether a key of the store could have this id."""
    return _ID.fullmatch(identifier) is not None


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def unknown_key(identifier: str) -> KeyRefused:
    """That there is no key of such an id."""
    return KeyRefused(f"没有编号为 {identifier!r} 的密钥；编号见 zhiku key list")


def in_order(scopes: Iterable[KeyScope]) -> list[KeyScope]:
    """Each scope once, the least first."""
    return sorted(set(scopes), key=_ASCENDING.index)
