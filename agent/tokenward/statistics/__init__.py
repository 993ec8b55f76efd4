"""Estimates with their intervals: shares, differences of shares, resampling, means of rates."""
