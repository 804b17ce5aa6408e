"""What people open after a run: a page, plots, a mending list, a trend, and JUnit for machines.

Only ``plots`` knows the plotting library and only ``page`` the template engine; everything else
turns a run into plain values.
"""
