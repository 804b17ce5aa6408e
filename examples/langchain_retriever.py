"""Finds items for LangChain: python examples/langchain_retriever.py QUESTION [SUB-LIBRARY …]."""

import os
import sys

from corpora.settings import Settings
from corpora.types import CorporaError
from indexer.encoders.models_at import models_at
from indexer.errors import IndexingError
from indexer.location import index_at
from retriever.errors import RetrieverError
from retriever.langchain import ZhikuRetriever


def main(question: str, *libraries: str) -> None:
    """Prints each document with its score and where it stands."""
    settings = Settings.from_environment(os.environ)
    retriever = ZhikuRetriever.opened(index_at(settings), models_at(settings), k=3)
    for document in retriever.invoke(question, libraries=libraries):
        known = document.metadata
        print(f"{known['score']:.3f} {known['title']} [{known['sub_library']}]")
        print(f"  {document.page_content}")
        print(f"  {known['item_id']}@{known['version']} {known['citations'][0]['facet']}")
    retriever.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (CorporaError, IndexingError, RetrieverError) as error:
        sys.exit(str(error))
