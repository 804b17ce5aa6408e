"""The ladder for people: on the terminal, and as Markdown for the README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.table import Table

SHOWN: Final = {
    "public": ("Success@1", "nDCG@10"),
    "ranking": ("Hit@1", "Hit@3"),
    "facets": ("right facet",),
    "outcomes": ("right outcome", "worth"),
}
_TITLES: Final = {
    "public": "ranking",
    "ranking": "ranking of the answerable questions",
    "facets": "right facet, given the right item",
    "outcomes": "outcome of an answer",
}
_NOTES: Final = (
    "Each step is compared with the one above it on the same questions; groups of near-duplicate "
    "questions count once. Figures in percentage points, with 95 % intervals (paired bootstrap, fixed "
    "seed); **bold** where the gain is beyond chance (`eval.paired`). ms: median of an uncached call, "
    "all steps asked in turns; CPU ms: the process's own work; added: median of the paired "
    "differences of CPU ms to the step above."
)


def ladders(result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every ladder of a result with its kind, public sets first."""
    for one in result["public"]:
        yield "public", one
    for kind in ("ranking", "facets", "outcomes"):
        if one := result["faq"].get(kind):
            yield kind, one


def terminal(result: Mapping[str, Any]) -> Iterator[Table]:
    """One table a ladder."""
    for kind, ladder in ladders(result):
        table = Table(title=_title(kind, ladder), title_justify="left")
        for place, head in enumerate(_head(kind)):
            table.add_column(head, justify="right" if place else "left")
        for row in _rows(kind, ladder, bold=("[bold]", "[/bold]")):
            table.add_row(*row)
        yield table


def markdown(result: Mapping[str, Any]) -> str:
    """All ladders with what they were measured on."""
    machine = result["machine"]
    lines = [
        "# Ablation ladder",
        "",
        f"`python -m benchmarks.ladder`; encoder {result['encoder']['name']}; "
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load_at_start'][0]} "
        "at the start.",
        "",
        _NOTES,
    ]
    for kind, ladder in ladders(result):
        head = _head(kind)
        lines += ["", f"## {_title(kind, ladder)}", "", _line(head)]
        lines.append(_line(["---", *["---:"] * (len(head) - 1)]))
        lines += [_line(row) for row in _rows(kind, ladder, bold=("**", "**"))]
    return "\n".join(lines) + "\n"


def _title(kind: str, ladder: Mapping[str, Any]) -> str:
    size = f"{ladder['questions']} questions"
    if ladder["groups"] != ladder["questions"]:
        size += f" in {ladder['groups']} groups"
    return f"{ladder['set']}: {_TITLES[kind]} ({size})"


def _head(kind: str) -> list[str]:
    measures = [head for name in SHOWN[kind] for head in (name, "gain")]
    return ["step", *measures, "ms", "CPU ms", "added"]


def _rows(kind: str, ladder: Mapping[str, Any], bold: tuple[str, str]) -> Iterator[list[str]]:
    for step in ladder["steps"]:
        row = [str(step["step"])]
        for name in SHOWN[kind]:
            row.append(figure(step["values"][name]))
            row.append(gained(step["gain"][name], bold) if step["gain"] else "")
        ms = step["ms"]
        added = "" if ms["cpu_added"] is None else f"{ms['cpu_added']:+.1f}"
        yield [*row, f"{ms['p50']:.1f}", f"{ms['cpu_p50']:.1f}", added]


def figure(value: Mapping[str, float]) -> str:
    """A share in percentage points with half its interval."""
    half = (value["high"] - value["low"]) / 2.0
    return f"{value['value'] * 100:.1f} ± {half * 100:.1f}"


def gained(gain: Mapping[str, Any], bold: tuple[str, str]) -> str:
    """A gain in percentage points with its interval, between ``bold`` where it is beyond chance."""
    delta = gain["delta"]
    low, high = delta["low"] * 100, delta["high"] * 100
    text = f"{delta['value'] * 100:+.1f} ({low:+.1f} … {high:+.1f})"
    return text if gain["verdict"] == "inconclusive" else f"{bold[0]}{text}{bold[1]}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
