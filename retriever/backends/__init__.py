"""Engines that a published index version can be searched with."""
