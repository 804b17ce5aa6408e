"""How slides become an MMS: SMIL and multipart/related, within the OMA size classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

from retriever.push.errors import MmsTooLarge, UnusableImage
from retriever.push.message import MessagePart

SIZE_CLASSES: Final = (30, 100, 300)  # KB of 1024 bytes, OMA MMS conformance
_SMIL_NAME: Final = "presentation.smil"
_SLIDE_DURATION: Final = "8000ms"  # long enough to read a slide of some forty characters
_MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
_MAGIC: Final = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "gif": b"GIF8"}
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


def pack_mms(slides: Sequence[Slide], subject: str, load_image: Callable[[str], bytes]) -> Mms:
    """Pack ``slides`` into the smallest size class that holds them.

    The size is that of the package with its base64, the most that any gateway counts.
    """
    pages: list[list[MessagePart]] = []
    parts: dict[str, MessagePart] = {}
    for number, slide in enumerate(slides, start=1):
        part = _part(slide, number, load_image)
        parts[part.name] = part  # a picture shown twice travels once
        if not pages or any(_region(part) == _region(other) for other in pages[-1]):
            pages.append([])  # a page holds one picture and one text
        pages[-1].append(part)
    smil = MessagePart(_SMIL_NAME, "application/smil", _smil(pages))
    every_part = (smil, *parts.values())
    package = _package(every_part, subject)
    for size_class in SIZE_CLASSES:
        if len(package) <= size_class * 1024:
            return Mms(every_part, package, size_class)
    raise MmsTooLarge(len(package), SIZE_CLASSES[-1] * 1024)


def _part(slide: Slide, number: int, load_image: Callable[[str], bytes]) -> MessagePart:
    if isinstance(slide, TextSlide):
        return MessagePart(f"text_{number}.txt", "text/plain", slide.text.encode("utf-8"))
    suffix = slide.image.rpartition(".")[2]
    try:
        content = load_image(slide.image)
    except (OSError, KeyError) as error:
        raise UnusableImage(slide.image, "找不到这张图片") from error
    if suffix not in _MAGIC or not content.startswith(_MAGIC[suffix]):
        raise UnusableImage(slide.image, "内容与扩展名不符，请使用png、jpg或gif图片")
    return MessagePart(slide.image, _MEDIA_TYPES[suffix], content)


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
