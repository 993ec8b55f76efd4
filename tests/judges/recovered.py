"""What a client could read out of an answer, if it tried: every text, joined and decoded."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode
from collections import defaultdict
from urllib.parse import unquote

DEPTH = 4
WORD = re.compile(r"[A-Za-z0-9+/_\-]{8,}={0,2}")
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
ODD = re.compile(r"[^a-z0-9@]")


def events_of(body):
    """The JSON of an answer, or that of each event of a stream, in any framing."""
    pieces = re.split(rb"\r?\n\r?\n|\n", body)
    values = []
    for piece in (body, *pieces):
        data = piece.removeprefix(b"data:").strip()
        try:
            value = json.loads(data)
        except ValueError:
            continue  # another framing than this one
        values.append(value)
        if piece is body:
            break
    return values


def channels(value, joined, path=""):
    """Joins the texts of events by their places."""
    if isinstance(value, dict):
        for key, inner in value.items():
            joined[f"{path} keys"].append(key)
            channels(inner, joined, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            channels(inner, joined, f"{path}/-")
    elif value is not None:
        joined[path].append(str(value))


def decoded(text, depth=DEPTH):
    """Yields a text, and all that it stands for."""
    yield text
    if depth:
        plain = html.unescape(unquote(text))
        plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)), plain).replace("\\", "")
        if plain != text:
            yield from decoded(plain, depth - 1)
        for word in WORD.findall(text):
            data = word.translate(str.maketrans("-_", "+/")).rstrip("=")
            try:
                inner = b64decode(data + "=" * (-len(data) % 4)).decode()
            except ValueError:
                continue  # no text in base 64
            yield from decoded(inner, depth - 1)


def readable(body):
    """All that can be read in an answer, in one line of letters and digits for each text."""
    joined = defaultdict(list)
    for value in events_of(body):
        channels(value, joined)
    texts = [body.decode(), *("".join(pieces) for pieces in joined.values())]
    return [ODD.sub("", form.lower()) for text in texts for form in decoded(text)]


def leaked(values, body, share=0.5):
    """The values of which half can be read in one piece.

    >>> leaked(["ann.lee@corp-mail.com", "536-90-4399"], b'{"a": "n=%35%33%36-90-4399", "b": "so"}')
    ['536-90-4399']
    """
    lines = readable(body)
    found = []
    for value in values:
        plain = ODD.sub("", value.lower())
        size = max(5, round(len(plain) * share))
        parts = [plain[at : at + size] for at in range(len(plain) - size + 1)]
        if any(part in line for line in lines for part in parts):
            found.append(value)
    return found
