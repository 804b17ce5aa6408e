"""What rendering hands over: a message that may be sent, or a preview that never may."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from corpora.push_template import Placeholder, PushChannel
from retriever.push.errors import UnusableSetting
from retriever.push.screens import Card
from retriever.push.sms import split_sms
from retriever.push.values import unfit_character
from retriever.push.wire import SmsPiece

MMS_SIZE_CLASSES: Final = (30, 100, 300)
"""KB of 1024 bytes (OMA MMS Conformance)."""
_SIGNATURE_LENGTH: Final = range(2, 17)  # gateways register signatures of 2 to 16 characters
_REFUSAL: Final = "拒收请回复R"


@dataclass(frozen=True, slots=True)
class PushSettings:
    """The signature without its 【】, per channel the words that say how to refuse, and the largest
    MMS that is made, in KB.
    """

    signature: str = "示例移动"
    unsubscribe: Mapping[PushChannel, str] = field(
        default_factory=lambda: MappingProxyType(
            {PushChannel.SMS: _REFUSAL, PushChannel.MMS: _REFUSAL}
        )
    )
    largest_mms: int = MMS_SIZE_CLASSES[-1]

    def __post_init__(self) -> None:
        if len(self.signature.strip()) not in _SIGNATURE_LENGTH:
            raise UnusableSetting("signature", "签名应为2至16个字")
        if unfit := unfit_character(self.signature):
            raise UnusableSetting("signature", f"签名含有不允许的字符{unfit}，【】由系统添加")
        for wording in self.unsubscribe.values():
            if not wording.strip() or unfit_character(wording):
                raise UnusableSetting("unsubscribe", "退订用语为空或含有不允许的字符")
        if self.largest_mms not in MMS_SIZE_CLASSES:
            raise UnusableSetting("largest_mms", "彩信大小应为30、100或300（KB）")


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One MIME part of an MMS; the SMIL names parts by ``name``, their Content-Location."""

    name: str
    media_type: str
    content: bytes

    @property
    def content_id(self) -> str:
        """The Content-ID header, angle brackets included."""
        return f"<{self.name}>"

    def to_json(self) -> dict[str, object]:
        """Text as text, pictures as base64, so that the message can be sent from its JSON alone."""
        described: dict[str, object] = {
            "name": self.name,
            "media_type": self.media_type,
            "content_id": self.content_id,
            "bytes": len(self.content),
        }
        if self.media_type.startswith("image/"):
            return described | {"base64": b64encode(self.content).decode("ascii")}
        return described | {"text": self.content.decode("utf-8")}


@dataclass(frozen=True, slots=True)
class PushPreview:
    """How a message would look. Open gaps read 〔…〕 and are named in ``missing``; never sendable.

    ``segments`` is 0 where the channel has none. ``blanks`` are the gaps named in ``missing``, as one
    asks for them; ``item_id`` is the item that filled the others, if any.
    """

    template_id: str
    channel: PushChannel
    preview: str
    segments: int
    missing: tuple[str, ...]
    title: str = ""
    item_id: str | None = None
    blanks: tuple[Placeholder, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The entry of ``push`` in an answer."""
        return {
            "template_id": self.template_id,
            "channel": self.channel.value,
            "preview": self.preview,
            "segments": self.segments,
            "missing": list(self.missing),
            "title": self.title,
            "item_id": self.item_id,
            "blanks": [
                {
                    "name": gap.name,
                    "label": gap.label or gap.name,
                    "type": gap.type.value,
                    "max_length": gap.max_length,
                    "example": gap.example,
                }
                for gap in self.blanks
            ],
        }


@dataclass(frozen=True, slots=True)
class PushMessage:
    """A complete message. Nothing is open in it, so ``missing`` is always empty in its JSON.

    ``text`` is what the customer reads; of an MMS it is the words of all slides. ``characters``
    counts as gateways bill: an emoji is 2. ``byte_count`` is the SMS payload without headers, the
    whole MMS package, or the UTF-8 length of a text on a screen. ``package``, ``parts``,
    ``fallback`` and ``size_class`` (in KB) belong to MMS alone, ``wire`` to SMS,
    ``card`` to the customer's screen and the receipt. What is not ``approved`` may be shown to staff
    but not sent.
    """

    template_id: str
    channel: PushChannel
    text: str
    encoding: str | None
    characters: int
    segments: tuple[str, ...] | None
    signature: str
    unsubscribe: str
    byte_count: int
    warnings: tuple[str, ...]
    item_versions: tuple[str, ...]
    parts: tuple[MessagePart, ...] = ()
    fallback: str = ""
    package: bytes = b""
    size_class: int | None = None
    wire: tuple[SmsPiece, ...] = ()
    card: Card | None = None
    template_version: int = 1
    approved: bool = False
    title: str = ""

    def to_json(self) -> dict[str, object]:
        """The push object: ``text``, or for an MMS ``parts`` and the SMS ``fallback``.

        An SMS has its octets in ``wire``, ready for a gateway; a screen its ``card``.
        """
        if self.channel is PushChannel.MMS:
            content: dict[str, object] = {
                "parts": [part.to_json() for part in self.parts],
                "fallback": self.fallback,
            }
        else:
            content = {"text": self.text}
        if self.wire:
            content["wire"] = [piece.to_json() for piece in self.wire]
        if self.card:
            content["card"] = self.card.to_json()
        return {
            "template_id": self.template_id,
            "template_version": self.template_version,
            "approved": self.approved,
            "channel": self.channel.value,
            **content,
            "encoding": self.encoding,
            "characters": self.characters,
            "segments": None if self.segments is None else list(self.segments),
            "signature": self.signature,
            "unsubscribe": self.unsubscribe,
            "bytes": self.byte_count,
            "missing": [],
            "warnings": list(self.warnings),
            "item_versions": list(self.item_versions),
        }

    def as_preview(self) -> PushPreview:
        """The short form that an answer carries beside its text."""
        source = next((one.rpartition("@")[0] for one in self.item_versions), None)
        return PushPreview(
            self.template_id,
            self.channel,
            self.text,
            segments_of(self.channel, self.text),
            missing=(),
            title=self.title,
            item_id=source,
        )


def segments_of(channel: PushChannel, text: str) -> int:
    """How many pieces a text takes; 0 where the channel has none."""
    return len(split_sms(text).segments) if channel is PushChannel.SMS else 0
