"""Engines that an index version can be written to."""
