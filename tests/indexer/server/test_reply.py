"""What a server answers is read without trust, and names say all that vectors depend on."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import orjson
import pytest

from indexer.encoders.protocol import ServerAnswerBad, UnknownEncoder
from indexer.encoders.server.address import parse, reached_by
from indexer.encoders.server.patience import LONGEST_ASKED, Patience
from indexer.encoders.server.reply import message_of, retry_after, vectors_of


def answer(*vectors: Any, places: list[Any] | None = None) -> bytes:
    data = [
        {"index": place, "embedding": vector}
        for place, vector in zip(places or range(len(vectors)), vectors, strict=True)
    ]
    return orjson.dumps({"data": data})


def packed(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, dtype="<f4").tobytes()).decode()


def test_vectors_come_in_the_order_of_index_and_have_length_one() -> None:
    vectors = vectors_of(answer([0.0, 5.0], packed(3.0, 4.0), places=[1, 0]), 2, 2)
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


def test_the_first_vector_decides_the_length_where_none_is_known() -> None:
    assert vectors_of(answer([1, 2, 2]), 1, None).shape == (1, 3)


def test_very_large_numbers_are_no_infinity() -> None:
    assert vectors_of(answer([3e30, 4e30]), 1, 2) == pytest.approx(np.array([[0.6, 0.8]]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "不是 JSON"),
        (b'{"data": [{"index": 0, "embedding": [NaN]}]}', "不是 JSON"),
        (b"[]", "没有 data"),
        (b'{"data": null}', "没有 data"),
        (b'{"data": [{"embedding": [1.0, 2.0]}]}', "没有 data"),
        (answer(), "有 0 个"),
        (answer([1.0, 2.0], [1.0, 2.0]), "只应有 1 个向量，回答里有 2 个"),
        (answer([1.0, 2.0], places=[1]), "index 不是 0 至 0"),
        (answer([1.0, 2.0], places=[True]), "index 不是"),
        (answer([1.0, 2.0], places=["0"]), "index 不是"),
        (answer([1.0, 2.0, 3.0]), "有 3 维，应为 2 维"),
        (answer([]), "有 0 维"),
        (answer([1.0, None]), "NaN"),
        (answer(packed(1.0, float("inf"))), "NaN 或无穷大"),
        (answer([0.0, 0.0]), "全是 0"),
        (answer(["x", "y"]), "既不是一列数"),
        (answer([[1.0], [2.0]]), "既不是一列数"),
        (answer(7), "既不是一列数"),
        (answer("@@@"), "既不是一列数"),
        (answer(base64.b64encode(b"12345").decode()), "既不是一列数"),
    ],
)
def test_an_answer_that_is_no_usable_vector_a_text_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ServerAnswerBad, match=said):
        vectors_of(content, 1, 2)


def test_half_a_batch_is_refused() -> None:
    with pytest.raises(ServerAnswerBad, match="送去 4 段文字，只应有 4 个向量，回答里有 2 个"):
        vectors_of(answer([1.0, 2.0], [1.0, 2.0]), 4, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error": {"message": "too  long\\n"}}', "too long"),
        (b'{"error": "busy"}', "busy"),
        (b'{"message": "no model"}', "no model"),
        (b'{"detail": [{"loc": []}]}', ""),
        (b"<html>", ""),
        (b'{"error": "' + b"x" * 500 + b'"}', "x" * 160),
    ],
)
def test_what_a_server_says_is_wrong_is_one_short_line(content: bytes, said: str) -> None:
    assert message_of(content) == said


DATE = "Sun, 01 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 30 "}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 09:00:08 GMT", "date": DATE}, 8.0),
        ({"retry-after": "Sun, 01 Mar 2026 08:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 01 Mar 2026 09:00:08 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_understood_in_both_of_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_pauses_double_and_are_never_shorter_than_what_was_asked_for() -> None:
    patience = Patience(timeout=1.0, tries=4, total=60.0, first_pause=0.5)
    assert [patience.pause(made, None, 1.0) for made in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, None]
    assert patience.pause(1, None, 0.0) == 0.25
    assert patience.pause(1, 7.0, 0.0) == 7.0
    assert patience.pause(1, 61.0, 0.0) is None
    assert Patience(1.0, 4, 900.0, 0.5).pause(1, LONGEST_ASKED + 1, 0.0) is None


def test_a_name_says_address_model_prefixes_and_dimensions() -> None:
    said = parse("https://host:8443/v1#BAAI/bge-m3?query=query:%20&passage=p%26:&dimensions=256")
    assert said.url == "https://host:8443/v1/embeddings"
    assert said.asked == ("BAAI/bge-m3", "query: ", "p&:", 256)
    assert parse("http://h/v1/#m").url == "http://h/v1/embeddings"
    assert parse("http://h/v1/embeddings#m").url == "http://h/v1/embeddings"
    assert parse("http://[::1]:80/v1#a%23b").model == "a#b"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("https://host/v1", "缺少模型名"),
        ("https://host/v1#", "缺少模型名"),
        ("https://host/v1#?query=a", "缺少模型名"),
        ("https:///v1#m", "不是能用的地址"),
        ("https://host/v1?api-key=x#m", "不带 \\? 参数"),
        ("https://ho st/v1#m", "不是能用的地址"),
        ("https://host/v1#m?prefix=x", "不能写 'prefix=x'；可用：query=…、passage=…、dimensions=…"),
        ("https://host/v1#m?query", "不能写 'query'"),
        ("https://host/v1#m?query=a&query=b", "各写一次"),
        ("https://host/v1#m?dimensions=x", "dimensions 应为"),
        ("https://host/v1#m?dimensions=0", "dimensions 应为"),
    ],
)
def test_a_name_that_lacks_something_says_what(name: str, said: str) -> None:
    with pytest.raises(UnknownEncoder, match=said):
        parse(name)


def test_a_password_in_a_name_is_refused_and_not_repeated() -> None:
    with pytest.raises(UnknownEncoder, match="ZHIKU_EMBEDDING_KEY") as caught:
        parse("https://zhiku:geheim@host/v1#m")
    assert "geheim" not in str(caught.value)


def test_the_address_of_the_deployment_counts_where_it_names_the_same_model() -> None:
    made = parse("http://builder:8080/v1#m?query=q")
    assert reached_by(made, "https://embed/v1#m?query=q").base == "https://embed/v1"
    for other in ("", "onnx:bge-small-zh", "https://embed/v1#m", "https://embed/v1#n?query=q"):
        assert reached_by(made, other) == made
