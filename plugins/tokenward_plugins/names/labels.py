"""What the labels of models are called here, and how labels say where a name begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tokenward.errors import UsageError, one_of

USUAL = {
    "PERSON": "per person pers persname prs ps people firstname first_name givenname given_name "
    "lastname last_name surname fullname full_name name patient staff hcw",
    "LOCATION": "loc location gpe gpe_loc lc fac facility placename geogname city country state",
    "ORGANIZATION": "org organization organisation orgname og gpe_org corp corporation company "
    "hosp hospital patorg",
    "NRP": "norp nrp nationality",
}
"""Types, with the labels that widely used models have for them, in small letters."""

PROMPTS = {
    "person": "PERSON",
    "location": "LOCATION",
    "organization": "ORGANIZATION",
    "nationality, religious or political group": "NRP",
}
"""What a model that is told its labels in words is asked for."""

TYPES = {label: kind for kind, labels in USUAL.items() for label in labels.split()}

OTHERS = "*"
"""Stands for all labels that a mapping does not name, and for their own names."""

MARKS = frozenset("BILUESM")


def types_of(labels: Iterable[str], mapping: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the type of each label of a model that has one; ``mapping`` goes over the usual ones.

    ``{"*": "*"}`` keeps the own names of labels that have no usual type, ``{"*": None}`` leaves out
    all that are not named.

    >>> types_of(["PER", "MISC", "DATE"], {"DATE": "DATE_TIME"})
    {'PER': 'PERSON', 'DATE': 'DATE_TIME'}
    >>> types_of(["PER", "DRUG"], {"*": "*"})
    {'PER': 'PERSON', 'DRUG': 'DRUG'}
    >>> types_of(["PER", "DRUG"], {"DRUG": "SUBSTANCE", "*": None})
    {'DRUG': 'SUBSTANCE'}
    """
    known = {label.casefold(): label for label in labels}
    asked = {label.casefold(): kind for label, kind in mapping.items() if label != OTHERS}
    for label in mapping:
        if label != OTHERS and label.casefold() not in known:
            raise UsageError(
                f"names: labels: the model has no label {label!r}; {one_of(sorted(known.values()))}"
            )
    usual = {} if mapping.get(OTHERS, OTHERS) is None else TYPES
    own = known if OTHERS in mapping else {}
    kinds = {
        label: asked.get(key, usual.get(key) or (own.get(key) if usual else None))
        for key, label in known.items()
    }
    kinds |= {known[key]: kind for key, kind in asked.items()}  # also those mapped to nothing
    found = {label: kind for label, kind in kinds.items() if kind is not None}
    if not found:
        held = ", ".join(sorted(known.values())) or "none"
        raise UsageError(
            f"names: no label of the model has a type (it has {held}); map some with "
            "'labels: {LABEL: TYPE}', or keep the names of all: 'labels: {\"*\": \"*\"}'"
        )
    return found


def prompts_of(mapping: Mapping[str, str | None]) -> dict[str, str]:
    """Returns what to ask a model for that takes any label, with the type of each."""
    usual = {} if mapping.get(OTHERS, OTHERS) is None else PROMPTS
    asked = {label: kind for label, kind in mapping.items() if label != OTHERS}
    found = {label: kind for label, kind in {**usual, **asked}.items() if kind is not None}
    if not found:
        raise UsageError("names: labels leaves nothing to look for; map a label to a type")
    return found


def split_label(label: str) -> tuple[str, str]:
    """Returns the mark of a label (``B``, ``I``, ``E``, ``S`` ...; empty if plain) and its kind.

    >>> split_label("B-PER"), split_label("I_LOC"), split_label("ORG"), split_label("O")
    (('B', 'PER'), ('I', 'LOC'), ('', 'ORG'), ('', ''))
    """
    if label.upper() in ("O", "OUTSIDE", ""):
        return "", ""
    if len(label) > 2 and label[0].upper() in MARKS and label[1] in "-_":  # noqa: PLR2004
        return label[0].upper(), label[2:]
    return "", label
