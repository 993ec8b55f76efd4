"""Models that are no transformers models, behind one protocol, guarded token by token."""
