"""Tells by what stands before a sign whether a secret may follow it."""

from __future__ import annotations

import re

from tokenward_plugins.secrets.names import NEAR, Name, secret_name, tells

FAR = 96
"""The command or the other fields that tell what a value is begin at most so far before it."""

TAG = re.compile(r"<([A-Za-z][\w.:-]{0,60})(?:[ \t][^<>\n]{0,30})?\Z")
CELL = re.compile(r">([^<>\n]{1,48})</t[hd]>\s{0,8}<t[hd]\Z")
FIELD = re.compile(
    r"(?:name|key|id|property|header|variable)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([\w.\- ]{1,48}?)[\"']?"
    r"\s{0,2},?\s{0,16}[\"']?value[\"']?\s{0,4}\Z",
    re.IGNORECASE,
)
COLUMN = re.compile(
    r"(?:^|\|)[ \t]{0,8}[*_`\"']{0,3}([^\W\d_][\w .()-]{0,40}?)[*_`\"':]{0,3}[ \t]{0,8}\Z",
    re.MULTILINE,
)
CALL = re.compile(r"\([ \t]{0,2}[a-z]{0,2}[\"']([\w. -]{1,48})[\"']\Z")
CURL = re.compile(r"\bcurl\b[^\n]*\s(?:-u|--user)[ =]?[\"']?[^\s:\"'/]{0,64}\Z")
PGPASS = re.compile(r"(?:^|[\s\"'])[\w.*-]+:(?:5432|\*):[\w*-]+:[\w*-]+\Z")
BUNDLER = re.compile(r"(?<!\w)BUNDLE_[A-Z0-9_]{1,64}__[A-Z]{2,12}[\"']?[ \t]{0,4}\Z")
SUMO = re.compile(r"(?i:sumo(?:logic)?[_.-]?access[_.-]?id)[\"']?[ \t]{0,4}\Z")
SET = (("BUNDLE_", BUNDLER, "bundle"), ("sumo", SUMO, "sumo_id"), ("SUMO", SUMO, "sumo_id"))
SETTINGS = {
    ":": (
        ("curl", CURL, "curl_password"),
        (":*:", PGPASS, "pgpass_password"),
        (":5432:", PGPASS, "pgpass_password"),
        *SET,
    ),
    "=": (("sig", re.compile(r"sig\Z"), "sig"), *SET),
}
"""By the sign behind which a secret stands at a place that tells it: what must be in the text
before it, a pattern, a name for it. Bundler keeps user and password for a host, whose dots are
written as "__"; an access id is one half of the credentials of Sumo Logic."""
OPENED = "\"'`("
"""What may stand before an option of a command."""
SETTERS = frozenset(("define", "#define", "ENV", "ARG", "export", "set", "setx"))
"""What a name and a value follow with nothing but spaces between."""
NETRC = re.compile(r"\blogin[ \t\n]+[^\s]{1,40}[ \t\n]+password\Z")
SQL = ("identified by", "password")
SAID = (" is", " ist", " es", " est", " lautet")


def name_at(text: str, sign: int) -> Name | None:
    """Returns the name before a sign, if a secret may be assigned to it there.

    >>> [name_at(t, len(t) - 1) and name_at(t, len(t) - 1).text for t in (
    ...     "const API_KEY =", '{"db_password":', "max_tokens =", "Order:", "The password is ")]
    ['API_KEY', 'db_password', None, None, 'password']
    """
    kind = text[sign]
    far = text[max(0, sign - FAR) : sign]
    near = far[-NEAR:]
    if not tells(near):
        return _other(far, kind)
    if kind == " ":
        return _spaced(far)
    if kind == ">":
        return _tagged(far)
    if kind == ",":
        return _called(far)
    if kind == "|":
        column = COLUMN.search(far)
        return secret_name(column[1]) if column else None
    name = secret_name(near)
    if name is None and "alue" in near[-12:]:
        field = FIELD.search(far)
        name = secret_name(field[1]) if field else None
    return name or _other(far, kind)


def _other(far: str, kind: str) -> Name | None:
    """Tells of values that stand at a place, without a name of their own."""
    for hint, place, name in SETTINGS.get(kind, ()):
        if hint in far and place.search(far):
            return Name(name)
    if kind == " ":
        if far.endswith("earer") and far[-6:-5] in "bB" and not far[-7:-6].isalnum():
            return Name("bearer", said=True)
        if far.lower().endswith(SQL[0]):
            return _sql(far)
    return None


def _tagged(far: str) -> Name | None:
    """Returns the name that a tag of XML gives, or a cell of a table before another."""
    tag = CELL.search(far) or TAG.search(far)
    if tag:
        return secret_name(tag[1])
    return secret_name(far[-NEAR:-1]) if far.endswith("-") else None


def _called(far: str) -> Name | None:
    """Returns the name that is the first of the words that a function is called with."""
    call = CALL.search(far)
    name = secret_name(call[1]) if call else None
    return name._replace(quoted=True, strict=True) if name else None


def _spaced(far: str) -> Name | None:
    """Returns the name that ends with a space: in a sentence, or of an option."""
    if far.endswith(SAID):
        name = secret_name(far[: far.rindex(" ")][-NEAR:])
        return name._replace(said=True) if name else None
    words = far.rsplit(None, 2)
    option = words[-1].lstrip(OPENED)
    if option.startswith("-") or (len(words) > 1 and words[-2].lstrip(OPENED) in SETTERS):
        name = secret_name(option.lstrip("-")[-NEAR:])
        return name._replace(said=True) if name else None
    if far.endswith("password") and NETRC.search(far):
        return Name("password", said=True)
    found = _sql(far) if far.lower().endswith(SQL) else None
    if found is None and (name := secret_name(words[-1][-NEAR:])):
        return name._replace(quoted=True, strict=True)
    return found


def _sql(far: str) -> Name | None:
    """Returns the name for the password that a statement gives to a user."""
    whom = far.lower()
    if "user " in whom or "role " in whom or "grant " in whom:
        return Name("password", quoted=True, said=True)
    return None
