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
EXTENDED = re.compile(r"[^\d\s()+./~\[\]\-]|~")
"""A sign of an extension in a stretch of a number."""
PLAIN = re.compile(r"\+?[ ]?(?:\d+[ .]{0,2})?(?:\(\d+\)[ ]?)?\d+(?:[ .\-]{1,4}\d+)*")
"""Numbers of which only the digits matter."""
TIMESTAMP = re.compile(r"[12]\d{3}[-/]?[01]\d[-/]?[0-3]\d +[0-2]\d\Z")
"""What libphonenumber takes for a time, if minutes follow."""
DATE = re.compile(
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.(?:19|20)\d\d"
)
"""Dates, which are no phone numbers."""
YEARS = re.compile(r"(?:1[5-9]|20)\d\d-(?:1[5-9]|20)\d\d")
"""From one year to another, likewise."""
DECIMAL = re.compile(r"\d{1,2}\.\d{5,}|\d{4,}\.\d+")

EDGE = r"(?<![\w.\-])"
END = rf"{EXTENSION}(?![\w]|[-.]\d)"
COUNTRY = r"(?:(?:\+?1|001)[-. ])?"
AREA = rf"(?:{EDGE}{COUNTRY}[2-9]\d{{2}}[-. ]|(?:{EDGE}\+?1[-. ]?)?\([2-9]\d{{2}}\)[-. ]?)"
SHAPES = tuple(
    (sign, re.compile(shape, re.IGNORECASE))
    for sign, shape in (
        ("", rf"{AREA}\d{{3}}[-. ]\d{{4}}{END}"),
        ("+", rf"\+[1-9](?:[{NUMBER_SPACE}{NUMBER_DOT}]{{0,3}}\d){{7,14}}(?!\d){EXTENSION}"),
        ("555-01", rf"{EDGE}(?<!\d )555-01\d{{2}}{END}"),
    )
)
"""North American numbers, numbers with a country code, and the reserved local ones, each with what
must be in a text that has one."""
USUAL = re.compile(
    rf"(?:(?:{EDGE}\+?1[-. ]?)?\([2-9]\d\d\)[-. ]?|{EDGE}(?:\+?1[-. ])?[2-9]\d\d[-. ])"
    r"\d{3}[-. ]\d{4}(?!\w|[-.]\d)"
)
"""The first of them as it is written most of the time."""
SHAPED = 0.6
"""The score of a number in such a shape: more than Presidio's 0.4 for any digits that happen to be
valid in one of the regions."""

GROUPED = re.compile(r"\(?\d{2,4}\)?(?:[-. ]\d{2,6}){1,4}")
GROUPED_SCORE = 0.2
CALLING = (
    *("phone", "telephone", "cell", "mobile", "call", "tel", "fax", "answering", "landline"),
    *("whatsapp", "telefon", "téléphone", "teléfono", "телефон", "电话", "電話", "전화"),
)
"""Words after which seven to twelve digits in groups are a phone number, valid or not."""
