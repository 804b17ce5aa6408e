"""The notebooks run from top to bottom in a fresh kernel, and what is stored with them can be read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from tests.conftest import REPOSITORY, Shipped

FOLDER = REPOSITORY / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
BIGGEST = 500_000  # bytes: what a code host still shows
WITHIN = 240  # seconds; a minute where nothing else runs
_PLACE = re.compile(
    r"(?<![\w.:/<])/(?:home|root|work|tmp|usr|var|opt|mnt|private|Users)/|[A-Z]:\\\\"
)


class _ThisPython(KernelSpecManager):
    """Only the kernel of this interpreter, whatever kernels the machine has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        assert kernel_name == NATIVE_KERNEL_NAME
        start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=start, display_name="Python 3", language="python")


class _Kernel(AsyncKernelManager):
    """A kernel of this interpreter."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "kernel_spec_manager": _ThisPython()})


def _cells(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _outputs(notebook: Any) -> Iterator[Any]:
    return (output for cell in _cells(notebook) for output in cell.outputs)


def _texts(notebook: Any) -> Iterator[str]:
    """Everything that a reader is shown of the outputs."""
    for output in _outputs(notebook):
        yield output.get("text", "")
        yield from map(str, output.get("data", {}).values())


def _sound(notebook: Any) -> None:
    """No error, nothing on stderr, no warning that was shown, and no place on a machine."""
    for output in _outputs(notebook):
        assert output.output_type != "error", output.get("evalue")
        assert output.get("name") != "stderr", output.get("text")
    for text in _texts(notebook):
        assert not _PLACE.search(text), text[:400]
        assert str(REPOSITORY) not in text
        assert sys.prefix not in text
        assert "Warning:" not in text


def _run(path: Path, folder: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    for cell in _cells(notebook):
        cell.outputs = []
    client = NotebookClient(
        notebook,
        kernel_manager_class=_Kernel,
        timeout=WITHIN,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


@pytest.fixture
def settings(shipped: Shipped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A deployment of the shipped knowledge, and none of the machine's own Jupyter and settings."""
    for name in [name for name in os.environ if name.startswith(("ZHIKU_", "JUPYTER", "IPYTHON"))]:
        monkeypatch.delenv(name)
    environment = {
        **shipped.environment,
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONWARNINGS": "default",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.mark.slow
@pytest.mark.timeout(WITHIN + 60)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_runs_in_a_fresh_kernel_and_warns_of_nothing(
    path: Path, settings: dict[str, str]
) -> None:
    # every second one from its own folder: both ways of starting them have to work
    folder = FOLDER if NOTEBOOKS.index(path) % 2 else REPOSITORY
    notebook = _run(path, folder)
    _sound(notebook)
    assert all(cell.execution_count for cell in _cells(notebook))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_is_stored_with_what_it_shows(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    _sound(notebook)
    counts = [cell.execution_count for cell in _cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run from top to bottom, once"
    assert sum(bool(cell.outputs) for cell in _cells(notebook)) >= len(counts) - 3
    assert any("svg" in str(output.get("data", {}).keys()) for output in _outputs(notebook))
    assert path.stat().st_size < BIGGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_holds_what_only_one_machine_knows(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert "version" not in notebook.metadata.get("language_info", {})
    assert notebook.metadata.kernelspec.name == NATIVE_KERNEL_NAME
    assert not any(cell.metadata for cell in notebook.cells)
    sources = "\n".join(cell.source for cell in notebook.cells)
    assert not _PLACE.search(sources)


def test_the_list_of_notebooks_is_complete() -> None:
    listed = re.findall(r"\]\(([\w-]+\.ipynb)\)", (FOLDER / "README.md").read_text("utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]
    assert len(listed) >= 3
