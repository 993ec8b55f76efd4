"""Drift and quality reports over the store."""
