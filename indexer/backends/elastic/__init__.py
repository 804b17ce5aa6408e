"""Elasticsearch: an index per sub-library and version, behind one alias."""
