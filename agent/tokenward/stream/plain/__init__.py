"""Disguise undone: text as span detectors are to see it, with the way back to the original."""

from __future__ import annotations

from tokenward.stream.plain.normaliser import Plain, stretched

__all__ = ["Plain", "stretched"]
