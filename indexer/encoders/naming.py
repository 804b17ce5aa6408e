"""Names of encoders that carry options: ``model?query=PREFIX&passage=PREFIX``, percent-encoded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import unquote

from corpora.settings import masked
from indexer.encoders.protocol import UnknownEncoder


def with_options(said: str, known: Collection[str]) -> tuple[str, Mapping[str, str]]:
    """The name before the last ``?`` and its options; ``UnknownEncoder`` lists the known ones.

    >>> with_options("e5?query=query:%20", ("query", "passage"))
    ('e5', {'query': 'query: '})
    """
    name, mark, rest = said.rpartition("?")
    if not mark:
        return said, {}
    options: dict[str, str] = {}
    for written in rest.split("&"):
        key, equals, value = written.partition("=")
        if key not in known or not equals or key in options:
            raise UnknownEncoder(
                f"{masked(said)}：? 后面不能写 {written!r}；可用：{'、'.join(f'{k}=…' for k in known)}，"
                "各写一次，用 & 隔开，空格写成 %20"
            )
        options[key] = unquote(value)
    return name, options
