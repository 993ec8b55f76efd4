"""The demonstration model and the demo that runs on it."""
