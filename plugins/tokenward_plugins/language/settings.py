"""What a policy may set for the classifier ``language``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tokenward.errors import UsageError


@dataclass(frozen=True, slots=True)
class LanguageSettings:
    """How much of a text is read, and how little of it is enough.

    ``sample`` is how many characters are read, from the beginning. A text with fewer than
    ``min_letters`` letters scores 0 for every language; a Chinese, Japanese or Korean character
    counts as three. ``backend`` says what tells languages: the profiles in this package, or
    py3langid, where that is installed.

    >>> LanguageSettings(sample=1000).min_letters
    4
    """

    sample: int = 4000
    min_letters: int = 4
    backend: Literal["embedded", "py3langid"] = "embedded"

    def __post_init__(self) -> None:
        for name, value in (("sample", self.sample), ("min_letters", self.min_letters)):
            if value < 1:
                raise UsageError(f"detector 'language': {name!r} is {value!r}; use 1 or more")
