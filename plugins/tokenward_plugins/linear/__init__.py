"""Hashed linear models that the built-in plugins share: features, tables, loading.

It is no plugin: it registers nothing, and only the model-backed plugins import it. Importing this
package loads nothing; ``features`` and ``table`` need numpy.
"""
