"""Asks services over HTTP, for the detectors that do; no plugin by itself."""
