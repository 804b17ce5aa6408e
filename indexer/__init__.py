"""Knowledge → index: terms, passages, vectors, immutable versions."""
