"""The page for editors names every check, so that none is a secret and none is promised in vain."""

from __future__ import annotations

import re
from pathlib import Path

from corpora.checks import CHECKS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "knowledge.md"


def test_every_check_is_named_and_no_other() -> None:
    rows = re.compile(r"^\|[^|`]*\| `([a-z_]+\.[a-z_]+)` \|", re.M)
    named = rows.findall(PAGE.read_text(encoding="utf-8"))
    real = [f"{check.__module__.rsplit('.', 1)[-1]}.{check.__name__}" for check in CHECKS]
    assert named == real
