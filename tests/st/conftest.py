"""The models of all tests of this folder: multilingual-e5-small as sentence-transformers saves one."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.st.e5_folder import make_e5_folder

QUERY = "query: "


def _require_extra() -> None:
    """Without the extra a visible skip, and in CI a failure."""
    if find_spec("sentence_transformers") is None:
        missing = "sentence-transformers is not installed here; run make test-st"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def e5_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All twelve layers."""
    _require_extra()
    folder = tmp_path_factory.mktemp("st") / "e5-small"
    return make_e5_folder(folder, {"query": QUERY, "passage": QUERY})


@pytest.fixture(scope="session")
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two layers: whatever does not depend on how good the vectors are."""
    _require_extra()
    folder = tmp_path_factory.mktemp("st") / "e5-quick"
    return make_e5_folder(folder, {"query": QUERY, "passage": QUERY}, layers=2)
