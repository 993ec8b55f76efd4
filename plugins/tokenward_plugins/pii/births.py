"""Dates of birth: dates in many written forms behind a word that says what they are."""

from __future__ import annotations

import re

from tokenward_plugins.pii.kinds import BIRTH
from tokenward_plugins.pii.phrases import BEFORE, NeedMore, Phrase, Reader
from tokenward_plugins.pii.prefixes import whole_or_begun

MONTHS = (
    *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul"),
    *("august aug", "september sept sep", "october oct", "november nov", "december dec"),
    *("januar jänner", "februar", "märz", "mai", "juni", "juli", "oktober okt", "dezember dez"),
    *("janvier janv", "février févr", "mars", "avril avr", "juin", "juillet juil", "août"),
    *("septembre", "octobre", "novembre", "décembre déc", "enero ene", "febrero", "marzo"),
    *("abril abr", "mayo", "junio", "julio", "agosto ago", "septiembre setiembre", "octubre"),
    *("noviembre", "diciembre dic", "gennaio gen", "febbraio", "aprile", "maggio mag", "giugno"),
    *("luglio lug", "settembre", "ottobre ott", "dicembre", "janeiro", "fevereiro fev", "março"),
    *("maio", "junho", "julho", "setembro set", "outubro out", "novembro", "dezembro"),
    *("januari", "februari", "maart mrt", "mei", "augustus", "maj", "augusti", "juni", "juli"),
    *("fevrier", "aout", "decembre", "marco", "maerz"),
)
NAMES = frozenset(" ".join(MONTHS).split())

GAP = r"(?:[^.!?\n\w]|(?<=\b\w)\.|(?<=\b\w\w)\.){1,3}"
WORDS_BEFORE = re.compile(
    r"(?:\b(?:born|birth ?date|date of birth|day of birth|birth ?day|b-?day|dob|d\. ?o\. ?b"
    r"|geboren|geburtsdatum|geburtstag|geb|née?|né ?\(e\)|date de naissance|naissance"
    r"|nacid[oa]|nació|fecha de nacimiento|f\. ?nac|nat[oa] (?:il|a)|data di nascita|nascid[oa]"
    r"|nasceu|data de nascimento|geboortedatum|född|født|syntynyt|urodzon[yae]|data urodzenia"
    r"|doğum tarihi)(?![^\W\d_])|生年月日|出生(?:日期|年月日)?|생년월일)"
    rf"(?:{GAP}[^\W\d]+){{0,8}}?[^!?\w]{{0,4}}\Z",
    re.IGNORECASE,
)
"""Words that say that a date is one of birth, up to eight words before it, in the same sentence;
none of those is a number."""

DAY = r"(?:3[01]|[12]\d|0?[1-9])"
MONTH = r"(?:1[0-2]|0?[1-9])"
YEAR = r"(?:1[89]|20)\d\d"
ORDINALS = frozenset("st nd rd th er".split())
LINKS = frozenset("of de del di d".split())
ORDINAL = r"(?:st|nd|rd|th|er|[.º°ª])?"
NAME = rf"(?:{'|'.join(sorted(NAMES, key=len, reverse=True))})\.?"
MARK = "([-/.])"
END = r"(?![^\W_]|[./-]\d)"
FORMS = {
    "year, month, day": rf"{YEAR}{MARK} ?{MONTH}\1 ?{DAY}{END}",
    "day, month, year": rf"{DAY}{MARK} ?{MONTH}\1 ?(?:{YEAR}|\d\d){END}",
    "month, day, year": rf"{MONTH}{MARK} ?{DAY}\1 ?(?:{YEAR}|\d\d){END}",
    "day, name, year": rf"{DAY}{ORDINAL}[ -](?:of |de |di |d')?{NAME}[ ,-]{{1,2}}"
    rf"(?:of |de |del )?{YEAR}{END}",
    "name, day, year": rf"{NAME}[ -]{DAY}{ORDINAL}[ ,-]{{1,2}}{YEAR}{END}",
    "characters": rf"{YEAR} ?[年년] ?{MONTH} ?[月월] ?{DAY} ?[日일]",
}
COMPILED = {name: re.compile(form, re.IGNORECASE) for name, form in FORMS.items()}
SO_FAR = re.compile(
    rf"(?:[\d .,/'°ºª年月日년월일-]|{whole_or_begun(NAMES | ORDINALS | LINKS)})*", re.IGNORECASE
)
"""What every date is up to any of its characters, and a little more."""
LONGEST = 40
"""The longest date, in characters."""
SCORE = 0.95


class Births:
    """The grammar of dates of birth."""

    type = BIRTH
    candidate = re.compile(
        rf"(?<![^\W\u3040-\u9fff\uac00-\ud7a3])(?<![\d./-])(?:\d|{whole_or_begun(NAMES)})",
        re.IGNORECASE,
    )

    def read(self, reader: Reader, start: int) -> Phrase | None:
        """Returns the date that begins at an offset, if the words before it say what it is."""
        text = reader.text
        if WORDS_BEFORE.search(text, max(0, start - BEFORE), start) is None:
            return None
        high = start + LONGEST
        if len(text) < high and not reader.ended and SO_FAR.fullmatch(text, start):
            raise NeedMore
        for name, form in COMPILED.items():
            date = form.match(text, start, high)
            if date is not None:
                return Phrase(date.end(), SCORE, name)
        return None
