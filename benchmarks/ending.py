"""How a benchmark ends that cannot begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from eval.deployment import failing_clearly


@contextmanager
def ending_clearly() -> Iterator[None]:
    """As commands end: one message on stderr and exit status 2, outside of Typer as well."""
    try:
        with failing_clearly():
            yield
    except typer.Exit as ended:
        raise SystemExit(ended.exit_code) from ended
