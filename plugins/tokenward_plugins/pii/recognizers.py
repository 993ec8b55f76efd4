"""All recognizers of a detector, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable

from tokenward_plugins.pii.emails import EmailJudge
from tokenward_plugins.pii.kinds import NUMBERS, PHONE, PHONES, USUAL
from tokenward_plugins.pii.linephones import LinePhoneJudge
from tokenward_plugins.pii.own import RECOGNIZERS
from tokenward_plugins.pii.phones import PhoneJudge
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.recognizer import PatternJudge
from tokenward_plugins.pii.suffixes import Suffixes
from tokenward_plugins.pii.urls import UrlJudge

Judge = PatternJudge | LinePhoneJudge


class Recognizers:
    """Presidio's recognizers, and ours; they keep nothing of the texts that they see.

    Those that few policies ask for are loaded when a text is opened for their types. No network is
    used, then or later.
    """

    __slots__ = ("_judges", "_presidio", "email", "phone", "url")

    def __init__(self, presidio: Presidio, regions: tuple[str, ...]) -> None:
        registered = Suffixes().registered
        self._presidio = presidio
        self._judges: dict[str, Judge] = {}
        self.email = EmailJudge(presidio.load("EMAIL_ADDRESS")(), registered)
        self.url = UrlJudge(presidio.load("URL")(), registered)
        self.phone = PhoneJudge(presidio.load(PHONE), regions)

    @classmethod
    def load(cls, regions: tuple[str, ...]) -> Recognizers:
        """Loads the usual ones, and checks that the others are there."""
        presidio = Presidio()
        presidio.check()
        loaded = cls(presidio, regions)
        loaded.judges(USUAL)
        return loaded

    def judges(self, types: Iterable[str]) -> list[Judge]:
        """Returns the judges of those of the types that one recognizer each decides."""
        wanted = sorted(set(types) & (NUMBERS | PHONES) - {PHONE})
        return [self._judge(kind) for kind in wanted]

    def _judge(self, kind: str) -> Judge:
        judge = self._judges.get(kind)
        if judge is None:
            recognizer = RECOGNIZERS.get(kind) or self._presidio.load(kind)()
            make = LinePhoneJudge if kind in PHONES else PatternJudge
            judge = self._judges[kind] = make(kind, recognizer)
        return judge
