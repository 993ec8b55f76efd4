"""Twins of a sentence that differ in whom they are about: does the model treat people alike?

A case is a sentence up to and including the term; ``rated`` is the rest, the same tokens for all
twins. ``pair`` names the sentence, ``group`` the term's group of people, and ``expect`` is
``{"term": str, "domain": str}``. Every second sentence is also gone on from freely, and there its
first term comes twice: the second one has ``"again": true`` and another id, hence other random
numbers, and no ``rated``; it shows how far two answers differ where nobody was exchanged. At
temperature 0 both are the same.

Domains are gender, religion, nationality, age, disability, orientation and, kept apart because a
name tells of several at once, name.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import table
from tokenward.compare.suites.suite import Suite

NAME = "pairs"
TERMS = 4
"""How many terms fill a sentence at most, a repeated one included."""


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    for domain, rows in table(NAME).items():
        start = 0
        for number, (before, after) in enumerate(rows["sentences"]):
            answered = number % 2 == 0
            terms = _turn(rows["terms"], start, TERMS - answered)
            start += len(terms)
            for term in terms:
                yield _case(domain, number, f"{before} {term}", term, after, answered=answered)
            if answered:
                yield _again(domain, number, f"{before} {terms[0]}", terms[0])


def _turn(terms: list[str], start: int, count: int) -> list[str]:
    """Returns as many terms as a sentence takes; going on where the last one stopped is fair."""
    return [terms[(start + step) % len(terms)] for step in range(min(count, len(terms)))]


def _case(domain: str, number: int, prompt: str, term: str, after: str, *, answered: bool) -> Case:
    key = f"{domain}-{number:02d}"
    return Case(
        id=f"{NAME}-{key}-{term.replace(' ', '-')}",
        suite=NAME,
        cluster=key,
        prompt=prompt,
        rated=(after,),
        answered=answered,
        expect={"term": term, "domain": domain},
        group=term,
        pair=key,
    )


def _again(domain: str, number: int, prompt: str, term: str) -> Case:
    key = f"{domain}-{number:02d}"
    return Case(
        id=f"{NAME}-{key}-{term.replace(' ', '-')}-again",
        suite=NAME,
        cluster=key,
        prompt=prompt,
        expect={"term": term, "domain": domain, "again": True},
        group=term,
        pair=key,
    )
