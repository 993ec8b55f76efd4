"""Figures of the page as SVG in it, each with words for who does not see it."""
