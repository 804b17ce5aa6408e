"""What every encoder promises (``indexer.encoders.protocol.Encoder``), as tests to inherit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from indexer.encoders.protocol import Encoder, TokenEncoder, Vectors

TEXTS = [
    "宽带移机怎么办理",
    "怎么办理宽带移机",
    "手机丢了要补一张卡",
    "129元档套餐有多少流量",
    "国际漫游在日本一天多少钱，需要提前几天开通，回国以后要不要自己关闭？",
    "KTTC 30GB",
]
ODD_TEXTS = {
    "empty": "",
    "blank": " \t\n　",
    "one character": "卡",
    "10,000 characters": "流量不够用怎么办" * 1250,
    "emoji": "📱👨‍👩‍👧‍👦🇨🇳" * 20,
    "control characters": "\x00\x01流\u200b量\x7f\u202e",
    "outside the BMP": "𠮷野家𪚥",
    "no space for the model": "a" * 3000,
}


class EncoderContract:
    """A subclass provides ``opened``, a class-scoped fixture: a function that opens the encoder."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Callable[[], Encoder]:
        raise NotImplementedError("the subclass says how its encoder is opened")

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, opened: Callable[[], Encoder]) -> Encoder:
        return opened()

    @pytest.fixture(params=["passages", "queries"])
    def encode(
        self, encoder: Encoder, request: pytest.FixtureRequest
    ) -> Callable[[list[str]], Vectors]:
        ways = {"passages": encoder.encode_passages, "queries": encoder.encode_queries}
        chosen: Callable[[list[str]], Vectors] = ways[request.param]
        return chosen

    def test_there_is_one_float32_vector_per_text(
        self, encoder: Encoder, encode: Callable[[list[str]], Vectors]
    ) -> None:
        vectors = encode(TEXTS)
        assert vectors.shape == (len(TEXTS), encoder.dim)
        assert vectors.dtype == np.float32

    def test_no_texts_give_an_empty_matrix_of_the_right_width(
        self, encoder: Encoder, encode: Callable[[list[str]], Vectors]
    ) -> None:
        assert encode([]).shape == (0, encoder.dim)

    def test_every_vector_has_length_one(self, encode: Callable[[list[str]], Vectors]) -> None:
        assert np.linalg.norm(encode(TEXTS), axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_the_same_text_has_the_same_vector_bit_by_bit(
        self, encode: Callable[[list[str]], Vectors]
    ) -> None:
        assert encode(TEXTS).tobytes() == encode(TEXTS).tobytes()

    def test_a_vector_does_not_depend_on_its_neighbours(
        self, encode: Callable[[list[str]], Vectors]
    ) -> None:
        crowd = [*TEXTS, "", "📱", "流量不够用怎么办" * 20, *TEXTS]
        together = encode(crowd)
        for position, text in enumerate(TEXTS):
            assert together[position].tobytes() == encode([text])[0].tobytes(), text

    def test_vectors_come_in_the_order_of_the_texts(
        self, encode: Callable[[list[str]], Vectors]
    ) -> None:
        assert encode(TEXTS[::-1]).tobytes() == encode(TEXTS)[::-1].tobytes()

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_an_odd_text_has_a_vector_of_length_one(
        self, encode: Callable[[list[str]], Vectors], text: str
    ) -> None:
        vectors = encode([text])
        assert np.isfinite(vectors).all()
        assert np.linalg.norm(vectors[0]) == pytest.approx(1.0, abs=1e-5)

    def test_texts_are_not_changed(self, encode: Callable[[list[str]], Vectors]) -> None:
        texts = list(TEXTS)
        encode(texts)
        assert texts == TEXTS

    def test_progress_counts_every_passage_once(self, encoder: Encoder) -> None:
        for count in (0, 1, 33):
            seen: list[int] = []
            encoder.encode_passages(["流量包"] * count, seen.append)
            assert sum(seen) == count

    def test_two_openings_agree_on_fingerprint_and_vectors(
        self, encoder: Encoder, opened: Callable[[], Encoder]
    ) -> None:
        again = opened()
        assert (again.name, again.dim, again.fingerprint) == (
            encoder.name,
            encoder.dim,
            encoder.fingerprint,
        )
        assert again.fingerprint
        assert again.encode_queries(TEXTS).tobytes() == encoder.encode_queries(TEXTS).tobytes()

    @pytest.mark.parametrize(
        ("question", "close", "far"),
        [
            ("宽带移机怎么办理", "怎么办理宽带移机", "手机丢了要补一张卡"),
            ("手机丢了怎么补卡", "手机丢了要补一张卡", "国际漫游在日本一天多少钱"),
            ("129元套餐有多少流量", "129元档套餐的流量有多少", "怎么办理宽带移机"),
        ],
        ids=["moving", "lost card", "tariff"],
    )
    def test_a_related_passage_is_closer_than_an_unrelated_one(
        self, encoder: Encoder, question: str, close: str, far: str
    ) -> None:
        cosines = encoder.encode_passages([close, far]) @ encoder.encode_queries([question])[0]
        assert cosines[0] > cosines[1]

    def test_width_and_case_do_not_matter(self, encode: Callable[[list[str]], Vectors]) -> None:
        wide, narrow = encode(["１２９元５Ｇ套餐", "129元5g套餐"])
        assert wide.tobytes() == narrow.tobytes()


class TokenEncoderContract(EncoderContract):
    """The same, and what an encoder promises that also tells the vectors of tokens."""

    @pytest.fixture(scope="class")
    @classmethod
    def token_encoder(cls, encoder: Encoder) -> TokenEncoder:
        assert isinstance(encoder, TokenEncoder)
        return encoder

    def test_both_gives_the_vectors_of_passages_and_of_queries_bit_by_bit(
        self, token_encoder: TokenEncoder
    ) -> None:
        texts = [*TEXTS, *ODD_TEXTS.values()]
        both = np.stack([one.vector for one in token_encoder.encode_both(texts)])
        assert both.tobytes() == token_encoder.encode_passages(texts).tobytes()
        assert both.tobytes() == token_encoder.encode_queries(texts).tobytes()

    def test_every_text_has_a_token_and_every_token_has_length_one(
        self, token_encoder: TokenEncoder
    ) -> None:
        for one in token_encoder.encode_both([*TEXTS, *ODD_TEXTS.values()]):
            count, width = one.tokens.shape
            assert count >= 1
            assert width == token_encoder.dim
            assert one.tokens.dtype == np.float32
            assert np.linalg.norm(one.tokens, axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_a_longer_text_has_more_tokens(self, token_encoder: TokenEncoder) -> None:
        short, long = token_encoder.encode_both(["宽带移机", "宽带移机要带什么证件去营业厅"])
        assert len(short.tokens) < len(long.tokens)

    def test_tokens_do_not_depend_on_the_texts_beside_theirs(
        self, token_encoder: TokenEncoder
    ) -> None:
        together = token_encoder.encode_both(TEXTS)
        for text, one in zip(TEXTS, together, strict=True):
            (alone,) = token_encoder.encode_both([text])
            assert one.vector.tobytes() == alone.vector.tobytes(), text
            assert one.tokens.tobytes() == alone.tokens.tobytes(), text

    def test_no_texts_give_no_tokens(self, token_encoder: TokenEncoder) -> None:
        assert list(token_encoder.encode_both([])) == []
