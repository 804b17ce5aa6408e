"""Tokens for pages: short-lived, signed, and for a person at a page instead of for a program.

A token is a JWT (HS256) whose ``kid`` names the API key that made it. It is signed by a secret
derived from that key's digest, which every process that can check the key has already: nothing new
is stored or shared, and when the key goes its tokens go with it. Errors::

    TokenRefused
    ├── TokenExpired   it was good
    └── TokenInvalid   not ours, changed, of a revoked key, or for another purpose
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import jwt
import orjson

from api.keys import Caller, KeyScope, Shown, Signer, in_order

SELF: Final = "self"
"""In ``origins``, the service's own origin: it is reached by several names, and behind proxies."""
PERSON: Final = r"^[A-Za-z0-9._-]{1,64}$"
"""What ``staff`` and ``hall`` look like; what they stand for is the operator's affair."""
LONGEST: Final = dt.timedelta(hours=12)  # a shift
_LEEWAY: Final = dt.timedelta(seconds=5)  # clocks of machines differ
_ALGORITHM: Final = "HS256"
_TOKEN: Final = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")
_MOST: Final = 4096  # characters; a header of a request may not be much longer
_EXPIRED: Final = "页面令牌已过期；请让后台用密钥重新签发（POST /v1/tokens）"
_INVALID: Final = (
    "页面令牌不能用：不是本服务签发的、被改动过，或签发它的密钥已吊销；请让后台重新签发"
)
_CHECK: Final = jwt.PyJWS([_ALGORITHM])


class TokenRefused(Exception):
    """A token that lets nobody in; the message says what to do."""


class TokenExpired(TokenRefused):
    """A token that was good until it expired."""


class TokenInvalid(TokenRefused):
    """What is no token of ours. Why it is not, is not told: that would help whoever makes them up."""


class KeyTooShort(Exception):
    """A key of the environment that might be found by trying keys against a token."""


class Purpose(StrEnum):
    """What a token is for; each has signing secrets of its own, so none passes for another."""

    PAGE = "zhiku page token 1"
    SESSION = "zhiku session 1"

    @property
    def shown(self) -> Shown:
        """What its bearer shows."""
        return Shown.TOKEN if self is Purpose.PAGE else Shown.SESSION


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; ``ValueError`` for what no token may say.

    Moments have a time zone; a token keeps whole seconds. ``origins`` are those of pages, or ``SELF``.
    """

    scopes: frozenset[KeyScope]
    origins: tuple[str, ...]
    issued_at: dt.datetime
    expires_at: dt.datetime
    staff: str = ""
    hall: str = ""

    def __post_init__(self) -> None:
        if not self.scopes or KeyScope.ADMINISTER in self.scopes:
            raise ValueError("a token reads or sends, and never administers")
        if not self.origins:
            raise ValueError("a token is for pages of some origin")
        if not dt.timedelta() < self.expires_at - self.issued_at <= LONGEST:
            raise ValueError("a token holds for 12 hours at most")
        if any(one and not re.fullmatch(PERSON, one) for one in (self.staff, self.hall)):
            raise ValueError("staff and hall are opaque ids")

    def caller(self, signer: Signer, purpose: Purpose) -> Caller:
        """Whoever shows the token: never more than the key that made it."""
        allowed = frozenset(scope for scope in self.scopes if signer.caller.may(scope))
        key = signer.caller
        return Caller(
            *(key.id, key.name, allowed, self.staff, self.hall), purpose.shown, self.expires_at
        )


def looks_like_token(offered: str) -> bool:
    """Whether it has the form of a token; a key of the environment might, too."""
    return len(offered) <= _MOST and _TOKEN.fullmatch(offered) is not None


def sign(claims: Claims, signer: Signer, purpose: Purpose) -> str:
    """The token; ``KeyTooShort`` for a key that could be found from it."""
    if signer.guessable:
        raise KeyTooShort(
            "ZHIKU_API_KEYS 里的这个密钥太短，拿到令牌的人可能猜出它；"
            "请用 zhiku key create 创建的密钥，或换成 24 个字符以上的随机密钥"
        )
    said = {
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "scope": " ".join(in_order(claims.scopes)),
        "origins": list(claims.origins),
        "staff": claims.staff,
        "hall": claims.hall,
    }
    return jwt.encode(said, _secret(signer, purpose), _ALGORITHM, {"kid": signer.id})


def signer_id(token: str) -> str:
    """Which key signed a token, as it says itself; ``TokenInvalid`` for what says nothing."""
    if not looks_like_token(token):
        raise TokenInvalid(_INVALID)
    try:
        named = jwt.get_unverified_header(token).get("kid")
    # RecursionError: early versions of PyJWT let the one of a deeply nested header through
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenInvalid(_INVALID) from None
    if not isinstance(named, str):
        raise TokenInvalid(_INVALID)
    return named


def read(token: str, signer: Signer | None, purpose: Purpose, now: dt.datetime) -> Claims:
    """What a token says; ``TokenRefused`` unless this key signed it, for this purpose, and it holds.

    ``signer`` is the valid key that ``signer_id`` names, if there is one.
    """
    if signer is None or signer.guessable or signer_id(token) != signer.id:
        raise TokenInvalid(_INVALID)
    try:
        # the signature alone: PyJWT would hold the moments against a clock of its own
        payload = _CHECK.decode(token, _secret(signer, purpose), [_ALGORITHM])
        _require_canonical(token)
        claims = _claims(orjson.loads(payload))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, OSError):
        raise TokenInvalid(_INVALID) from None
    if claims.issued_at > now + _LEEWAY:
        raise TokenInvalid(_INVALID)
    if claims.expires_at <= now - _LEEWAY:
        raise TokenExpired(_EXPIRED)
    return claims


def _secret(signer: Signer, purpose: Purpose) -> bytes:
    """HKDF-Expand (RFC 5869) for 32 bytes; the digest of a random key needs no extracting."""
    return hmac.digest(bytes.fromhex(signer.digest), purpose.encode() + b"\x01", "sha256")


def _require_canonical(token: str) -> None:
    """``ValueError`` for a signature in another spelling: the last of its characters has two bits
    that no byte holds, and decoders ignore them.
    """
    written = token.rpartition(".")[2]
    decoded = base64.urlsafe_b64decode(written + "=")
    if base64.urlsafe_b64encode(decoded).decode().rstrip("=") != written:
        raise ValueError("not canonical")


def _claims(said: dict[str, Any]) -> Claims:
    return Claims(
        frozenset(KeyScope(scope) for scope in str(said["scope"]).split(" ")),
        tuple(str(origin) for origin in said["origins"]),
        dt.datetime.fromtimestamp(said["iat"], dt.UTC),
        dt.datetime.fromtimestamp(said["exp"], dt.UTC),
        str(said["staff"]),
        str(said["hall"]),
    )
