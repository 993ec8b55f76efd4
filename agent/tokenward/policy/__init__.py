"""Policies: schema, loader, compiler, cases."""
