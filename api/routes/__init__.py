"""One file a way in: parse, call one thing, wrap. A plain ``def`` computes, in the thread pool."""
