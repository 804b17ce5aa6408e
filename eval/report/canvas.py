"""The door to the plotting library: one pair of axes, drawn without any state of the library's own.

Text stays text, in the reader's own fonts, so a machine that draws needs no Chinese font.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator, PercentFormatter

from eval.report.svg import GRID, INK, QUIET, Svg, finished

_POINT: Final = 72.0  # to the inch; one point of a drawing is one pixel of a page
SIZE: Final = 12.0
SMALL: Final = 11.0
_SETTING: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "font.size": SIZE,
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": GRID,
    "axes.linewidth": 1.0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "axes.labelsize": SMALL,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.major.pad": 7.0,
    "ytick.major.pad": 7.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Margins:
    """What is left around the axes, in points."""

    left: float = 58.0
    right: float = 20.0
    top: float = 16.0
    bottom: float = 44.0


class Drawing:
    """One figure with one pair of axes; ``svg`` is the picture."""

    def __init__(self, wide: float, high: float, margins: Margins) -> None:
        self._figure = Figure(figsize=(wide / _POINT, high / _POINT), facecolor="none")
        FigureCanvasSVG(self._figure)
        place = (
            margins.left / wide,
            margins.bottom / high,
            1.0 - (margins.left + margins.right) / wide,
            1.0 - (margins.top + margins.bottom) / high,
        )
        self.axes: Axes = self._figure.add_axes(place, facecolor="none")

    def svg(self, title: str) -> Svg:
        """The picture, named for who cannot see it."""
        target = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():
            # only the layout uses the fonts of this machine; readers see the text in their own
            warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
            self._figure.savefig(target, format="svg", metadata=nothing)
        return finished(target.getvalue(), title)


@contextmanager
def drawing(
    title: str, wide: float, high: float, margins: Margins = Margins()
) -> Iterator[Drawing]:
    """A drawing; the settings hold while it is open."""
    # the salt makes ids the same on every run, and other ones for another plot of the same page
    with mpl.rc_context():
        mpl.rcdefaults()  # what a notebook has set must not show in a report
        mpl.rcParams.update({**_SETTING, "svg.hashsalt": title})
        yield Drawing(wide, high, margins)


def percent_axis(axes: Axes, which: str, most: float = 1.0) -> None:
    """Shares from 0 to ``most``."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xlim if which == "x" else axes.set_ylim)(0.0, most)
    if most >= 1.0:
        axis.set_major_locator(FixedLocator([0.0, 0.25, 0.5, 0.75, 1.0]))
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def only_bars(axes: Axes) -> None:
    """Bars that carry their numbers need no scale."""
    axes.xaxis.set_major_locator(NullLocator())
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)


def round_ticks(axes: Axes, low: float, high: float) -> None:
    """1, 2, 5, 10 … as they are: powers of ten are not what people read a time in."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [digit * 10.0**exponent for exponent in exponents for digit in (1, 2, 5)]
    low, high = low * 0.9, high * 1.1
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in shown]))
    axes.xaxis.set_minor_locator(NullLocator())
