"""A question that leaves its subject out, completed by the screen or the dialogue."""

from __future__ import annotations

from collections.abc import Sequence

from corpora.versions import ItemVersion
from retriever.context import CallContext
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.follow import named_by
from retriever.retriever import Retriever
from retriever.understand import MAX_CHARACTERS, Query


def completed(
    query: Query, retriever: Retriever, wanted: Filter, context: CallContext
) -> Query | None:
    """The question with the subject that the context supplies before it; None where it has none.

    The item of the code on the screen comes first, then the latest line that names a subject. The
    question itself is never cut off, however long the line before it was.
    """
    subject = _on_screen(retriever, wanted, context) or _talked_about(retriever, context)
    subject = subject[: max(0, MAX_CHARACTERS - len(query.text) - 1)]
    return retriever.understand(f"{subject} {query.text}") if subject else None


def named_before(
    members: Sequence[ItemVersion], retriever: Retriever, wanted: Filter, context: CallContext
) -> ItemVersion | None:
    """The member of a series that the screen shows, or else the one that the dialogue named last."""
    by_id = {held.item.id: held for held in members}
    if context.boss_code:
        held = named_by(context.boss_code, retriever.searcher, wanted)
        if held and held.item.id in by_id:
            return held
    for line in reversed(context.dialog):
        try:
            earlier = retriever.understand(line[:MAX_CHARACTERS])
        except BadQuery:
            continue
        named = [by_id[one] for one in retriever.owners(earlier.called) if one in by_id]
        if len(named) == 1:
            return named[0]
    return None


def _on_screen(retriever: Retriever, wanted: Filter, context: CallContext) -> str:
    if not context.boss_code:
        return ""
    held = named_by(context.boss_code, retriever.searcher, wanted)
    return held.item.title if held else ""


def _talked_about(retriever: Retriever, context: CallContext) -> str:
    for line in reversed(context.dialog):
        try:
            earlier = retriever.understand(line[:MAX_CHARACTERS])
        except BadQuery:
            continue  # a line of the dialogue without words says nothing
        if earlier.called or len(earlier.subject) > 1:
            return earlier.called or earlier.subject
    return ""
