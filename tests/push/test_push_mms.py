"""An MMS opens in a mail reader with every part that its SMIL names, within its size class."""

from __future__ import annotations

import random
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.push_template import MmsPart, Purpose
from retriever.push import MmsTooLarge, PushMessage, PushSettings, UnusableImage, UnusableSetting
from retriever.push.pictures import PIXELS
from tests.push.builders import IMAGES, make_mms, picture, rendered, words
from tests.push.drawn import drawing, photo
from tests.push.drawn import opened as picture_in

NAMES = st.sampled_from(["pack.png", "plan.jpg", "care.gif"])
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


@pytest.mark.parametrize(("side", "size_class"), [(20, 30), (80, 30), (120, 100), (250, 300)])
def test_the_smallest_class_that_holds_the_package_is_chosen(side: int, size_class: int) -> None:
    image = photo("png", side, side)
    message = rendered(make_mms(picture("pack.png")), images={"pack.png": image})
    assert message.parts[1].content == image
    assert message.size_class == size_class
    assert message.byte_count == len(message.package) <= size_class * 1024


def test_a_picture_that_is_too_large_is_made_smaller_and_may_become_a_photograph() -> None:
    image = photo("png", 900, 700)
    assert len(image) > 300 * 1024
    message = rendered(make_mms(picture("pack.png"), words("流量包")), images={"pack.png": image})
    assert message.size_class == 300
    assert sources(message) == [["pack_png.jpg", "text_2.txt"]]
    assert set(opened(message)[1]) == {"presentation.smil", "pack_png.jpg", "text_2.txt"}
    assert message.parts[1].media_type == "image/jpeg"


def test_small_pictures_stay_whole_beside_a_large_one() -> None:
    images = {"pack.png": drawing("png", 60, 60), "plan.jpg": photo("jpg", 1500, 1100)}
    message = rendered(make_mms(picture("pack.png"), picture("plan.jpg")), images=images)
    assert message.parts[1].content == images["pack.png"]
    assert 200 * 1024 < message.byte_count <= 300 * 1024  # what there is, is used


@pytest.mark.parametrize("largest", [30, 100, 300])
def test_no_message_is_larger_than_the_house_allows(largest: int) -> None:
    images = {f"p{n}.png": photo("png", 500, 400, seed=n) for n in range(3)}
    message = rendered(
        make_mms(*map(picture, images)), images=images, settings=PushSettings(largest_mms=largest)
    )
    assert message.size_class == largest
    assert message.byte_count <= largest * 1024
    for part in message.parts:
        if part.media_type.startswith("image/"):
            assert max(picture_in(part.content).size) <= PIXELS[largest][0]


def test_a_class_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnusableSetting, match="30、100或300"):
        PushSettings(largest_mms=200)


def test_words_alone_that_are_too_long_are_an_error() -> None:
    with pytest.raises(MmsTooLarge, match="超过上限30720字节"):
        rendered(make_mms(words("您" * 9_000)), settings=PushSettings(largest_mms=30))


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


SIZES = [(1, 1), (20, 700), (320, 180), (500, 400), (900, 700)]


@cache
def one_of_some(suffix: str, number: int) -> bytes:
    """The same few pictures again and again: making them and making them smaller takes long."""
    draw = random.Random(number)
    return draw.choice((photo, drawing))(suffix, *draw.choice(SIZES), number)


def drawn(draw: random.Random) -> dict[str, bytes]:
    """A picture under each name."""
    names = ("pack.png", "plan.jpg", "care.gif")
    return {name: one_of_some(name[-3:], draw.randrange(6)) for name in names}


@settings(deadline=None, max_examples=200)
@given(PARTS, st.sampled_from([30, 100, 300]), st.integers(0, 1 << 30))
def test_any_package_opens_with_every_part_that_its_smil_names(
    parts: list[MmsPart], largest: int, seed: int
) -> None:
    images = drawn(random.Random(seed))
    message = rendered(make_mms(*parts), images=images, settings=PushSettings(largest_mms=largest))
    _, present = opened(message)
    assert set(present) == {part.name for part in message.parts}
    for slide in sources(message):
        assert set(slide) <= set(present)
    for part in message.parts:
        assert bytes_of(present[part.name]) == part.content
        assert present[part.name]["Content-ID"] == part.content_id
        if part.media_type.startswith("image/"):
            picture_in(part.content)
    assert message.size_class is not None
    assert message.byte_count == len(message.package) <= message.size_class * 1024 <= largest * 1024
