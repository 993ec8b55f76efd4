"""How the keys of one provider look: a row of the tables of formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tokenward_plugins.secrets.checks import random_score

WORD_END = r"(?![\w-])"
LETTER_END = "(?![A-Za-z0-9])"
GREEDY = re.compile(r"\[(?:\\w-|A-Za-z0-9)\]\{\d+,\d+\}\Z")


@dataclass(frozen=True, slots=True)
class Format:
    """A type and where its keys are looked for.

    With ``prefixes``: where one of them begins a word; ``body`` is what follows it. With ``mark``,
    which is no character of a run: where it follows a run of the form ``head``, whose last
    ``size`` characters begin with ``begin`` or are digits. With neither: where a run begins that
    may be one by its first characters, ``hint``. ``body`` may name a group ``secret`` that narrows
    the span; ``inside`` are characters of it that no run has. A row with ``run`` has no greatest
    length: it goes on as long as characters of ``run`` do. ``check`` scores what was matched; 0 is
    no key.
    """

    type: str
    prefixes: tuple[str, ...]
    body: str
    check: Callable[[str], float] = random_score
    run: str = ""
    hint: str = ""
    head: str = ""
    begin: str = ""
    size: int = 0
    mark: str = ""
    inside: str = ""

    @property
    def pattern(self) -> str:
        """The expression of the whole key: what follows must not be more of the same."""
        begin = "|".join(re.escape(prefix) for prefix in self.prefixes)
        begin = f"(?:{begin})" if begin else self.head + re.escape(self.mark)
        end = WORD_END if r"\w-]" in self.body else LETTER_END
        # a shorter part of what ends like this is followed by more of it: no need to go back
        keep = "+" if GREEDY.search(self.body) else ""
        return f"{begin}{self.body}{keep}{end}"


def row(type: str, prefixes: str, body: str, *rest: object, **more: object) -> Format:  # noqa: A002  # the field's name
    """Returns a format; prefixes are written with a space between them."""
    return Format(type, tuple(prefixes.split()), body, *rest, **more)  # type: ignore[arg-type]
