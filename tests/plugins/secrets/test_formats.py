from __future__ import annotations

import re
import zlib

import pytest

from tokenward_plugins.secrets.checks import base62
from tokenward_plugins.secrets.detector import TYPES
from tokenward_plugins.secrets.formats import FORMATS, LONGEST
from tokenward_plugins.secrets.tokens import LOOK

KEYS = [
    ("ADOBE_CLIENT_SECRET", "p8e-{L32}"),
    ("AGE_SECRET_KEY", "AGE-SECRET-KEY-1{z58}"),
    ("AIRTABLE_TOKEN", "pat{A14}.{h64}"),
    ("ALIBABA_ACCESS_KEY", "LTAI{A20}"),
    ("ANTHROPIC_API_KEY", "sk-ant-api03-{w93}AA"),
    ("ARTIFACTORY_API_KEY", "AKCp{A69}"),
    ("ATLASSIAN_API_TOKEN", "ATATT3{w186}"),
    ("AWS_ACCESS_KEY", "AKIA{t16}"),
    ("AWS_ACCESS_KEY", "ASIA{U16}"),
    ("AWS_BEDROCK_KEY", "ABSK{b128}"),
    ("AWS_BEDROCK_KEY", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{b300}"),
    ("BITBUCKET_APP_PASSWORD", "ATBB{A32}"),
    ("BREVO_API_KEY", "xkeysib-{h64}-{A16}"),
    ("BUILDKITE_TOKEN", "bkua_{L40}"),
    ("CIRCLECI_TOKEN", "CCIPAT_{A22}_{h40}"),
    ("CLICKHOUSE_KEY", "4b1d{A38}"),
    ("CLOJARS_TOKEN", "CLOJARS_{L60}"),
    ("CONTENTFUL_TOKEN", "CFPAT-{w43}"),
    ("DATABRICKS_TOKEN", "dapi{h32}"),
    ("DIGITALOCEAN_TOKEN", "dop_v1_{h64}"),
    ("DISCORD_BOT_TOKEN", "MTk4NjIyNDgzNDcxOTI1MjQ4.{A6}.{w38}"),
    ("DISCORD_WEBHOOK", "discord.com/api/webhooks/{d18}/{w68}"),
    ("DOCKER_TOKEN", "dckr_pat_{w27}"),
    ("DOPPLER_TOKEN", "dp.pt.{A43}"),
    ("DROPBOX_TOKEN", "sl.{w140}"),
    ("DYNATRACE_TOKEN", "dt0c01.{t24}.{t64}"),
    ("EASYPOST_API_KEY", "EZAK{A54}"),
    ("FACEBOOK_TOKEN", "EAA{A180}"),
    ("FIGMA_TOKEN", "figd_{w40}"),
    ("FLUTTERWAVE_KEY", "FLWSECK-{L32}-X"),
    ("FLY_TOKEN", "fo1_{w43}"),
    ("FLY_TOKEN", "fm2_{b400}"),
    ("GITHUB_TOKEN", "github_pat_{A22}_{A59}"),
    ("GITLAB_TOKEN", "glpat-{w20}"),
    ("GITLAB_TOKEN", "glptt-{h40}"),
    ("GITLAB_TOKEN", "GR1348941{w20}"),
    ("GOOGLE_API_KEY", "AIza{w35}"),
    ("GOOGLE_OAUTH_SECRET", "GOCSPX-{w28}"),
    ("GOOGLE_OAUTH_TOKEN", "ya29.{w160}"),
    ("GOOGLE_REFRESH_TOKEN", "1//0{w50}"),
    ("GRAFANA_TOKEN", "glsa_{A32}_{h8}"),
    ("GROQ_API_KEY", "gsk_{A52}"),
    ("HASHICORP_VAULT_TOKEN", "hvs.{w95}"),
    ("HASHICORP_VAULT_TOKEN", "s.{A24}"),
    ("HEROKU_API_KEY", "HRKU-AA{w58}"),
    ("HUGGING_FACE_TOKEN", "hf_{a34}"),
    ("INFRACOST_TOKEN", "ico-{A32}"),
    ("INTRA42_SECRET", "s-s4t2ud-{h64}"),
    ("LANGFUSE_KEY", "sk-lf-{h8}-{h4}-{h4}-{h4}-{h12}"),
    ("LANGSMITH_KEY", "lsv2_pt_{h32}_{h10}"),
    ("LINEAR_API_KEY", "lin_api_{A40}"),
    ("MAILGUN_API_KEY", "key-{h32}"),
    ("MAPBOX_SECRET", "sk.eyJ{w70}.{w22}"),
    ("NETLIFY_TOKEN", "nfp_{A36}"),
    ("NEW_RELIC_KEY", "NRAK-{U27}"),
    ("NOTION_TOKEN", "ntn_{d11}{A35}"),
    ("NVIDIA_API_KEY", "nvapi-{w64}"),
    ("OCTOPUS_API_KEY", "API-{U26}"),
    ("ONEPASSWORD_TOKEN", "ops_eyJ{A700}"),
    ("ONEPASSWORD_TOKEN", "A3-{U6}-{U11}-{U5}-{U5}-{U5}"),
    ("OPENAI_API_KEY", "sk-{A20}T3BlbkFJ{A20}"),
    ("OPENAI_API_KEY", "sk-proj-{w156}"),
    ("OPENROUTER_API_KEY", "sk-or-v1-{h64}"),
    ("OPENSHIFT_TOKEN", "sha256~{w43}"),
    ("PERPLEXITY_API_KEY", "pplx-{A48}"),
    ("PINECONE_API_KEY", "pcsk_{A66}"),
    ("PLANETSCALE_TOKEN", "pscale_tkn_{w43}"),
    ("POSTMAN_API_KEY", "PMAK-{h24}-{h34}"),
    ("PREFECT_TOKEN", "pnu_{A36}"),
    ("PULUMI_TOKEN", "pul-{h40}"),
    ("PYPI_TOKEN", "pypi-AgEIcHlwaS5vcmc{w150}"),
    ("README_API_KEY", "rdme_{L70}"),
    ("REPLICATE_TOKEN", "r8_{A37}"),
    ("RESEND_API_KEY", "re_{A8}_{A24}"),
    ("RUBYGEMS_TOKEN", "rubygems_{h48}"),
    ("SCALINGO_TOKEN", "tk-us-{w48}"),
    ("SENDGRID_API_KEY", "SG.{w22}.{w43}"),
    ("SENTRY_TOKEN", "sntryu_{h64}"),
    ("SHIPPO_TOKEN", "shippo_live_{h40}"),
    ("SHOPIFY_TOKEN", "shpat_{h32}"),
    ("SLACK_TOKEN", "xoxb-{d12}-{d13}-{A24}"),
    ("SLACK_TOKEN", "xapp-1-{U11}-{d13}-{h64}"),
    ("SLACK_WEBHOOK", "hooks.slack.com/services/T{U8}/B{U10}/{A24}"),
    ("SONAR_TOKEN", "sqp_{h40}"),
    ("SOURCEGRAPH_TOKEN", "sgp_local_{h40}"),
    ("SQUARE_TOKEN", "sq0atp-{w22}"),
    ("STRIPE_KEY", "sk_live_{A24}"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_{A32}"),
    ("SUPABASE_TOKEN", "sbp_{h40}"),
    ("TAILSCALE_KEY", "tskey-auth-{A12}CNTRL-{A32}"),
    ("TAVILY_API_KEY", "tvly-{A32}"),
    ("TWILIO_API_KEY", "SK{h32}"),
    ("TYPEFORM_TOKEN", "tfp_{w44}"),
    ("XAI_API_KEY", "xai-{A80}"),
    ("ZAPIER_WEBHOOK", "hooks.zapier.com/hooks/catch/{d7}/{L7}"),
]  # fmt: skip

PARTS = [
    ("AZURE_CLIENT_SECRET", "abc8", "Q~{A34}"),
    ("AZURE_SAS_TOKEN", "?sv=2024&sig=", "{A43}%3D"),
    ("AZURE_SERVICE_KEY", "Endpoint=sb://x/;SharedAccessKey=", "{b43}="),
    ("AZURE_STORAGE_KEY", "AccountName=x;AccountKey=", "{b86}=="),
    ("FACEBOOK_TOKEN", "123456789012345", "|{A27}"),
    ("HASHICORP_TERRAFORM_TOKEN", "aB3dE5gH7jK9mN", ".atlasv1.{A67}"),
    ("TELEGRAM_BOT_TOKEN", "1234567890", ":AA{w33}"),
]


@pytest.mark.parametrize(("kind", "form"), KEYS)
@pytest.mark.parametrize("around", ["use {}, now", '"{}"', "KEY={}\n", r"\n{}\n", "%20{}%20", "{}"])
def test_a_key_is_found_whole_and_alone(kind, form, around, make, values):
    key = make(form)
    found = values(around.format(key))

    assert [(kind, key)] == found


@pytest.mark.parametrize(("kind", "before", "form"), PARTS)
def test_the_secret_part_is_found_behind_what_tells_it(kind, before, form, make, values):
    secret = make(form)

    assert (kind, secret) in values(f"so {before}{secret} it is")


def test_every_type_with_a_prefix_has_a_case_and_there_are_more_than_forty():
    covered = {kind for kind, *_ in [*KEYS, *PARTS]} | {"NPM_TOKEN", "JWT"}

    assert {form.type for form in FORMATS} == covered
    assert len(covered) > 90
    assert covered < TYPES


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"])
def test_a_check_sum_tells_a_real_token_from_a_likeness(prefix, make, find):
    random = make("{A30}")
    real, likeness = random + base62(zlib.crc32(random.encode())), random + "0Aaaa0"

    assert [1.0] == [one.score for one in find(prefix + real)]
    assert [0.6] == [one.score for one in find(prefix + likeness)]


@pytest.mark.parametrize(
    "text",
    [
        "The commit is 9fceb02d0ae598e95dc970b74767f19372d61af8, dated 2024-01-02.",
        "id: 123e4567-e89b-12d3-a456-426614174000",
        '<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4">',
        '"integrity": "sha512-Zb3Wl9mQ0c8yqk8W6o8JtV0cR1n3b5v7x9z1A3C5E7G9I1K3M5O7Q9S1U3W5Y7a9c1e3g5i7k9m1o3q5s7u9w1=="',
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "color: #ff8800; background: #0a0b0c0d",
        "The sk-learn pipeline and the sk-estimator-checks-of-many-kinds ran.",
        "ghp_" + "x" * 36,
        "AKIA" + "X" * 16,
        "hf_" + "x" * 34,
        "sk-" + "your-api-key-goes-here-0123456789",
        "TODAYINASIAASACKOFRICEFELLOVER",
        "eyJub3QiOiJhIGp3dCJ9.eyJ4IjoxfQ.abcdefgh",
        "github.com/acme/npm_modules and pat of hf_ or SG. or AC/DC, SK, MT.",
        "export PATH=/usr/local/bin:/usr/bin",
        "npm install --save-dev xai-kit re_export s.length dp.table",
        "Meet me at 10:45 on 12/06; the ratio is 3:1 and 12345678:AB.",
        "https://fog.example/API-BD80F56CDC1441E6BF6011AB6D852875",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
        "我们在花园里看到了很多客户的订单。パスワードは長いほうがいい。",
        "",
    ],
)
def test_what_only_looks_like_a_key_is_left_alone(text, values):
    assert [] == values(text)


def test_a_key_must_begin_a_word_and_end_with_one(make, values):
    key = make("AKIA{t16}")

    assert [] == values(f"X{key}")
    assert [] == values(f"{key}Z")
    assert [("AWS_ACCESS_KEY", key)] == values(f"/{key}/")


@pytest.mark.parametrize("size", [20, 600, 5000])
def test_a_token_of_any_length_is_one_detection(size, make, values):
    token = make(f"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{{w{size}}}.{{w43}}").rstrip("-_")

    assert [("JWT", token)] == values(f"Bearer <{token}>.")


def test_only_the_types_that_are_asked_for_are_found(make, values):
    text = f"{make('AKIA{t16}')} {make('hf_{a34}')} password='Tr0ub4dor&3!'"

    assert ["HUGGING_FACE_TOKEN"] == [k for k, _ in values(text, types={"HUGGING_FACE_TOKEN"})]
    assert ["SECRET_ASSIGNMENT"] == [k for k, _ in values(text, types={"SECRET_ASSIGNMENT"})]
    assert [] == values(text, types={"STRIPE_KEY", "TELEGRAM_BOT_TOKEN"})


def test_no_format_outgrows_what_is_looked_at():
    import re._parser as parser

    for form in FORMATS:
        longest = parser.parse(form.pattern).getwidth()[1]
        assert form.run or longest <= LONGEST < LOOK, form.type


def test_a_run_may_hold_its_own_prefix():
    assert [] == [
        (form.type, prefix)
        for form in FORMATS
        for prefix in form.prefixes
        if form.run and not re.fullmatch(f"(?:{form.run})*", prefix)
    ]


def test_characters_of_a_run_never_end_what_is_looked_at():
    """A run is judged by its head, which must be known by the time the look ends."""
    for form in FORMATS:
        for character in map(chr, range(128)):
            if form.run and re.fullmatch(form.run, character):
                assert re.fullmatch(r"[A-Za-z0-9_\-.~+/=%]", character), form.type
