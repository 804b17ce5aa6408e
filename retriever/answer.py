"""The answer object: one of four outcomes, with everything that a clerk needs beside the words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from corpora.types import Action, FacetKind
from corpora.versions import ItemVersion
from retriever.fit import Fitted
from retriever.push import PushMessage, PushPreview
from retriever.quantity import Traced
from retriever.types import Hit


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    HANDOVER = "handover"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Citation:
    """Which facet a part of the text comes from; the span counts code points of the text."""

    item_id: str
    facet: FacetKind
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number in the text and the field that it stands in."""

    value: str
    item_id: str
    field: str

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"value": self.value, "item_id": self.item_id, "field": self.field}


@dataclass(frozen=True, slots=True)
class Tip:
    """A warning that belongs to the answer; ``must_say`` ones come before handling."""

    item_id: str
    title: str
    text: str
    must_say: bool


@dataclass(frozen=True, slots=True)
class Related:
    """A pointer to another item."""

    item_id: str
    title: str
    sub_library: str
    relation: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a question asked back; ``query`` is what to ask when it is chosen."""

    label: str
    query: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Clarification:
    """One question with two to four choices that lead to different answers."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """Where a question goes that no knowledge can answer."""

    route_id: str
    route: str
    check: tuple[str, ...]
    record: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another item that contradicts the answer about the same product.

    ``says`` is what the answer's item says and ``other_says`` what ``item_id`` says; ``field`` is where
    in that item, ``line`` what the clerk is told.
    """

    item_id: str
    title: str
    facet: FacetKind
    field: str
    says: str
    other_says: str
    line: str


class NoteKind(StrEnum):
    """What about this region, date or customer makes the answer another one."""

    LOCAL = "local"
    LOCAL_ELSEWHERE = "local_elsewhere"
    NOT_HERE = "not_here"
    PROVINCE = "province"
    STARTED = "started"
    ENDS = "ends"
    CHANGES = "changes"
    BRAND = "brand"
    UPCOMING = "upcoming"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the clerk about an item; its dates and names stand in the fields ``sources``."""

    kind: NoteKind
    text: str
    item_id: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """See the module.

    ``text`` is customer language and holds no number that ``facts`` does not trace; it is empty where
    only staff may know. ``more`` answers what else was asked, and has no ``more`` itself.
    ``agent_text`` is official wording for the clerk's eyes, never to be pushed. ``fit`` says why the
    messages are these, to staff, where something is known of the customer.
    """

    query: str
    outcome: Outcome
    confidence: float
    reason: str
    text: str
    trace_id: str
    took_ms: float
    held: ItemVersion | None = None
    agent_text: str = ""
    facet: FacetKind | None = None
    citations: tuple[Citation, ...] = ()
    facts: tuple[Fact | Traced, ...] = ()
    tips: tuple[Tip, ...] = ()
    actions: tuple[Action, ...] = ()
    push: tuple[PushMessage | PushPreview, ...] = ()
    related: tuple[Related, ...] = ()
    clarify: Clarification | None = None
    handover: Handover | None = None
    nearest: tuple[Hit, ...] = ()
    degraded: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    more: tuple[Answer, ...] = ()
    fit: Fitted | None = None

    @property
    def answered(self) -> bool:
        """Whether the text answers the question."""
        return self.outcome is Outcome.ANSWERED

    def to_json(self) -> dict[str, Any]:
        """The answer with exactly the keys of the API."""
        return {**self._own_json(), "more": [further._own_json() for further in self.more]}

    def _own_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "outcome": self.outcome.value,
            "answered": self.answered,
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
            "text": self.text,
            "agent_text": self.agent_text,
            "facet": self.facet.value if self.facet else None,
            "item": item_head(self.held) if self.held else None,
            "citations": [
                {"item_id": c.item_id, "facet": c.facet.value, "span": list(c.span)}
                for c in self.citations
            ],
            "facts": [fact.to_json() for fact in self.facts],
            "tips": [
                {"item_id": t.item_id, "title": t.title, "text": t.text, "must_say": t.must_say}
                for t in self.tips
            ],
            "actions": [action_json(action) for action in self.actions],
            "push": [_preview_json(message) for message in self.push],
            "related": [
                {
                    "item_id": r.item_id,
                    "title": r.title,
                    "sub_library": r.sub_library,
                    "relation": r.relation,
                }
                for r in self.related
            ],
            "conflicts": [_conflict_json(conflict) for conflict in self.conflicts],
            "notes": [note_json(note) for note in self.notes],
            "clarify": _clarify_json(self.clarify),
            "handover": _handover_json(self.handover),
            "nearest": [
                {
                    "item_id": hit.item_id,
                    "title": hit.held.item.title,
                    "sub_library": hit.held.item.sub_library.value,
                    "score": round(hit.score, 4),
                }
                for hit in self.nearest
            ],
            "degraded": list(self.degraded),
            "trace_id": self.trace_id,
            "took_ms": round(self.took_ms, 2),
            **({"fit": self.fit.to_json()} if self.fit is not None else {}),
        }


def item_head(held: ItemVersion) -> dict[str, Any]:
    """What is shown of an item beside its text."""
    item = held.item
    return {
        "id": item.id,
        "title": item.title,
        "sub_library": item.sub_library.value,
        "version": held.version,
        "effective_from": item.effective_from.isoformat() if item.effective_from else None,
        "effective_to": item.effective_to.isoformat() if item.effective_to else None,
        "sale_status": item.sale_status.value,
        "region": item.region.path if item.region else None,
        "codes": [{"system": code.system, "value": code.value} for code in item.codes],
        "owner": item.owner,
        "filing_number": item.filing_number,
    }


def action_json(action: Action) -> dict[str, str]:
    """An action as the API shows it."""
    return {
        "kind": action.kind.value,
        "label": action.label,
        "target": action.target,
        "channel": action.channel.value,
    }


def note_json(note: Note) -> dict[str, Any]:
    """A note as the API shows it."""
    return {
        "kind": note.kind.value,
        "text": note.text,
        "item_id": note.item_id,
        "from": list(note.sources),
    }


def _conflict_json(conflict: Conflict) -> dict[str, str]:
    return {**asdict(conflict), "facet": conflict.facet.value}


def _preview_json(message: PushMessage | PushPreview) -> dict[str, Any]:
    preview = message.as_preview() if isinstance(message, PushMessage) else message
    return preview.to_json()


def _clarify_json(clarify: Clarification | None) -> dict[str, Any] | None:
    if clarify is None:
        return None
    return {
        "question": clarify.question,
        "options": [
            {"label": o.label, "query": o.query, "item_id": o.item_id} for o in clarify.options
        ],
    }


def _handover_json(handover: Handover | None) -> dict[str, Any] | None:
    if handover is None:
        return None
    return {
        "route": handover.route_id,
        "where": handover.route,
        "check": list(handover.check),
        "record": list(handover.record),
    }
