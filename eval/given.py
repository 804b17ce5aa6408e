"""What a system gave: an answer object of the contract, read with every missing key named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from corpora.types import SaleStatus
from eval.errors import SystemBroken
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Given:
    """The parts of an answer object that are judged; ``facts`` are the numbers that it traces."""

    outcome: Outcome
    confidence: float
    text: str
    agent_text: str
    more_texts: tuple[str, ...]
    facet: str
    item: Mapping[str, Any]
    facts: tuple[Mapping[str, Any], ...]
    tips: tuple[str, ...]
    actions: tuple[Mapping[str, Any], ...]
    push: tuple[Mapping[str, Any], ...]
    options: tuple[tuple[str, str], ...]
    route: str
    degraded: tuple[str, ...]

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Reads an answer object; ``SystemBroken`` names what it lacks."""
        try:
            clarify, handover = answer.get("clarify") or {}, answer.get("handover") or {}
            return cls(
                outcome=Outcome(answer["outcome"]),
                confidence=_share(answer["confidence"]),
                text=str(answer["text"]),
                agent_text=str(answer.get("agent_text") or ""),
                more_texts=tuple(
                    str(one.get(key) or "")
                    for one in _objects(answer, "more")
                    for key in ("text", "agent_text")
                ),
                facet=str(answer.get("facet") or ""),
                item=_item(answer.get("item") or {}),
                facts=_objects(answer, "facts"),
                tips=tuple(tip["item_id"] for tip in answer.get("tips") or ()),
                actions=_objects(answer, "actions"),
                push=_objects(answer, "push"),
                options=tuple(
                    (str(option["label"]), str(option.get("item_id") or ""))
                    for option in clarify.get("options", ())
                ),
                route=str(handover.get("route") or ""),
                degraded=tuple(answer.get("degraded") or ()),
            )
        except KeyError as error:
            raise SystemBroken(f"回答里没有 {error.args[0]}，不是答案对象") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise SystemBroken(f"回答不是答案对象：{error}") from error

    @property
    def answered(self) -> bool:
        """Whether the text answers the question."""
        return self.outcome is Outcome.ANSWERED

    @property
    def item_id(self) -> str:
        """The item that answered, or "" where none did."""
        return str(self.item.get("id") or "")

    @property
    def previews(self) -> tuple[str, ...]:
        """The texts of the messages offered."""
        return tuple(str(message.get("preview") or "") for message in self.push)


def _share(value: Any) -> float:
    share = float(value)
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"confidence 要在 0 和 1 之间，现在是 {value!r}")
    return share


def _item(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"item 要是 {{…}} 对象，现在是 {value!r}")
    SaleStatus(value.get("sale_status") or SaleStatus.ON_SALE)
    for name in ("effective_from", "effective_to"):
        dt.date.fromisoformat(value.get(name) or "2026-01-01")
    return value


def _objects(answer: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    entries = tuple(answer.get(name) or ())
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise TypeError(f"{name} 要是 {{…}} 对象的列表，现在是 {answer[name]!r}")
    return entries
