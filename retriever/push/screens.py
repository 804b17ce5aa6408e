"""What screens and printers take: the lines of a filled text as a card, within the room that they have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from corpora.push_template import PushChannel
from retriever.push.errors import TooLong
from retriever.push.sms import utf16_units

CARDS: Final = frozenset({PushChannel.DUAL_SCREEN, PushChannel.RECEIPT})
ROOM: Final = {
    PushChannel.DUAL_SCREEN: 300,  # read standing, at arm's length
    PushChannel.RECEIPT: 600,  # one side of a slip of A5
    PushChannel.PROMPT_BOX: 200,  # read before a form is handed in
    PushChannel.FLOATING_BOX: 150,  # read beside what one is doing
}
"""Characters that a channel shows at once."""
NAMES: Final = {
    PushChannel.DUAL_SCREEN: "双屏",
    PushChannel.RECEIPT: "受理单",
    PushChannel.PROMPT_BOX: "提示框",
    PushChannel.FLOATING_BOX: "悬浮框",
}
# a short label without the signs that end a clause; then there is something to label
_ROW: Final = re.compile(r"(?P<label>[^\s：，。；！？、]{1,8})：(?P<value>\S.*)")
_SIGNED: Final = re.compile("签名|签字")


@dataclass(frozen=True, slots=True)
class Row:
    """What something is, and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A text by its lines. These are all the fields that a customer's screen is given.

    ``rows`` and ``notes`` keep their order; together with ``title`` they hold every line but the one
    that a name is signed on. ``to_be_signed`` says that the customer signs below.
    """

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    to_be_signed: bool

    def to_json(self) -> dict[str, object]:
        """The object that a screen or a printer is given."""
        return {
            "title": self.title,
            "rows": [{"label": row.label, "value": row.value} for row in self.rows],
            "notes": list(self.notes),
            "to_be_signed": self.to_be_signed,
        }


def card_of(text: str) -> Card:
    """The card that a text says, line by line.

    >>> card_of("补卡\\n工本费：10元\\n旧卡不能再用\\n客户签名：").rows
    (Row(label='工本费', value='10元'),)
    """
    title, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows, notes = [], []
    for line in lines:
        if match := _ROW.fullmatch(line):
            rows.append(Row(match["label"], match["value"]))
        elif not line.endswith("签名："):
            notes.append(line)
    signed = bool(lines and _SIGNED.search(lines[-1]))
    return Card(title, tuple(rows), tuple(notes), signed)


def require_room(channel: PushChannel, text: str) -> None:
    """``TooLong`` where a channel cannot show all of ``text`` at once."""
    if (characters := utf16_units(text)) > ROOM[channel]:
        raise TooLong(NAMES[channel], characters, ROOM[channel])
