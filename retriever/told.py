"""An answer in words for a language model: what must be said comes first, and nothing is glossed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from corpora.types import FacetKind, SaleStatus
from retriever.answer import Outcome

_HEADS: Final = {
    Outcome.ANSWERED: "【已回答】",
    Outcome.CLARIFY: "【需要确认】还不能回答，先反问客户，不要替客户选择。",
    Outcome.HANDOVER: "【转办】知识里没有也不该有答案，请转给下面的去处，不要自己作答。",
    Outcome.UNKNOWN: "【暂无把握】没有查到准确的说法，不要自己作答。",
}
FURTHER: Final = "问题里还问了："


def must_say(view: Mapping[str, Any]) -> tuple[str, ...]:
    """The warnings that have to be given with an answer, as the API shows it."""
    return tuple(tip["text"] for tip in view["tips"] if tip["must_say"])


def told(view: Mapping[str, Any]) -> str:
    """The answer object, as ``Answer.to_json`` or the API gives it, one thing a line.

    Wording for staff is in it where the answer has any, marked as theirs: whoever speaks to customers
    asks as a customer, and gets none.
    """
    lines = [*_own(view)]
    for further in view["more"]:
        lines += ["", f"{FURTHER}{further['query']}", *_own(further)]
    return "\n".join(lines)


def _own(view: Mapping[str, Any]) -> Iterator[str]:
    outcome = Outcome(view["outcome"])
    yield _HEADS[outcome]
    for warning in must_say(view):
        yield f"必须先告知客户：{warning}"
    if view["text"] and outcome is not Outcome.CLARIFY:  # there it is the question asked back
        yield f"可以对客户说：{view['text']}"
    if view["agent_text"]:
        yield f"只给工作人员看，不能念给客户，也不能推送：{view['agent_text']}"
    for tip in view["tips"]:
        if not tip["must_say"]:
            yield f"提醒：{tip['text']}"
    for conflict in view["conflicts"]:
        yield f"有出入，先核实再答复：{conflict['line']}"
    for note in view["notes"]:
        yield f"注意：{note['text']}"
    if view["item"]:
        yield f"出处：{source(view)}"
    for action in view["actions"]:
        yield f"办理：{action['label']}（{action['channel']}）{action['target']}"
    for message in view["push"]:
        yield f"可推送：模板 {message['template_id']}（{message['channel']}）"
    yield from _asked_back(view)
    yield from _handed_over(view)
    for near in view["nearest"] if outcome is Outcome.UNKNOWN else ():
        yield f"相近的条目：{near['title']}（{near['item_id']}）"
    if view["degraded"]:
        yield f"这次有部分没有按时完成：{'、'.join(view['degraded'])}"


def source(view: Mapping[str, Any]) -> str:
    """Which version of which item says it, and when it holds."""
    item = view["item"]
    facet = f"，{FacetKind(view['facet']).label}" if view["facet"] else ""
    parts = [f"{item['title']}（{item['id']}，第 {item['version']} 版{facet}）"]
    if item["region"]:
        parts.append(f"限 {item['region']}")
    parts.append(_validity(item["effective_from"], item["effective_to"]))
    parts.append(SaleStatus(item["sale_status"]).label)
    return "；".join(part for part in parts if part)


def _validity(begins: str | None, ends: str | None) -> str:
    if begins and ends:
        return f"{begins} 至 {ends} 有效"
    if begins:
        return f"{begins} 起有效"
    return f"{ends} 前有效（含当日）" if ends else ""


def _asked_back(view: Mapping[str, Any]) -> Iterator[str]:
    if view["clarify"] is None:
        return
    yield f"反问：{view['clarify']['question']}"
    for option in view["clarify"]["options"]:
        yield f"- {option['label']}（选了就用这句再问：{option['query']}）"


def _handed_over(view: Mapping[str, Any]) -> Iterator[str]:
    if view["handover"] is None:
        return
    yield f"转：{view['handover']['where']}"
    for check in view["handover"]["check"]:
        yield f"先核对：{check}"
    for record in view["handover"]["record"]:
        yield f"要记录：{record}"
