from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.serving import Server


@pytest.mark.real
@pytest.mark.slow
def test_no_generated_request_makes_the_server_fail(server: Server, tmp_path: Path) -> None:
    """At most 8 requests for each of the 44 operations, the same ones in each run.

    A stream of events does not end, so that it is left to tests of its own.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
        *("--phases", "examples,fuzzing", "--max-examples", "8", "--seed", "20260301"),
        *("--generation-deterministic", "--no-color"),
        *("--exclude-path", "/v1/assist/{contact}/events"),
        *("--checks", "not_a_server_error,content_type_conformance,response_schema_conformance"),
    ]
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    generated = re.search(r"(\d+) generated", ended.stdout)
    assert generated is not None
    assert 100 <= int(generated[1]) <= 400
