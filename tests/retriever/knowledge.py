"""A knowledge base of a few items, and an encoder that can be made to fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from corpora.lexicon import Lexicon, Route
from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from corpora.regions import Regions
from corpora.types import (
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
)
from corpora.versions import ItemVersion
from indexer.encoders.protocol import Encoder, EncoderError, Vectors
from indexer.release import Release
from retriever.knowledge_base import KnowledgeBase
from tests.builders import make_content, make_facet, make_held, make_item, open_published
from tests.encoders import HashEncoder

SURE = {"intercept": 5.0, "weights": {}, "threshold": 0.5}
NEVER_SURE = {"intercept": -5.0, "weights": {}, "threshold": 0.5}
BALANCE = Route(
    id="balance",
    label="账户查询",
    route="账户专席",
    say="请先核验身份，我再为您查询。",
    check=("核验服务密码",),
    record=("客户号码",),
    patterns=("我.{0,4}还剩多少话费",),
    examples=("我账户里面还有没有余额啊",),
)


class MoodyEncoder(HashEncoder):
    """``HashEncoder`` that fails while ``broken``, as an embedding server does that is away."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EncoderError("向量服务没有应答")
        return super().encode_queries(texts)


def constants_in(folder: Path, calibration: dict[str, object]) -> Path:
    """A folder of fitted constants with this calibration for the test encoder."""
    folder.mkdir(exist_ok=True)
    known = {
        "fingerprint": HashEncoder.fingerprint,
        "blend": {"lexical": 0.4, "semantic": 1.6, "floor": 0.0},
        "calibration": calibration,
    }
    (folder / f"{HashEncoder.fingerprint}.json").write_bytes(orjson.dumps(known))
    return folder


def make_base(
    root: Path,
    *held: KnowledgeItem | ItemVersion,
    encoder: Encoder | None = None,
    calibration: dict[str, object] | None = None,
    templates: Iterable[PushTemplate] = (),
    lexicon: Lexicon | None = None,
    regions: Regions | None = None,
) -> KnowledgeBase:
    """The opened knowledge base of a few items, sure of its first item unless said otherwise."""
    release = Release(
        item_versions=tuple(h if isinstance(h, ItemVersion) else make_held(h) for h in held),
        templates=tuple(templates),
        lexicon=lexicon or Lexicon(),
        regions=regions or Regions(),
    )
    searcher = open_published(root / "index", make_content(release))
    fitted = constants_in(root / "fitted", calibration or dict(SURE))
    return KnowledgeBase(searcher, encoder or HashEncoder(), fitted=fitted)


def pointing(item: KnowledgeItem, *targets: str, kind: RelationKind) -> KnowledgeItem:
    """``item`` with relations to other items."""
    return replace(item, relations=tuple(Relation(kind, target) for target in targets))


def make_tip(
    item_id: str = "tip-a",
    words: str = "退订后流量当月作废。",
    *,
    must_say: bool = False,
    region: str = "",
    variant_of: str = "",
    facets: Sequence[Facet] = (),
) -> KnowledgeItem:
    warning = make_facet(FacetKind.WARNING, words, words)
    tip = make_item(
        item_id,
        f"提醒{item_id}",
        SubLibrary.TIPS,
        facets or (warning,),
        region=region,
        variant_of=variant_of,
    )
    return replace(tip, must_say=must_say)


def make_template(
    template_id: str = "tpl-a",
    body: str = "您咨询的{{ title }}可在营业厅办理。",
    *,
    purpose: Purpose = Purpose.NOTICE,
    situation: Situation = Situation.ENQUIRY,
) -> PushTemplate:
    title = Placeholder("title", PlaceholderType.TEXT, max_length=60, source="item.title")
    return PushTemplate(
        id=template_id,
        title=template_id,
        channel=PushChannel.SMS,
        purpose=purpose,
        situation=situation,
        body=body,
        placeholders=(title,) if "{{" in body else (),
    )
