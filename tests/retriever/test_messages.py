"""Messages of an opened version: the writing of a place, versions, approvals, and short forms."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.push_template import MmsPart, Purpose, PushChannel, PushTemplate
from corpora.template_life import content_code
from corpora.types import Region
from indexer.backends.naming import row_order, version_name
from indexer.manifest import Manifest
from indexer.release import Release
from retriever.context import CallContext
from retriever.errors import NotFound
from retriever.knowledge_base import KnowledgeBase
from tests.builders import (
    TODAY,
    make_content,
    make_filter,
    make_held,
    make_item,
    open_published,
)
from tests.encoders import HashEncoder
from tests.retriever.knowledge import make_base, make_template

SMS, MMS = PushChannel.SMS, PushChannel.MMS
PACK = replace(make_item("pack", "流量月包"), templates=("tpl-a",))
LOCAL = replace(
    make_template("tpl-yundu", "云都：{{ title }}可在云都办理。"),
    variant_of="tpl-a",
    region=Region("yj/yundu"),
)
IMAGES = replace(
    make_template("tpl-mms", "简讯：{{ title }}。"),
    channel=MMS,
    parts=(MmsPart("text", text="图文：{{ title }}。"),),
)


def advert(**fields: object) -> PushTemplate:
    made = make_template(purpose=Purpose.MARKETING)
    approval = {"approved_by": "部", "approved_on": TODAY, "approved_content": content_code(made)}
    return replace(made, **(approval | fields))  # type: ignore[arg-type]


def test_the_writing_of_the_place_is_filled_whichever_id_is_asked_for(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, templates=[make_template(), LOCAL])
    there = make_filter(region="yj/yundu/h01")
    for template_id in ("tpl-a", "tpl-yundu"):
        message = base.render(template_id, SMS, {}, there, "pack")
        assert (message.template_id, message.text[:9]) == ("tpl-yundu", "【示例移动】云都：")
        elsewhere = base.render(template_id, SMS, {}, make_filter(region="yj/wanghai"), "pack")
        assert elsewhere.template_id == "tpl-a"


def test_an_answer_offers_the_writing_of_the_place(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, templates=[make_template(), LOCAL])
    for region, own in (("yj/yundu", "tpl-yundu"), ("", "tpl-a")):
        wanted = make_filter(region=region)
        (message,) = base.answer("流量月包", wanted, CallContext()).to_json()["push"]
        assert message["template_id"] == own
        assert base.item("pack", wanted)["templates"] == [own]


def test_a_message_knows_the_version_of_its_template(tmp_path: Path) -> None:
    release = Release(
        (make_held(PACK),), (make_template(), LOCAL), template_versions={"tpl-yundu": 4}
    )
    base = KnowledgeBase(open_published(tmp_path, make_content(release)), HashEncoder())
    assert base.render("tpl-a", SMS, {}, make_filter(), "pack").template_version == 1
    local = base.render("tpl-a", SMS, {}, make_filter(region="yj/yundu"), "pack")
    assert local.to_json()["template_version"] == 4


def test_an_index_from_before_versions_were_kept_still_opens(tmp_path: Path) -> None:
    release = Release((make_held(PACK),), (make_template(),), template_versions={"tpl-a": 4})
    searcher = open_published(tmp_path, make_content(release))
    searcher.close()
    (kept,) = tmp_path.rglob("template_versions.json")
    kept.unlink()
    path = kept.with_name("manifest.json")
    manifest = Manifest.from_json(path.read_bytes(), str(path))
    files = {name: digest for name, digest in manifest.files.items() if name != kept.name}
    path.write_bytes(replace(manifest, files=files).to_json())
    opened = type(searcher).open_current(tmp_path)
    assert opened.template_versions == {}
    message = KnowledgeBase(opened, HashEncoder()).render("tpl-a", SMS, {}, make_filter(), "pack")
    assert message.template_version == 1


def test_the_same_templates_in_other_versions_are_another_version_of_the_index() -> None:
    names = set()
    for versions in ({}, {"tpl-a": 1}, {"tpl-a": 2}):
        content = make_content(
            Release((make_held(PACK),), (make_template(),), template_versions=versions)
        )
        names.add(version_name(content, row_order(content)))
    assert len(names) == 2  # 1 is what is not said


@pytest.mark.parametrize(
    ("template", "day", "approved"),
    [
        (make_template(), TODAY, True),
        (advert(), TODAY, True),
        (advert(), TODAY - dt.timedelta(days=1), False),
        (advert(body="您咨询的{{ title }}有新优惠。"), TODAY, False),
        (make_template(purpose=Purpose.MARKETING), TODAY, False),
    ],
)
def test_what_is_not_approved_is_shown_and_says_so(
    tmp_path: Path, template: PushTemplate, day: dt.date, *, approved: bool
) -> None:
    base = make_base(tmp_path, PACK, templates=[template])
    message = base.render("tpl-a", SMS, {}, make_filter(day), "pack")
    assert message.text
    assert message.to_json()["approved"] is approved


def test_an_mms_can_be_asked_for_as_a_short_message_and_not_the_other_way(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, templates=[IMAGES, make_template()])
    assert (
        base.render("tpl-mms", SMS, {}, make_filter(), "pack").text
        == "【示例移动】简讯：流量月包。"
    )
    assert (
        base.render("tpl-mms", MMS, {}, make_filter(), "pack").text
        == "【示例移动】图文：流量月包。"
    )
    with pytest.raises(NotFound, match="mms"):
        base.render("tpl-a", MMS, {}, make_filter())
