"""Tables that people fill in, XLSX and CSV: the template, reading one, and writing items into one.

Only ``workbook``, ``strings`` and ``writing`` know the spreadsheet library; the rest handles
plain values.
"""
