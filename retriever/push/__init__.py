"""Pure rendering of push messages: template + item + values → SMS, MMS and screen texts."""

from corpora.push_template import known_source
from retriever.push.errors import (
    ConflictingValue,
    IllTypedValue,
    MissingValue,
    MmsTooLarge,
    PushError,
    TooLong,
    UnknownSource,
    UnknownValue,
    UnusableImage,
    UnusableSetting,
)
from retriever.push.message import MessagePart, PushMessage, PushPreview, PushSettings
from retriever.push.render import preview, render
from retriever.push.sms import Sms, SmsEncoding, split_sms
from retriever.push.wire import SmsPiece, pieces_of

__all__ = [
    "ConflictingValue",
    "IllTypedValue",
    "MessagePart",
    "MissingValue",
    "MmsTooLarge",
    "PushError",
    "PushMessage",
    "PushPreview",
    "PushSettings",
    "Sms",
    "SmsEncoding",
    "SmsPiece",
    "TooLong",
    "UnknownSource",
    "UnknownValue",
    "UnusableImage",
    "UnusableSetting",
    "known_source",
    "pieces_of",
    "preview",
    "render",
    "split_sms",
]
