"""Which digits can be a phone number of a region: what libphonenumber's metadata tells at once."""

from __future__ import annotations

import re
from typing import Any

from tokenward.errors import UsageError
from tokenward_plugins.pii.phone_rules import Plans, metadata

LEAST_DIGITS = 7
MOST_DIGITS = 17


def check_regions(regions: tuple[str, ...]) -> None:
    """Refuses what libphonenumber does not know."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  (only where the plugin is used)

    for region in regions:
        if region not in SUPPORTED_REGIONS:
            raise UsageError(
                f"detector 'pii': unknown region {region!r} in 'regions'; "
                "use two-letter codes in capitals, such as US, GB, DE"
            )


def gates(regions: tuple[str, ...], plans: Plans) -> dict[str, str]:
    """Returns expressions that all numbers of some regions match, written without a plus sign.

    In libphonenumber's order: an international prefix and anything, or the country code and the
    national prefix, both optional, and the digits of a valid national number. Regions that differ
    in the least length only (US and CA) stand under the first of them, with the smaller one: to
    compile an expression of theirs takes 25 ms.
    """
    known: dict[tuple[str, str], tuple[str, int]] = {}
    for region in regions:
        gate = _gate(region, plans)
        least = metadata(region).general_desc.possible_length[0]
        first, other = known.get(gate, (region, least))
        known[gate] = first, min(least, other)
    return {
        region: rf"{abroad}|(?=\d{{{least}}}){national}"
        for (abroad, national), (region, least) in known.items()
    }


def _gate(region: str, plans: Plans) -> tuple[str, str]:
    """Returns the expressions of numbers with an international prefix, and of others."""
    data = metadata(region)
    number = plans.valid(data.country_code).pattern
    prefix = data.national_prefix_for_parsing or ""
    national = f"(?:{number})?" if data.national_prefix_transform_rule else f"(?:{number})"
    before = f"(?:{data.country_code})?(?:{prefix}){{0,2}}"
    if _needs_prefix(data):
        known = "|".join(
            f"(?={form.leading_digits_pattern[-1] if form.leading_digits_pattern else ''})"
            f"{form.pattern}\\Z"
            for form in data.number_format
            if _has_prefix_rule(form)
        )
        before = f"(?:{data.country_code}(?:{prefix}){{0,2}}|{prefix}|(?!{known}))"
    return rf"(?:{data.international_prefix or '(?!)'})\d+", before + national


def _needs_prefix(data: Any) -> bool:
    """Tells whether a bare national number is refused without its national prefix (Germany)."""
    lengths = ["1" * length for length in range(LEAST_DIGITS, MOST_DIGITS + 1)]
    return bool(data.number_format) and all(
        _has_prefix_rule(form) or not any(re.fullmatch(form.pattern, one) for one in lengths)
        for form in data.number_format
    )


def _has_prefix_rule(form: Any) -> bool:
    rule = form.national_prefix_formatting_rule
    optional = form.national_prefix_optional_when_formatting
    return bool(rule) and rule.strip("()") != "$1" and not optional
