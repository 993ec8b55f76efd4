"""Trains the multi-head encoder: ``python -m tokenward_plugins.encoder.train``."""
