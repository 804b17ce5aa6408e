"""What can be looked up without a search: codes, screens, commands, and the lines of completion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from corpora.types import Channel
from corpora.versions import ItemVersion
from indexer.normalize import normalize
from indexer.pinyin import full_pinyin, initials


def codes_of(held_versions: Iterable[ItemVersion]) -> dict[str, list[str]]:
    """Code, screen or short-message command (upper case) → ids of its items, in order."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for held in held_versions:
        item = held.item
        commands = [a.target.split("@")[0] for a in item.actions if a.channel is Channel.SMS]
        for code in (*(c.value for c in item.codes), *item.screens, *commands):
            found[code.upper()][item.id] = None
    return {code: list(ids) for code, ids in found.items()}


def typed_lines(held: ItemVersion) -> Iterator[dict[str, Any]]:
    """The lines of an item that typing completes to, with the ways to type them."""
    item = held.item
    lines = [("title", item.title)]
    lines += [("alias", alias) for alias in item.aliases]
    lines += [("question", question) for _, question in item.questions()]
    lines += [("code", code.value) for code in item.codes]
    lines += [("screen", screen) for screen in item.screens]
    for kind, text in lines:
        yield {
            "text": text,
            "normalized": normalize(text),
            "kind": kind,
            "item_id": item.id,
            "version": held.version,
            "pinyin": full_pinyin(text),
            "initials": initials(text),
            "weight": item.weight,
        }
