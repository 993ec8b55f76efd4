"""Names of people and companies, and places, from short lists."""

from __future__ import annotations

import re

from tokenward.redact.pseudonym.draw import Draw

FIRST = (
    "Adrian Aiden Alex Alice Amara Andre Anika Anton Arlo Astrid Aubrey Bela Bianca Blake "
    "Bruno Callum Camille Carmen Casey Cedric Chiara Clara Cyrus Dana Daria Dario Dorian Edith "
    "Eleni Elias Elise Emil Emre Enzo Esme Felix Finn Flora Frida Gemma Greta Hanna Harper Hugo "
    "Ilias Imani Ines Ingrid Iris Ivan Jade Jasper Jonas Jules Kara Kira Laila Lars "
    "Leila Leon Lena Linus Livia Lorna Luca Mabel Magnus Mara Marco Mateo Mila Milan Mira Nadia "
    "Naomi Nico Nina Noor Olga Omar Oscar Petra Quinn Rafael Remy Rhea Robin Rosa Rowan Ruben "
    "Sadie Samir Selma Silas Simone Sofia Stella Sven Tamar Tessa Theo Tobias Vera Viktor "
    "Wanda Willa Yara Yusuf Zara Zora"
).split()
LAST = (
    "Abbott Alder Amsel Archer Ashby Atwood Banner Barlow Beck Bellamy Bishop Blackwood Bolton "
    "Brandt Briggs Calder Carver Castell Chandler Conway Corbin Crane Croft Dalton Darrow Dean "
    "Draper Dunne Easton Ellery Everett Fairley Farrow Fenton Fielding Fletcher Foley Forrest "
    "Frost Gale Garner Gibbs Glover Granger Hale Hadley Harlow Hartman Hawkes Hayward Holloway "
    "Hurst Iverson Jarvis Keller Kemp Kendall Kessler Lambert Langley Larkin Lindqvist Lockwood "
    "Lowell Lund Marlow Mercer Merrick Moreau Nash Norwood Novak Oakley Palmer Parrish Pembroke "
    "Penrose Quill Radley Ramsay Redfern Rigby Rollins Rosen Rutland Sandoval Sawyer Selby "
    "Sinclair Somers Stanton Sterling Thorne Tilden Tolbert Underhill Vance Vaughn Wakefield "
    "Walden Warwick Weller Whitlock Winslow"
).split()
TITLES = frozenset(
    "dr frau herr lady lord madame miss mme monsieur mr mrs ms prof professor sir".split()
)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")  # noqa: RUF001  # a name may have this apostrophe
MOST_WORDS = 5

TOWNS = (
    "Ash Bram Cold Dun East Elm Fair Glen Hart High Kings Lang Mill New North Oak Red Stan".split()
)
TOWN_ENDS = (
    "bourne bury combe dale field gate ham haven leigh mere minster mouth ridge wick".split()
)
STREETS = (
    "Acacia Alder Birch Cedar Chestnut Elder Foundry Garden Harbour Hawthorn Hazel Juniper Larch "
    "Laurel Linden Maple Market Meadow Mill Mulberry Orchard Poplar Quarry Rowan Sycamore Willow"
).split()
STREET_KINDS = "Avenue Close Drive Lane Place Road Street Way".split()
COMPANIES = "Group Holdings Industries Labs Partners Systems Trading Works".split()


def person(value: str, draw: Draw) -> str | None:
    """Returns a name; each word gives the same one again, so that a name can be told in parts.

    ``None`` where the value does not look like a name.
    """
    words = value.split()
    if not 1 <= len(words) <= MOST_WORDS or not all(WORD.fullmatch(word) for word in words):
        return None
    if not all(word[0].isupper() or word[0].islower() for word in words):
        return f"{draw.of(FIRST)} {draw.of(LAST)}"  # a script without case: words say nothing
    titled = sum(_is_title(word) for word in words)
    names = [word for word in words if not _is_title(word)]
    if not names:
        return None
    made = [_name(word, draw, first=not at and len(names) + (not titled) > 1)
            for at, word in enumerate(names)]  # fmt: skip
    return " ".join([word for word in words if _is_title(word)] + made)


def _is_title(word: str) -> bool:
    return word.rstrip(".").lower() in TITLES


def _name(word: str, draw: Draw, *, first: bool) -> str:
    bare = word.rstrip(".")
    if len(bare) == 1:
        return "ABCDEFGHIJKLMNOPRSTVW"[draw.part("initial", bare.casefold()).below(21)] + word[1:]
    name = draw.part("name", bare.casefold()).of(FIRST if first else LAST)
    return name.upper() if bare.isupper() else name.lower() if bare.islower() else name


def town(value: str, draw: Draw) -> str:
    """Returns the name of a town."""
    del value
    return draw.of(TOWNS) + draw.of(TOWN_ENDS)


def street(value: str, draw: Draw) -> str:
    """Returns a number and the name of a street."""
    del value
    return f"{draw.below(990) + 10} {draw.of(STREETS)} {draw.of(STREET_KINDS)}"


def company(value: str, draw: Draw) -> str:
    """Returns the name of a company."""
    del value
    return f"{draw.of(LAST)} {draw.of(COMPANIES)}"
