"""What can go wrong while a message is made: Chinese text for clerks, ``code`` for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class PushError(Exception):
    """Base of everything that rendering raises; ``field`` names what is at fault, if one thing is.

    - PushError
      - UnknownValue       the caller filled a placeholder that the template does not have
      - MissingValue       placeholders are left open (all of them are named)
      - IllTypedValue      a value does not fit the type of its placeholder
      - ConflictingValue   the caller contradicts what the item says
      - UnknownSource      a placeholder wants something that messages may not take from an item
      - TooLong            more characters than a gateway takes or a screen shows
      - MmsTooLarge        more bytes than the largest MMS class
      - UnusableImage      a picture is absent or is not what its name says
      - UnusableSetting    the signature or the refusal wording cannot be used
    """

    code: ClassVar[str] = "push_error"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class UnknownValue(PushError):
    """The caller filled placeholders that the template does not have."""

    code: ClassVar[str] = "unknown_value"

    def __init__(self, names: Iterable[str], known: Iterable[str]) -> None:
        self.names = tuple(names)
        offered = "、".join(known) or "无"
        super().__init__(
            f"模板没有变量{'、'.join(self.names)}，请删去；可用变量：{offered}",
            field=self.names[0],
        )


class MissingValue(PushError):
    """Placeholders are left open; ``names`` holds all, so that one round of mending is enough."""

    code: ClassVar[str] = "missing_value"

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"缺少变量{'、'.join(self.names)}，请补齐后再生成", field=self.names[0])


class IllTypedValue(PushError):
    """A value does not fit the type of its placeholder; ``mend`` tells how to write it."""

    code: ClassVar[str] = "ill_typed_value"

    def __init__(self, name: str, mend: str) -> None:
        self.mend = mend
        super().__init__(f"变量{name}的值不合要求：{mend}", field=name)


class ConflictingValue(PushError):
    """The caller contradicts the item: a price in a message is the company's, never the clerk's."""

    code: ClassVar[str] = "conflicting_value"

    def __init__(self, name: str, from_item: str) -> None:
        super().__init__(f"变量{name}与知识条目不一致：条目为“{from_item}”，请不要另填", field=name)


class UnknownSource(PushError):
    """A placeholder wants something that messages may not take from an item."""

    code: ClassVar[str] = "unknown_source"

    def __init__(self, name: str, source: str) -> None:
        super().__init__(f"变量{name}的来源{source}不可用于推送，请修改模板", field=name)


class TooLong(PushError):
    """More characters than gateways take in one message, or than a screen shows at once."""

    code: ClassVar[str] = "message_too_long"

    def __init__(self, what: str, characters: int, limit: int) -> None:
        super().__init__(f"{what}共{characters}字，超过上限{limit}字，请缩短", field="body")


class MmsTooLarge(PushError):
    """More bytes than the largest MMS class."""

    code: ClassVar[str] = "mms_too_large"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"彩信共{size}字节，超过上限{limit}字节，请缩小图片或减少内容", field="parts"
        )


class UnusableImage(PushError):
    """A picture is absent or is not what its name says."""

    code: ClassVar[str] = "unusable_image"

    def __init__(self, image: str, problem: str) -> None:
        super().__init__(f"图片{image}不可用：{problem}", field=image)


class UnusableSetting(PushError):
    """The signature or the refusal wording cannot be used."""

    code: ClassVar[str] = "unusable_setting"

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"推送设置{setting}不可用：{problem}", field=setting)
