"""What a policy may set for the detector ``presidio``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tokenward.errors import UsageError

BLANK = "blank"
MOST_WORDS = 10_000
"""Words of a deny list: Presidio makes one pattern of them, which takes 50 ms a sentence then."""

LANGUAGE = re.compile(r"[a-z]{2,3}")


def check_deny_list(words: object, where: str) -> None:
    """Raises ``UsageError`` where a deny list is too long for Presidio's way to look for it."""
    if isinstance(words, list | tuple) and len(words) > MOST_WORDS:
        raise UsageError(
            f"{where}: deny_list has {len(words)} words, at most {MOST_WORDS} can be looked for "
            "in time; give them to the detector 'keywords', which takes millions"
        )


@dataclass(frozen=True, slots=True)
class RecognizersSettings:
    """Which recognizers run, and on what.

    ``recognizers`` lists classes (``package.module:ClassName``, ``path/to/file.py:ClassName``),
    files in Presidio's own YAML format (``path/to/file.yaml``) and, where the policy is a mapping
    in a program, objects. ``language`` is the one whose recognizers run. ``context`` says whether
    words before a value raise its score, as in Presidio. ``nlp`` is the folder of the spaCy
    pipeline that gives recognizers their tokens, lemmas and entities; ``blank`` gives tokens only.

    >>> RecognizersSettings(recognizers=("recognizers.yaml",)).language
    'en'
    """

    recognizers: tuple[Any, ...] = ()
    language: str = "en"
    context: bool = True
    nlp: str = BLANK

    def check(self) -> None:
        """Raises ``UsageError`` where a value is missing or makes no sense."""
        if not self.recognizers:
            raise UsageError(
                "presidio: no recognizers are set; list some: 'package.module:ClassName', "
                "'path/to/file.py:ClassName', or 'path/to/file.yaml' in Presidio's format"
            )
        if not LANGUAGE.fullmatch(self.language):
            raise UsageError(
                f"presidio: language is {self.language!r}; use a code such as 'en' or 'de'"
            )
        if not self.nlp:
            raise UsageError(f"presidio: nlp is empty; use {BLANK!r} or the folder of a pipeline")
