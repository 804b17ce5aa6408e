"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.lexicon import Lexicon
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Code,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    SaleStatus,
    SubLibrary,
)
from corpora.versions import OPEN_FROM, OPEN_TO, ItemVersion
from indexer.analyzer import Analyzer
from indexer.backends.embedded.vectors import FLAT_UP_TO
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import Encoder
from indexer.passages import passages_of
from indexer.release import Release
from indexer.token_vectors import Projection
from retriever.backends.embedded import EmbeddedSearcher
from retriever.filters import Filter
from tests.encoders import HashEncoder

TODAY = dt.date(2026, 3, 1)
CREATED_AT = "2026-03-01T09:30:00"


def make_facet(
    kind: FacetKind = FacetKind.OVERVIEW,
    official: str = "",
    customer: str = "",
    audience: Audience = Audience.CUSTOMER,
    steps: tuple[str, ...] = (),
    questions: tuple[str, ...] = (),
) -> Facet:
    if audience is Audience.CUSTOMER:
        customer = customer or "您可以在营业厅办理。"
    return Facet(
        kind, official or f"{kind.label}：按规定执行。", customer, steps, audience, questions
    )


def make_item(
    item_id: str = "flow-10",
    title: str = "流量月包10元档",
    sub_library: SubLibrary = SubLibrary.BUSINESS,
    facets: Sequence[Facet] = (),
    *,
    similar_questions: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    screens: tuple[str, ...] = (),
    command: str = "",
    region: str = "",
    variant_of: str = "",
    sale_status: SaleStatus = SaleStatus.ON_SALE,
    weight: int = 1,
) -> KnowledgeItem:
    return KnowledgeItem(
        id=item_id,
        title=title,
        sub_library=sub_library,
        facets=tuple(facets) or (make_facet(customer=f"{title}怎么用，听我说。"),),
        similar_questions=similar_questions,
        aliases=aliases,
        codes=tuple(Code("boss", code) for code in codes),
        screens=screens,
        actions=(Action(ActionKind.OPEN, Channel.SMS, "开通", f"{command}@10086"),)
        if command
        else (),
        region=Region(region) if region else None,
        variant_of=variant_of,
        sale_status=sale_status,
        weight=weight,
    )


def make_held(
    item: KnowledgeItem | None = None,
    version: int = 1,
    valid_from: dt.date = OPEN_FROM,
    valid_to: dt.date = OPEN_TO,
) -> ItemVersion:
    return ItemVersion(item or make_item(), version, valid_from, valid_to)


def make_release(
    *held: ItemVersion | KnowledgeItem, lexicon_words: tuple[str, ...] = ()
) -> Release:
    return Release(
        item_versions=tuple(h if isinstance(h, ItemVersion) else make_held(h) for h in held),
        lexicon=Lexicon(words=lexicon_words),
    )


def make_content(
    release: Release,
    encoder: Encoder | None = None,
    *,
    created_at: str = CREATED_AT,
    token_vectors: Sequence[NDArray[np.int8]] | None = None,
    projection: Projection | None = None,
) -> StagedContent:
    encoder = encoder or HashEncoder()
    analyzer = Analyzer(release.lexicon.words)
    passages = [passage for held in release.item_versions for passage in passages_of(held)]
    texts = [passage.indexed_text for passage in passages]
    return StagedContent(
        release=release,
        passages=passages,
        terms=[analyzer.terms(text) for text in texts],
        vectors=encoder.encode_passages(texts),
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        analyzer_fingerprint=analyzer.fingerprint,
        created_at=created_at,
        token_vectors=token_vectors,
        projection=projection,
    )


def make_tokens(count: int, width: int = 8) -> list[NDArray[np.int8]]:
    """Token vectors of ``count`` passages; every seventh has none."""
    generator = np.random.default_rng(7)
    return [generator.integers(-127, 128, size=(n % 7, width), dtype=np.int8) for n in range(count)]


def make_projection(dim: int = HashEncoder.dim, width: int = 8) -> Projection:
    """Some ``width`` orthonormal directions."""
    drawn = np.random.default_rng(11).standard_normal((dim, width))
    return Projection(np.linalg.qr(drawn)[0].astype(np.float32))


def open_published(
    root: Path, content: StagedContent, *, flat_up_to: int = FLAT_UP_TO
) -> EmbeddedSearcher:
    """The searcher of ``content``, staged and published at ``root``."""
    writer = EmbeddedWriter(root, flat_up_to=flat_up_to)
    writer.publish(writer.stage(content))
    return EmbeddedSearcher.open_current(root)


def open_items(root: Path, *held: ItemVersion | KnowledgeItem) -> EmbeddedSearcher:
    """The searcher of a few items."""
    return open_published(root, make_content(make_release(*held)))


def make_filter(
    as_of: dt.date = TODAY,
    audience: Audience = Audience.AGENT,
    libraries: Iterable[SubLibrary] = (),
    region: str = "",
    sale_statuses: Iterable[SaleStatus] = (),
) -> Filter:
    return Filter(
        as_of,
        audience,
        frozenset(libraries),
        Region(region) if region else None,
        frozenset(sale_statuses),
    )


REGIONS = ("", "yj", "yj/yundu", "yj/linhe", "yj/yundu/h01", "yj/yundu/h02", "bx")
SUBJECTS = (
    *("流量包", "宽带", "亲情网", "国际漫游", "彩铃", "套餐", "副卡", "补卡", "携号转网"),
    *("光猫", "电视盒子", "积分", "来电提醒", "5G手机"),
)
VERBS = (
    *("怎么办理", "怎么取消", "多少钱", "如何查询", "什么时候生效", "需要什么证件"),
    "为什么失败",
)


def make_mixed_release(count: int, seed: int = 1) -> Release:
    """``count`` items over all sub-libraries, regions, audiences, days and sale statuses.

    Many share a wording, so that scores tie; some hold in two separate spans of time.
    """
    draw = random.Random(seed)
    libraries = [SubLibrary.BUSINESS] * 6 + list(SubLibrary)[1:]
    held: list[ItemVersion] = []
    for n in range(count):
        subject, amount = draw.choice(SUBJECTS), draw.choice((5, 10, 20, 59, 129))
        facets = [
            make_facet(
                draw.choice(list(FacetKind)),
                official=f"{subject}{draw.choice(VERBS)}：{draw.choice(VERBS)}，每月{amount}元。"
                + "办理条件以系统为准。\n" * draw.choice((0, 1, 1, 30)),
                customer=f"您好，{subject}每月{draw.choice((5, 10, 20))}元。",
                audience=Audience.CUSTOMER,
            )
        ]
        for audience in (Audience.AGENT, Audience.INTERNAL):
            if draw.random() < 0.3:
                facets.append(
                    make_facet(FacetKind.RULES, f"{subject}内部规则{amount}", audience=audience)
                )
        if draw.random() < 0.2:
            facets = facets[1:] or facets
        item = make_item(
            f"i{n:03d}",
            f"{subject}{amount}元",
            draw.choice(libraries),
            facets,
            similar_questions=(f"{subject}{draw.choice(VERBS)}", f"我想问{subject}"),
            codes=(f"CODE{n % 40:02d}",) if n % 3 == 0 else (),
            screens=(f"S{n % 10}",) if n % 5 == 0 else (),
            command=f"KT{n}" if n % 7 == 0 else "",
            region=draw.choice(REGIONS),
            sale_status=draw.choice(list(SaleStatus)),
        )
        early, late = dt.date(2026, draw.randint(1, 4), 1), dt.date(2026, draw.randint(5, 9), 30)
        if draw.random() < 0.4:
            held.append(make_held(item, 1, OPEN_FROM, early - dt.timedelta(days=1)))
            held.append(make_held(item, 2, early, late))
            held.append(make_held(item, 1, late + dt.timedelta(days=1), OPEN_TO))
        else:
            held.append(make_held(item))
    return make_release(*held, lexicon_words=("亲情网", "携号转网", "流量月包"))
