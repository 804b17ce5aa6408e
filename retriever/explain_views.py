"""Explanations as JSON and, for a terminal, as a table made from that JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from corpora.regions import Regions
from retriever.explaining import Explanation, field_label, replaced
from retriever.meetings import Meetings
from retriever.understand import Query

if TYPE_CHECKING:
    from rich.table import Table

_TERMS: Final = 8  # of each kind, in the terminal
_MEETINGS: Final = 5
_SUPPORTING: Final = 48  # characters of a supporting passage


def explanation_json(explained: Explanation, field: str) -> dict[str, Any]:
    """An explanation without what was understood of the question; ``field`` is the best passage's."""
    return {
        "field": {"name": field, "label": field_label(field)},
        "asked_as": explained.asked,
        "parts": [
            {"name": part.name, "label": part.label, "value": round(part.value, 4)}
            for part in explained.parts
        ],
        "term_parts": [
            {
                "term": part.term,
                "times": part.times,
                "idf": round(part.idf, 4),
                "bm25": round(part.bm25, 4),
                "value": round(part.value, 4),
            }
            for part in explained.terms
        ],
        "tokens": _tokens_json(explained.tokens),
        "supporting": [
            {
                "passage_id": one.passage_id,
                "field": {"name": one.field, "label": field_label(one.field)},
                "text": one.text,
                "score": round(one.score, 4),
            }
            for one in explained.supporting
        ],
    }


def _tokens_json(met: Meetings) -> dict[str, Any]:
    pairs = [{**pair._asdict(), "cosine": round(pair.cosine, 4)} for pair in met.pairs]
    return {"pairs": pairs, "left_out": met.left_out, "why_none": met.why_none or None}


def understood_json(query: Query, regions: Regions) -> dict[str, Any]:
    """What was understood of a question; ``replaced`` says what the reading has in place of what."""
    return {
        "normalized": query.normalized,
        "reading": query.reading or None,
        "replaced": [
            {"typed": typed, "read": read}
            for typed, read in replaced(query.normalized, query.reading)
        ],
        "subject": query.subject,
        "facets": [{"value": kind.value, "label": kind.label} for kind in query.facets],
        "amounts": list(query.amounts),
        "numbers": sorted(query.numbers),
        "codes": list(query.codes),
        "hints": [{"value": hint.value, "label": hint.label} for hint in query.hints],
        "regions": [{"value": path, "label": regions.name_of(path)} for path in query.regions],
    }


def understood_lines(view: Mapping[str, Any]) -> list[str]:
    """What was understood, for a terminal; what was not said is left out."""
    lines = [f"统一写法：{view['normalized']}"]
    if view["reading"]:
        changes = "，".join(f"{one['typed']} → {one['read']}" for one in view["replaced"])
        lines.append(f"另一种读法：{view['reading']}（{changes}）")
    said = {
        "主语": view["subject"],
        "想知道": "、".join(one["label"] for one in view["facets"]),
        "金额和数量": "、".join(view["amounts"]),
        "编码": "、".join(view["codes"]),
        "像是": "、".join(one["label"] for one in view["hints"]),
        "地区": "、".join(one["label"] for one in view["regions"]),
    }
    lines.append("；".join(f"{name}：{value}" for name, value in said.items() if value))
    return [line for line in lines if line]


def explanation_table(view: Mapping[str, Any]) -> Table:
    """A hit's explanation in two columns."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(view["explain"], view["score"]):
        table.add_row(name, Text(value))  # as it is: texts may hold what looks like markup
    return table


def _rows(explained: Mapping[str, Any], score: float) -> Iterator[tuple[str, str]]:
    parts = "  ".join(f"{part['label']} {part['value']:+.3f}" for part in explained["parts"])
    yield "得分", f"{parts}  = {score:.3f}"
    read = explained["asked_as"] != explained["understood"]["normalized"]
    found_by = f"，用读法“{explained['asked_as']}”找到" if read else ""
    yield "最佳片段", f"{explained['field']['label']}（{explained['passage_id']}）{found_by}"
    terms = explained["term_parts"]
    if terms:
        shown = "  ".join(
            f"{part['term']}{_times(part['times'])} {part['value']:+.3f}" for part in terms[:_TERMS]
        )
        yield "词项", shown + _more(terms[_TERMS:])
    yield from _token_rows(explained["tokens"])
    for one in explained["supporting"]:
        text = "（只给工作人员看）" if one["text"] is None else one["text"][:_SUPPORTING]
        # no space in it: a line is broken at spaces first, and Chinese has none
        yield "支持", f"{one['field']['label']}（{one['score']:.3f}）：{text}"


def _times(times: int) -> str:
    return f"×{times}" if times > 1 else ""


def _more(terms: list[Mapping[str, Any]]) -> str:
    rest = sum(part["value"] for part in terms)
    return f"  另 {len(terms)} 个词项 {rest:+.3f}" if terms else ""


def _token_rows(tokens: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if tokens["why_none"]:
        yield "词元", f"没有：{tokens['why_none']}"
        return
    pairs = sorted(tokens["pairs"], key=lambda pair: pair["cosine"])
    weakest = pairs[:_MEETINGS]
    yield "碰得最差", _pairs(weakest)
    if strongest := pairs[len(weakest) :][-_MEETINGS:]:
        yield "碰得最好", _pairs(strongest[::-1])


def _pairs(pairs: list[dict[str, Any]]) -> str:
    return "  ".join(
        f"{_in_word(pair['token'], pair['word'])}→{_in_word(pair['met'], pair['met_word'])} "
        f"{pair['cosine']:.2f}"
        for pair in pairs
    )


def _in_word(token: str, word: str) -> str:
    """A token, marked in its word where that is longer."""
    return token if token == word else f"{word}[{token}]"
