"""One opened version and everything that can be asked of it; and the one that follows publications."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from corpora.push_template import PushChannel, PushTemplate
from corpora.regions import Regions
from corpora.types import Audience, KnowledgeItem
from corpora.versions import ItemVersion
from indexer.encoders.protocol import Encoder
from indexer.manifest import Manifest
from retriever.answer import Answer
from retriever.answering import LOOKED_AT, Answerer
from retriever.backends.protocol import Searcher
from retriever.compose import related_of
from retriever.context import CallContext, Customer
from retriever.errors import NotFound, UnknownCode
from retriever.explainer import Explainer
from retriever.explaining import Explanation
from retriever.filters import Filter
from retriever.fit import FitSettings, Fitted
from retriever.follow import card, screen_help
from retriever.listing import Listed, Lister
from retriever.messages import Messages
from retriever.push import PushMessage, PushSettings
from retriever.quote import CalculationRequest, quote
from retriever.retriever import ResultPage, Retriever
from retriever.suggest import Suggester
from retriever.views import item_json, page_json
from retriever.weighing import Weigher

_WARM_UP: Final = "套餐资费怎么办理"


def load_shipped_image(name: str) -> bytes:
    """A picture that lies beside the shipped templates."""
    return (resources.files("corpora") / "templates" / "images" / name).read_bytes()


class KnowledgeBase:
    """Search, answer, suggest, follow, read and render from one version; safe for many threads."""

    def __init__(
        self,
        searcher: Searcher,
        encoder: Encoder,
        *,
        fitted: Path | None = None,
        readings: Path | None = None,
        settings: PushSettings | None = None,
        fit_settings: FitSettings | None = None,
    ) -> None:
        self._searcher = searcher
        self._messages = Messages(
            searcher, settings or PushSettings(), load_shipped_image, fit_settings
        )
        self.retriever = Retriever(searcher, encoder, fitted=fitted, readings=readings)
        self._answerer = Answerer(self.retriever, self._messages)
        self._suggester = Suggester(searcher)
        self._lister = Lister(searcher)
        self._explainer = Explainer(searcher, encoder, self.retriever.constants.blend)

    @property
    def manifest(self) -> Manifest:
        """What the version was made from."""
        return self._searcher.manifest

    @property
    def regions(self) -> Regions:
        """The regions that a filter may name."""
        return self._searcher.regions

    @property
    def templates(self) -> Mapping[str, PushTemplate]:
        """Push templates by id."""
        return self._searcher.templates

    def warm_up(self, wanted: Filter) -> None:
        """Reads what has not been read, and asks one question: the first clerk does not wait for it."""
        if self.retriever.second_look is not None:
            ids = sorted({line.item_id for line in self._searcher.suggestions()})
            everything = replace(wanted, audience=Audience.INTERNAL)
            self.retriever.second_look.warm(self._searcher.items(ids, everything))
        self.answer(_WARM_UP, wanted)

    @property
    def weigher(self) -> Weigher:
        """What weighs the results of a search."""
        return self._answerer.weigher

    def items(self, wanted: Filter) -> list[KnowledgeItem]:
        """Every item that holds under the filter, by id."""
        ids = sorted({line.item_id for line in self._searcher.suggestions()})
        return [held.item for held in self._searcher.items(ids, wanted)]

    def held(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """The version of each item that holds under the filter, in the order given."""
        return self._searcher.items(item_ids, wanted)

    def listed(self, wanted: Filter) -> tuple[Listed, ...]:
        """Everything that holds under the filter, by name."""
        return self._lister.listed(wanted)

    def search(self, text: str, wanted: Filter, k: int = 5) -> ResultPage:
        """The best ``k`` items."""
        return self.retriever.search(text, wanted, k)

    def search_json(
        self, page: ResultPage, wanted: Filter, *, explain: bool = False
    ) -> dict[str, Any]:
        """A result page as the contract shows it."""
        explained = self.explain(page, wanted) if explain else None
        return page_json(page, wanted, explained, self.regions)

    def explain(self, page: ResultPage, wanted: Filter) -> list[Explanation]:
        """Why each hit of a page that was found under ``wanted`` is where it is."""
        return self._explainer.explain(page, wanted)

    def answer(
        self, text: str, wanted: Filter, context: CallContext | None = None, *, trace_id: str = ""
    ) -> Answer:
        """One of the four outcomes."""
        return self._answerer.answer(text, wanted, context or CallContext(), trace_id=trace_id)

    def search_and_answer(self, text: str, wanted: Filter) -> tuple[ResultPage, Answer, float]:
        """What is found and what is made of it, searched once; and the milliseconds of the search."""
        started = time.perf_counter()
        page = self.retriever.search(text, wanted, LOOKED_AT)
        search_ms = (time.perf_counter() - started) * 1000.0
        answer = self._answerer.answer(text, wanted, CallContext(), trace_id="", found=page)
        return page, answer, search_ms

    def suggest(self, prefix: str, wanted: Filter, limit: int = 10) -> list[dict[str, Any]]:
        """Completions of what was typed so far."""
        return [
            {
                "text": entry.text,
                "kind": entry.kind,
                "item_id": held.item.id,
                "title": held.item.title,
                "sub_library": held.item.sub_library.value,
                "code": held.item.codes[0].value if held.item.codes else None,
            }
            for entry, held in self._suggester.suggest(prefix, wanted, limit)
        ]

    def follow(self, codes: Sequence[str], wanted: Filter) -> list[dict[str, Any]]:
        """A card for each code, in the order given."""
        return [card(code, self._searcher, wanted) for code in codes]

    def help(self, screen: str, wanted: Filter) -> dict[str, Any]:
        """The operating help of a screen; ``UnknownCode`` where there is none."""
        items = screen_help(screen, self._searcher, wanted)
        if not items:
            raise UnknownCode(f"没有菜单或编码 {screen!r} 的知识；请核对编码")
        return {"screen": screen.upper(), "items": items}

    def item(self, item_id: str, wanted: Filter) -> dict[str, Any]:
        """A whole item; ``NotFound`` where it does not hold on that day for that reader."""
        held = self._held(item_id, wanted)
        related = related_of(held.item, self._searcher, wanted)
        return {
            **item_json(held, wanted, self.templates),
            "related": [
                {
                    "item_id": r.item_id,
                    "title": r.title,
                    "sub_library": r.sub_library,
                    "relation": r.relation,
                }
                for r in related
            ],
        }

    def calculate(
        self,
        item_id: str,
        request: CalculationRequest,
        wanted: Filter,
        compare_with: str | None = None,
    ) -> dict[str, Any]:
        """What an item costs, as the contract shows it; ``CalculationError`` where it cannot be told.

        Where the filter names a region, the local variant of the item is what is charged.
        """
        other = None if compare_with is None else self._charged(compare_with, wanted)
        return quote(self._charged(item_id, wanted), request, other)

    def render(
        self,
        template_id: str,
        channel: PushChannel,
        values: Mapping[str, str],
        wanted: Filter,
        item_id: str | None = None,
    ) -> PushMessage:
        """A filled message; values may come from an item that a customer may read.

        The variant of the filter's region is filled, where there is one; what may not be sent says so.
        """
        return self._messages.render(template_id, channel, values, wanted, item_id)

    def fit(
        self, customer: Customer, offers: Sequence[tuple[str, str | None]], wanted: Filter
    ) -> Fitted:
        """What suits a customer of templates, each by id and with the id of its item, if it has one."""
        return self._messages.fit(customer, offers, wanted)

    def _charged(self, item_id: str, wanted: Filter) -> ItemVersion:
        if wanted.region is not None and (
            members := self._searcher.family([item_id], wanted).get(item_id)
        ):
            return members[0]  # the most local one
        return self._held(item_id, wanted)

    def _held(self, item_id: str, wanted: Filter) -> ItemVersion:
        held = next(iter(self._searcher.items([item_id], wanted)), None)
        if held is None:
            raise NotFound(f"没有条目 {item_id!r}，或它在 {wanted.as_of} 不生效、您无权查看")
        return held

    def close(self) -> None:
        """Releases the version."""
        self._searcher.close()


class _Lease:
    """A knowledge base that is closed when the last of its users has left."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self._users = 1  # the one that holds it as the current one
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Adds a user; false when it is closed already."""
        with self._lock:
            if self._users == 0:
                return False
            self._users += 1
            return True

    def leave(self) -> None:
        """Takes a user away and closes after the last one."""
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            self.base.close()


class Current:
    """The knowledge base in use; a new one takes its place between two requests."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._lease = _Lease(base)
        self._lock = threading.Lock()  # of swapping and closing; users never wait for it
        self._closed = False

    @property
    def version(self) -> str:
        """The version in use."""
        return self._lease.base.manifest.version

    @contextmanager
    def use(self) -> Iterator[KnowledgeBase]:
        """The current knowledge base, kept open until the block ends; ``RuntimeError`` once closed."""
        while True:
            lease = self._lease
            if lease.enter():
                break
            if self._closed:
                raise RuntimeError("the knowledge base is closed")
        try:
            yield lease.base
        finally:
            lease.leave()

    def swap(self, base: KnowledgeBase) -> None:
        """Puts ``base`` in place; the old one closes after its last request."""
        with self._lock:
            if self._closed:
                base.close()  # nobody could ever use it
                return
            old, self._lease = self._lease, _Lease(base)
        old.leave()

    def close(self) -> None:
        """Lets go of the current one, which closes after its last request; once is enough."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._lease.leave()
