"""Mobile numbers: read, masked for people, and hashed with a key so that they can be found again."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import Final

from corpora.types import CorporaError

_PREFIX: Final = re.compile(r"^(?:\+|00)?86(?=1)")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LEAST_SECRET: Final = 16  # characters


class BadNumber(CorporaError):
    """Not a mobile number; the message does not repeat it."""

    code = "bad_number"
    field = "number"

    def __init__(self) -> None:
        super().__init__("不是手机号；应为 11 位数字，例如 13800001234，前面可以有 86 或 +86")


def read_number(text: str) -> str:
    """The eleven digits.

    >>> read_number("+86 138-0000-1234")
    '13800001234'
    """
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    digits = _PREFIX.sub("", digits)
    if not _MOBILE.fullmatch(digits):
        raise BadNumber
    return digits


def masked(number: str) -> str:
    """What people may see.

    >>> masked("13800001234")
    '138****1234'
    """
    return f"{number[:3]}****{number[-4:]}"


class NumberHash:
    """HMAC-SHA-256 with a secret: there are only some billion numbers, so that a hash without
    one could be turned back in minutes.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < _LEAST_SECRET:
            raise ValueError(f"the secret of numbers needs {_LEAST_SECRET} characters")
        self._key = secret.encode()

    def __call__(self, number: str) -> str:
        """64 hexadecimal digits, the same for the same number."""
        return hmac.digest(self._key, number.encode(), hashlib.sha256).hex()


def secret_in(file: Path) -> str:
    """The secret of this deployment, made at the first call; every process gets the same one.

    It is written whole before it has its name, so that whoever comes second reads all of it.
    """
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="ascii").strip()
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(secrets.token_urlsafe(32) + "\n")
        written.flush()
        os.fsync(written.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    return file.read_text(encoding="ascii").strip()
