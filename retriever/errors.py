"""Errors of retrieval; the API gives each a status."""


class RetrieverError(Exception):
    """Base of retrieval errors; messages are Chinese because clerks see them.

    - RetrieverError
      - BadQuery          the question cannot be used as it is
      - UnknownCode       no knowledge under this code
      - NotFound          no item of this id on this day for this reader
    """

    code = "retriever_error"


class BadQuery(RetrieverError):
    """Empty, too long or unprintable."""

    code = "bad_query"


class UnknownCode(RetrieverError):
    """No knowledge under this code."""

    code = "unknown_code"


class NotFound(RetrieverError):
    """No such item on this day for this reader."""

    code = "not_found"
