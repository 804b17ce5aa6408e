"""Figures as people read them: shares in percent, differences with their sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eval.summary import is_rate

NONE: Final = "–"
_MINUS: Final = "−"  # as wide as a plus, so columns of differences line up


def percent(share: float | None, digits: int = 1) -> str:
    """A share of questions.

    >>> percent(0.4363), percent(None)
    ('43.6%', '–')
    """
    return NONE if share is None else f"{share * 100:.{digits}f}%"


def plain(value: float | None, digits: int = 3) -> str:
    """A figure that is no share."""
    return NONE if value is None else f"{value:.{digits}f}".replace("-", _MINUS)


def is_share(measure: str) -> bool:
    """Whether a measure is told in percent."""
    return is_rate(measure)


def value(measure: str, number: float | None) -> str:
    """A measure's value: in percent where it is a share of questions."""
    return percent(number) if is_rate(measure) else plain(number)


def interval(measure: str, figure: Mapping[str, Any] | None) -> str:
    """The bounds of a figure."""
    if figure is None:
        return NONE
    return f"{value(measure, figure['low'])} – {value(measure, figure['high'])}"


def half_width(measure: str, figure: Mapping[str, Any] | None) -> str:
    """How far a figure reaches to either side; of a share in percentage points."""
    if figure is None:
        return NONE
    reach = figure.get("half_width", (figure["high"] - figure["low"]) / 2.0)
    return f"±{reach * 100:.1f}" if is_rate(measure) else f"±{reach:.3f}"


def signed(measure: str, number: float) -> str:
    """A difference; of shares in percentage points.

    >>> signed("right", -0.0213), signed("MRR", 0.004), signed("right", -0.0001)
    ('−2.1', '+0.004', '0.0')
    """
    text = f"{number * 100:+.1f}" if is_rate(measure) else f"{number:+.3f}"
    return text.replace("-", _MINUS) if float(text) else text[1:]


def volume(weight: float) -> str:
    """How often something is asked in a month.

    >>> volume(23215.0), volume(0.5)
    ('23,215', '0.5')
    """
    return f"{weight:,.0f}" if weight == round(weight) else f"{weight:,.1f}"


def p_value(p: float | None) -> str:
    """A p without digits that nobody can read.

    >>> p_value(0.00004), p_value(0.0312)
    ('<0.001', '0.031')
    """
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}"
