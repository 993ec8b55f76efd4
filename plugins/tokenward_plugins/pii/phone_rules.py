"""Whether plain digits are a phone number: libphonenumber's parsing and checks, on its metadata.

``phonenumbers`` builds an object, normalises, and tries its patterns one by one: 40 to 100
microseconds a region and number. What it does with digits alone is done here with a few compiled
patterns; the answers are the same (a test compares them), and where they would not be, the answer
is ``None`` and libphonenumber itself is asked.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST_NATIONAL = 17


class Plan:
    """The numbering plan of one region."""

    __slots__ = (
        "_code", "_forms", "_general", "_international", "_lengths", "_local", "_main", "_prefix",
        "_transform", "_valid", "gate",
    )  # fmt: skip

    def __init__(self, region: str, plans: Plans) -> None:
        data = metadata(region)
        general = data.general_desc
        self._code = str(data.country_code)
        self._general = re.compile(general.national_number_pattern)
        self._lengths = tuple(general.possible_length)
        self._local = frozenset(general.possible_length_local_only)
        self._international = re.compile(data.international_prefix or r"(?!)")
        prefix = data.national_prefix_for_parsing
        self._prefix = re.compile(prefix) if prefix else None
        self._transform = data.national_prefix_transform_rule or ""
        self._main = plans.main(data.country_code, region, self)
        self._valid = plans.valid(data.country_code)
        self._forms = tuple(map(_form, data.number_format))

    def accepts(self, digits: str) -> bool | None:
        """Tells whether digits are a valid number; ``None`` if libphonenumber has to say it."""
        if self._international.match(digits):
            return None
        national, plan, bare = digits, self, True
        if digits.startswith(self._code):
            rest = self.stripped(digits[len(self._code) :])[0]
            general = self._general.fullmatch
            if (not general(digits) and general(rest)) or len(digits) > self._lengths[-1]:
                national, plan, bare = rest, self._main, False
        national = plan.significant(national)
        if not 1 < len(national) <= LONGEST_NATIONAL or not self._valid.fullmatch(national):
            return False
        return not bare or not self._main.needs_prefix(national) or self._main.stripped(digits)[1]

    def possible(self, digits: str) -> bool:
        """Tells whether digits behind a plus sign and the country code can be a number."""
        national = self.significant(digits)
        return len(national) in self._lengths or len(national) in self._local

    def significant(self, digits: str) -> str:
        """Returns the digits without a national prefix, if what remains is long enough."""
        rest = self.stripped(digits)[0]
        length = len(rest)
        if length in self._local:
            return digits
        return rest if length in self._lengths or length > self._lengths[-1] else digits

    def stripped(self, digits: str) -> tuple[str, bool]:
        """Returns the digits without a national prefix or carrier code, and whether one was cut."""
        match = self._prefix.match(digits) if self._prefix and digits else None
        if match is None:
            return digits, False
        groups = match.groups()
        if self._transform and groups and groups[-1] is not None:
            assert self._prefix is not None
            rest = self._prefix.sub(self._transform, digits, count=1)
        else:
            rest = digits[match.end() :]
        if self._general.fullmatch(digits) and not self._general.fullmatch(rest):
            return digits, False
        return rest, True

    def needs_prefix(self, national: str) -> bool:
        """Tells whether a number is written with the national prefix, where one is."""
        for leading, pattern, needed in self._forms:
            if leading.match(national) and pattern.fullmatch(national):
                return needed
        return False


class Plans:
    """Plans by region, each read once; what several regions share, by country code."""

    __slots__ = ("_by_code", "_plans", "_valid")

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}
        self._valid: dict[int, re.Pattern[str]] = {}

    def of(self, region: str) -> Plan:
        """Returns the plan of a region."""
        plan = self._plans.get(region)
        if plan is None:
            plan = self._plans[region] = Plan(region, self)
        return plan

    def main(self, code: int, region: str, plan: Plan) -> Plan:
        """Returns the plan of the main region of a country code: of the asking one, or another."""
        first = _regions(code)[0]
        return plan if first == region else self.of(first)

    def abroad(self, digits: str) -> tuple[Plan, str] | None:
        """Returns the plan for digits behind a plus sign, and those behind the country code."""
        for length in (1, 2, 3):
            code = digits[:length]
            if not code.startswith("0") and _regions(int(code)):
                region = _regions(int(code))[0]
                return None if region == "001" else (self.of(region), digits[length:])
        return None

    def valid(self, code: int) -> re.Pattern[str]:
        """Returns what all valid national numbers of a country code match, as a whole."""
        pattern = self._valid.get(code)
        if pattern is None:
            parts = []
            for region in _regions(code):
                data = metadata(region)
                leading = f"(?={data.leading_digits})" if data.leading_digits else ""
                parts.append(leading + _kinds(data))
            pattern = self._valid[code] = re.compile("|".join(parts))
        return pattern


def _kinds(data: Any) -> str:
    """Returns a pattern for the numbers of a region that are of some known kind."""
    kinds = (
        data.premium_rate, data.toll_free, data.shared_cost, data.voip, data.personal_number,
        data.pager, data.uan, data.voicemail, data.fixed_line, data.mobile,
    )  # fmt: skip
    patterns = dict.fromkeys(_sized(kind) for kind in kinds if kind is not None)
    return f"(?={_sized(data.general_desc)})(?:{'|'.join(filter(None, patterns))})"


def _sized(kind: Any) -> str:
    """Returns the pattern of a kind of number, with the lengths that it may have."""
    if not kind.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}" for length in kind.possible_length if length > 0)
    size = rf"(?=(?:{lengths})\Z)" if lengths else ""
    return rf"{size}(?:{kind.national_number_pattern})\Z"


def _form(form: Any) -> tuple[re.Pattern[str], re.Pattern[str], bool]:
    leading = form.leading_digits_pattern[-1] if form.leading_digits_pattern else ""
    rule = form.national_prefix_formatting_rule or ""
    optional = form.national_prefix_optional_when_formatting
    needed = bool(rule) and not optional and re.fullmatch(r"\(?\\1\)?", rule) is None
    return re.compile(leading), re.compile(form.pattern), needed


def metadata(region: str) -> Any:
    """Returns what libphonenumber knows of a region."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415  (only where the plugin is used)

    return PhoneMetadata.metadata_for_region(region, None)


def _regions(code: int) -> tuple[str, ...]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    regions: tuple[str, ...] = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return regions
