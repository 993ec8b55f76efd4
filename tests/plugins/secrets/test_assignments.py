from __future__ import annotations

import itertools

import pytest

from tokenward_plugins.secrets.names import tells
from tokenward_plugins.secrets.triggers import NAMES, OTHERS

S = "SECRET_ASSIGNMENT"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('api_key = "9fK2mQ7xV4bL1cRt"', S, "9fK2mQ7xV4bL1cRt"),
        ("API_KEY=9fK2mQ7xV4bL1cRt\n", S, "9fK2mQ7xV4bL1cRt"),
        ('{"client_secret": "9fK2mQ7xV4bL1cRt", "x": 1}', S, "9fK2mQ7xV4bL1cRt"),
        (r"{\"apiKey\": \"9fK2mQ7xV4bL1cRt\"}", S, "9fK2mQ7xV4bL1cRt"),
        ("apiKey := `9fK2mQ7xV4bL1cRt`", S, "9fK2mQ7xV4bL1cRt"),
        ("secret => '9fK2mQ7xV4bL1cRt'", S, "9fK2mQ7xV4bL1cRt"),
        ('if (api_key !== "9fK2mQ7xV4bL1cRt") {', S, "9fK2mQ7xV4bL1cRt"),
        ('TOKEN ?= "9fK2mQ7xV4bL1cRt"', S, "9fK2mQ7xV4bL1cRt"),
        ('password = @"Tr0ub4dor&3";', S, "Tr0ub4dor&3"),
        ("token = b'9fK2mQ7xV4bL1cRt'", S, "9fK2mQ7xV4bL1cRt"),
        ("Your password: hunter2x!", S, "hunter2x"),
        ("API key: 9fK2mQ7xV4bL1cRt.", S, "9fK2mQ7xV4bL1cRt"),
        ("<password>Tr0ub4dor&3</password>", S, "Tr0ub4dor&3"),
        ("?access_token=9fK2mQ7xV4bL1cRt&user_name=ann", S, "9fK2mQ7xV4bL1cRt"),
        ("Authorization: Bearer 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ('"Authorization": "Basic YW5uOmh1bnRlcjI="', S, "YW5uOmh1bnRlcjI="),
        ("Server=db;User Id=sa;Password=Tr0ub4dor3;", S, "Tr0ub4dor3"),
        ("curl -u 'ann:Tr0ub4dor&3' https://x", S, "Tr0ub4dor&3"),
        ("passcode: 482913", S, "482913"),
        (
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzKq31LmW0",
            "AWS_SECRET_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzKq31LmW0",
        ),
        (
            'heroku_api_key = "0d2b4f6a-1c3e-4a5b-8d7f-9e0c1b2a3d4f"',
            "HEROKU_API_KEY",
            "0d2b4f6a-1c3e-4a5b-8d7f-9e0c1b2a3d4f",
        ),
        (
            "TWILIO_AUTH_TOKEN: 0d2b4f6a1c3e4a5b8d7f9e0c1b2a3d4f",
            "TWILIO_AUTH_TOKEN",
            "0d2b4f6a1c3e4a5b8d7f9e0c1b2a3d4f",
        ),
        ("set API_KEY 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("ENV API_TOKEN 9fK2mQ7xV4bL1cRt\n", S, "9fK2mQ7xV4bL1cRt"),
        ('#define API_TOKEN "9fK2mQ7xV4bL1cRt"', S, "9fK2mQ7xV4bL1cRt"),
        ("export PGPASSWORD=Tr0ub4dor3", S, "Tr0ub4dor3"),
        ("tool --password Tr0ub4dor3 --verbose", S, "Tr0ub4dor3"),
        ("tool --api-key=9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("tool -token '9fK2mQ7xV4bL1cRt'", S, "9fK2mQ7xV4bL1cRt"),
        ("machine a.example login ann password Tr0ub4dor3", S, "Tr0ub4dor3"),
        ("db.example:5432:shop:ann:Tr0ub4dor3", S, "Tr0ub4dor3"),
        ("*:*:*:ann:Tr0ub4dor3\n", S, "Tr0ub4dor3"),
        ("CREATE USER ann IDENTIFIED BY 'Tr0ub4dor3'", S, "Tr0ub4dor3"),
        ("ALTER ROLE ann WITH PASSWORD 'Tr0ub4dor3';", S, "Tr0ub4dor3"),
        ("-H 'X-Api-Key: 9fK2mQ7xV4bL1cRt'", S, "9fK2mQ7xV4bL1cRt"),
        ("Proxy-Authorization: Basic YW5uOmh1bnRlcjI=", S, "YW5uOmh1bnRlcjI="),
        ("Authorization: SSWS 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("send Bearer 9fK2mQ7xV4bL1cRt with it", S, "9fK2mQ7xV4bL1cRt"),
        ('<add key="ApiKey" value="9fK2mQ7xV4bL1cRt"/>', S, "9fK2mQ7xV4bL1cRt"),
        ("- name: DB_PASSWORD\n  value: Tr0ub4dor3\n", S, "Tr0ub4dor3"),
        ('{"name": "DB_PASSWORD", "value": "Tr0ub4dor3"}', S, "Tr0ub4dor3"),
        ('<Password Type="text">Tr0ub4dor3</Password>', S, "Tr0ub4dor3"),
        ("<td>Password</td><td>Tr0ub4dor3</td>", S, "Tr0ub4dor3"),
        ("| Password | Tr0ub4dor3 |", S, "Tr0ub4dor3"),
        ("| `api_key` | `9fK2mQ7xV4bL1cRt` |", S, "9fK2mQ7xV4bL1cRt"),
        ("- **API key:** `9fK2mQ7xV4bL1cRt`", S, "9fK2mQ7xV4bL1cRt"),
        ("Your API key:\n\n```\n9fK2mQ7xV4bL1cRt\n```", S, "9fK2mQ7xV4bL1cRt"),
        ("Your API key (production): 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("the password is Xk9#mQ2p.", S, "Xk9#mQ2p"),
        ('The password for bob is "Xk9#mQ2p"', S, "Xk9#mQ2p"),
        ("Password for bob: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("Das Passwort lautet Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("Das Passwort ist: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("API-Schlüssel: 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("Kennwort = 'Xk9#mQ2p'", S, "Xk9#mQ2p"),
        ("mot de passe : Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("le mot de passe est Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("Clé API : 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        ("la contraseña es Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("contrasena: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("a senha: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("Hasło: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("Пароль: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("密码：Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("パスワード: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("비밀번호: Xk9#mQ2p", S, "Xk9#mQ2p"),
        ("getenv('API_TOKEN', '9fK2mQ7xV4bL1cRt')", S, "9fK2mQ7xV4bL1cRt"),
        ("define( 'DB_PASSWORD', 'Tr0ub4dor&3' );", S, "Tr0ub4dor&3"),
        ("acme_key = 9fK2mQ7xV4bL1cRt5aB3", S, "9fK2mQ7xV4bL1cRt5aB3"),
        ("Unseal Key 2: 9fK2mQ7xV4bL1cRt", S, "9fK2mQ7xV4bL1cRt"),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey="
            + "aB3xK9mQ7wE2" * 7
            + "aB==",
            "AZURE_STORAGE_KEY",
            "aB3xK9mQ7wE2" * 7 + "aB==",
        ),
        (
            "Endpoint=sb://a.example/;SharedAccessKey=" + "aB3xK9mQ7w" * 4 + "aB3=",
            "AZURE_SERVICE_KEY",
            "aB3xK9mQ7w" * 4 + "aB3=",
        ),
        (
            "https://a.example/b?sv=2024&sig=" + "aB3xK9mQ7w" * 4 + "aB3%3D&se=2030",
            "AZURE_SAS_TOKEN",
            "aB3xK9mQ7w" * 4 + "aB3%3D",
        ),
        (
            "aws_session_token = " + "IQoJb3JpZ2luX2VjE" * 8,
            "AWS_SESSION_TOKEN",
            "IQoJb3JpZ2luX2VjE" * 8,
        ),
        ("PrivateKey = " + "aB3xK9mQ7w" * 4 + "aB0=", "WIREGUARD_KEY", "aB3xK9mQ7w" * 4 + "aB0="),
        (
            '"auths": {"r": {"auth": "YW5uOmh1bnRlcjI="}}',
            "DOCKER_REGISTRY_AUTH",
            "YW5uOmh1bnRlcjI=",
        ),
        ("BUNDLE_GEMS__EXAMPLE__COM: f3a91b:d04c77", "BUNDLER_CREDENTIALS", "f3a91b:d04c77"),
        ('export BUNDLE_ACME__DEV = "f3a91b:d04c77"', "BUNDLER_CREDENTIALS", "f3a91b:d04c77"),
        ('sumologic.accessId = "suW4mQ9xT2bL7c"', "SUMO_ACCESS_ID", "suW4mQ9xT2bL7c"),
        ("SUMO_ACCESS_ID=suW4mQ9xT2bL7c", "SUMO_ACCESS_ID", "suW4mQ9xT2bL7c"),
        ("https://ann:Tr0ub4dor@files.example/x", "BASIC_AUTH_URL", "Tr0ub4dor"),
        ("git+https://ann:Tr0ub4dor@files.example/x", "BASIC_AUTH_URL", "Tr0ub4dor"),
        ("http://ann:p@ss:word@files.example", "BASIC_AUTH_URL", "p@ss:word"),
        ("postgres://app:s3cr3t!@db:5432/shop", "CONNECTION_STRING", "s3cr3t!"),
        ("redis://:s3cr3t!@cache", "CONNECTION_STRING", "s3cr3t!"),
        ("mongodb+srv://u:s3cr3t!@c0.example/?w=1", "CONNECTION_STRING", "s3cr3t!"),
        ("postgresql+psycopg2://u:password@db/x", "CONNECTION_STRING", "password"),
    ],
)
def test_a_secret_is_found_by_what_it_is_given_to(text, kind, value, values):
    assert [(kind, value)] == values(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: kT4{m(9}w)Q2\n", "kT4{m(9}w)Q2"),
        ("db_pass := r[7}vx{Q]2pLw,", "r[7}vx{Q]2pLw"),
        ('passwd=k(4]mZ9[w}x"', "k(4]mZ9[w}x"),
        ("api_key = k<4]mZ9[w}x", ""),
        ("password = kT4{m(9}w)Q2;", ""),
        ("password => kT4{m(9}w)Q2", ""),
        ("password = decrypt(config[name])", ""),
        ("token={a:(b[0])}x", ""),
        ("password = k" + "{x)" * 40, ""),
    ],
)
def test_a_bare_value_is_read_over_brackets_that_are_no_expression(text, value, values):
    assert values(text) == [(S, value)] * bool(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('password = "orchid lantern seven tides"', "orchid lantern seven tides"),
        ("passphrase: 'orchid lantern seven tides'", "orchid lantern seven tides"),
        ('password = "please enter your password"', ""),
        ('password = "two words"', ""),
        ('password = "orchid Lantern seven tides"', ""),
        ('password = "orchid lantern seven tides and no end', ""),
        ('api_key = "orchid lantern seven tides"', ""),
        ('The password "orchid lantern seven tides" is long', ""),
    ],
)
def test_small_words_in_quotes_are_a_passphrase(text, value, values):
    assert values(text) == [(S, value)] * bool(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('if ("Tr0ub4dor&3" == password) {', "Tr0ub4dor&3"),
        ("while ('Tr0ub4dor&3'!==user.password )", "Tr0ub4dor&3"),
        ('if ("Tr0ub4dor&3" != passwd', "Tr0ub4dor&3"),
        ('if ("Tr0ub4dor&3" == colour) {', ""),
        ('if ("Tr0ub4dor&3", password) {', ""),
        ('if ("admin" == password) {', ""),
        ("if (\"Tr0ub4dor&3' == password) {", ""),
        ('if ("' + "Tr0ub4dor&3" * 9 + '" == password) {', ""),
        ('print("Tr0ub4dor&3") == password', ""),
    ],
)
def test_a_value_is_found_that_is_compared_with_its_name(text, value, values):
    assert values(text) == [(S, value)] * bool(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('passphrase "Tr0ub4dor&3"', "Tr0ub4dor&3"),
        ('password "Tr0ub4dor&3";', "Tr0ub4dor&3"),
        ('password "hello"', ""),
        ("password Tr0ub4dor&3", ""),
        ('password = "abc123x"', "abc123x"),
    ],
)
def test_a_value_in_quotes_may_follow_a_name_without_a_sign(text, value, values):
    assert values(text) == [(S, value)] * bool(value)


@pytest.mark.parametrize("quote", ['"', "'", ""])
@pytest.mark.parametrize(
    "value",
    [
        "your-key-here", "YOUR_API_KEY", "xxxxxxxxxxxx", "<token>", "<your token>", "${VAR}", "$VAR",
        "{{ secret }}", "%s", "%(token)s", "example", "changeme", "change-me-123", "********",
        "...", "sk-...", "REDACTED", "[PASSWORD]", "my-secret-token", "insert_key_here", "None",
        "true", "placeholder123", "", "a1",
    ],
)  # fmt: skip
def test_a_placeholder_is_no_secret(value, quote, values):
    assert [] == values(f"api_key = {quote}{value}{quote}")
    assert [] == values(f'"password": {quote}{value}{quote},')


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password()",
        'token = os.environ["TOKEN"]',
        "secret: process.env.SECRET2",
        "api_key=settings.API_KEY",
        "password: str | None = None",
        "max_tokens = 4096",
        "The secret: never give up2day.",
        "tokens: 123456 of 400000",
        'password_label = "At least 8 characters, 1 digit"',
        "secret_name: prod/db-2/main",
        "token_type: bearer",
        "password_file=/run/secrets/db2_password",
        'public_key = "9fK2mQ7xV4bL1cRt"',
        "author = 'j4mes.f8ke'",
        "KeyPair = X25519.KeyPair",
        "secretary: Ann2024x",
        "BUNDLE_GEMS__EXAMPLE__COM: username:password",
        "BUNDLE_PATH: vendor/bundle2",
        "sumo_access_id = 12345678901234",
        "passport: A1234567",
        "-DKEYTAB_FILE=/tmp/app.keytab",
        "docker run -u 1000:1000 image",
        "curl -u 'test:test' x; curl -u $USER:$PASS y; curl --user <user:password>",
        "http://localhost:8080/a@b",
        "https://host:8000 @someone",
        "https://ann:${PASSWORD}@host/",
        "see http://x/y:z@w and mailto:ann@example.com",
        "Usage: <password> is what you type; a > b",
        "https://user@host/path",
        "private_key: |",
        "key: value, keyboard: qwerty12",
    ],
)
def test_an_expression_a_word_or_another_thing_is_no_secret(text, values):
    assert [] == values(text)


def test_a_named_format_is_reported_instead_of_the_assignment(make, values):
    key = make("sk-ant-api03-{w93}AA")

    assert [("ANTHROPIC_API_KEY", key)] == values(f'API_KEY = "{key}"')
    assert [(S, key)] == values(f'API_KEY = "{key}"', types={S})


def test_an_unsure_format_does_not_hide_a_surer_assignment(make, find):
    likeness = "ghp_" + make("{A36}")
    scores = {one.type: one.score for one in find(f'token = "{likeness}"')}

    assert {"GITHUB_TOKEN": 0.6, S: 0.85} == scores


def test_a_value_without_end_is_found_in_pieces(make, find):
    text = "token=" + make("{A9000}")
    found = find(text, hold_back=1556)

    assert (6, len(text)) == (found[0].start, found[-1].end)
    assert all(one.end == two.start for one, two in itertools.pairwise(found))


def test_a_long_value_that_is_no_secret_is_let_go(values):
    assert [] == values("token=" + "a" * 9000 + " password=" + "b" * 9000, hold_back=1556)


def test_what_all_names_contain_is_asked_for_in_full():
    for part in (*NAMES, *(other for _, other in OTHERS)):
        assert tells(f"x {part} y"), part
        assert tells(f"é {part} y"), part
    assert not tells("nothing of the kind, né")
