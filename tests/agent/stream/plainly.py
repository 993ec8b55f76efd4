"""Puts text through ``Plain``, and puts disguises on values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tokenward.stream.plain import Plain


@dataclass(frozen=True)
class Undone:
    """Plain text, and where each of its characters begins and ends in the original."""

    text: str
    starts: tuple
    ends: tuple

    def original(self, start, end):
        return self.starts[start], self.ends[end - 1]


def undone(*chunks):
    """Returns what comes out of a text in chunks; checks what is pending on the way."""
    plain, out, fed = Plain(), [], 0
    for chunk in chunks:
        out.append(plain.feed(chunk))
        fed += len(chunk)
        written = sum(map(len, out))
        assert plain.written == written
        assert plain.original_of_settled(written) + plain.pending == fed
    out.append(plain.finish())
    text = "".join(out)
    assert (plain.pending, plain.written) == (0, len(text))
    starts = tuple(plain.original_start(at) for at in range(len(text)))
    ends = tuple(plain.original_end(at + 1) for at in range(len(text)))
    return Undone(text, starts, ends)


def plain_of(text):
    return undone(text).text


def cut_at(text, places):
    """Returns a text in pieces."""
    edges = [0, *sorted({min(place, len(text)) for place in places}), len(text)]
    return [text[low:high] for low, high in pairwise(edges)]


def between(sign):
    """Returns a disguise that puts a sign behind each character but the last."""
    return sign.join


def each(change):
    """Returns a disguise that changes each character."""
    return lambda value: "".join(map(change, value))


def only(signs, change):
    """Returns a disguise that changes some characters."""
    return lambda value: "".join(change(c) if c in signs else c for c in value)


def wide(character):
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


def bold(character):
    for first, base in (("A", 0x1D400), ("a", 0x1D41A), ("0", 0x1D7CE)):
        if character.isalnum() and 0 <= ord(character) - ord(first) < 26:
            return chr(base + ord(character) - ord(first))
    return character


def of_zero(zero):
    """Returns a change of ASCII digits to another script's."""
    return lambda character: chr(zero + int(character)) if character.isdecimal() else character


LOOK_ALIKES = dict(zip("aceopxyijsABCEHKMOPTX", "асеорхуіјѕАВСЕНКМОРТХ", strict=True))

EVERYWHERE = {
    "zero-width space": between("\u200b"),
    "three invisible ones": between("\u2060\ufeff\u200d"),
    "soft hyphen": between("\u00ad"),
    "selectors": between("\ufe0f"),
    "direction": between("\u202e"),
    "a tag": between("\U000e0061"),
    "full width": each(wide),
    "bold": each(bold),
    "look-alikes": only(set(LOOK_ALIKES), LOOK_ALIKES.get),
    "decimal entities": each(lambda c: f"&#{ord(c)};" if c != " " else c),
    "hexadecimal entities": each(lambda c: f"&#x{ord(c):x};" if c != " " else c),
    "entities in entities": only(".@-", lambda c: f"&amp;#{ord(c)};"),
    "named entities": only(".@_", lambda c: {".": "&period;", "@": "&commat;", "_": "&lowbar;"}[c]),
    "percent": each(lambda c: f"%{ord(c):02X}" if c != " " else c),
    "percent twice": only("@.", lambda c: f"%25{ord(c):02X}"),
    "json": each(lambda c: f"\\u{ord(c):04x}" if c != " " else c),
    "javascript": each(lambda c: f"\\x{ord(c):02x}" if c != " " else c),
    "braces": only("@.", lambda c: f"\\u{{{ord(c):x}}}"),
    "backslashes": only("_@.-", lambda c: f"\\{c}"),
    "accents": each(lambda c: c if c == " " else f"{c}\u0301"),
    "accents and keycaps": each(lambda c: f"{c}\ufe0f\u20e3" if c.isdecimal() else c),
}
"""Disguises of any value, by name."""

OF_NUMBERS = {
    "Arabic digits": each(of_zero(0x660)),
    "Devanagari digits": each(of_zero(0x966)),
    "Thai digits": each(of_zero(0xE50)),
    "raised digits": only(
        set("0123456789"), lambda c: dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))[c]
    ),
    "circled digits": only(
        set("0123456789"), lambda c: dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))[c]
    ),
    "bold groups": lambda value: " ".join(f"**{group}**" for group in value.split(" ")),
    "code groups": lambda value: " ".join(f"`{group}`" for group in value.split(" ")),
    "bold half": lambda value: f"{value[:2]}**{value[2:]}**",
}
"""Disguises of numbers in groups."""

OF_ADDRESSES = {
    "bold host": lambda value: value.replace("@", "@**", 1).replace(".", "**.", 1),
    "code host": lambda value: value.replace("@", "@`", 1).replace(".", "`.", 1),
    "small dots": lambda value: value.replace(".", "\u2024"),
    "Chinese full stop": lambda value: value.replace(".", "\u3002"),
    "middle dot": lambda value: value.replace(".", "\u00b7"),
    "wide signs": lambda value: value.replace(".", "\uff0e").replace("@", "\uff20"),
    "small capitals": lambda value: value.replace("n", "ɴ").replace("e", "ᴇ"),
    "circled letters": lambda value: value.replace("n", "ⓝ").replace("e", "ⓔ"),
}
"""Disguises of e-mail addresses."""
