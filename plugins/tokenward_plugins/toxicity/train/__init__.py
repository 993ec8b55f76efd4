"""Trains the embedded toxicity model: ``python -m tokenward_plugins.toxicity.train``."""
