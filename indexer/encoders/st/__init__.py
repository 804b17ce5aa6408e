"""Encoders of sentence-transformers, an extra with an environment of its own (torch is large)."""
