"""Text that holds no secret, and must not be changed."""

from __future__ import annotations

import pytest

MD5, SHA1 = "9e107d9d372bb6826bd81d3542a419d6", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
SHA256 = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d08d0ef3b2c4b9a"
SHA512 = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    "text",
    [
        # digests, commits, lock files
        f"commit {SHA1}\nAuthor: Ann <ann@example.com>\nDate:   Mon Jan 8 10:00:00 2024 +0100",
        f"{SHA256}  archive.tar.gz\n{MD5} *archive.zip",
        f"sha256:{SHA256}",
        f'"integrity": "sha512-{SHA512}"',
        f'"left-pad": {{"version": "1.3.0", "resolved": "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz#{SHA1}"}}',
        f'resolved "https://registry.yarnpkg.com/a/-/a-1.2.3.tgz#{SHA1}"\n  integrity sha512-{SHA512}',
        f"github.com/pkg/errors v0.9.1 h1:{SHA512[:43]}=\ngithub.com/pkg/errors v0.9.1/go.mod h1:{SHA512[:43]}=",
        f'[[package]]\nname = "serde"\nchecksum = "{SHA256}"',
        f'{{file = "a-1.0.whl", hash = "sha256:{SHA256}"}}',
        f"--hash=sha256:{SHA256} \\\n",
        f'password_hash = "{SHA256}"',
        f"uses: actions/checkout@{SHA1} # v4",
        f'ETag: W/"{MD5}"\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==',
        f'<script src="a.js" integrity="sha384-{SHA512[:64]}" crossorigin="anonymous">',
        # identifiers
        f"id: {UUID}\nrequest_id={UUID}",
        "order 01ARZ3NDEKTSV4RRFFQ69G5FAV and 01H8XGJWBWBAQ4ZVQ8V5T9K3M2",
        "deployment/web-7d4b9c6f5d-x2k9p in namespace kube-system",
        "arn:aws:iam::123456789012:role/service-role/my-role-1a2b3c4d",
        "account 123456789012, instance i-0abcd1234efgh5678, ami-0abcdef1234567890",
        "https://docs.example/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms/edit#gid=0",
        "https://youtu.be/dQw4w9WgXcQ?t=42 https://a.example/p/8f14e45fceea167a5a36dedd4bea2543",
        "231545488769-4d1mcev9vifvlncrern52id2pqqf5u5l.apps.googleusercontent.com",
        "test_the_parser_reads_a_value_1234567890_correctly and AbstractSingletonProxyFactoryBean2",
        "tests/test_api.py::TestClient::test_get[param-1234567890-abcdef]",
        "primary_key = 'user_4711_order_12'\ncache_key: " + MD5 + "\nsort_key=2024-05-01T10:00:00Z",
        'partition_key = "a1b2c3d4e5f6a7b8c9d0e1f2"',
        # images, fonts, styles, scripts
        f"![x](data:image/png;base64,{PNG})",
        f"src: url(data:font/woff2;base64,d09GMgABAAAAA{PNG}) format('woff2')",
        "a{color:#ff8800;background:#0a0b0c0d}.b-1:hover>i:before{content:'\\f101'}",
        "!function(e,t){var n=e.token||t.key,r=n?n.length:0;e.auth=function(){return r===n}}(window,document);",
        'var t={key:"value",pass:!0,token:null,secret:void 0},k=Object.keys(t);for(var i=0;i<k.length;i++);',
        '{"version":3,"sources":["a.js"],"mappings":"AAAA,SAASA,IAAI,CAACC,GAAG,EAAE,CAAC,EAAE;EACpB,OAAOD,CAAC"}',
        # public keys and certificates
        f"-----BEGIN CERTIFICATE-----\n{SHA512[:64]}\n-----END CERTIFICATE-----",
        f"-----BEGIN PUBLIC KEY-----\n{SHA512[:64]}\n-----END PUBLIC KEY-----",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDZf6K9mQ7wE2rT5yaB3xK9mQ7wE2rT5y ann@laptop",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8f6K9mQ7wE2rT5yaB3xK9mQ7wE2rT5yaB3xK9mQ ann@laptop",
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        'PublicKey = "aB3xK9mQ7wE2rT5yaB3xK9mQ7wE2rT5yaB3xK9mQ7w0="',
        'public_key: "aB3xK9mQ7wE2rT5yaB3xK9mQ7wE2rT5y"',
        # code, configuration, paths, expressions
        "cfg.Secret = &api.Secret{Name: name}\ntoken := ctx.Value(tokenKey).(string)",
        'self.token = token or os.environ.get("API_TOKEN", "")',
        "secretKeyRef: {name: db-credentials, key: password}",
        'module.group["<NODE_GROUP_KEY>"].aws_iam_role_policy_attachment.this[0]',
        'echo -n "mypassword" | base64 -w0',
        'config["password"] = base64.b64decode(raw)',
        "PWD=/srv/shop/work2 OLDPWD=/srv/shop",
        '"forgot-password": "/en/v2/auth/forgot-password", "passwordRule": "#add-password-2"',
        "kubectl --token=foo/system:masters get pods",
        'labels = {passwordLabel: "Password:", rememberLabel: "Remember me, v2:"}',
        'hashlib.new("password", "sha256"); fields = ["password", "sha256", "token", "oauth2_id"]',
        "max_tokens=4096, token_count: 1234567, tokenizer = 'cl100k_base', keyboard: qwerty123",
        "![badge](https://codecov.io/gh/a/b/branch/main/graph/badge.svg?token=RXP95LE2XL)",
        '<input name="authenticity_token" value="9fK2mQ7xV4bL1cRt9fK2mQ7xV4bL1cRt">',
        "Usage: tool --password PASSWORD --token TOKEN [--api-key KEY]",
        "| Field | Type |\n|---|---|\n| password | string |\n| token | string (64) |",
        "postgresql://user:password@localhost/db and https://username:pass@host",
        # sentences
        "The password is wrong. The key is 42, the token is 7. A secret is a secret!",
        "My password is the name of my dog, and the passphrase is four words long.",
        "Das Passwort ist falsch; la contraseña es incorrecta; le mot de passe est invalide.",
        "Please reset your password by 10:30, then use the key: it is in room 4711.",
        "Password requirements: at least 8 characters, 1 digit. Token: see RFC6750.",
        "He was identified by 'police2024' sources; the bearer is 6ft tall.",
        "密码：必须至少八个字符。パスワード: 8文字以上。Пароль: не менее 8 символов.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [0, 3])
def test_what_is_no_secret_is_left_alone(text, size, find):
    chunks = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]

    assert [] == [
        (one.type, text[one.start : one.end]) for one in find(*chunks) if one.score >= 0.5
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The sk-learn pipeline and the sk-estimator-checks-of-many-kinds ran.",
        "ghp_" + "x" * 36,
        "AKIA" + "X" * 16,
        "hf_" + "x" * 34,
        "sk-your-api-key-goes-here-0123456789",
        "xoxb-000000000000-0000000000000-xxxxxxxxxxxxxxxxxxxxxxxx",
        "TODAYINASIAASACKOFRICEFELLOVER",
        "eyJub3QiOiJhIGp3dCJ9.eyJ4IjoxfQ.abcdefgh",
        "github.com/acme/npm_modules and pat of hf_ or SG. or AC/DC, SK, MT.",
        "export PATH=/usr/local/bin:/usr/bin",
        "npm install --save-dev xai-kit re_export s.length dp.table",
        "Meet me at 10:45 on 12/06; the ratio is 3:1 and 12345678:AB.",
        "https://fog.example/API-BD80F56CDC1441E6BF6011AB6D852875",
        "aB3xK9mQ7wE2rT5yaB3xK9mQ7wE2rT5yaB3xK9mQ7wE2rT5yaB3xK9mQ7wE2rT5y",
        "我们在花园里看到了很多客户的订单。パスワードは長いほうがいい。",
        "",
    ],
)
def test_what_only_looks_like_a_key_is_left_alone(text, values):
    assert [] == values(text)
