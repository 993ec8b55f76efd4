"""Numbers of countries that Presidio has no recognizers for: France and Brazil."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

SEPARATORS = regex.compile(r"[ .\-/]")


@dataclass(frozen=True, slots=True)
class OwnPattern:
    """A written form: its name, its expression, and the score of what only looks like it."""

    name: str
    regex: str
    score: float


@dataclass(frozen=True, slots=True)
class OwnRecognizer:
    """Looks like a pattern recognizer of Presidio to the judge that asks it.

    ``check`` gets the value in capitals without its separators; it tells whether the check digits
    are right, or ``None`` where there are none.
    """

    patterns: Sequence[OwnPattern]
    context: Sequence[str]
    check: Callable[[str], bool | None]
    global_regex_flags: int = int(regex.IGNORECASE)

    def validate_result(self, value: str) -> bool | None:
        """Tells whether the check digits are right."""
        return self.check(SEPARATORS.sub("", value).upper())

    def invalidate_result(self, value: str) -> bool:
        """Tells whether a value is refused for another reason: none is."""
        del value
        return False


def luhn(digits: str) -> bool:
    """Tells whether the last digit is the Luhn check digit of the others.

    >>> luhn("732829320"), luhn("732829321")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004
    return total % 10 == 0


def nir(value: str) -> bool | None:
    """Checks the key of a French social security number; Corsica is 2A or 2B in it.

    >>> nir("255081416802538"), nir("255081416802539"), nir("2550814168025")
    (True, False, None)
    """
    body, key = value[:13], value[13:]
    if not key:
        return None
    corsica = {"2A": "19", "2B": "18"}.get(body[5:7], body[5:7])
    return 97 - int(body[:5] + corsica + body[7:]) % 97 == int(key)


def siret(value: str) -> bool:
    """Checks the number of a French establishment; those of the post have a rule of their own."""
    if value.startswith("356000000") and sum(map(int, value)) % 5 == 0:
        return True
    return luhn(value)


def cpf(value: str) -> bool:
    """Checks both check digits of a Brazilian taxpayer's number.

    >>> cpf("52998224725"), cpf("52998224724"), cpf("11111111111")
    (True, False, False)
    """
    return len(set(value)) > 1 and _two_digits(value, most=11)


def cnpj(value: str) -> bool:
    """Checks both check digits of a Brazilian company's number, which may hold letters.

    >>> cnpj("11222333000181"), cnpj("12ABC34501DE35"), cnpj("11222333000182")
    (True, True, False)
    """
    return len(set(value)) > 1 and _two_digits(value, most=9)


def _two_digits(value: str, *, most: int) -> bool:
    """Weights 2, 3 ... ``most`` from the right, and again from 2; modulo 11, twice."""
    for end in (len(value) - 2, len(value) - 1):
        total = sum(
            (ord(character) - 48) * (2 + place % (most - 1))
            for place, character in enumerate(reversed(value[:end]))
        )
        if (11 - total % 11) % 11 % 10 != ord(value[end]) - 48:
            return False
    return True


MONTH = r"(?:0[1-9]|1[0-2]|[2-9]\d)"
SEX = r"(?:[12]|[3478](?=[ .\-]))"  # temporary numbers in bare digits are as often cards
NIR = rf"\b{SEX}[ .\-]?\d\d[ .\-]?{MONTH}[ .\-]?(?:\d\d|2[AB])[ .\-]?\d{{3}}[ .\-]?\d{{3}}"
NIR_WORDS = ("sécurité sociale", "securite sociale", "numéro de sécu", "nir", "insee", "nss")
SIREN_WORDS = ("siren", "rcs", "registre du commerce", "numéro d'entreprise")

RECOGNIZERS = {
    "BR_CNPJ": OwnRecognizer(
        patterns=(
            OwnPattern("CNPJ", r"\b[A-Z\d]{2}\.[A-Z\d]{3}\.[A-Z\d]{3}/[A-Z\d]{4}-\d\d\b", 0.5),
            OwnPattern("CNPJ (digits)", r"\b\d{8}/?\d{4}-?\d\d\b", 0.2),
        ),
        context=("cnpj", "cadastro nacional", "pessoa jurídica", "company number"),
        check=cnpj,
        global_regex_flags=0,
    ),
    "BR_CPF": OwnRecognizer(
        patterns=(
            OwnPattern("CPF", r"\b\d{3}\.\d{3}\.\d{3}-\d\d\b", 0.5),
            OwnPattern("CPF (groups)", r"\b\d{3} \d{3} \d{3}[ \-]\d\d\b", 0.3),
            OwnPattern("CPF (digits)", r"\b\d{9}-?\d\d\b", 0.2),
        ),
        context=("cpf", "cadastro de pessoas", "pessoa física", "taxpayer"),
        check=cpf,
    ),
    "FR_NIR": OwnRecognizer(
        patterns=(
            OwnPattern("NIR", rf"{NIR}[ .\-]?\d\d\b", 0.4),
            OwnPattern("NIR (without key)", rf"{NIR}(?![ .\-]?\w)", 0.1),
        ),
        context=(*NIR_WORDS, "social security"),
        check=nir,
    ),
    "FR_SIREN": OwnRecognizer(
        patterns=(OwnPattern("SIREN", r"\b\d{3} ?\d{3} ?\d{3}\b", 0.05),),
        context=(*SIREN_WORDS, "company number"),
        check=luhn,
    ),
    "FR_SIRET": OwnRecognizer(
        patterns=(OwnPattern("SIRET", r"\b\d{3} ?\d{3} ?\d{3} ?\d{5}\b", 0.1),),
        context=("siret", "établissement", "company number"),
        check=siret,
    ),
}
