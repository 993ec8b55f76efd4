"""Reads what was written: pages by their tags, tables of Markdown by their cells."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from markdown_it import MarkdownIt

PARSER = MarkdownIt("commonmark").enable("table")


def rows(text):
    """Returns the number of cells of each row of each table, as a parser sees them."""
    found, cells = [], None
    for token in PARSER.parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            cells = 0
        elif token.type in ("td_open", "th_open"):
            cells += 1
        elif token.type == "tr_close":
            found[-1].append(cells)
    return found


VOID = {"meta", "br", "hr", "img", "link", "input", "path", "circle", "rect"}


class Checked(HTMLParser):
    """Reads a page and finds what is not closed, ids that come twice, and what is from outside."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.ids, self.refers = [], [], [], []
        self.tags, self.levels, self.headings = Counter(), [], []
        self.feed(text)
        self.close()
        self.wrong += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if "id" in told:
            self.ids.append(told["id"])
        self.refers += [told[name] for name in ("href", "src", "action") if name in told]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closed without being open: {tag}")
