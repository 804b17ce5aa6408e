"""Encoders behind an OpenAI-compatible ``POST …/embeddings``."""
