from __future__ import annotations

import itertools

import pytest

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


def test_nothing_of_an_open_key_is_released(lines):
    from tokenward.types import ScanContext
    from tokenward_plugins.secrets import SecretsSettings, create

    scan = create(SecretsSettings(), None).open(
        ScanContext("secrets", "output", frozenset({"PRIVATE_KEY"}))
    )
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


def test_a_key_longer_than_a_piece_is_found_in_pieces_without_a_gap(make, find):
    text = "\n".join([HEAD, *[make("{b64}", seed) for seed in range(100)], FOOT]) + " end"
    found = find(text, hold_back=2048)

    assert text.index(FOOT) + len(FOOT) == found[-1].end
    assert 0 == found[0].start
    assert all(one.end == two.start for one, two in itertools.pairwise(found))
    assert len(found) > 5
