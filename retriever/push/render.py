"""Template + item + values → a message, or an error that names what is wrong; nothing half-filled.

Every message is made from customer content: the item gives only what ``values`` lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from corpora.push_template import (
    PLACEHOLDER,
    MmsPart,
    Placeholder,
    Purpose,
    PushChannel,
    PushTemplate,
    said,
)
from corpora.types import KnowledgeItem
from retriever.push.errors import IllTypedValue, MissingValue, TooLong, UnusableSetting
from retriever.push.message import PushMessage, PushPreview, PushSettings, segments_of
from retriever.push.mms import ImageSlide, Slide, TextSlide, pack_mms
from retriever.push.screens import CARDS, card_of, require_room
from retriever.push.sms import Sms, split_sms, utf16_units
from retriever.push.values import filled_values, typed
from retriever.push.wire import pieces_of, text_reference

CHARACTER_LIMIT: Final = 500  # gateways refuse longer ones, signature and refusal included
SEGMENT_WARNING: Final = 2  # more is costly and is read by few
_SIGNED: Final = frozenset({PushChannel.SMS, PushChannel.MMS})  # the others show on our own screens
_SENTENCE_ENDS: Final = "。！？；，.!?;,\n"

_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
# A template needs values and nothing else, so it is offered nothing else.
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters.clear()
_ENVIRONMENT.tests.clear()
# So that placeholders called `true` or `self` do not mean what Jinja means by these words.
_PREFIX: Final = "value_"


def render(
    template: PushTemplate,
    values: Mapping[str, str],
    *,
    item: KnowledgeItem | None,
    item_version: str,
    settings: PushSettings,
    load_image: Callable[[str], bytes],
    template_version: int = 1,
    approved: bool | None = None,
) -> PushMessage:
    """The complete message; ``load_image`` gives the bytes of a picture beside the templates.

    Raises a ``PushError`` that names the variable, picture or setting at fault. Marketing counts as not
    approved unless the caller says that it is.
    """
    filled = filled_values(template, values, item)
    if missing := _open_names(template, filled):
        raise MissingValue(missing)
    message = _message(template, filled, _versions(item, item_version), settings, load_image)
    return replace(
        message,
        template_version=template_version,
        approved=message.approved if approved is None else approved,
    )


def preview(
    template: PushTemplate,
    item: KnowledgeItem | None,
    *,
    item_version: str,
    settings: PushSettings,
    load_image: Callable[[str], bytes],
) -> PushMessage | PushPreview:
    """The message itself if the item fills every gap, else a preview with the gaps as 〔…〕."""
    filled = filled_values(template, {}, item)
    missing = _open_names(template, filled)
    if not missing:
        return _message(template, filled, _versions(item, item_version), settings, load_image)
    blanks = tuple(gap for gap in template.placeholders if gap.name in missing)
    text = _reading_text(template, filled | {gap.name: _gap(gap) for gap in blanks}, settings)
    return PushPreview(
        template.id,
        template.channel,
        text,
        segments_of(template.channel, text),
        missing,
        title=template.title,
        item_id=item.id if item else None,
        blanks=blanks,
    )


def _message(
    template: PushTemplate,
    filled: Mapping[str, str],
    versions: tuple[str, ...],
    settings: PushSettings,
    load_image: Callable[[str], bytes],
) -> PushMessage:
    text = _reading_text(template, filled, settings)
    approved = template.purpose is not Purpose.MARKETING
    refusal = _refusal(template, template.channel, settings)
    signature = settings.signature if template.channel in _SIGNED else ""
    if template.channel is PushChannel.SMS:
        sms = _checked_sms(text)
        return PushMessage(
            template_id=template.id,
            channel=template.channel,
            text=text,
            encoding=sms.encoding.value,
            characters=sms.characters,
            segments=sms.segments,
            signature=signature,
            unsubscribe=refusal,
            byte_count=sms.payload_bytes,
            warnings=_warnings(sms, "短信"),
            item_versions=versions,
            approved=approved,
            title=template.title,
            wire=pieces_of(sms, text_reference(text)),
        )
    if template.channel is PushChannel.MMS:
        slides = _slides(template, filled, settings)
        mms = pack_mms(slides, settings.signature, load_image, settings.largest_mms)
        fallback = _framed(template, template.body, filled, PushChannel.SMS, settings)
        return PushMessage(
            template_id=template.id,
            channel=template.channel,
            text=text,
            encoding="utf-8",
            characters=utf16_units(text),
            segments=None,
            signature=signature,
            unsubscribe=refusal,
            byte_count=len(mms.package),
            warnings=_warnings(_checked_sms(fallback), "备用短信"),
            item_versions=versions,
            approved=approved,
            title=template.title,
            parts=mms.parts,
            fallback=fallback,
            package=mms.package,
            size_class=mms.size_class,
        )
    require_room(template.channel, text)
    return PushMessage(
        template_id=template.id,
        channel=template.channel,
        text=text,
        encoding=None,
        characters=utf16_units(text),
        segments=None,
        signature=signature,
        unsubscribe=refusal,
        byte_count=len(text.encode("utf-8")),
        warnings=(),
        item_versions=versions,
        approved=approved,
        title=template.title,
        card=card_of(text) if template.channel in CARDS else None,
    )


def _reading_text(template: PushTemplate, filled: Mapping[str, str], settings: PushSettings) -> str:
    """What the customer reads: the framed body, or of an MMS the words of its slides."""
    if template.channel is not PushChannel.MMS:
        return _framed(template, template.body, filled, template.channel, settings)
    slides = _slides(template, filled, settings)
    return "\n".join(slide.text for slide in slides if isinstance(slide, TextSlide))


def _framed(
    template: PushTemplate,
    text: str,
    filled: Mapping[str, str],
    channel: PushChannel,
    settings: PushSettings,
) -> str:
    """Signature, filled text, and for marketing the way to refuse."""
    head = f"【{settings.signature}】" if channel in _SIGNED else ""
    return head + _with_refusal(_fill(text, filled), _refusal(template, channel, settings))


def _slides(
    template: PushTemplate, filled: Mapping[str, str], settings: PushSettings
) -> list[Slide]:
    """The parts, filled: the first words carry the signature, the last ones the way to refuse."""
    refusal = _refusal(template, PushChannel.MMS, settings)
    sign = f"【{settings.signature}】"
    wordy = [part for part in template.parts if part.kind == "text"]
    if not wordy:  # pictures alone would leave unsigned and without the way to refuse
        return [*map(_picture, template.parts), TextSlide(sign + _with_refusal("", refusal))]
    slides: list[Slide] = []
    for part in template.parts:
        if part.kind == "image":
            slides.append(_picture(part))
            continue
        head = sign if part is wordy[0] else ""
        tail = refusal if part is wordy[-1] else ""
        slides.append(TextSlide(head + _with_refusal(_fill(part.text, filled), tail)))
    return slides


def _picture(part: MmsPart) -> Slide:
    return ImageSlide(part.image)


def _refusal(template: PushTemplate, channel: PushChannel, settings: PushSettings) -> str:
    """The refusal wording; marketing that leaves the house without one is not made at all."""
    if template.purpose is not Purpose.MARKETING:
        return ""
    wording = settings.unsubscribe.get(channel, "")
    if not wording and channel in _SIGNED:
        raise UnusableSetting("unsubscribe", f"营销内容缺少{channel.value}渠道的退订用语")
    return wording


def _with_refusal(text: str, refusal: str) -> str:
    if not refusal or text.rstrip("。.").endswith(refusal):
        return text
    pause = "" if not text or text[-1] in _SENTENCE_ENDS else "，"
    return f"{text}{pause}{refusal}"


def _checked_sms(text: str) -> Sms:
    sms = split_sms(text)
    if sms.characters > CHARACTER_LIMIT:
        raise TooLong("短信", sms.characters, CHARACTER_LIMIT)
    return sms


def _warnings(sms: Sms, name: str) -> tuple[str, ...]:
    count = len(sms.segments)
    if count <= SEGMENT_WARNING:
        return ()
    return (f"{name}将拆成{count}条发送，建议缩短到{SEGMENT_WARNING}条以内",)


def _open_names(template: PushTemplate, filled: Mapping[str, str]) -> tuple[str, ...]:
    needed = template.required
    return tuple(p.name for p in template.placeholders if p.name in needed and p.name not in filled)


def _versions(item: KnowledgeItem | None, item_version: str) -> tuple[str, ...]:
    """``item@version``, the form in which passages, too, name their source."""
    return () if item is None else (f"{item.id}@{item_version}",)


def _gap(placeholder: Placeholder) -> str:
    """A gap as a clerk sees it: the example in the form that it will take, else its name."""
    if not placeholder.example:
        return f"〔{placeholder.label or placeholder.name}〕"
    try:
        return f"〔{typed(placeholder, placeholder.example)}〕"
    except IllTypedValue:  # an example is a hint to people, so it need not be a good value
        return f"〔{placeholder.example}〕"


def _fill(text: str, filled: Mapping[str, str]) -> str:
    # Values are data of the template, never templates themselves: Jinja does not look into them.
    spoken = said(text, filled).strip()
    return _compiled(spoken).render({_PREFIX + name: v for name, v in filled.items()})


@lru_cache(maxsize=1024)  # compiling takes longer than all the rest, and texts are few
def _compiled(text: str) -> Template:
    return _ENVIRONMENT.from_string(
        PLACEHOLDER.sub(lambda gap: f"{{{{ {_PREFIX}{gap[1]} }}}}", text)
    )
