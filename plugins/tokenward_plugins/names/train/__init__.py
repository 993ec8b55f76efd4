"""Trains a small spaCy pipeline for names on labelled texts, and measures it."""

from __future__ import annotations
