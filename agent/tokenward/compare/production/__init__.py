"""Two model labels behind one sidecar, compared from their records: may the canary stay?"""
