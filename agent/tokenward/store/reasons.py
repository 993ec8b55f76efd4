"""What went wrong in a database, and what to do, in words that hold no value of a row."""

from __future__ import annotations

SQLITE = {
    "locked": "the store is locked by another process; try again when it is done",
    "not a database": "not a tokenward store: the file is no SQLite file",
    "malformed": "the store is damaged; bring back a copy, or start a new file",
    "readonly": "the store cannot be written; check the rights of the file and its folder",
    "unable to open": "the store cannot be opened; check the rights of the file and its folder",
    "full": "no space left for the store; free some, or purge old interactions",
    "disk I/O": "the disk cannot be read or written; check it, and how much space is left",
}
"""By what SQLite's message holds."""

STATES = {
    "08": "the connection to the server is gone; is it running",
    "28": "the server refuses the user or the password",
    "3D": "the server has no such database; make it first",
    "25006": "the store was opened for reading, and cannot be written",
    "42501": "the user may not do this in the database; grant the rights to its tables",
    "42P01": "a table of the store is missing; bring back a copy, or name another database",
    "40": "others wrote at the same moment; try again",
    "53100": "no space left on the server; free some, or purge old interactions",
    "53": "the server has no room for one more connection; try again",
    "55P03": "the store is locked by another process; try again when it is done",
    "57": "the server is being shut down, or ended the work; try again",
}
"""By the beginning of the state that SQL defines (ISO/IEC 9075-2, and PostgreSQL's appendix A)."""

CONNECTING = {
    "authentication failed": STATES["28"],
    "no password supplied": STATES["28"],
    "does not exist": "the server has no such database, or no such user; make it first",
}
"""By what the client says where the server gave no state."""


def reason(error: BaseException | None) -> str:
    """Returns what happened and what to do.

    >>> import sqlite3
    >>> reason(sqlite3.OperationalError("database or disk is full"))
    'no space left for the store; free some, or purge old interactions'
    """
    told = str(error)
    if hasattr(error, "sqlstate"):
        return of_server(getattr(error, "sqlstate", None), told)
    for mark, words in SQLITE.items():
        if mark in told:
            return words
    return f"the store failed: {told or type(error).__name__}"


def of_server(state: str | None, told: str) -> str:
    """Returns what PostgreSQL says; its own words may quote a row, an address or a user.

    >>> of_server("23505", "Key (subject)=(ann) already exists")
    'the store failed: PostgreSQL says 23505'
    """
    if state is None:
        for mark, words in CONNECTING.items():
            if mark in told:
                return words
        return "the server cannot be reached; is it running, and is its address right"
    for length in (5, 2):
        if state[:length] in STATES:
            return STATES[state[:length]]
    return f"the store failed: PostgreSQL says {state}"
