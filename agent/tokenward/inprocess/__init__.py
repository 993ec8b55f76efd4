"""Adapters that put the guard inside an application's own process."""
