"""Finds passwords in URLs and in connection strings of that form: ``scheme://user:password@``."""

from __future__ import annotations

import re

from tokenward_plugins.secrets.checks import MASKED, TEMPLATE
from tokenward_plugins.secrets.window import Add, Window

WEB = frozenset("http https ftp ftps sftp ssh git svn ws wss webdav".split())
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}\Z")
USER = re.compile(r"[^\s:/?#@\"'<>`\\|]{0,64}")
DELIMITER = re.compile(r"[\s/?#\"'<>`\\|]")
LONGEST = 256
"""Characters of password and host together: a longer run after a colon is no password."""
GUESSED = frozenset("password passwd pass pwd secret changeme token user username".split())
USERS = frozenset("user username usr name login".split())
USUAL, WEAK, STAND_IN = 0.9, 0.6, 0.3


class UrlFinder:
    """The state of one search: ``at`` is where to look on, ``password`` where one may begin.

    ``open`` says that one is, or may follow what the text ends with, and ``until`` up to where
    letters and digits only go on with it.
    """

    __slots__ = ("at", "open", "password", "types", "until", "web")

    def __init__(self, types: frozenset[str], at: int) -> None:
        self.types = types
        self.at = at
        self.password = -1
        self.open = False
        self.until = 0
        self.web = False

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        self.open, self.until = True, 0
        while True:
            if self.password >= 0:
                if not self._password(window, add, final=final):
                    self.until = self.password + LONGEST
                    return self.password
                continue
            found = window.text.find("://", self.at - window.base)
            if found < 0:
                self.at = max(self.at, window.end - 2)
                self.open = False
                return window.end
            if not self._user(window, found, final=final):
                return window.end

    def _user(self, window: Window, found: int, *, final: bool) -> bool:
        """Reads the user's name after ``://``; false if it may go on."""
        text = window.text
        self.at = found + window.base
        match = USER.match(text, found + 3)
        end = match.end() if match else found + 3
        if end == len(text) and not final and end - found < 3 + 64:
            return False
        self.at += 3
        scheme = SCHEME.search(text, max(0, found - 32), found)
        if scheme and text[end : end + 1] == ":":
            self.password = end + 1 + window.base
            self.web = scheme[0].lower().rpartition("+")[2] in WEB
        return True

    def _password(self, window: Window, add: Add, *, final: bool) -> bool:
        """Decides on what follows the colon; false if it may go on."""
        text, first = window.text, self.password - window.base
        stop = DELIMITER.search(text, first, first + LONGEST)
        if not stop and not final and len(text) < first + LONGEST:
            return False
        last = stop.start() if stop else min(len(text), first + LONGEST)
        at = text.rfind("@", first, last)
        kind = "BASIC_AUTH_URL" if self.web else "CONNECTION_STRING"
        score = 0.0
        if at > first and kind in self.types:
            score = password_score(text[first:at], text[text.rfind("/", 0, first) + 1 : first - 1])
        if score:
            add(kind, self.password, at + window.base, score, 0)
            self.at = at + window.base
        self.password = -1
        return True


def password_score(value: str, user: str = "") -> float:
    """Returns how surely this is a real password: templates and masks are none.

    >>> password_score("${DB_PASS}"), password_score("password"), password_score("s3cr3t!")
    (0.0, 0.6, 0.9)
    >>> password_score("pass", "user")
    0.3
    """
    if TEMPLATE.fullmatch(value) or MASKED.search(value):
        return 0.0
    if value.lower() in GUESSED or len(value) < 4:  # noqa: PLR2004
        return STAND_IN if user.lower() in USERS else WEAK
    return USUAL
