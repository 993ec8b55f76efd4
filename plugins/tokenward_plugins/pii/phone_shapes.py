"""How phone numbers are written, whether or not libphonenumber knows them as valid.

555-01xx, reserved for fiction, is not valid, and neither are most made-up numbers; in a text they
are phone numbers all the same.
"""

from __future__ import annotations

import re

from tokenward_plugins.pii.characters import NUMBER_DOT, NUMBER_SPACE

BETWEEN = f"[{NUMBER_SPACE}{NUMBER_DOT}]{{0,4}}"
EXTENSION = r"(?:[ ,;]{0,2}(?:ext(?:ensio)?n?|x|#)[.:]?[ ]{0,2}\d{1,8})?"
NUMBER = re.compile(rf"(?:\+[ ]?)?(?:[(\[][ ]?\+?)?\d(?:{BETWEEN}\d)+{EXTENSION}", re.IGNORECASE)
"""Digits with what may stand between them: what libphonenumber would look at."""
WITHOUT_EXTENSION = re.compile(rf".*?(?={EXTENSION}\Z)", re.IGNORECASE | re.DOTALL)
DECIMAL = re.compile(r"\d{1,2}\.\d{5,}|\d{4,}\.\d+")

EDGE = r"(?<![\w.\-])"
END = rf"{EXTENSION}(?![\w]|[-.]\d)"
COUNTRY = r"(?:(?:\+?1|001)[-. ])?"
AREA = rf"(?:{EDGE}{COUNTRY}[2-9]\d{{2}}[-. ]|(?:{EDGE}\+?1[-. ]?)?\([2-9]\d{{2}}\)[-. ]?)"
SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"{AREA}\d{{3}}[-. ]\d{{4}}{END}",
        rf"\+[1-9](?:[{NUMBER_SPACE}{NUMBER_DOT}]{{0,3}}\d){{7,14}}(?!\d){EXTENSION}",
        rf"{EDGE}(?<!\d )555-01\d{{2}}{END}",
    )
)
"""North American numbers, numbers with a country code, and the reserved local ones."""
SHAPED = 0.6
"""The score of a number in such a shape: more than Presidio's 0.4 for any digits that happen to be
valid in one of the regions."""

GROUPED = re.compile(r"\(?\d{2,4}\)?(?:[-. ]\d{2,6}){1,4}")
GROUPED_SCORE = 0.2
CALLING = ("phone", "telephone", "cell", "mobile", "call", "tel", "fax")
"""Words after which seven to twelve digits in groups are a phone number, valid or not."""
