"""Users' files in the formats that are common: each a reader of a file into a suite.

A reader takes JSON lines, a JSON list, CSV or TSV, compressed or not, in the form in which a set is
published, and rows of the form ``{"id", "text", "labels": {...}}``. What a module says of
``expect`` is what the metrics of its format read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tokenward.compare.suites.formats.bbq import read_bbq, read_bbq_letters
from tokenward.compare.suites.formats.bipia import read_bipia
from tokenward.compare.suites.formats.crows import read_crows
from tokenward.compare.suites.formats.prompts import read_bold, read_realtoxicity, read_text
from tokenward.compare.suites.formats.refusals import read_harmbench, read_xstest
from tokenward.compare.suites.formats.winobias import read_winobias
from tokenward.compare.suites.formats.winogender import read_winogender
from tokenward.compare.suites.suite import Suite

Reader = Callable[[Path, str], Suite]
"""Reads a file into a suite of the given name."""

FORMATS: Mapping[str, Reader] = {
    "bbq": read_bbq,
    "bbq-letters": read_bbq_letters,
    "bipia": read_bipia,
    "bold": read_bold,
    "crows": read_crows,
    "harmbench": read_harmbench,
    "realtoxicity": read_realtoxicity,
    "text": read_text,
    "winobias": read_winobias,
    "winogender": read_winogender,
    "xstest": read_xstest,
}
