"""Makes up addresses, and cuts labelled ones into the parts that the tagger learns one by one."""

from __future__ import annotations

import random
import re
from typing import Any

from tokenward_plugins.names.train.rows import ADDRESS, Row

PART = re.compile(r"[^,\n]+")
NUMBER = re.compile(r"\d[\d -]*")
FLAT = re.compile(r"(apt|suite|unit|flat)\b.{0,8}", re.IGNORECASE)
FLATS = ("Apt. {}", "Apt {}", "Suite {}", "Unit {}", "Flat {}", "#{}", "Apartment {}", "Floor {}")
LONG = 0.25
"""How often a street has a flat behind it."""


def street(maker: Any, source: random.Random) -> str:
    """Returns a street with its number, as one of many countries writes it."""
    number, form = source.randrange(1, 999), source.random()
    if form < 0.5:
        name = str(maker.street_address()).split("\n")[0]
    elif form < 0.75:
        name = f"{number} {maker.street_name()}"
    elif form < 0.9:
        name = f"{maker.street_name()} {number}"
    elif form < 0.95:
        name = f"{source.randrange(1, 99)} {maker.street_name()} {number}"
    else:
        name = f"{source.choice(['P.O. Box', 'PO Box', 'Box'])} {number}"
    return f"{name}{source.choice([' ', ', '])}{flat(source)}" if source.random() < LONG else name


def flat(source: random.Random) -> str:
    """Returns a flat or an office in a house."""
    return source.choice(FLATS).format(source.randrange(1, 999))


def like(text: str, maker: Any, town: str, source: random.Random) -> str:
    """Returns a made-up address, or part of one, of the form of a labelled one.

    ``town`` is what stands for a town.
    """
    if NUMBER.fullmatch(text):
        return "".join(str(source.randrange(10)) if c.isdecimal() else c for c in text)
    if FLAT.fullmatch(text):
        return flat(source)
    parts = PART.findall(text)
    if len(parts) == 1:
        return street(maker, source) if any(map(str.isdecimal, text)) else town
    gap = "\n" if "\n" in text else ", "
    code = source.choice([f" {maker.postcode()}", ""])
    more = [flat(source)] if len(parts) > 3 else []
    return gap.join([street(maker, source), *more, f"{town}{code}"])


def apart(row: Row) -> Row:
    """Returns a row whose addresses are cut at commas and at the ends of lines."""
    spans = []
    for start, end, kind in row.spans:
        if kind != ADDRESS:
            spans.append((start, end, kind))
            continue
        for match in PART.finditer(row.text, start, end):
            a, b = match.span()
            inner = row.text[a:b].strip()
            if inner:
                at = row.text.index(inner, a)
                spans.append((at, at + len(inner), kind))
    return Row(row.text, tuple(spans))
