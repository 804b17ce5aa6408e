"""An embedding server keeps the contract of every encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.encoders.catalog import BGE, open_encoder
from indexer.encoders.protocol import Encoder, TokenEncoder
from tests.contract.encoder_contract import TEXTS, EncoderContract
from tests.real.embedding_server import EmbeddingServer

pytestmark = pytest.mark.real


class TestBgeByAServer(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, embedding_server: EmbeddingServer, models: Path) -> Callable[[], Encoder]:
        return lambda: open_encoder(embedding_server.named("bge"), models)

    def test_its_vectors_are_those_of_the_model_that_it_serves(
        self, encoder: Encoder, models: Path
    ) -> None:
        served, own = encoder.encode_queries(TEXTS), open_encoder(BGE, models).encode_queries(TEXTS)
        assert served == pytest.approx(own, abs=1e-6)

    def test_it_tells_no_tokens(self, encoder: Encoder) -> None:
        assert not isinstance(encoder, TokenEncoder)


class TestNumbersInDecimalsOutOfOrder(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(
        cls, embedding_server: EmbeddingServer, tmp_path_factory: pytest.TempPathFactory
    ) -> Callable[[], Encoder]:
        name = embedding_server.named("hash!floats!shuffled")
        nowhere = tmp_path_factory.mktemp("no-models")
        return lambda: open_encoder(name, nowhere)
