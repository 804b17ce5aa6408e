"""What is expensive and shared: the vector model, and the index of the shipped knowledge."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

import zhiku
from indexer.encoders.model_store import default_sources, fetch_model
from indexer.encoders.protocol import ModelUnavailable
from tests.real.fixtures import database_url, elastic_url, postgres_server, postgres_url

__all__ = [
    "database_url",
    "elastic_url",
    "models",
    "postgres_server",
    "postgres_url",
    "shipped",
]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def models() -> Path:
    """The models folder with bge-small-zh in it, fetched once; without it, a visible skip."""
    folder = REPOSITORY / "var" / "models"
    try:
        fetch_model(folder, default_sources(None, os.environ))
    except ModelUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return folder


@dataclass(frozen=True, slots=True)
class Shipped:
    """The shipped knowledge, imported and indexed with the default encoder."""

    root: Path
    models: Path

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point to it."""
        return {
            "ZHIKU_STORE_URL": f"sqlite:///{self.root / 'zhiku.db'}",
            "ZHIKU_INDEX_URL": f"file:{self.root / 'index'}",
            "ZHIKU_MODELS": str(self.models),
        }


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    import subprocess
    import sys

    command = [sys.executable, str(Path(zhiku.__file__)), *arguments]
    subprocess.run(
        command, check=True, cwd=REPOSITORY, env={**os.environ, **environment}, capture_output=True
    )


@pytest.fixture(scope="session")
def shipped(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """Built once, also when several workers test side by side."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shipped"
    root.mkdir(exist_ok=True)
    made = Shipped(root, models)
    with (root / "LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "index" / "CURRENT").exists():
            _run(["corpus", "import", "corpora"], made.environment)
            _run(["index", "build"], made.environment)
    return made
