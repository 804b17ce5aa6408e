"""A question to the knowledge base as a tool of LangChain's agents."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from langchain_core.callbacks import CallbackManagerForToolRun
from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, Field

from corpora.types import Audience, FieldError
from retriever.context import CallContext
from retriever.errors import RetrieverError
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain.serving import Base, serving
from retriever.told import told

_DESCRIPTION: Final = """向移动运营商的知识库提问：资费、办理、退订、规则、故障、终端、活动。
结果的第一行是结论，照它做：
【已回答】先一字不改地说“必须先告知客户”的提醒，再说“可以对客户说”的话；数字不要改，也不要补充。
【需要确认】把反问和选项原样问客户，客户选了再用那一句提问。
【转办】告诉客户转到哪里，不要自己作答。
【暂无把握】如实说没有查到，不要自己作答。
标明“只给工作人员看”的内容不能告诉客户。"""
_BAD_ARGUMENTS: Final = (
    "参数不能用：question 是客户的问题（文字，必填）；region、as_of、boss_code 是文字，可以不填"
)


class AnswerArguments(BaseModel):
    """What a model fills in; who reads is not for a model to say."""

    question: str = Field(description="客户的问题，用客户自己的话，一次问一件事，最多 500 字")
    region: str = Field(default="", description="地区的中文名或路径，如 云都市；不知道就不填")
    as_of: str = Field(default="", description="按哪一天的知识回答，如 2026-03-01；问现在的就不填")
    boss_code: str = Field(
        default="", description="正在办理的产品编码，如 30010002；问题里没说是哪项业务时用来补全"
    )


class ZhikuTool(BaseTool):
    """Answers, asks back, hands over, or says that it is not known; the artifact is the answer object.

    The content is for the model: the outcome, what must be said, what may be said, and where it
    stands (``retriever.told``). The artifact has the keys of the API's answer. ``audience`` is whoever
    reads what the agent says: an agent that talks to customers is made with ``Audience.CUSTOMER``,
    and then no wording for staff is in either of them. What cannot be asked becomes an error that
    the model can read.
    """

    name: str = "zhiku_answer"
    description: str = _DESCRIPTION
    args_schema: type[BaseModel] = AnswerArguments
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    handle_validation_error: Any = _BAD_ARGUMENTS

    base: Base = Field(repr=False, exclude=True)
    audience: Audience = Audience.AGENT

    def _run(
        self,
        question: str,
        region: str = "",
        as_of: str = "",
        boss_code: str = "",
        *,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[str, dict[str, Any]]:
        trace_id = run_manager.run_id.hex if run_manager else ""
        with serving(self.base) as base:
            try:
                wanted = self._filter(base, region, as_of)
                answer = base.answer(
                    question, wanted, CallContext(boss_code=boss_code), trace_id=trace_id
                )
            except (RetrieverError, FieldError) as error:
                raise ToolException(str(error)) from error
        view = answer.to_json()
        return told(view), view

    def _filter(self, base: KnowledgeBase, region: str, as_of: str) -> Filter:
        try:
            day = dt.date.fromisoformat(as_of) if as_of else dt.date.today()
        except ValueError as error:
            raise ToolException(f"as_of 应为日期，例如 2026-03-01；收到的是 {as_of!r}") from error
        return Filter(
            as_of=day,
            audience=self.audience,
            region=base.regions.find(region) if region else None,
        )
