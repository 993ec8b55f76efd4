"""Trains the embedded injection model: ``python -m tokenward_plugins.injection.train``."""
