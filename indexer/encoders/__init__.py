"""Encoders: text → normalised vectors, behind one small protocol."""
