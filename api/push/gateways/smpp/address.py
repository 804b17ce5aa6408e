"""Where a message centre is and how it wants to be spoken to: ``smpp://…`` read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from api.push.gateways.protocol import GatewayError

PORT: Final = 2775  # registered for SMPP
_FORM: Final = (
    "正确的写法：smpp://账号:密码@主机[:端口]"
    "[?system_type=…&tls=1&ca=证书文件&window=10&keep_alive=30"
    "&source_ton=0&source_npi=1&dest_ton=0&dest_npi=1&service_type=…&refused_errors=代码,代码]"
)
_NUMBERS: Final = {
    "tls": (0, 1),
    "window": (1, 255),
    "keep_alive": (1, 3600),
    "source_ton": (0, 6),
    "source_npi": (0, 18),
    "dest_ton": (0, 6),
    "dest_npi": (0, 18),
}
_WORDS: Final = {"system_type": 12, "service_type": 5, "ca": 4096}  # the longest that goes
_CODES: Final = "refused_errors"
_CODE: Final = re.compile(r"[A-Za-z0-9:._-]{1,16}")
_LONGEST_ID: Final = 15
_LONGEST_PASSWORD: Final = 8


@dataclass(frozen=True, slots=True)
class SmppAddress:
    """``ton`` and ``npi`` are kinds of numbers: 0 and 1 leave it to the message centre."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str
    service_type: str
    tls: bool
    ca: str
    window: int
    """Pieces of one message that may wait for their answers at the same time."""
    keep_alive: int
    """Seconds of silence after which the other side is asked whether it is there."""
    source_ton: int
    source_npi: int
    dest_ton: int
    dest_npi: int
    refused_errors: frozenset[str]
    """What this message centre puts into ``err`` or ``stat`` of a receipt where the customer wants no
    messages, in capitals. SMPP has no code for it, and vendors number theirs differently.
    """

    @property
    def name(self) -> str:
        """What may be shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"smpp://{host}:{self.port}"


def address_of(url: str, *, secret: str = "") -> SmppAddress:
    """Reads a URL; ``secret`` is the password where it has none. Errors never repeat the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        raise _wrong("主机或端口不对") from None
    if not parts.hostname:
        raise _wrong("没有主机")
    if parts.path not in ("", "/") or parts.fragment:
        raise _wrong("主机后面不能有路径")
    system_id, password = _credentials(parts, secret)
    options = _options(parts.query)
    return SmppAddress(
        parts.hostname,
        port,
        system_id,
        password,
        system_type=_word(options, "system_type"),
        service_type=_word(options, "service_type"),
        tls=_number(options, "tls", 0) == 1,
        ca=_word(options, "ca"),
        window=_number(options, "window", 10),
        keep_alive=_number(options, "keep_alive", 30),
        source_ton=_number(options, "source_ton", 0),
        source_npi=_number(options, "source_npi", 1),
        dest_ton=_number(options, "dest_ton", 0),
        dest_npi=_number(options, "dest_npi", 1),
        refused_errors=_codes(options),
    )


def _options(query: str) -> Mapping[str, str]:
    given = parse_qsl(query, keep_blank_values=True)
    options = dict(given)
    if len(options) != len(given):
        raise _wrong("有一个选项写了两次")
    if options.keys() - _NUMBERS.keys() - _WORDS.keys() - {_CODES}:
        # not which: a password with an unescaped "?" in it would be told
        raise _wrong("有一个选项不认识")
    return options


def _credentials(parts: SplitResult, secret: str) -> tuple[str, str]:
    system_id = unquote(parts.username or "")
    password = unquote(parts.password or "") or secret
    if not system_id:
        raise _wrong("没有账号")
    for what, value, longest in (
        ("账号", system_id, _LONGEST_ID),
        ("密码", password, _LONGEST_PASSWORD),
    ):
        if not value.isascii() or "\0" in value or len(value) > longest:
            raise _wrong(f"{what}只能是不超过 {longest} 个的英文字母、数字或符号")
    return system_id, password


def _word(options: Mapping[str, str], name: str) -> str:
    word = options.get(name, "")
    if len(word) > _WORDS[name] or (name != "ca" and not word.isascii()):
        raise _wrong(f"选项 {name} 最长 {_WORDS[name]} 个英文字符")
    return word


def _codes(options: Mapping[str, str]) -> frozenset[str]:
    codes = [code for code in options.get(_CODES, "").split(",") if code]
    if not all(map(_CODE.fullmatch, codes)):
        raise _wrong(f"选项 {_CODES} 是用逗号隔开的错误码，各 1 到 16 个英文字母、数字或 : . _ -")
    return frozenset(code.upper() for code in codes)


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    lowest, highest = _NUMBERS[name]
    digits = options.get(name, str(default))
    if not (digits.isascii() and digits.isdigit() and lowest <= int(digits) <= highest):
        raise _wrong(f"选项 {name} 应是 {lowest} 到 {highest} 的整数")
    return int(digits)


def _wrong(reason: str) -> GatewayError:
    return GatewayError(f"SMPP 网关地址写错了：{reason}。{_FORM}")
