"""What the numbers were measured on and with."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_LIBRARIES: Final = (
    "faiss-cpu", "fastapi", "numpy", "onnxruntime", "orjson", "pydantic", "rjieba", "tantivy",
    "tokenizers", "uvicorn",
)  # fmt: skip


def described() -> dict[str, Any]:
    """Processor, memory, system, load at the start, versions."""
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_at_start": [round(load, 2) for load in os.getloadavg()],
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _first(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
