"""The words of the detector, read from the package: groups, and the frames they stand in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Form:
    """A word for a group: its axis, which group of it, and which form (singular, plural, ...)."""

    axis: str
    group: int
    form: int


class Lexicon:
    """Looks up words for groups, and what they can be swapped for."""

    def __init__(self) -> None:
        axes = tomllib.loads(_read("terms.toml"))["axes"]
        self._axes: dict[str, list[list[str]]] = axes
        self.forms: dict[str, Form] = {}
        for axis, groups in axes.items():
            for group, words in enumerate(groups):
                for form, word in enumerate(words):
                    if word:
                        self.forms.setdefault(word.lower(), Form(axis, group, form))
        self.any = re.compile(rf"\b(?:{_either(self.forms)})\b", re.IGNORECASE)
        people = [word for word, form in self.forms.items() if form.axis not in _PRONOUNS]
        self.people = _either(people)

    def swaps(self, word: str) -> list[str]:
        """Returns what a word can be swapped for: the same form of the other groups of its axis.

        >>> Lexicon().swaps("Women")
        ['Men']
        """
        form = self.forms[word.lower()]
        others = [
            words[form.form]
            for group, words in enumerate(self._axes[form.axis])
            if group != form.group and words[form.form]
        ]
        return [other.capitalize() if word[0].isupper() else other for other in others]


_PRONOUNS = ("pronoun", "possessive")


def frames(people: str) -> dict[str, list[re.Pattern[str]]]:
    """Returns the patterns of each type; ``people`` matches a word for a group."""
    table = tomllib.loads(_read("frames.toml"))
    parts = {
        name: f"(?:{'|'.join(some)})" for name, some in tomllib.loads(_read("words.toml")).items()
    }
    parts |= table["parts"] | {"people": f"(?:{people})"}
    return {
        type_: [re.compile(_pattern(frame, parts), re.IGNORECASE) for frame in some]
        for type_, some in table["frames"].items()
    }


def _pattern(frame: str, parts: dict[str, str]) -> str:
    filled = re.sub(r"<(\w+)>", lambda found: parts[found[1]], frame)
    # re.escape writes a space as "\\ ", a frame as " ": both stand for any white space
    return rf"\b{filled}\b".replace("\\ ", " ").replace(" ", r"\s{1,8}")


def _either(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
