"""Workbooks that people fill in: the questions of a run, and FAQ sets.

Only ``writing`` and ``opening`` know the spreadsheet library; everything else handles plain values.
"""
