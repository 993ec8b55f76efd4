"""Tokens and private keys that say themselves what they are."""

from __future__ import annotations

from tokenward_plugins.secrets.checks import encoded_key_score, jose_score, mixed_score
from tokenward_plugins.secrets.formats.format import Format, row
from tokenward_plugins.secrets.runs import SHORTEST


def _member(*names: str) -> str:
    r"""Returns a look-behind for a member of a JSON Web Key, quotes escaped or not.

    >>> _member("d")
    '(?:(?<="d":")|(?<="d": ")|(?<=\\\\"d\\\\":\\\\"))'
    """
    forms = []
    for quote, space in (('"', ""), ('"', " "), (r'\\"', "")):
        *others, name = (f"{quote}{name}{quote}" for name in names)
        before = "".join(f"{other},{space}" for other in others)
        forms.append(f"(?<={before}{name}:{space}{quote})")
    return f"(?:{'|'.join(forms)})"


PRIME = f"(?:{'|'.join(_member(name) for name in ('p', 'q', 'dp', 'dq', 'qi'))})"
"""The members of a key for RSA that alone tell the private key."""

ROWS: tuple[Format, ...] = (
    row("AGE_SECRET_KEY", "AGE-SECRET-KEY-1", "[02-9AC-HJ-NP-Z]{58}"),
    row("JWT", "eyJ", r"[\w-]+\.[\w-]{2,}(?:\.[\w-]+){0,3}", jose_score, run=r"[\w.-]"),
    row(
        "PRIVATE_KEY",
        "LS0tLS1CRUdJTi",
        "[A-Za-z0-9+/]{80,}={0,2}",
        encoded_key_score,
        run="[A-Za-z0-9+/=]",
    ),
    *(
        row(
            "PRIVATE_KEY",
            "",
            f"{before}[\\w-]{{{least},}}",
            mixed_score,
            run=r"[\w-]",
            hint=f"{before}[\\w-]{{{SHORTEST}}}",
        )
        for before, least in ((_member("d"), 42), (_member("oct", "k"), SHORTEST))
    ),
    row(
        "PRIVATE_KEY",
        "",
        f"{PRIME}[\\w-]{{80,}}",
        mixed_score,
        run=r"[\w-]",
        hint=f"{PRIME}[\\w-]{{{SHORTEST}}}",
    ),
)
