"""LangChain's own tests of retrievers and tools."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import RetrieversIntegrationTests, ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from retriever.knowledge_base import KnowledgeBase
from retriever.langchain import ZhikuRetriever, ZhikuTool
from tests.plugs.conftest import DAY


@pytest.mark.anyio
class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _opened(self, base: KnowledgeBase) -> None:
        self.base = base

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return ZhikuRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"base": self.base, "as_of": DAY}

    @property
    def retriever_query_example(self) -> str:
        return "流量月包多少钱"


class _Tool:
    @pytest.fixture(autouse=True)
    def _opened(self, base: KnowledgeBase) -> None:
        self.base = base

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return ZhikuTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"base": self.base}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"question": "日包怎么开", "as_of": DAY.isoformat()}


class TestToolUnit(_Tool, ToolsUnitTests):
    pass


@pytest.mark.anyio
class TestTool(_Tool, ToolsIntegrationTests):
    pass
