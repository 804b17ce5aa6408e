"""A few items whose hits are explained, and an encoder whose tokens are characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from corpora.lexicon import Lexicon, SynonymGroup
from corpora.regions import NamedRegion, Regions
from corpora.types import Audience, FacetKind, KnowledgeItem
from indexer.encoders.protocol import Encoded, EncoderError, Vectors
from indexer.normalize import normalize
from indexer.passages import passages_of
from indexer.release import Release
from indexer.token_vectors import Projection
from retriever.constants import Blend
from retriever.explaining import Explanation
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import ResultPage
from tests.builders import (
    make_content,
    make_facet,
    make_filter,
    make_held,
    make_item,
    open_published,
)
from tests.encoders import HashEncoder

WEIGHTS = Blend(lexical=0.5, semantic=1.6, floor=0.2, met=1.5, back=0.6)
SURE = {"intercept": 5.0, "weights": {}, "threshold": 0.5}
LEXICON = Lexicon(synonyms=(SynonymGroup("退订", ("不想用了",)),))
REGIONS = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/yundu", "云都市")))
STAFF = make_facet(FacetKind.RULES, "坐席须核对余额再退订流量月包。", audience=Audience.AGENT)
CANCEL = make_facet(
    FacetKind.CANCEL, "流量月包发送QX到10086退订。", "发QX到10086就能退订流量月包。"
)
LONG = "退订流量月包以后还能不能再订购二十元的宽带和亲情网"
QUESTIONS = (
    "流量月包怎么退订",
    "我不想用了那个20元流量月包",
    "20元流量月包30001122",
    "云都市营业时间",
    "宽带慢",
    LONG,
)


def items() -> list[KnowledgeItem]:
    packs = [
        make_item(
            f"pack{fee}",
            f"{fee}元流量月包",
            facets=(make_facet(FacetKind.PRICE, f"月费{fee}元。", f"每月{fee}元。"), CANCEL, STAFF),
            similar_questions=("流量月包怎么取消", f"{fee}元的流量包怎么退"),
            codes=(f"300011{fee}",),
        )
        for fee in (10, 20, 22)
    ]
    hall = make_item("hall", "云都市营业时间", region="yj/yundu")
    local = make_item("pack20-yd", "云都20元流量月包", region="yj/yundu", variant_of="pack20")
    return [*packs, hall, local, make_item("slow", "宽带网速慢", aliases=("宽带慢",))]


class CharacterEncoder(HashEncoder):
    """``HashEncoder`` whose tokens are the characters, each with a vector of its own."""

    broken = False

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EncoderError("向量服务没有应答")
        return super().encode_queries(texts)

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for text, vector in zip(texts, self.encode_queries(texts), strict=True):
            tokens = [self._of(char) for char in normalize(text)] or [vector]
            yield Encoded(vector, np.stack(tokens))

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [(place, place + 1) for place in range(len(normalize(text)))]

    @staticmethod
    @cache
    def _of(char: str) -> Vectors:
        seed = int.from_bytes(blake2b(char.encode(), digest_size=4).digest(), "big")
        vector = np.random.default_rng(seed).standard_normal(HashEncoder.dim).astype(np.float32)
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


def base_of(root: Path, encoder: HashEncoder) -> KnowledgeBase:
    """The few items, with token vectors where the encoder has them."""
    held = tuple(make_held(item) for item in items())
    content = make_content(Release(held, lexicon=LEXICON, regions=REGIONS), encoder)
    if isinstance(encoder, CharacterEncoder):
        projection = Projection(np.eye(encoder.dim, dtype=np.float32))
        texts = [passage.indexed_text for h in held for passage in passages_of(h)]
        tokens = [projection.stored(both.tokens) for both in encoder.encode_both(texts)]
        content = replace(content, token_vectors=tokens, projection=projection)
    searcher = open_published(root / "index", content)
    fitted = root / "fitted"
    fitted.mkdir()
    known = {"fingerprint": encoder.fingerprint, "blend": asdict(WEIGHTS), "calibration": SURE}
    (fitted / f"{encoder.fingerprint}.json").write_bytes(orjson.dumps(known))
    return KnowledgeBase(searcher, encoder, fitted=fitted)


def explained(
    base: KnowledgeBase, question: str, wanted: Filter | None = None
) -> tuple[ResultPage, list[Explanation]]:
    wanted = wanted or make_filter()
    page = base.search(question, wanted, 20)
    return page, base.explain(page, wanted)


def views(base: KnowledgeBase, question: str, wanted: Filter | None = None) -> list[dict[str, Any]]:
    wanted = wanted or make_filter()
    page = base.search_json(base.search(question, wanted, 20), wanted, explain=True)
    hits: list[dict[str, Any]] = page["hits"]
    return hits
