"""Counts of records, by the records themselves and by their cells."""

from __future__ import annotations

from tokenward.decisions.columns import group_of, row_of, weight_of
from tokenward.monitor.profile import Profile
from tokenward.store.cells import unpack


def profile_of(interactions):
    """Counts interactions as a store gives them back: their sessions are hashes."""
    profile = Profile()
    for one in interactions:
        profile.add(row_of(one), group_of(one), weight_of(one))
    return profile


def count(profile, dictionary, cells, group, weight):
    """Counts one row by its cells."""
    profile.count(None, group, 1, weight, weight * weight)
    for cell in cells:
        profile.count(dictionary.meaning(cell), group, 1, weight, weight * weight)


def profile_of_tail(store, start=None, end=None):
    """Counts the rows of a store that are not sealed."""
    profile = Profile()
    with store.snapshot() as snapshot:
        for batch in snapshot.tail_batches(start, end):
            for cells, group, weight in batch:
                count(profile, snapshot.dictionary, unpack(cells), group, weight)
    return profile


def told(profile):
    """Returns all that a profile counted, in no order."""
    columns = {
        name: (one.kind, one.base, one.groups, one.rows, one.weight, one.squares)
        for name, one in profile.columns.items()
    }
    bases = {name: (one.groups, one.rows, one.weight) for name, one in profile.bases.items()}
    return columns, bases, profile.lists
