"""The embedded engine: tantivy and FAISS in immutable folders. Needs no server."""
