"""Metrics: what two runs of the same cases are compared by."""
