"""What callers send about a call, and what they get."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from api.assist.events import Speaker
from api.reply_parts import Reply
from api.schemas import ContextBody, Request, Text

MAX_LINES: Final = 50
ContactId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
LineId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,56}$")]


class LineBody(Request):
    """对话里的一句。"""

    speaker: Speaker = Field(description="customer 客户、agent 坐席")
    text: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="说了什么；号码等会先遮盖再存", examples=["流量不够用了怎么办"]
    )
    id: LineId | None = Field(
        default=None, description="调用方给这一句的编号；同一个编号只收一次，重试时用"
    )
    ask: StrictBool | None = Field(
        default=None, description="要不要为这一句找答案；不写就是客户的话要、坐席的话不要"
    )

    @property
    def asks(self) -> bool:
        """Whether an answer is wanted."""
        return self.speaker is Speaker.CUSTOMER if self.ask is None else self.ask


class LinesBody(Request):
    """几句话，先说的在前；只为最后一句要答案的找答案。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lines": [{"speaker": "customer", "text": "流量不够用了怎么办", "id": "17"}],
                    "context": {"customer": {"tariff_sensitive": True}},
                }
            ]
        },
    )
    lines: list[LineBody] = Field(default_factory=list, max_length=MAX_LINES)
    context: ContextBody | None = Field(
        default=None, description="客户和业务的情况；给了就记住，到下次给为止。dialog 不用填"
    )


class LinesTaken(Reply):
    """收下了；last_event 是这通电话最后一个事件的序号，答案也已经推给面板。"""

    lines: int
    answered: bool
    last_event: int
