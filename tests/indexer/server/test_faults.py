"""A server that is down, slow, wrong or half there: clear errors, nothing spoilt, builds that go on."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.catalog import open_encoder
from indexer.encoders.models_at import ModelsAt, ServerSettings
from indexer.encoders.protocol import (
    EncoderError,
    KnownEncoder,
    OtherModel,
    ServerAnswerBad,
    ServerAway,
    ServerRefused,
)
from indexer.encoders.server.address import parse
from indexer.encoders.server.encoder import MOST_CHARACTERS, ServerEncoder
from indexer.encoders.server.identity import CANARIES
from indexer.encoders.server.patience import Patience
from indexer.vector_cache import VectorCache, fingerprints_in
from tests.contract.encoder_contract import TEXTS
from tests.encoders import HashEncoder
from tests.real.embedding_app import KEY
from tests.real.embedding_server import EmbeddingServer

pytestmark = pytest.mark.real

QUICK = Patience(timeout=5.0, tries=3, total=10.0, first_pause=0.05)
ONCE = Patience(timeout=5.0, tries=1, total=5.0, first_pause=0.05)


def opened(
    server: EmbeddingServer,
    model: str,
    settings: ServerSettings = ServerSettings(timeout=2.0, batch=8),  # noqa: B008
    passages: Patience = QUICK,
) -> ServerEncoder:
    return ServerEncoder(parse(server.named(model)), settings, passages=passages)


def texts_of(count: int) -> list[str]:
    return [f"第{n}条知识：流量包怎么退订" for n in range(count)]


def test_texts_go_in_batches_within_the_limit_and_a_canary_with_each(
    embedding_server: EmbeddingServer,
) -> None:
    encoder = opened(embedding_server, "hash!most=8!batches")
    assert encoder.encode_passages(texts_of(20)).shape == (20, 64)
    sizes = [len(call["texts"]) for call in embedding_server.calls("hash!most=8!batches")]
    assert sizes == [len(CANARIES), 8, 8, 7]
    first = [call["texts"][0] for call in embedding_server.calls("hash!most=8!batches")]
    assert set(first) == {CANARIES[0]}


def test_a_request_has_no_more_characters_than_a_server_takes(
    embedding_server: EmbeddingServer,
) -> None:
    encoder = opened(embedding_server, "hash!characters", ServerSettings(batch=2048))
    texts = [f"{n}" + "字" * 1000 for n in range(300)]
    assert encoder.encode_passages(texts).shape == (300, 64)
    calls = embedding_server.calls("hash!characters")[1:]
    assert len(calls) == 3
    assert max(len("".join(call["texts"])) for call in calls) <= MOST_CHARACTERS + 480


def test_prefixes_of_the_name_stand_in_front_of_questions_and_passages(
    embedding_server: EmbeddingServer, tmp_path: Path
) -> None:
    name = embedding_server.named("hash!prefixes", "?query=query:%20&passage=passage:%20")
    encoder = open_encoder(name, tmp_path)
    encoder.encode_passages(["宽带"])
    encoder.encode_queries(["宽带"])
    _, said, asked = embedding_server.calls("hash!prefixes")
    assert said["texts"] == [CANARIES[0], "passage: 宽带"]
    assert asked["texts"] == ["query: 宽带"]


def test_shorter_vectors_are_asked_for_and_must_come(
    embedding_server: EmbeddingServer, tmp_path: Path
) -> None:
    assert open_encoder(embedding_server.named("hash", "?dimensions=32"), tmp_path).dim == 32
    with pytest.raises(ServerAnswerBad, match="有 64 维，应为 70 维"):
        open_encoder(embedding_server.named("hash", "?dimensions=70"), tmp_path)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("nan", "NaN"),
        ("inf", "无穷大"),
        ("zero", "全是 0"),
        ("half", "只应有 8 个向量，回答里有 4 个"),
        ("wide", "有 67 维，应为 64 维"),
        ("garbage", "不是 JSON"),
    ],
)
def test_an_answer_that_cannot_be_used_spoils_nothing_and_the_rest_is_kept(
    embedding_server: EmbeddingServer, tmp_path: Path, fault: str, said: str
) -> None:
    encoder = opened(embedding_server, f"hash!{fault}!after=40!times=1!spoils")
    cache = VectorCache(tmp_path, encoder)
    texts = texts_of(300)  # 256 are kept together: 37 requests and that of the opening
    with pytest.raises(ServerAnswerBad, match=f"{embedding_server.port}.*{said}"):
        cache.fill(texts)
    assert len(cache.missing(texts)) == 300 - 256
    assert cache.fill(texts) == 300 - 256
    expected = HashEncoder().encode_passages(texts).astype(np.float16).astype(np.float32)
    assert cache.vectors(texts) == pytest.approx(expected, abs=1e-3)
    cache.close()


def test_an_answer_with_one_place_twice_is_refused(embedding_server: EmbeddingServer) -> None:
    with pytest.raises(ServerAnswerBad, match="index 不是"):
        opened(embedding_server, "hash!twice")


def test_a_model_that_is_swapped_in_the_middle_of_a_build_is_noticed(
    embedding_server: EmbeddingServer, tmp_path: Path
) -> None:
    encoder = opened(embedding_server, "hash!swapped!after=40!build")
    cache = VectorCache(tmp_path, encoder)
    with pytest.raises(OtherModel, match=r"换了模型.*index build"):
        cache.fill(texts_of(300))
    assert len(cache.missing(texts_of(300))) == 300 - 256
    cache.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_asked_again_with_pauses(
    embedding_server: EmbeddingServer, status: int
) -> None:
    encoder = opened(embedding_server, f"hash!status={status}!after=1!times=2")
    assert encoder.encode_passages(TEXTS).shape == (len(TEXTS), 64)
    assert len(embedding_server.calls(f"hash!status={status}!after=1!times=2")) == 4


def test_retry_after_is_waited_for(embedding_server: EmbeddingServer) -> None:
    encoder = opened(embedding_server, "hash!status=429!retry=1!after=1!times=1")
    began = time.monotonic()
    encoder.encode_passages(TEXTS)
    assert time.monotonic() - began >= 1.0


def test_a_server_that_asks_for_longer_than_anybody_waits_is_away_at_once(
    embedding_server: EmbeddingServer,
) -> None:
    encoder = opened(embedding_server, "hash!status=503!retry=3600!after=1")
    began = time.monotonic()
    with pytest.raises(ServerAway, match="HTTP 503，not now"):
        encoder.encode_passages(TEXTS)
    assert time.monotonic() - began < 5.0


def test_a_slow_server_is_not_waited_for_by_a_question_and_then_left_alone_for_a_while(
    embedding_server: EmbeddingServer,
) -> None:
    settings = ServerSettings(timeout=0.3)
    encoder = opened(embedding_server, "hash!slow=5!after=1!times=1", settings)
    began = time.monotonic()
    with pytest.raises(ServerAway, match="等待回答超时"):
        encoder.encode_queries(["宽带"])
    assert time.monotonic() - began < 3.0
    began = time.monotonic()
    with pytest.raises(ServerAway, match="刚才没有应答"):
        encoder.encode_queries(["宽带"])
    assert time.monotonic() - began < 0.1
    assert encoder.encode_passages(["宽带"]).shape == (1, 64)  # a build is not a clerk


def test_numbers_are_asked_for_where_base64_is_not_known(
    embedding_server: EmbeddingServer,
) -> None:
    encoder = opened(embedding_server, "hash!floats!remembered")
    encoder.encode_queries(["宽带"])
    forms = [c["encoding_format"] for c in embedding_server.calls("hash!floats!remembered")]
    assert forms == ["base64", "float", "float"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("nothing-of-that-name", "没有这个地址或模型.*does not exist"),
        ("hash!most=3", "一次送 4 段.*ZHIKU_EMBEDDING_BATCH"),
        ("hash!status=418", "不接受请求（HTTP 418"),
        ("hash!status=307", "不接受请求（HTTP 307"),
    ],
)
def test_what_people_have_to_set_right_is_told_without_asking_again(
    embedding_server: EmbeddingServer, model: str, said: str
) -> None:
    with pytest.raises(ServerRefused, match=said):
        opened(embedding_server, model)


def test_a_key_goes_with_every_request_and_into_no_message(
    embedding_server: EmbeddingServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    name = embedding_server.named("hash!keyed")
    encoder = open_encoder(name, ModelsAt(tmp_path, ServerSettings(key=KEY)))
    plain = open_encoder(embedding_server.named("hash!unkeyed"), tmp_path)
    assert encoder.encode_passages(TEXTS) == pytest.approx(plain.encode_passages(TEXTS), abs=1e-6)
    shown = [repr(encoder), encoder.name, encoder.fingerprint, repr(ServerSettings(key=KEY))]
    wrong = ServerSettings(key=f"{KEY}-not")
    for settings, model, cure in (
        (ServerSettings(), "hash!keyed", "请设置 ZHIKU_EMBEDDING_KEY"),
        (wrong, "hash!keyed", "请核对 ZHIKU_EMBEDDING_KEY"),
        (wrong, "hash!status=400", "not now"),
        (wrong, "hash!status=500", "not now"),
    ):
        with pytest.raises(EncoderError, match=cure) as caught:
            opened(embedding_server, model, settings, ONCE)
        shown.append(str(caught.value))
        shown.append(repr(caught.value.__cause__))
    assert KEY not in "\n".join([*shown, caplog.text])


def test_a_build_goes_on_where_a_killed_server_left_it(
    own_server: EmbeddingServer, tmp_path: Path
) -> None:
    encoder = opened(own_server, "hash")
    cache = VectorCache(tmp_path, encoder)
    texts = texts_of(600)

    def kill_late(count: int) -> None:
        nonlocal done
        done += count
        if done >= 300:
            own_server.kill()

    done = 0
    with pytest.raises(ServerAway, match=r"没有应答：(连接不上|连接中断).*试了 3 次"):
        cache.fill(texts, kill_late)
    cache.close()
    own_server.start()
    again = ServerEncoder(
        parse(own_server.named("hash")), known=fingerprints_in(tmp_path), passages=QUICK
    )
    assert again.fingerprint == encoder.fingerprint
    cache = VectorCache(tmp_path, again)
    assert cache.fill(texts) == 600 - 256
    cache.close()


def test_a_server_whose_last_digits_change_is_the_same_and_fills_the_same_cache(
    embedding_server: EmbeddingServer,
) -> None:
    first = opened(embedding_server, "hash!noise=0.0005")
    server = parse(embedding_server.named("hash!noise=0.0005"))
    again = ServerEncoder(server, known=("other", first.fingerprint), passages=QUICK)
    assert again.fingerprint == first.fingerprint
    assert again.encode_passages(texts_of(50)).shape == (50, 64)


def test_what_a_server_with_another_model_answers_is_not_taken_for_the_index(
    embedding_server: EmbeddingServer, own_server: EmbeddingServer
) -> None:
    made = opened(own_server, "hash!swapped!after=4")
    own_server.kill()
    served = parse(own_server.named("hash!swapped!after=4"))
    known = KnownEncoder(made.fingerprint, made.dim)
    settings = ServerSettings(timeout=2.0)
    waiting = ServerEncoder(served, settings, made_with=known)
    assert (waiting.fingerprint, waiting.dim) == known
    with pytest.raises(ServerAway):
        waiting.encode_queries(["宽带"])
    own_server.start()
    other = parse(embedding_server.named("hash!swapped"))
    refused = ServerEncoder(other, settings, made_with=known)
    assert refused.fingerprint != made.fingerprint
    assert ServerEncoder(served, settings, made_with=known).fingerprint == made.fingerprint
