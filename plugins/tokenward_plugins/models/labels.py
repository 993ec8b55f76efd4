"""What the labels of a model are called in policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.errors import UsageError, one_of

OTHERS = "*"
"""Stands for all labels that a mapping does not name, and for their own names."""


def types_of(
    labels: Sequence[str], mapping: Mapping[str, str | None], who: str
) -> tuple[str | None, ...]:
    """Returns the type of each label: its own name unless ``mapping`` says another, or none.

    Case does not matter. ``{"*": null}`` leaves out what is not named.

    >>> types_of(["LABEL_0", "LABEL_1"], {"LABEL_1": "injection", "*": None}, "classifier")
    (None, 'injection')
    """
    check_mapping(mapping, who)
    known = {label.casefold() for label in labels}
    asked = {label.casefold(): kind for label, kind in mapping.items() if label != OTHERS}
    for label in mapping:
        if label != OTHERS and label.casefold() not in known:
            raise UsageError(
                f"{who}: labels: the model has no label {label!r}; {one_of(sorted(labels))}"
            )
    left_out = mapping.get(OTHERS, OTHERS) is None
    types = tuple(asked.get(label.casefold(), None if left_out else label) for label in labels)
    if not any(types):
        raise UsageError(f"{who}: labels leaves out all that the model has; {one_of(labels)}")
    return types


def check_mapping(mapping: Mapping[str, str | None], who: str) -> None:
    """Raises ``UsageError`` where a mapping of labels to types makes no sense."""
    for label, kind in mapping.items():
        wrong = kind is not None and kind.split() != [kind]
        if not label.strip() or wrong or (label == OTHERS and kind not in (OTHERS, None)):
            raise UsageError(
                f"{who}: labels maps {label!r} to {kind!r}; write 'LABEL: TYPE', without white "
                "space, 'LABEL: null' to leave it out, or '\"*\": null' for all others"
            )
