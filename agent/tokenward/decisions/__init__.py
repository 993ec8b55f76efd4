"""Interaction records, and the store that keeps them."""
