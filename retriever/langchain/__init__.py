"""The knowledge base for LangChain: a retriever, a tool for agents, and a chain that rewrites answers.

LangChain comes with the extra ``[langchain]``; a chat model is the caller's own.
"""

try:
    import langchain_core  # noqa: F401 asked for first, so that what is missing is said once
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"retriever.langchain 要用 LangChain，缺少 {missing.name}；"
        "请运行 pip install 'zhiku[langchain]'",
        name=missing.name,
    ) from missing

from retriever.langchain.retriever import ZhikuRetriever
from retriever.langchain.rewriter import RewriteRequest, rewriter
from retriever.langchain.tool import AnswerArguments, ZhikuTool
from retriever.rewriting import Reason, Rewritten

__all__ = [
    "AnswerArguments",
    "Reason",
    "RewriteRequest",
    "Rewritten",
    "ZhikuRetriever",
    "ZhikuTool",
    "rewriter",
]
