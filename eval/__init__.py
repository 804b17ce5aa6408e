"""Measures what is answered: FAQ sets, BEIR folders, intervals, and constants fitted from them."""
