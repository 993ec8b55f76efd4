"""Cuts texts into words and marks once for all features that look at them; it is no plugin.

Importing this package loads nothing; ``vocabulary`` needs numpy.
"""
