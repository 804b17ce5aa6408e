"""The HTTP API and its pages: parse, call the retriever, wrap."""
