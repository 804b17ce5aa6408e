"""Pictures of an MMS: whether they can be shown, and as small as a size class wants them. The door to Pillow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from retriever.push.errors import UnusableImage

PIXELS: Final = {30: (160, 120), 100: (640, 480), 300: (1600, 1200)}
"""The longest and the shortest side by size class in KB (OMA MMS Conformance 1.3: Image Basic, Image
Rich, Megapixel), whichever way the picture is held."""
MAX_PIXELS: Final = 40_000_000
"""More is no picture for a telephone, and a few bytes of it could fill the memory."""

_FORMATS: Final = {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}
_SCALES: Final = (1.0, 0.85, 0.7, 0.55, 0.4, 0.3, 0.2, 0.12)
_QUALITIES: Final = (88, 78, 65)  # of JPEG; below, edges of characters dissolve
_COLOURS: Final = 64  # drawings and screenshots keep sharp edges with few colours
_WHITE: Final = "#ffffff"


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes and what they are: ``suffix`` is png, jpg or gif."""

    suffix: str
    content: bytes


@lru_cache(maxsize=256)  # pictures are few, and stand in many messages
def checked(name: str, content: bytes) -> Picture:
    """The picture as it came, if it is what its name says, whole, and not too large to be opened."""
    suffix = name.rpartition(".")[2]
    _decoded(name, suffix, content)
    return Picture(suffix, content)


def shrunk(name: str, picture: Picture, room: int, size_class: int) -> Picture:
    """The best form of ``picture`` that takes ``room`` bytes at most, within the class's pixels.

    It is kept as it is where it fits. Otherwise it gets smaller step by step, at each step first as a
    drawing (few colours, sharp edges), where it was one, then as a photograph. Moving pictures stop.

    ``UnusableImage`` where even the smallest form is too large.
    """
    found = _shrunk(name, picture, room, size_class)
    if found is None:
        raise UnusableImage(name, f"缩小后仍超过{room}字节，请换一张或减少图片")
    return found


@lru_cache(maxsize=256)
def _shrunk(name: str, picture: Picture, room: int, size_class: int) -> Picture | None:
    image = _decoded(name, picture.suffix, picture.content)
    largest = _within(image.size, size_class)
    if len(picture.content) <= room and largest == image.size:
        return picture
    upright = _flat(image)
    for width, height in _sizes(_within(upright.size, size_class)):
        resized = upright.resize((width, height), Image.Resampling.LANCZOS)
        for form in _forms(resized, drawn=picture.suffix != "jpg"):
            if len(form.content) <= room:
                return form
    return None


def _within(size: tuple[int, int], size_class: int) -> tuple[int, int]:
    """The size, made smaller until both sides fit."""
    long, short = PIXELS[size_class]
    factor = min(1.0, long / max(size), short / min(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _sizes(largest: tuple[int, int]) -> Iterator[tuple[int, int]]:
    for scale in _SCALES:
        yield max(1, round(largest[0] * scale)), max(1, round(largest[1] * scale))


def _flat(image: Image.Image) -> Image.Image:
    """The first frame, the right way up, on white: what JPEG can hold, without anything beside it."""
    turned = ImageOps.exif_transpose(image).convert("RGBA")
    ground = Image.new("RGBA", turned.size, _WHITE)
    return Image.alpha_composite(ground, turned).convert("RGB")


def _forms(image: Image.Image, *, drawn: bool) -> Iterator[Picture]:
    if drawn:
        few = image.quantize(_COLOURS, dither=Image.Dither.NONE)
        yield Picture("png", _written(few, "PNG", optimize=True))
    for quality in _QUALITIES:
        yield Picture("jpg", _written(image, "JPEG", quality=quality, optimize=True))


def _written(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _decoded(name: str, suffix: str, content: bytes) -> Image.Image:
    if suffix not in _FORMATS:
        raise UnusableImage(name, "内容与扩展名不符，请使用png、jpg或gif图片")
    try:
        image = Image.open(io.BytesIO(content), formats=[_FORMATS[suffix]])
        if image.width * image.height > MAX_PIXELS:
            raise UnusableImage(name, f"有{image.width}×{image.height}个像素，太大了，请先缩小")
        image.load()
    except UnidentifiedImageError as error:
        raise UnusableImage(name, "内容与扩展名不符，请使用png、jpg或gif图片") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableImage(name, "像素太多，请先缩小") from error
    # whatever a broken file makes of the decoder, it is the file that is broken
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnusableImage(name, f"文件损坏，打不开（{error}）") from error
    return image
