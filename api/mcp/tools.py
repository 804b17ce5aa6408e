"""The tools: for each its name and words in Chinese, what it takes, what it gives, and what it does.

Few, and each a question of the front line. Who reads is for whoever starts the server to say, not for
a model; what a tool gives has the keys of the API. Nothing is sent or changed by any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
from pydantic import BaseModel, Field

from api.deps import Desk
from api.reply_parts import HitView, Reply
from api.responses import AnswerReply, FollowReply, ItemReply, PushReply
from api.schemas import IsoDate, Line, Request, Scope, Text, Words
from corpora.push_template import PushChannel
from corpora.types import Audience, SubLibrary
from retriever.context import CallContext
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.told import told

INSTRUCTIONS: Final = """移动运营商一线人员的知识库：资费、办理、退订、规则、故障、终端、营销活动。
有问题先用 zhiku_answer，照它的结论做：已回答就先告知必须告知的提醒，再说可以对客户说的话；
需要确认就把反问和选项原样问客户；转办就告诉客户转到哪里；暂无把握就如实说没有查到。
不要改动或补充数字，不要自己编造业务规则。标明只给工作人员看的内容不能告诉客户。"""
MOST_CODES: Final = 20
_MOST_HITS: Final = 20
_CODE: Final = 64


class Where(Request):
    """Which knowledge is asked."""

    region: Words | None = Field(
        default=None, description="地区的中文名或路径，如 云都市、yj/yundu；不知道就不填"
    )
    as_of: IsoDate | None = Field(
        default=None, description="按哪一天的知识，如 2026-03-01；问现在的就不填"
    )


class AnswerArguments(Where):
    """What an answer is asked with."""

    question: Text = Field(description="客户的问题，用客户自己的话，最多 500 字")
    library: list[SubLibrary] = Field(
        default_factory=list, max_length=6, description="只查这些子库；一般不填"
    )
    boss_code: Words = Field(
        default="", description="正在办理的产品编码；问题里没说是哪项业务时用来补全"
    )
    screen: Words = Field(default="", description="坐席当前的界面编号，如 CPBG")
    dialog: list[Line] = Field(
        default_factory=list,
        max_length=20,
        description="之前的对话，早的在前；问题不完整时用来补全",
    )


class SearchArguments(Where):
    """What a search is asked with."""

    question: Text = Field(description="要找什么，最多 500 字")
    library: list[SubLibrary] = Field(
        default_factory=list, max_length=6, description="只查这些子库"
    )
    k: int = Field(default=5, ge=1, le=_MOST_HITS, description="最多几条")


class FollowArguments(Where):
    """Codes of products."""

    codes: list[Annotated[Text, Field(min_length=1, max_length=_CODE)]] = Field(
        min_length=1,
        max_length=MOST_CODES,
        description="产品编码（BOSS 编码或营销编码），如 30010002",
    )


class ItemArguments(Where):
    """One item."""

    item_id: Words = Field(description="条目编号，如检索结果里的 item_id")


class RenderArguments(Where):
    """A template and what fills it."""

    template_id: Words = Field(description="推送模板的编号，如答案 push 里的 template_id")
    channel: PushChannel = Field(description="渠道，和模板的渠道相同")
    item_id: Words | None = Field(default=None, description="从这个条目取价格等内容")
    values: dict[Words, Line] = Field(
        default_factory=dict, max_length=50, description="条目里没有的变量，名称和值都是文字"
    )


class FoundReply(Reply):
    """检索结果，最好的在前；degraded 列出没有按时完成的部分。"""

    hits: list[HitView]
    took_ms: float
    degraded: list[str]


@dataclass(frozen=True, slots=True)
class Called:
    """A call on its way: the version that is asked, and the filter."""

    base: KnowledgeBase
    wanted: Filter
    trace_id: str


A = TypeVar("A", bound=Where)


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """One tool. ``reply`` types what ``run`` gives; ``words`` says it for models that read text."""

    name: str
    title: str
    description: str
    arguments: type[A]
    reply: type[BaseModel]
    run: Callable[[Called, A], dict[str, Any]]
    words: Callable[[dict[str, Any]], str]

    def call(
        self, desk: Desk, audience: Audience, given: dict[str, Any], trace_id: str
    ) -> dict[str, Any]:
        """The reply to one call; pydantic's ``ValidationError`` for arguments that cannot be used, and
        the errors of ``api.errors.KINDS``.
        """
        asked = self.arguments.model_validate(given)
        with desk.serving() as base:
            scope = Scope(
                region=asked.region,
                as_of=asked.as_of,
                audience=audience,
                library=list(getattr(asked, "library", ())),
            )
            return self.run(Called(base, desk.filter_of(scope, base), trace_id), asked)


def _answer(called: Called, asked: AnswerArguments) -> dict[str, Any]:
    context = CallContext(
        boss_code=asked.boss_code, screen=asked.screen, dialog=tuple(asked.dialog)
    )
    found = called.base.answer(asked.question, called.wanted, context, trace_id=called.trace_id)
    return found.to_json()


def _search(called: Called, asked: SearchArguments) -> dict[str, Any]:
    page = called.base.search(asked.question, called.wanted, asked.k)
    return called.base.search_json(page, called.wanted)


def _follow(called: Called, asked: FollowArguments) -> dict[str, Any]:
    codes = list(dict.fromkeys(asked.codes))
    return {"cards": called.base.follow(codes, called.wanted)}


def _item(called: Called, asked: ItemArguments) -> dict[str, Any]:
    return called.base.item(asked.item_id, called.wanted)


def _render(called: Called, asked: RenderArguments) -> dict[str, Any]:
    message = called.base.render(
        asked.template_id, asked.channel, asked.values, called.wanted, asked.item_id
    )
    return message.to_json()


def _as_json(reply: dict[str, Any]) -> str:
    return orjson.dumps(reply).decode()


TOOLS: Final[tuple[Tool[Any], ...]] = (
    Tool(
        "zhiku_answer",
        "问答",
        "回答一个业务问题。结论有四种：answered 已回答（先说 must_say 的提醒，再说 text）、"
        "clarify 需要确认（把 clarify 的反问和选项问客户，选了再用选项的 query 来问）、"
        "handover 转办、unknown 暂无把握（不要自己作答）。每个数字都有出处，不要改动。",
        AnswerArguments,
        AnswerReply,
        _answer,
        told,
    ),
    Tool(
        "zhiku_search",
        "检索",
        "按相关程度列出知识条目，带摘要和得分。要浏览有哪些相关知识时用；要一个答案请用 zhiku_answer。",
        SearchArguments,
        FoundReply,
        _search,
        _as_json,
    ),
    Tool(
        "zhiku_follow",
        "知识跟随",
        "按产品编码取知识卡片：资费、开通、退订、规则、必须告知的提醒。已经知道编码时用，不用提问。",
        FollowArguments,
        FollowReply,
        _follow,
        _as_json,
    ),
    Tool(
        "zhiku_item",
        "条目全文",
        "按条目编号取全文：各方面的口径、办理方式、资费字段、有效期和相关条目。",
        ItemArguments,
        ItemReply,
        _item,
        _as_json,
    ),
    Tool(
        "zhiku_render_message",
        "生成推送内容",
        "用推送模板和条目生成一条完整的短信、彩信或界面提示，只生成，不发送。缺少或不合要求的变量会指出来。",
        RenderArguments,
        PushReply,
        _render,
        _as_json,
    ),
)
