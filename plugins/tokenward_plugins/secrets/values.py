"""Grades what is assigned to a name: a secret, or a placeholder, an expression, a word, a path."""

from __future__ import annotations

import re

from tokenward_plugins.secrets.checks import entropy, is_placeholder

RANDOM, CHOSEN, LIKELY = 0.85, 0.7, 0.6
LEAST, MEDIUM, LONG = 6, 8, 16
LONG_BITS, SHORT_BITS, CHOSEN_BITS = 3.0, 2.5, 2.0
MIXED = 2

EXPRESSION = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|/)[A-Za-z_$][\w$]*)+|[A-Za-z_$][\w$.]*\(.*|\$.*\$|[A-Za-z]+://.*"
    r"|(?:\.{0,2}|~)(?:/[\w.~-]*[a-z_.-][\w.~-]*){2,}|.*\.(?:pem|cer|crt|key|json|ya?ml|txt|p12|env|cfg)"
    r"|(?:[A-Za-z][\w.]*-)*v?[0-9]+(?:[.:/-][0-9]+)+.*|[0-9.,:%/ -]+[A-Za-z]{0,3}|#[0-9A-Fa-f]{3,8}"
)
PIN = re.compile(r"[0-9]{6,12}")
WORDS = re.compile(r"_{0,2}[A-Za-z]+(?:[-_. ][A-Za-z]+)*[.!?:=]*")
VARIABLE = re.compile(r"[A-Za-z_]+[0-9]{0,2}")
QUERY = re.compile(r"&[A-Za-z_][\w.-]*=")


def classes(value: str) -> int:
    """Returns how many of lower case, upper case, digits and signs a value has.

    >>> classes("Tr0ub4dor&3")
    4
    """
    kinds = ("[a-z]", "[A-Z]", "[0-9]", r"[^\w\s.\-]")
    return sum(re.search(kind, value) is not None for kind in kinds)


def value_score(value: str, *, password: bool, quoted: bool) -> float:
    """Returns how surely a value is a secret, 0 if it is none.

    ``password``: its name says that a person may have chosen it; ``quoted``: it is no expression.

    >>> value_score("9fK2mQ7xV4bL1cRt", password=False, quoted=True)
    0.85
    >>> value_score("os.environ", password=True, quoted=False)
    0.0
    """
    if len(value) < LEAST or is_placeholder(value):
        return 0.0
    if password and PIN.fullmatch(value):
        return LIKELY if len(set(value)) > 1 else 0.0
    if " " in value or _is_plain(value, variable=not (password or quoted)):
        return 0.0
    return _graded(value, password=password, quoted=quoted)


def _is_plain(value: str, *, variable: bool) -> bool:
    """Tells whether a value is an expression, words, or maybe the name of a variable."""
    plain = EXPRESSION.fullmatch(value) or WORDS.fullmatch(value)
    return bool(plain or (variable and VARIABLE.fullmatch(value)))


def _graded(value: str, *, password: bool, quoted: bool) -> float:
    spread, bits = classes(value), entropy(value)
    if spread < MIXED:
        return 0.0
    if len(value) >= LONG and bits >= LONG_BITS:
        return RANDOM
    if password and bits >= CHOSEN_BITS:
        return CHOSEN if quoted or spread > MIXED else LIKELY
    digits = re.search("[0-9]", value) is not None
    return LIKELY if digits and len(value) >= MEDIUM and bits >= SHORT_BITS else 0.0
