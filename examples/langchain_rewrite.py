"""Answers in a customer's situation: OPENAI_BASE_URL=… OPENAI_API_KEY=… python examples/langchain_rewrite.py
QUESTION SITUATION MODEL. What the model may not have said is replaced by the original words."""

import os
import sys

from langchain_openai import ChatOpenAI

from corpora.settings import Settings
from corpora.types import Audience, CorporaError
from indexer.encoders.models_at import models_at
from indexer.errors import IndexingError
from indexer.location import index_at
from retriever.errors import RetrieverError
from retriever.langchain import ZhikuTool, rewriter
from retriever.opening import open_knowledge_base


def main(question: str, situation: str, model: str) -> None:
    """Prints what may be said, and why it is the model's words or the original ones."""
    settings = Settings.from_environment(os.environ)
    base = open_knowledge_base(index_at(settings), models=models_at(settings))
    tool = ZhikuTool(
        base=base, audience=Audience.CUSTOMER
    )  # an agent gets it by bind_tools([tool])
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"question": question}}
    chain = rewriter(ChatOpenAI(model=model, max_retries=0))
    said = chain.invoke({"answer": tool.invoke(call).artifact, "situation": situation})
    print(said.text)
    print(f"（{said.why}）")
    base.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (CorporaError, IndexingError, RetrieverError) as error:
        sys.exit(str(error))
