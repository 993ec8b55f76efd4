"""Reads synonyms and antonyms out of the YAML files of the Open English WordNet.

References:
    McCrae, Rademaker, Bond, Rudnicka and Fellbaum 2019, "English WordNet 2019", GWC.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container
from pathlib import Path
from typing import Any

import yaml

from tokenward_plugins.groundedness.words import FUNCTION_WORDS, stem_of

PLAIN = re.compile(r"[a-z]{3,}")
Related = dict[str, set[str]]


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the entries and the synsets of a folder of the release, ``src/yaml``."""
    entries: dict[str, Any] = {}
    synsets: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.name == "frames.yaml":
            continue
        with file.open(encoding="utf-8") as opened:
            # in C where there is one
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            told = yaml.load(opened, loader)
        (entries if file.name.startswith("entries") else synsets).update(told)
    return entries, synsets


def relations(folder: Path, words: Container[str]) -> tuple[Related, Related]:
    """Returns synonyms and antonyms by stem, of those among some words."""
    entries, synsets = read(folder)
    synonyms: Related = defaultdict(set)
    antonyms: Related = defaultdict(set)
    of_sense: dict[str, str] = {}
    opposed: list[tuple[str, str]] = []
    for word, parts in entries.items():
        for part in parts.values():
            for sense in part.get("sense", ()):
                of_sense[sense["id"]] = word
                opposed += [(word, other) for other in sense.get("antonym", ())]
                if _fits(word, words):
                    near = [sense["synset"], *synsets[sense["synset"]].get("similar", ())]
                    for synset in near:
                        for other in synsets[synset]["members"]:
                            _relate(synonyms, word, other, words)
    for word, sense_id in opposed:
        other = of_sense.get(sense_id, "")
        _relate(antonyms, word, other, words)
        _relate(antonyms, other, word, words)
    return dict(synonyms), dict(antonyms)


def _fits(word: str, words: Container[str]) -> bool:
    return PLAIN.fullmatch(word) is not None and word in words


def _relate(table: Related, word: str, other: str, words: Container[str]) -> None:
    if _fits(word, words) and _fits(other, words):
        one, two = stem_of(word), stem_of(other)
        if one != two and not {one, two} & FUNCTION_WORDS:
            table[one].add(two)
