"""Pictures get as small as their class wants, stay what they show, and broken ones are told."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from retriever.push import UnusableImage
from retriever.push.pictures import MAX_PIXELS, PIXELS, _shrunk, checked, shrunk
from tests.push.drawn import drawing, opened, photo, written

SUFFIXES = st.sampled_from(["png", "jpg", "gif"])


def test_what_fits_stays_as_it_is() -> None:
    picture = checked("a.png", drawing("png", 320, 180))
    assert shrunk("a.png", picture, len(picture.content), 300) is picture


@settings(deadline=None, max_examples=40)
@given(SUFFIXES, st.integers(1, 900), st.integers(1, 900), st.sampled_from([30, 100, 300]))
def test_a_photograph_fits_its_room_and_its_class(
    suffix: str, width: int, height: int, size_class: int
) -> None:
    picture = checked(f"a.{suffix}", photo(suffix, width, height))
    room = size_class * 700
    small = shrunk(f"a.{suffix}", picture, room, size_class)
    assert len(small.content) <= room
    shown = opened(small.content)
    assert max(shown.size) <= PIXELS[size_class][0]
    assert min(shown.size) <= PIXELS[size_class][1]
    assert {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}[small.suffix] == shown.format
    if min(shown.size) > 20:  # sides keep their proportion, but for rounding
        assert shown.width / shown.height == pytest.approx(width / height, rel=0.1)


def test_a_drawing_keeps_its_edges_as_a_png() -> None:
    picture = checked("a.png", drawing("png", 3000, 2000))
    small = shrunk("a.png", picture, 20_000, 300)
    assert small.suffix == "png"
    assert opened(small.content).size == (1600, 1067)


def test_what_was_clear_becomes_white_and_not_black() -> None:
    clear = written(Image.new("RGBA", (2000, 2000), (0, 0, 0, 0)), "png")
    small = shrunk("a.png", checked("a.png", clear), 5_000, 30)
    assert opened(small.content).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_that_was_held_sideways_stands_upright_and_says_nothing_of_where_it_was() -> None:
    image = Image.new("RGB", (400, 200), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 0.0)}  # the place where it was taken
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    small = shrunk("a.jpg", checked("a.jpg", out.getvalue()), 1_500, 30)
    shown = opened(small.content)
    assert shown.height > shown.width
    assert not shown.getexif()


def test_a_picture_that_cannot_be_made_small_enough_is_told_with_the_room() -> None:
    picture = checked("a.jpg", photo("jpg", 400, 400))
    with pytest.raises(UnusableImage, match="仍超过50字节"):
        shrunk("a.jpg", picture, 50, 30)


def test_the_same_picture_becomes_the_same_bytes() -> None:
    content = photo("png", 700, 500)
    first = shrunk("a.png", checked("a.png", content), 40_000, 100)
    _shrunk.cache_clear()
    assert shrunk("a.png", checked("a.png", content), 40_000, 100) == first


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif"])
def test_half_a_file_is_told_as_damaged(suffix: str) -> None:
    whole = photo(suffix, 60, 60)
    with pytest.raises(UnusableImage, match=f"a.{suffix}不可用") as refused:
        checked(f"a.{suffix}", whole[: len(whole) // 2])
    assert refused.value.field == f"a.{suffix}"


@pytest.mark.parametrize("name", ["a.jpg", "a.gif", "a.bmp"])
def test_another_kind_of_file_than_the_name_says_is_refused(name: str) -> None:
    with pytest.raises(UnusableImage, match="扩展名不符"):
        checked(name, drawing("png", 20, 20))


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_few_bytes_that_claim_to_be_a_huge_picture_are_refused_unopened(side: int) -> None:
    assert side * side > MAX_PIXELS
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    content = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + b"\0\0\0\0IEND"
        + struct.pack(">I", zlib.crc32(b"IEND"))
    )
    with pytest.raises(UnusableImage, match="请先缩小"):
        checked("a.png", content)
