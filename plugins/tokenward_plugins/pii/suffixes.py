"""Which domain names are under a public suffix: the list that comes with ``tldextract``."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "tldextract"
LIST = ".tld_set_snapshot"
PRIVATE = "// ===BEGIN PRIVATE DOMAINS==="
COMMENT = "//"


class Suffixes:
    """Answers as ``tldextract`` does, some ten times faster.

    The list is the one in the package, read without importing it: that takes a tenth of a second,
    and is done for names in other scripts only. Presidio's own e-mail check lets ``tldextract``
    fetch a newer list at the first address.
    """

    def __init__(self) -> None:
        self._rules = frozenset(rules() or self._extract.tlds)
        parts = set(self._rules)
        for rule in self._rules:
            rest = rule.partition(".")[2]
            while rest and rest not in parts:
                parts.add(rest)
                rest = rest.partition(".")[2]
        self._parts = parts

    @cached_property
    def _extract(self) -> Any:
        from tldextract import TLDExtract  # noqa: PLC0415  (it imports requests)

        return TLDExtract(suffix_list_urls=(), cache_dir=None)

    def registered(self, domain: str) -> bool:
        """Tells whether a name is longer than the public suffix that it ends in."""
        if not domain.isascii() or "xn--" in domain.lower():
            return bool(self._extract(domain).fqdn != "")
        labels = domain.lower().split(".")
        known = ""
        suffix = at = len(labels)
        for label in reversed(labels):
            name = f"{label}.{known}" if known else label
            if name in self._parts:
                at -= 1
                known = name
                if name in self._rules:
                    suffix = at
            elif f"*.{known}" in self._rules:
                suffix = at if f"!{name}" in self._rules else at - 1
                break
            else:
                break
        return 0 < suffix < len(labels)


def rules() -> list[str]:
    """Returns the public suffixes of the list in the package; none where it has no such file.

    Suffixes that are a company's own are left out, as ``tldextract`` does.
    """
    spec = find_spec(PACKAGE)
    places = (spec and spec.submodule_search_locations) or ()
    for folder in places:
        file = Path(folder) / LIST
        if file.is_file():
            public = file.read_text("utf-8").partition(PRIVATE)[0]
            lines = (line.strip() for line in public.splitlines())
            return [line for line in lines if line and not line.startswith(COMMENT)]
    return []
