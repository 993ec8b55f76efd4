"""Tells the languages of several Latin texts at once, from tables of what tokens tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tokenward_plugins.language.evidence import UNKNOWN_TEXT, UNKNOWN_WORD, WORDS_THAT_COUNT
from tokenward_plugins.language.profiles import FOREIGN_LETTER, TENTHS, profiles
from tokenward_plugins.language.scripts import runs_of
from tokenward_plugins.tokens.lexer import Table
from tokenward_plugins.tokens.text import Text
from tokenward_plugins.tokens.vocabulary import VOCABULARY

SCRIPT = "latin"


def leaders(texts: Sequence[Text], least: int, unknown: str) -> list[str]:
    """Returns the language whose share is half or more of each plain text, or ``unknown``.

    It is what ``evidence.leader`` finds of all words; ``least`` are the letters that it takes.
    """
    looked = VOCABULARY.look(texts, _TOLD)
    told = looked.sums(*looked.tables)
    letters, words = told[:, 0], np.maximum(told[:, 1], 1)
    scale = np.minimum(1.0, WORDS_THAT_COUNT / words)[:, None]
    nats = scale * (told[:, 2:] / TENTHS)
    best = nats.argmax(1)
    lead = nats - nats.max(1, keepdims=True)
    none = UNKNOWN_TEXT + UNKNOWN_WORD * np.minimum(words, WORDS_THAT_COUNT)
    others = np.exp(lead).sum(1) - 1.0 + np.exp(none - nats.max(1))
    is_clear = (others <= 1.0) & (letters >= max(1, least))
    codes = profiles()[SCRIPT].languages
    return [
        codes[at] if clear else unknown
        for at, clear in zip(best.tolist(), is_clear.tolist(), strict=True)
    ]


def _told(tokens: Sequence[str]) -> Table:
    """Returns the letters and words of each token, and the tenths of a nat for each language."""
    profile = profiles()[SCRIPT]
    words = list(map(_words, tokens))
    evidence = [sum(map(profile.evidence, some)).to_bytes(profile.size, "little") for some in words]
    number = np.array(list(map(len, words)), np.int32)[:, None]
    letters = np.array([sum(map(len, some)) for some in words], np.int32)[:, None]
    tenths = (
        np.frombuffer(b"".join(evidence), "<u4")
        .reshape(len(tokens), len(profile.languages))
        .astype(np.int32)
    )
    return np.hstack([letters, number, tenths - FOREIGN_LETTER * number])


def _words(token: str) -> Sequence[str]:
    """Returns the runs of letters of a token of a plain text."""
    return (token,) if token.isalpha() else runs_of(token).words.get(SCRIPT, ())


_TOLD = VOCABULARY.table(_told)
