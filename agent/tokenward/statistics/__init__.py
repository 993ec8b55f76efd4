"""Estimates with their intervals: shares, paired and clustered differences, plans, many tests."""
