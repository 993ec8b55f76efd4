"""A small multi-head encoder: not registered yet, only its training is here."""
