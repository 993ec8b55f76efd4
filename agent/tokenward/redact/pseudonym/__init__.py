"""Makes values that look real and belong to nobody."""
