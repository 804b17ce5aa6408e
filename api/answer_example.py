"""The answer that the API documentation shows: two intents, an end in sight, and a contradiction."""

from __future__ import annotations

from typing import Any, Final

_ITEM: Final[dict[str, Any]] = {
    "id": "mkt-c100",
    "title": "存100送100话费活动",
    "sub_library": "marketing",
    "version": 1,
    "effective_from": "2026-09-01",
    "effective_to": "2026-12-31",
    "sale_status": "on_sale",
    "region": None,
    "codes": [{"system": "boss", "value": "60010001"}],
    "owner": "市场经营部",
    "filing_number": "",
}
_QUIET: Final[dict[str, Any]] = {
    "agent_text": "",
    "tips": [],
    "actions": [],
    "push": [],
    "related": [],
    "conflicts": [],
    "notes": [],
    "clarify": None,
    "handover": None,
    "nearest": [],
    "degraded": [],
    "trace_id": "3f0c9a52d1b84e7c",
    "fit": {
        "reasons": [],
        "withheld": [],
        "remarks": [
            {
                "code": "complaints",
                "level": "info",
                "text": "近期投诉1次：先问上次的投诉办好没有",
            }
        ],
    },
}
_CANCEL: Final[dict[str, Any]] = {
    **_QUIET,
    "query": "存100送100话费活动 能退吗",
    "outcome": "answered",
    "answered": True,
    "confidence": 0.91,
    "reason": "问题和这一条最接近",
    "text": "办理当天没用过可以撤销，次日起就不能取消了。",
    "facet": "cancel",
    "item": _ITEM,
    "citations": [{"item_id": "mkt-c100", "facet": "cancel", "span": [0, 22]}],
    "facts": [],
    "took_ms": 12.4,
}
ANSWERED: Final[dict[str, Any]] = {
    **_QUIET,
    "query": "存100送100每月返多少，能退吗",
    "outcome": "answered",
    "answered": True,
    "confidence": 0.96,
    "reason": "问题和这一条最接近",
    "text": "送的100元分10个月返，每月10元。",
    "facet": "price",
    "item": _ITEM,
    "citations": [{"item_id": "mkt-c100", "facet": "price", "span": [0, 19]}],
    "facts": [
        {"value": "100", "item_id": "mkt-c100", "field": "facets.price.official"},
        {"value": "10", "item_id": "mkt-c100", "field": "facets.price.official"},
    ],
    "conflicts": [
        {
            "item_id": "tip-c100-old",
            "title": "存费送费办理前提醒",
            "facet": "warning",
            "field": "facets.warning.official",
            "says": "存100送100到2026年12月31日",
            "other_says": "存100送100到2026年10月31日",
            "line": "这里说存100送100到2026年12月31日，“存费送费办理前提醒”说存100送100到2026年10月31日；"
            "两处不一致，先向业务部门核实再答复客户",
        }
    ],
    "notes": [
        {
            "kind": "ends",
            "text": "这个活动到2026年12月31日截止，还有36天",
            "item_id": "mkt-c100",
            "from": ["effective_to", "as_of"],
        },
        {
            "kind": "local_elsewhere",
            "text": "这是全省口径；青峦市有本地版本，客户在那里的按当地的答复",
            "item_id": "mkt-c100",
            "from": ["region"],
        },
    ],
    "took_ms": 31.8,
    "more": [_CANCEL],
}
