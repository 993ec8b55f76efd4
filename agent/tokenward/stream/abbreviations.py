"""Words whose full stop ends no sentence, and with which characters the sentence then goes on."""

from __future__ import annotations

import re
from typing import Literal

Goes = Literal["any", "nothing", "small", "digit"]
"""The characters behind a full stop with which a sentence goes on; ``small`` includes digits."""

LONGEST = 12
TOKEN = re.compile(r"[\w.]+\Z")
DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,3}")

# a name or a further word must follow these
TITLES = """
    mr mrs ms mx dr prof st sr sra srta hr fr frl gen col capt cpt lt sgt maj cmdr adm rev hon gov
    sen rep pres messrs mme mlle dott dna sig ing dipl e.g i.e eg ie cf vs viz approx ca z.b d.h u.a
    s.o s.u bzw resp incl excl esp evtl ggf vgl sog p.ex напр проф ул гр т.е т.к им
"""  # noqa: RUF001
# a number may follow these; "No." may also be an answer
NUMBERED = """
    no nos nr num núm fig figs eq eqs sec ch chap vol pp pg art abs ref tab par para lit jan feb mar
    apr jun jul aug sep sept oct nov dec tel ext apt rm abb bd kap стр рис
"""
# these end a sentence unless it goes on with a small letter
WAVERING = """
    etc inc ltd co corp jr bros al usw ff seq ave blvd rd dept est min max avg misc univ assn gmbh
    др пр тыс млн млрд
"""
# dotted capitals that are no initials of a name
ACRONYMS = frozenset("U.S U.K U.N E.U D.C U.S.A B.C A.D U.A.E A.M P.M".split())

GOES: dict[str, Goes] = {
    **dict.fromkeys(TITLES.split(), "any"),
    **dict.fromkeys(NUMBERED.split(), "digit"),
    **dict.fromkeys(WAVERING.split(), "small"),
}


def goes_on_with(before: str) -> Goes:
    """Returns with which characters a sentence goes on behind a full stop.

    ``before`` ends with the word that the full stop stands behind; ``LONGEST + 1`` characters do.

    >>> [goes_on_with(word) for word in ("see Dr", "house", "No", "at 5 p.m", "J")]
    ['any', 'nothing', 'digit', 'small', 'any']
    """
    found = TOKEN.search(before)
    word = found[0] if found else ""
    if not word or len(word) > LONGEST:
        return "nothing"
    small = word.lower()
    if len(word) == 1 and small != word.upper():
        return "nothing" if word == "I" else "any"  # an initial; letters without case are words
    if small in GOES:
        return GOES[small]
    if DOTTED.fullmatch(word):
        return "any" if word.isupper() and word not in ACRONYMS else "small"
    return "small" if word.isdigit() else "nothing"
