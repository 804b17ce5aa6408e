"""How slides become an MMS: SMIL and multipart/related, within the OMA size classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

from retriever.push.errors import MmsTooLarge, UnusableImage
from retriever.push.message import MMS_SIZE_CLASSES, MessagePart
from retriever.push.pictures import Picture, checked, shrunk

_SMIL_NAME: Final = "presentation.smil"
_SLIDE_DURATION: Final = "8000ms"  # long enough to read a slide of some forty characters
_MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
_LINE_BYTES, _LINE_CHARACTERS = 57, 78  # of base64, with the line's end
_NAMES_GROW: Final = 100  # bytes in headers and SMIL where a picture is given another name
# Nothing is folded: some MMS centres read a folded Content-Type as two headers.
_WIRE: Final = policy.SMTP.clone(max_line_length=None)


@dataclass(frozen=True, slots=True)
class TextSlide:
    """Words of an MMS, filled."""

    text: str


@dataclass(frozen=True, slots=True)
class ImageSlide:
    """The file name of a picture of an MMS."""

    image: str


Slide: TypeAlias = TextSlide | ImageSlide


@dataclass(frozen=True, slots=True)
class Mms:
    """A packed MMS; ``parts`` starts with the SMIL, ``package`` is the MIME entity that is sent."""

    parts: tuple[MessagePart, ...]
    package: bytes
    size_class: int


def pack_mms(
    slides: Sequence[Slide],
    subject: str,
    load_image: Callable[[str], bytes],
    largest: int = MMS_SIZE_CLASSES[-1],
) -> Mms:
    """Pack ``slides`` into the smallest size class that holds them, up to ``largest``.

    Pictures that do not fit into the largest, by bytes or by pixels, are made smaller. The size is
    that of the package with its base64, the most that any gateway counts.
    """
    pictures = {
        slide.image: checked(slide.image, _loaded(slide.image, load_image))
        for slide in slides
        if isinstance(slide, ImageSlide)
    }
    packed = _packed(slides, subject, pictures)
    limit = largest * 1024
    rooms = {name: len(picture.content) for name, picture in pictures.items()}
    if len(packed[1]) > limit:
        bare = _packed(slides, subject, {n: replace(p, content=b"") for n, p in pictures.items()})
        if len(bare[1]) > limit:
            raise MmsTooLarge(len(bare[1]), limit)
        rooms = _rooms(rooms, limit - len(bare[1]))
    fitting = {n: shrunk(n, picture, rooms[n], largest) for n, picture in pictures.items()}
    if fitting != pictures:
        packed = _packed(slides, subject, fitting)
    every_part, package = packed
    size_class = next(
        (c for c in MMS_SIZE_CLASSES if len(package) <= c * 1024 and c <= largest), None
    )
    if size_class is None:
        raise MmsTooLarge(len(package), limit)
    return Mms(every_part, package, size_class)


def _rooms(sizes: Mapping[str, int], left: int) -> dict[str, int]:
    """The bytes that each picture may take of ``left`` in the package: none takes more than it has,
    and those that want more share what is over.
    """
    total = (left - _NAMES_GROW * len(sizes)) * _LINE_BYTES // _LINE_CHARACTERS
    rooms = {}
    for waiting, (name, size) in enumerate(sorted(sizes.items(), key=lambda one: one[1])):
        rooms[name] = max(0, min(size, total // (len(sizes) - waiting) - _LINE_BYTES))
        total -= rooms[name] + _LINE_BYTES
    return rooms


def _packed(
    slides: Sequence[Slide], subject: str, pictures: Mapping[str, Picture]
) -> tuple[tuple[MessagePart, ...], bytes]:
    pages: list[list[MessagePart]] = []
    parts: dict[str, MessagePart] = {}
    for number, slide in enumerate(slides, start=1):
        part = _part(slide, number, pictures)
        parts[part.name] = part  # a picture shown twice travels once
        if not pages or any(_region(part) == _region(other) for other in pages[-1]):
            pages.append([])  # a page holds one picture and one text
        pages[-1].append(part)
    smil = MessagePart(_SMIL_NAME, "application/smil", _smil(pages))
    every_part = (smil, *parts.values())
    return every_part, _package(every_part, subject)


def _part(slide: Slide, number: int, pictures: Mapping[str, Picture]) -> MessagePart:
    if isinstance(slide, TextSlide):
        return MessagePart(f"text_{number}.txt", "text/plain", slide.text.encode("utf-8"))
    picture = pictures[slide.image]
    stem, _, suffix = slide.image.rpartition(".")
    # what became another kind of file may not take the name of one that was there
    name = slide.image if picture.suffix == suffix else f"{stem}_{suffix}.{picture.suffix}"
    return MessagePart(name, _MEDIA_TYPES[picture.suffix], picture.content)


def _loaded(image: str, load_image: Callable[[str], bytes]) -> bytes:
    try:
        return load_image(image)
    except (OSError, KeyError) as error:
        raise UnusableImage(image, "找不到这张图片") from error


def _region(part: MessagePart) -> str:
    return "Image" if part.media_type.startswith("image/") else "Text"


def _smil(pages: Sequence[Sequence[MessagePart]]) -> bytes:
    """Picture above, words below: the layout that every OMA handset shows."""
    root = ET.Element("smil")
    layout = ET.SubElement(ET.SubElement(root, "head"), "layout")
    ET.SubElement(layout, "root-layout", width="320", height="480")
    ET.SubElement(
        layout, "region", id="Image", left="0", top="0", width="320", height="180", fit="meet"
    )
    ET.SubElement(layout, "region", id="Text", left="0", top="180", width="320", height="300")
    body = ET.SubElement(root, "body")
    for page in pages:
        slide = ET.SubElement(body, "par", dur=_SLIDE_DURATION)
        for part in page:
            region = _region(part)
            tag = "img" if region == "Image" else "text"
            ET.SubElement(slide, tag, src=part.name, region=region)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _package(parts: Sequence[MessagePart], subject: str) -> bytes:
    """The MIME entity. All that could vary is fixed, so equal messages are equal bytes."""
    entity = EmailMessage()
    entity["Subject"] = subject
    entity["MIME-Version"] = "1.0"
    entity["Content-Type"] = "multipart/related"
    entity.set_param("type", parts[0].media_type)
    entity.set_param("start", parts[0].content_id)
    entity.set_boundary("zhiku-mms-part")  # base64 lines cannot hold a hyphen, so it is safe
    for part in parts:
        entity.attach(_entity(part))
    return entity.as_bytes(policy=_WIRE)


def _entity(part: MessagePart) -> EmailMessage:
    """One part, in base64: carriers rewrite line ends of anything else."""
    maintype, _, subtype = part.media_type.partition("/")
    entity = EmailMessage()
    entity.set_content(part.content, maintype, subtype, cte="base64")
    if maintype != "image":
        entity.set_param("charset", "utf-8")
    entity.set_param("name", part.name)
    entity["Content-ID"] = part.content_id
    entity["Content-Location"] = part.name
    del entity["MIME-Version"]
    return entity
