"""Errors of building and opening an index; every message says what to do."""


class IndexingError(Exception):
    """Base of everything that this package raises about indexes.

    - IndexingError
      - IndexMissing       nothing was published at this place yet
      - IndexDamaged       a file of the version is missing or altered
      - IndexMismatch      made with another encoder, analyzer or schema
      - IndexBusy          another process is building
      - IndexFull          the disk has no room
      - IndexUnavailable   the cluster does not answer, or not whole
      - IndexRefused       the cluster does not let us in
      - UnknownIndexUrl    the URL names no engine
    """


class IndexMissing(IndexingError):
    """Nothing was published here yet."""


class IndexDamaged(IndexingError):
    """A file of the index is missing or altered."""


class IndexMismatch(IndexingError):
    """The index was made with something else than what would read it."""


class IndexBusy(IndexingError):
    """Another process is building at the same place."""


class IndexFull(IndexingError):
    """The disk has no room; what was published before is untouched."""


class IndexUnavailable(IndexingError):
    """The cluster cannot be reached, is overloaded, or has lost a part; it may pass."""


class IndexRefused(IndexingError):
    """The cluster does not let us in, or is no cluster that we can use."""


class UnknownIndexUrl(IndexingError):
    """The URL names no engine that exists."""
