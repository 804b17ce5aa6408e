"""An MMS opens in a mail reader with every part that its SMIL names, within its size class."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.push_template import Purpose
from retriever.push import MmsTooLarge, PushMessage, UnusableImage
from tests.push.builders import IMAGES, PNG, make_mms, picture, rendered, words

NAMES = st.sampled_from(["pack.png", "plan.jpg", "care.gif"])
HEADS = {"png": PNG, "jpg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a"}
# Anything that Python can write as UTF-8, without what a template itself refuses.
WORDS = st.text(min_size=1, max_size=300).filter(
    lambda text: bool(text.strip()) and not set(text) & set("【】{}")
)
PARTS = st.lists(st.one_of(NAMES.map(picture), WORDS.map(words)), min_size=1, max_size=6)


def opened(message: PushMessage) -> tuple[EmailMessage, dict[str, EmailMessage]]:
    """The package as a mail reader sees it, and its parts by Content-Location."""
    entity = message_from_bytes(message.package, policy=policy.default)
    assert isinstance(entity, EmailMessage)
    assert not entity.defects
    parts = [part for part in entity.iter_parts() if isinstance(part, EmailMessage)]
    return entity, {part["Content-Location"]: part for part in parts}


def sources(message: PushMessage) -> list[list[str]]:
    """What the SMIL shows: slides of parts."""
    root = ET.fromstring(message.parts[0].content)
    return [[element.attrib["src"] for element in slide] for slide in root.iter("par")]


def bytes_of(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_a_picture_and_its_words_make_one_slide() -> None:
    message = rendered(
        make_mms(picture("pack.png"), words("流量包"), picture("care.png"), words("谢谢"))
    )
    assert sources(message) == [["pack.png", "text_2.txt"], ["care.png", "text_4.txt"]]


def test_a_picture_shown_twice_travels_once() -> None:
    message = rendered(make_mms(picture("pack.png"), words("一"), picture("pack.png")))
    assert sources(message) == [["pack.png", "text_2.txt"], ["pack.png"]]
    assert [part.name for part in message.parts].count("pack.png") == 1


def test_the_package_is_a_related_multipart_that_starts_with_its_smil() -> None:
    entity, parts = opened(rendered(make_mms(picture("pack.png"), words("流量包"))))
    assert entity.get_content_type() == "multipart/related"
    assert entity.get_param("type") == "application/smil"
    assert entity.get_param("start") == "<presentation.smil>"
    assert parts["presentation.smil"]["Content-ID"] == "<presentation.smil>"
    assert parts["text_2.txt"].get_content_charset() == "utf-8"
    assert parts["text_2.txt"].get_content() == "【示例移动】流量包"
    assert parts["pack.png"].get_content() == (IMAGES / "pack.png").read_bytes()


def test_words_are_signed_once_and_marketing_ends_with_the_way_to_refuse() -> None:
    template = make_mms(words("新品"), words("来选购"), purpose=Purpose.MARKETING)
    message = rendered(template)
    assert message.text == "【示例移动】新品\n来选购，拒收请回复R"
    assert message.fallback == "【示例移动】详情见彩信。拒收请回复R"


def test_pictures_alone_are_still_signed_and_can_be_refused() -> None:
    message = rendered(make_mms(picture("pack.png"), purpose=Purpose.MARKETING))
    assert message.text == "【示例移动】拒收请回复R"
    assert sources(message) == [["pack.png", "text_2.txt"]]


@pytest.mark.parametrize(("picture_kb", "size_class"), [(1, 30), (20, 30), (25, 100), (150, 300)])
def test_the_smallest_class_that_holds_the_package_is_chosen(
    picture_kb: int, size_class: int
) -> None:
    image = PNG + bytes(picture_kb * 1024)  # base64 makes 4 of 3 bytes: 25 KB become 34
    message = rendered(make_mms(picture("pack.png")), images={"pack.png": image})
    assert message.size_class == size_class
    assert message.byte_count == len(message.package) <= size_class * 1024


def test_more_than_300_kb_is_an_error() -> None:
    with pytest.raises(MmsTooLarge, match="超过上限307200字节"):
        rendered(make_mms(picture("pack.png")), images={"pack.png": PNG + bytes(300 * 1024)})


def test_an_absent_picture_is_named() -> None:
    for missing in (rendered_without_image, rendered_without_file):
        with pytest.raises(UnusableImage, match=r"none\.png") as refused:
            missing()
        assert refused.value.field == "none.png"


def rendered_without_image() -> PushMessage:
    return rendered(make_mms(picture("none.png")), images={})


def rendered_without_file() -> PushMessage:
    return rendered(make_mms(picture("none.png")))


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xd8\xff"])
def test_a_picture_that_is_not_what_its_name_says_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableImage, match=r"pack\.png"):
        rendered(make_mms(picture("pack.png")), images={"pack.png": content})


def test_equal_messages_are_equal_bytes() -> None:
    template = make_mms(picture("pack.png"), words("流量包"))
    assert rendered(template).package == rendered(template).package


def test_every_shipped_picture_is_small_and_can_be_sent() -> None:
    names = sorted(path.name for path in IMAGES.glob("*.png"))
    assert {"broadband.png", "care.png", "pack.png"} <= set(names)
    for name in names:
        assert (IMAGES / name).stat().st_size < 10_000
        assert rendered(make_mms(picture(name))).size_class == 30


@settings(deadline=None)  # packing or compiling may wait for a busy machine
@given(PARTS, st.integers(0, 30_000))
def test_any_package_opens_with_every_part_that_its_smil_names(
    parts: list[object], padding: int
) -> None:
    images = {
        name: HEADS[name[-3:]] + b"\r\n.\r\n--" * (padding // 7)
        for name in ("pack.png", "plan.jpg", "care.gif")
    }
    message = rendered(make_mms(*parts), images=images)  # type: ignore[arg-type]
    _, present = opened(message)
    assert set(present) == {part.name for part in message.parts}
    for slide in sources(message):
        assert set(slide) <= set(present)
    for part in message.parts:
        assert bytes_of(present[part.name]) == part.content
        assert present[part.name]["Content-ID"] == part.content_id
    assert message.size_class is not None
    assert len(message.package) <= message.size_class * 1024
