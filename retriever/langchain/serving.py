"""What the parts of LangChain ask: one opened version, or the published one as it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from retriever.knowledge_base import KnowledgeBase
from retriever.opening import LiveKnowledgeBase

Base: TypeAlias = KnowledgeBase | LiveKnowledgeBase
"""A ``LiveKnowledgeBase`` follows publications; it has been started."""


@contextmanager
def serving(base: Base) -> Iterator[KnowledgeBase]:
    """The version to ask, open until the block ends."""
    if isinstance(base, LiveKnowledgeBase):
        with base.current() as current:
            yield current
    else:
        yield base
