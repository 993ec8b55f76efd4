"""Grades what is assigned to a name: a secret, or a placeholder, an expression, a word, a path."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokenward_plugins.secrets.checks import entropy, is_placeholder

RANDOM, CHOSEN, LIKELY = 0.85, 0.7, 0.6
PHRASE_SCORE = LIKELY
LEAST, MEDIUM, LONG = 6, 8, 16
LONG_BITS, SHORT_BITS, CHOSEN_BITS = 3.0, 2.5, 2.0
MIXED = 2
WEAK_LENGTH = 20
DOTTED = re.compile(r"[a-z0-9]+\.[a-z0-9]+")

EXPRESSION = re.compile(
    r"[&*!@]{0,2}[A-Za-z_$][\w$]*(?:\(\))?(?:(?:\.|::|->|/|\?\.)[A-Za-z_$][\w$]*(?:\(\))?)+"
    r"|[A-Za-z_$][\w$.]*[\[(].*|\$.*\$|\$[A-Z_][A-Z0-9_]*(?:[/.:].*)?|[A-Za-z]+://.*|arn:.*|urn:.*"
    r"|(?:\.{0,2}|~)(?:/[\w.~@+:-]*[a-z_.-][\w.~@+:-]*){2,}(?:#.*)?|[A-Za-z]:\\.*"
    r"|.*\.(?:pem|cer|crt|key|json|ya?ml|txt|p12|pfx|jks|env|cfg|ini|html?|php|aspx?|js|css|png|svg)"
    r"|(?:[A-Za-z][\w.]*-)*v?[0-9]+(?:[.:/-][0-9]+)+.*|[0-9.,:%/ -]+[A-Za-z]{0,3}|#[0-9A-Fa-f]{3,8}"
    r"|[#.][a-z]+(?:-[a-z0-9]+)+|[A-Za-z_][\w-]*=[^=].*|data:.*|(?:md5|sha[0-9]{1,3}|sha3)[-:].*"
)
"""Code, variables, addresses, paths, versions, numbers, colours, digests that say what they are."""
ODD = re.compile(r"[0-9#$%&*+\-./:<=>@\\^_|~({\[`!?]")
"""A digit or a sign that no word of a sentence has."""
PIN = re.compile(r"[0-9]{6,12}")
WORDS = re.compile(r"[_/.~#&@-]{0,3}[A-Za-z]+(?:[-_. /:#?*\\]{1,3}[A-Za-z]+)*[.!?:=/*]*")
DIGITS = re.compile(r"(?:[A-Za-z_]*[0-9]){4}")
VARIABLE = re.compile(r"[A-Za-z_]+[0-9]{0,2}")
PASSWORD = re.compile(
    r"(?i)pass(?:word|wd|wort|phrase|code|e|$|[_.\-\s])|pwd|_pass|secret|credential|_login|kennwort"
    r"|contrase|clave|senha|hasło|парол|密|口令|パス|비밀"
)
CLOSES = {")": "(", "]": "[", "}": "{"}
PHRASE_WORDS = range(4, 13)
TOLD = frozenset(
    "please enter type choose your you must should can cannot may invalid wrong incorrect required"
    " missing empty forgot forgotten reset change changed is are was were be has have does do not"
    " no the a an this that if password passwords passphrase secret token key user username"
    " login".split()
)
"""What is said to users about a password, and hardly in one."""
QUERY = re.compile(r"&[A-Za-z_][\w.-]*=")


def is_password(name: str) -> bool:
    """Tells whether a person may have chosen the value, so that it need not look random."""
    return PASSWORD.search(name) is not None


def is_phrase(value: str) -> bool:
    """Tells whether small words are a phrase that somebody chose, and not said to users.

    >>> is_phrase("correct horse battery staple"), is_phrase("please enter your password")
    (True, False)
    """
    words = value.split(" ")
    return len(words) in PHRASE_WORDS and all(words) and TOLD.isdisjoint(words)


def classes(value: str) -> int:
    """Returns how many of lower case, upper case, digits and signs a value has.

    >>> classes("Tr0ub4dor&3")
    4
    """
    kinds = ("[a-z]", "[A-Z]", "[0-9]", r"[^\w\s.\-]")
    return sum(re.search(kind, value) is not None for kind in kinds)


class Kind(NamedTuple):
    """How a value was given: it decides how random it must be.

    ``password``: its name says that a person may have chosen it; ``quoted``: it is no expression;
    ``weak``: its name hardly tells that it is a secret; ``strict``: it stands where words do.
    """

    password: bool = False
    quoted: bool = False
    weak: bool = False
    strict: bool = False


def value_score(value: str, kind: Kind) -> float:
    """Returns how surely a value is a secret, 0 if it is none.

    >>> value_score("9fK2mQ7xV4bL1cRt", Kind(quoted=True))
    0.85
    >>> value_score("os.environ", Kind(password=True))
    0.0
    """
    if len(value) < LEAST or not ODD.search(value) or is_placeholder(value.strip("'\"")):
        return 0.0
    if kind.password and not kind.weak and PIN.fullmatch(value):
        return LIKELY if len(set(value)) > 1 else 0.0
    if " " in value or _is_plain(value, kind):
        return 0.0
    return _graded(value, kind)


def tangled_score(value: str, kind: Kind) -> float:
    """Returns how surely a bare value with brackets is a secret; 0 if it may be an expression.

    >>> tangled_score("m{4(kT}9)w", Kind(password=True)), tangled_score("x(a[1])", Kind())
    (0.7, 0.0)
    """
    if len(value) < LEAST or is_placeholder(value) or not _tangled(value):
        return 0.0
    return _graded(value, kind)


def _tangled(value: str) -> bool:
    """Tells whether a bracket closes one of another kind, as in no expression."""
    opened: list[str] = []
    for sign in value:
        if sign in "([{":
            opened.append(sign)
        elif sign in CLOSES and opened and opened.pop() != CLOSES[sign]:
            return True
    return False


def _is_plain(value: str, kind: Kind) -> bool:
    """Tells whether a value is an expression, words, or maybe the name of a variable."""
    if WORDS.fullmatch(value) or (not (kind.password or kind.quoted) and VARIABLE.fullmatch(value)):
        return True
    plain = EXPRESSION.fullmatch(value)
    return bool(plain) and not (kind.quoted and DOTTED.fullmatch(value) and DIGITS.search(value))


def _graded(value: str, kind: Kind) -> float:
    spread, bits = classes(value), entropy(value)
    if spread < MIXED:
        return 0.0
    if kind.weak:
        digits = DIGITS.search(value) is not None
        return LIKELY if digits and len(value) >= WEAK_LENGTH and bits >= LONG_BITS else 0.0
    if len(value) >= LONG and bits >= LONG_BITS:
        return RANDOM
    if kind.strict and spread == MIXED:
        return 0.0
    if kind.password and bits >= CHOSEN_BITS:
        return CHOSEN if kind.quoted or spread > MIXED else LIKELY
    digits = re.search("[0-9]", value) is not None
    return LIKELY if digits and len(value) >= MEDIUM and bits >= SHORT_BITS else 0.0
