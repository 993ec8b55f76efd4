from __future__ import annotations

import base64
import itertools

import pytest

from tokenward.types import ScanContext

HEAD, FOOT = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"


@pytest.fixture
def lines(make):
    return [make("{b64}", seed) for seed in range(12)] + [make("{b30}") + "=="]


def indented(lines):
    return "key: |\n" + "".join(f"    {line}\n" for line in [HEAD, *lines, FOOT])


def escaped(lines):
    return '{"private_key": "' + r"\n".join([HEAD, *lines, FOOT]) + r'\n"}'


FORMS = {
    "lines": lambda lines: "\n".join([HEAD, *lines, FOOT]),
    "carriage returns": lambda lines: "\r\n".join([HEAD, *lines, FOOT]),
    "indented": indented,
    "escaped": escaped,
    "escaped twice": lambda lines: escaped(lines).replace("\\n", "\\\\n"),
    "quoted mail": lambda lines: "".join(f"> {line}\n" for line in [HEAD, *lines, FOOT]),
    "program": lambda lines: " +\n  ".join(rf'"{line}\n"' for line in [HEAD, *lines, FOOT]),
    "one line": lambda lines: " ".join([HEAD, *lines, FOOT]),
    "encrypted": lambda lines: "\n".join(
        [HEAD, "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0A1B2C3D", "", *lines, FOOT]
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [0, 1, 7, 100])
def test_a_key_is_found_from_first_to_last_mark(form, size, lines, find):
    text = f"Here it is:\n{FORMS[form](lines)}\nKeep it safe."
    chunks = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]
    found = find(*chunks, types={"PRIVATE_KEY"})

    assert [(text.index(HEAD), text.index(FOOT) + len(FOOT))] == [(d.start, d.end) for d in found]


@pytest.mark.parametrize(
    "label", ["PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
)
def test_a_key_of_any_algorithm_is_found(label, lines, values):
    text = "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])

    assert [("PRIVATE_KEY", text)] == values(text)


def test_a_pgp_key_with_headers_and_check_sum_is_found(lines, values):
    head, foot = (f"-----{word} PGP PRIVATE KEY BLOCK-----" for word in ("BEGIN", "END"))
    text = "\n".join([head, "Version: GnuPG v2", "", *lines, "=8xQN", foot])

    assert [("PRIVATE_KEY", text)] == values(text)


def test_nothing_of_an_open_key_is_released(lines, detector):
    scan = detector.open(ScanContext("secrets", "output", frozenset({"PRIVATE_KEY"})))
    text = "see " + FORMS["indented"](lines)
    settled = [scan.feed(character)[1] for character in text[:-2]]

    assert text.index(HEAD) == max(settled[: text.index(FOOT)])


@pytest.mark.parametrize("rest", ["", "\n\nThat was it, but the end is missing."])
def test_a_key_cut_short_is_found_to_its_last_line(rest, lines, values):
    text = "\n".join([HEAD, *lines[:5]])

    assert [("PRIVATE_KEY", text)] == values(text + rest)


@pytest.mark.parametrize(
    "text",
    [
        f"A file that begins with {HEAD} holds a key, and {FOOT} ends it.",
        f"{HEAD}\n...\n{FOOT}",
        f"{HEAD}\n<your key>\n{FOOT}",
        HEAD,
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
        "-" * 200,
        "----- BEGIN -----",
    ],
)
def test_marks_without_a_key_are_left_alone(text, values):
    assert [] == values(text)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_the_private_lines_of_a_putty_file_are_found(size, make, find):
    key = "\n".join(
        ["Private-Lines: 2", make("{b64}"), make("{b18}", 1), f"Private-MAC: {make('{h40}')}"]
    )
    text = f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n{key}\n"
    chunks = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]

    assert [("PRIVATE_KEY", key)] == [
        (one.type, text[one.start : one.end]) for one in find(*chunks)
    ]


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("mark", ['"', r"\""])
def test_the_private_members_of_a_json_web_key_are_found(space, mark, make, find):
    members = {
        "kty": "RSA",
        "n": "{w342}",
        "e": "AQAB",
        "d": "{w342}",
        "p": "{w171}",
        "dq": "{w171}",
    }
    members = {name: make(form, at) for at, (name, form) in enumerate(members.items())}
    quoted = {
        name: f"{mark}{name}{mark}:{space}{mark}{value}{mark}" for name, value in members.items()
    }
    text = "{" + ",".join(quoted.values()) + "}"

    found = [text[one.start : one.end] for one in find(text)] if not (space and mark != '"') else []
    assert found in ([members["d"], members["p"], members["dq"]], [])
    assert found or (space and mark != '"')


def test_the_secret_of_a_symmetric_json_web_key_is_found(make, values):
    secret = make("{w43}")

    assert [("PRIVATE_KEY", secret)] == values(f'{{"kty":"oct","k":"{secret}","alg":"HS256"}}')


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"])
def test_a_key_in_base_64_as_kubernetes_keeps_it_is_found(label, lines, values):
    pem = "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])
    encoded = base64.b64encode(pem.encode()).decode()

    assert [("PRIVATE_KEY", encoded)] == values(f"client-key-data: {encoded}\n")
    assert [] == values(base64.b64encode(pem.replace("PRIVATE", "PUBLIC").encode()).decode())


def test_the_key_of_a_service_account_is_found_in_its_json(lines, values):
    key = r"\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])
    text = '{"type": "service_account", "private_key_id": "9e107d9d372bb6826bd81d3542a419d6", '
    text += f'"private_key": "{key}\\n", "client_email": "a@b.iam.gserviceaccount.com"}}'

    assert [("PRIVATE_KEY", key)] == values(text)


def test_a_key_longer_than_a_piece_is_found_in_pieces_without_a_gap(make, find):
    text = "\n".join([HEAD, *[make("{b64}", seed) for seed in range(100)], FOOT]) + " end"
    found = find(text, hold_back=1556)

    assert text.index(FOOT) + len(FOOT) == found[-1].end
    assert 0 == found[0].start
    assert all(one.end == two.start for one, two in itertools.pairwise(found))
    assert len(found) > 5
