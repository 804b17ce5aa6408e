"""The name of an embedding server's encoder: ``https://host/v1#model[?query=…&passage=…&dimensions=…]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from corpora.settings import masked
from indexer.encoders.naming import with_options
from indexer.encoders.protocol import UnknownEncoder

SCHEMES: Final = ("http://", "https://")
FORM: Final = "https://主机/v1#模型"
_OPTIONS: Final = ("query", "passage", "dimensions")
_ROUTE: Final = "/embeddings"
_HOST: Final = re.compile(r"[A-Za-z0-9.\-_:\[\]]+")
_MOST_DIMENSIONS: Final = 16_384


@dataclass(frozen=True, slots=True)
class ServerName:
    """A server, the model that it is asked for, and what is put in front of texts.

    ``dimensions`` is asked of models that can shorten their vectors; 0 asks for none.
    """

    name: str
    base: str
    model: str
    query: str = ""
    passage: str = ""
    dimensions: int = 0

    @property
    def url(self) -> str:
        """Where texts are posted to."""
        return self.base + _ROUTE

    @property
    def asked(self) -> tuple[str, str, str, int]:
        """All of it but the address: what the vectors depend on."""
        return self.model, self.query, self.passage, self.dimensions


def parse(name: str) -> ServerName:
    """``UnknownEncoder`` says what the name lacks; it repeats no password.

    >>> parse("http://localhost:8080/v1#bge-m3").url
    'http://localhost:8080/v1/embeddings'
    """
    address, mark, said = name.partition("#")
    if not mark or not said:
        raise UnknownEncoder(
            f"{masked(name)}：缺少模型名；请写成 {FORM}，如 http://127.0.0.1:8080/v1#bge-m3"
        )
    url = urlsplit(address)
    if "@" in url.netloc:
        raise UnknownEncoder(
            f"{masked(name)}：名称会写进索引，不要带用户名和口令；密钥放在 ZHIKU_EMBEDDING_KEY"
        )
    if not _HOST.fullmatch(url.netloc) or url.query or not address.startswith(SCHEMES):
        raise UnknownEncoder(f"{masked(name)}：不是能用的地址；请写成 {FORM}，地址里不带 ? 参数")
    model, options = with_options(said, _OPTIONS)
    if not model:
        raise UnknownEncoder(f"{masked(name)}：缺少模型名；请写成 {FORM}")
    return ServerName(
        name=name,
        base=address.rstrip("/").removesuffix(_ROUTE),
        model=unquote(model),
        query=options.get("query", ""),
        passage=options.get("passage", ""),
        dimensions=_dimensions(name, options.get("dimensions", "")),
    )


def _dimensions(name: str, written: str) -> int:
    if not written:
        return 0
    if not written.isdecimal() or not 1 <= int(written) <= _MOST_DIMENSIONS:
        raise UnknownEncoder(f"{masked(name)}：dimensions 应为 1 至 {_MOST_DIMENSIONS} 的整数")
    return int(written)


def reached_by(made_with: ServerName, wanted: str) -> ServerName:
    """The same model at the address that the deployment names, where it names this model."""
    if not wanted.startswith(SCHEMES):
        return made_with
    own = parse(wanted)
    return own if own.asked == made_with.asked else made_with
