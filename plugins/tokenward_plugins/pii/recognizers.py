"""All recognizers of a detector, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from tokenward_plugins.pii.emails import EmailJudge
from tokenward_plugins.pii.kinds import NUMBERS, PHONE, PHONES
from tokenward_plugins.pii.linephones import LinePhoneJudge
from tokenward_plugins.pii.own import RECOGNIZERS
from tokenward_plugins.pii.phone_gates import check_regions
from tokenward_plugins.pii.phones import PhoneJudge
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.recognizer import PatternJudge
from tokenward_plugins.pii.suffixes import Suffixes
from tokenward_plugins.pii.urls import UrlJudge

Judge = PatternJudge | LinePhoneJudge


class Recognizers:
    """Presidio's recognizers, and ours; they keep nothing of the texts that they see.

    Each is loaded when a text is first opened for its type: compiling the patterns of one takes
    up to a tenth of a second. No network is used, then or later.
    """

    def __init__(self, presidio: Presidio, regions: tuple[str, ...]) -> None:
        self._presidio = presidio
        self._regions = regions
        self._suffixes = Suffixes()
        self._judges: dict[str, Judge] = {}

    @classmethod
    def load(cls, regions: tuple[str, ...]) -> Recognizers:
        """Checks that all of them are there, and the regions."""
        presidio = Presidio()
        presidio.check()
        check_regions(regions)
        return cls(presidio, regions)

    @cached_property
    def email(self) -> EmailJudge:
        """The judge of e-mail addresses."""
        return EmailJudge(self._presidio.load("EMAIL_ADDRESS")(), self._suffixes.registered)

    @cached_property
    def url(self) -> UrlJudge:
        """The judge of URLs."""
        return UrlJudge(self._presidio.load("URL")(), self._suffixes.registered)

    @cached_property
    def phone(self) -> PhoneJudge:
        """The judge of phone numbers."""
        return PhoneJudge(self._presidio.load(PHONE), self._regions)

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
