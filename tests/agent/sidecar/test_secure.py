"""The operator's port with a token, and the guarded port with TLS."""

from __future__ import annotations

import base64
import datetime as dt
import socket
import ssl
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.agent.sidecar.process import CHAT, POLICY, ServeProcess, until

from tokenward.dashboard.access import read_token
from tokenward.errors import UsageError
from tokenward.sidecar.certificate import Certificate
from tokenward.testing.echo import Answer, EchoUpstream

TOKEN = "0123456789abcdef0123"
USUAL = ("--port", "0", "--policy", "short.yaml")


@pytest.fixture
def upstream():
    with EchoUpstream(lambda body: Answer(text="hello " * 20, delay=0.01)) as server:
        yield server


@pytest.fixture
def start(tmp_path, upstream):
    (tmp_path / "short.yaml").write_text(POLICY)
    (tmp_path / "token").write_text(TOKEN + "\n")
    processes = []

    def run(*arguments):
        processes.append(ServeProcess(tmp_path, "--upstream", upstream.url, *USUAL, *arguments))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()


# -- the token ------------------------------------------------------------------------------


def test_without_a_token_the_operators_port_is_not_opened_to_others(start):
    served = start("--admin-host", "0.0.0.0")
    assert served.ended() == 2
    [line] = served.said
    assert "admin_host: '0.0.0.0' is open to other machines" in line
    assert "give admin_token_file" in line


@pytest.mark.parametrize("workers", ["1", "2"])
def test_with_a_token_it_is_and_asks_for_it(start, workers):
    served = start("--admin-host", "0.0.0.0", "--admin-token-file", "token", "--workers", workers)
    served.ready()
    basic = base64.b64encode(b"me:" + TOKEN.encode()).decode()
    for path in ("/metrics", "/tokenward/", "/tokenward/api/now", "/nothing"):
        refused = served.get(path)
        assert refused.status == 401
        assert "www-authenticate" in refused.headers
        assert served.get(path, authorization="Bearer " + TOKEN[:-1]).status == 401
        expected = 404 if path == "/nothing" else 200
        assert served.get(path, authorization="Bearer " + TOKEN).status == expected
        assert served.get(path, authorization="Basic " + basic).status == expected
    assert served.get("/healthz").status == served.get("/readyz").status == 200
    assert TOKEN not in "".join(served.said)


def test_a_token_may_be_asked_for_on_this_machine_too(start):
    served = start("--admin-token-file", "token").ready()
    assert served.get("/metrics").status == 401
    assert served.get("/metrics", authorization=f"bearer {TOKEN}").status == 200
    assert (
        served.get("/metrics", authorization=f"Bearer {TOKEN}", host="evil.example").status == 421
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("short", "holds 5 characters"),
        ("two words of some length", "one word"),
        ("", "openssl rand"),
        ("é" * 20, "not ASCII"),
        (None, "No such file"),
    ],
)
def test_what_is_no_token_is_refused(tmp_path, text, words):
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match="admin_token_file") as caught:
        read_token(str(path))
    assert words in str(caught.value)


# -- TLS ------------------------------------------------------------------------------------


def certify(folder, name="localhost", password=None):
    """Writes a certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password) if password
            else serialization.NoEncryption(),
        )
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    return certificate.public_bytes(serialization.Encoding.DER)


SECURE = ("--tls-cert", "cert.pem", "--tls-key", "key.pem")


def shown(url):
    """The certificate that a port shows."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=10) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return secure.getpeercert(binary_form=True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_guarded_port_speaks_tls(start, tmp_path, workers):
    mine = certify(tmp_path)
    served = start(*SECURE, "--workers", workers).ready()
    assert served.url.startswith("https://")
    assert served.admin.startswith("http://")
    assert shown(served.url) == mine
    assert served.ask().text == "hello " * 20
    streamed = served.ask(stream=True)
    assert streamed.body.endswith(b"data: [DONE]\n\n")
    assert served.end() == 0


def test_a_client_that_verifies_is_content(start, tmp_path):
    certify(tmp_path)
    served = start(*SECURE).ready()
    parts = urlsplit(served.url)
    context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.selected_alpn_protocol() == "http/1.1"
        assert secure.version() in ("TLSv1.2", "TLSv1.3")
        body = b'{"messages":[{"role":"user","content":"x"}]}'
        head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        secure.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        received = b""
        while piece := secure.recv(65536):
            received += piece
        assert received.startswith(b"HTTP/1.1 200 OK")
        assert b"hello" in received


def test_plain_words_to_a_secure_port_reach_nobody(start, tmp_path, upstream):
    certify(tmp_path)
    served = start(*SECURE).ready()
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        client.sendall(f"POST {CHAT} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert b"HTTP" not in client.recv(1000)
    assert upstream.requests == []


def test_a_new_certificate_is_shown_without_a_restart(start, tmp_path):
    old = certify(tmp_path)
    served = start(*SECURE).ready()
    assert shown(served.url) == old
    (tmp_path / "cert.pem").write_text("half")
    served.heard("not reloaded")
    assert shown(served.url) == old
    new = certify(tmp_path)
    until(lambda: shown(served.url) == new)
    assert served.ask().status == 200


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "cert.pem").unlink(), "No such file"),
        (lambda folder: (folder / "key.pem").write_text("x"), "key.pem"),
        (lambda folder: certify(folder, password=b"secret"), "without a password"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, spoil, words):
    certify(tmp_path)
    spoil(tmp_path)
    with pytest.raises(UsageError, match="tls_cert, tls_key: cannot use") as caught:
        Certificate(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    assert words in str(caught.value)


@pytest.mark.parametrize(("cert", "key"), [("a.pem", None), (None, "a.pem")])
def test_one_file_without_the_other_is_refused(cert, key):
    with pytest.raises(UsageError, match="TLS needs both files"):
        Certificate.of(cert, key)
