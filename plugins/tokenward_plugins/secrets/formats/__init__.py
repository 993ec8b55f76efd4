"""The formats of providers' keys, one row each: type, where it is looked for, body, check.

Where a row names no check, the value must be random enough and no placeholder.
"""

from __future__ import annotations

from tokenward_plugins.secrets.formats import business, clouds, code, models, signed
from tokenward_plugins.secrets.formats.format import Format

__all__ = ["FORMATS", "LONGEST", "Format"]

FORMATS: tuple[Format, ...] = (
    *business.ROWS,
    *clouds.ROWS,
    *code.ROWS,
    *models.ROWS,
    *signed.ROWS,
)

LONGEST = 500
"""No format without ``run`` is longer."""
