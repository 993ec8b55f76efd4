from __future__ import annotations

import itertools
import re
import zlib

import pytest

from tokenward.types import ScanContext
from tokenward_plugins.secrets.checks import base62
from tokenward_plugins.secrets.formats import FORMATS
from tokenward_plugins.secrets.formats.widths import ENDLESS, longest
from tokenward_plugins.secrets.plan import TYPES
from tokenward_plugins.secrets.runs import CHARACTERS, SHORTEST
from tokenward_plugins.secrets.tokenplan import CLOSING, HEAD_REACH, LOOK, SHORTEST_HEAD

KEYS = [
    ("ADAFRUIT_IO_KEY", "aio_{A28}"),
    ("ADOBE_CLIENT_SECRET", "p8e-{L32}"),
    ("AGE_SECRET_KEY", "AGE-SECRET-KEY-1{z58}"),
    ("AIRTABLE_TOKEN", "pat{A14}.{h64}"),
    ("AIVEN_PASSWORD", "AVNS_{A19}"),
    ("ALIBABA_ACCESS_KEY", "LTAI{A20}"),
    ("ANTHROPIC_API_KEY", "sk-ant-api03-{w93}AA"),
    ("ANTHROPIC_API_KEY", "sk-ant-admin01-{w93}AA"),
    ("ANTHROPIC_API_KEY", "sk-ant-oat01-{w86}-{w6}AA"),
    ("APIFY_TOKEN", "apify_api_{A36}"),
    ("ARTIFACTORY_API_KEY", "AKCp{A69}"),
    ("ARTIFACTORY_REFERENCE_TOKEN", "cmVmdGtu{A56}"),
    ("ASANA_TOKEN", "2/{d16}/{d16}:{h32}"),
    ("ATLASSIAN_API_TOKEN", "ATATT3{w186}"),
    ("ATLASSIAN_API_TOKEN", "ATATT3{w180}={U8}"),
    ("ATLASSIAN_API_TOKEN", "ATTA{h72}"),
    ("AUTHRESS_KEY", "sc_{L10}.{L5}.acc-{L20}.{w60}"),
    ("AWS_ACCESS_KEY", "AKIA{t16}"),
    ("AWS_ACCESS_KEY", "ASIA{U16}"),
    ("AWS_ACCESS_KEY", "A3T{U17}"),
    ("AWS_BEDROCK_KEY", "ABSK{b128}"),
    ("AWS_BEDROCK_KEY", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{b300}"),
    ("AWS_MWS_TOKEN", "amzn.mws.{h8}-{h4}-{h4}-{h4}-{h12}"),
    ("AZURE_CLIENT_SECRET", "abc8Q~{A34}"),
    ("AZURE_DEVOPS_TOKEN", "{A76}AZDO{A4}"),
    ("AZURE_FUNCTION_KEY", "{A44}AzFu{A5}A=="),
    ("AZURE_SERVICE_KEY", "{b76}ACDb{b5}Q=="),
    ("AZURE_SERVICE_KEY", "{b76}APIM{b5}g=="),
    ("AZURE_SERVICE_KEY", "{b76}+ABa{b5}w=="),
    ("AZURE_SERVICE_KEY", "{A33}AIoTA{A5}="),
    ("AZURE_SERVICE_KEY", "{A33}AzCaP{A5}="),
    ("AZURE_SERVICE_KEY", "{A33}+ASbB{A5}="),
    ("AZURE_SERVICE_KEY", "{A42}AzSeD{A5}"),
    ("AZURE_SERVICE_KEY", "{A42}+ACRA{A5}"),
    ("AZURE_SERVICE_KEY", "{A52}JQQJ99{A1}B{A16}a{A7}"),
    ("AZURE_STORAGE_KEY", "{b76}+ASt{b5}A=="),
    ("BITBUCKET_APP_PASSWORD", "ATBB{A32}"),
    ("BITBUCKET_TOKEN", "BBDC-{A44}"),
    ("BREVO_API_KEY", "xkeysib-{h64}-{A16}"),
    ("BUILDKITE_TOKEN", "bkua_{L40}"),
    ("CEREBRAS_API_KEY", "csk-{L48}"),
    ("CIRCLECI_TOKEN", "CCIPAT_{A22}_{h40}"),
    ("CLICKHOUSE_KEY", "4b1d{A38}"),
    ("CLICKUP_TOKEN", "pk_{d8}_{U32}"),
    ("CLOJARS_TOKEN", "CLOJARS_{L60}"),
    ("CLOUDFLARE_API_KEY", "cfut_{A40}{h8}"),
    ("CLOUDFLARE_ORIGIN_KEY", "v1.0-{h24}-{h146}"),
    ("CONTENTFUL_TOKEN", "CFPAT-{w43}"),
    ("CRATES_IO_TOKEN", "cio{A32}"),
    ("DATABRICKS_TOKEN", "dapi{h32}"),
    ("DATADOG_TOKEN", "ddp_{A36}"),
    ("DEFINED_NETWORKING_TOKEN", "dnkey-{A26}-{A52}"),
    ("DEPENDENCY_TRACK_KEY", "odt_{A32}"),
    ("DIGITALOCEAN_TOKEN", "dop_v1_{h64}"),
    ("DISCORD_BOT_TOKEN", "MTk4NjIyNDgzNDcxOTI1MjQ4.{A6}.{w38}"),
    ("DISCORD_WEBHOOK", "discord.com/api/webhooks/{d18}/{w68}"),
    ("DOCKER_TOKEN", "dckr_pat_{w27}"),
    ("DOPPLER_TOKEN", "dp.pt.{A43}"),
    ("DOPPLER_TOKEN", "dp.st.prd_eu.{A43}"),
    ("DROPBOX_TOKEN", "sl.{w140}"),
    ("DUFFEL_API_TOKEN", "duffel_live_{w43}"),
    ("DYNATRACE_TOKEN", "dt0c01.{t24}.{t64}"),
    ("E2B_API_KEY", "e2b_{h40}"),
    ("EASYPOST_API_KEY", "EZAK{A54}"),
    ("ELEVENLABS_API_KEY", "sk_{h48}"),
    ("FACEBOOK_TOKEN", "EAA{A180}"),
    ("FACEBOOK_TOKEN", "{d16}|{A27}"),
    ("FIGMA_TOKEN", "figd_{w40}"),
    ("FIREBASE_SERVER_KEY", "AAAA{A7}:APA91b{w134}"),
    ("FIRECRAWL_API_KEY", "fc-{h32}"),
    ("FIREWORKS_API_KEY", "fw_{A24}"),
    ("FLEXPORT_TOKEN", "shltm_{w40}"),
    ("FLUTTERWAVE_KEY", "FLWSECK-{L32}-X"),
    ("FLY_TOKEN", "fo1_{w43}"),
    ("FLY_TOKEN", "fm2_{b400}"),
    ("FRAMEIO_TOKEN", "fio-u-{w64}"),
    ("GITHUB_TOKEN", "github_pat_{A22}_{A59}"),
    ("GITHUB_TOKEN", "ghr_{A76}"),
    ("GITHUB_TOKEN", "ghs_{d7}_eyJ{A40}.eyJ{A200}.{w86}"),
    ("GITLAB_TOKEN", "glpat-{w20}"),
    ("GITLAB_TOKEN", "glrt-t1_{w20}"),
    ("GITLAB_TOKEN", "glptt-{h40}"),
    ("GITLAB_TOKEN", "glagent-{w50}"),
    ("GITLAB_TOKEN", "glimt-{L25}"),
    ("GITLAB_TOKEN", "glwt-{w40}"),
    ("GITLAB_TOKEN", "gloas-{h64}"),
    ("GITLAB_TOKEN", "GR1348941{w20}"),
    ("GOOGLE_API_KEY", "AIza{w35}"),
    ("GOOGLE_HMAC_KEY", "GOOG1E{U55}"),
    ("GOOGLE_OAUTH_SECRET", "GOCSPX-{w28}"),
    ("GOOGLE_OAUTH_TOKEN", "ya29.{w160}"),
    ("GOOGLE_REFRESH_TOKEN", "1//0{w50}"),
    ("GRAFANA_TOKEN", "glc_{b80}"),
    ("GRAFANA_TOKEN", "eyJrIjoi{A80}"),
    ("GROQ_API_KEY", "gsk_{A52}"),
    ("HARNESS_TOKEN", "pat.{A22}.{h24}.{A20}"),
    ("HASHICORP_TERRAFORM_TOKEN", "{A14}.atlasv1.{A67}"),
    ("HASHICORP_VAULT_TOKEN", "hvs.{w95}"),
    ("HASHICORP_VAULT_TOKEN", "s.{A24}"),
    ("HELICONE_API_KEY", "sk-helicone-{L7}-{L7}-{L7}-{L7}"),
    ("HEROKU_API_KEY", "HRKU-AA{w58}"),
    ("HONEYCOMB_KEY", "hcaik_{A58}"),
    ("HUBSPOT_TOKEN", "pat-eu1-{h8}-{h4}-{h4}-{h4}-{h12}"),
    ("HUGGING_FACE_TOKEN", "hf_{a34}"),
    ("HUGGING_FACE_TOKEN", "api_org_{a34}"),
    ("INFISICAL_TOKEN", "st.{h24}.{h32}.{h32}"),
    ("INFRACOST_TOKEN", "ico-{A32}"),
    ("INTERCOM_TOKEN", "dG9rO{A55}="),
    ("INTRA42_SECRET", "s-s4t2ud-{h64}"),
    ("JINA_API_KEY", "jina_{h32}{A28}"),
    ("LANGFUSE_KEY", "sk-lf-{h8}-{h4}-{h4}-{h4}-{h12}"),
    ("LANGSMITH_KEY", "lsv2_pt_{h32}_{h10}"),
    ("LINEAR_API_KEY", "lin_api_{A40}"),
    ("LLAMA_CLOUD_KEY", "llx-{A48}"),
    ("LOB_API_KEY", "live_{h35}"),
    ("MAILCHIMP_API_KEY", "{h32}-us12"),
    ("MAILGUN_API_KEY", "key-{h32}"),
    ("MAPBOX_SECRET", "sk.eyJ{w70}.{w22}"),
    ("MAXMIND_LICENSE_KEY", "{A6}_{A29}_mmk"),
    ("MONGODB_SERVICE_SECRET", "mdb_sa_sk_{A40}"),
    ("NEON_API_KEY", "napi_{L64}"),
    ("NETLIFY_TOKEN", "nfp_{A36}"),
    ("NEW_RELIC_KEY", "NRAK-{U27}"),
    ("NEW_RELIC_KEY", "NRJS-{h19}"),
    ("NEW_RELIC_KEY", "{h36}NRAL"),
    ("NOTION_TOKEN", "ntn_{d11}A3{A33}"),
    ("NOTION_TOKEN", "secret_{A43}"),
    ("NUGET_API_KEY", "oy2{n43}"),
    ("NVIDIA_API_KEY", "nvapi-{w64}"),
    ("OCTOPUS_API_KEY", "API-{U26}"),
    ("ONEPASSWORD_TOKEN", "ops_eyJ{A700}"),
    ("ONEPASSWORD_TOKEN", "A3-{U6}-{U11}-{U5}-{U5}-{U5}"),
    ("OPENAI_API_KEY", "sk-{A20}T3BlbkFJ{A20}"),
    ("OPENAI_API_KEY", "sk-proj-{w156}"),
    ("OPENAI_API_KEY", "sk-svcacct-{A74}T3BlbkFJ{A74}"),
    ("OPENAI_API_KEY", "sk-{h32}"),
    ("OPENROUTER_API_KEY", "sk-or-v1-{h64}"),
    ("OPENSHIFT_TOKEN", "sha256~{w43}"),
    ("PACKAGIST_TOKEN", "packagist_ack_{h60}"),
    ("PAGARME_KEY", "ak_live_{A30}"),
    ("PERPLEXITY_API_KEY", "pplx-{A48}"),
    ("PINECONE_API_KEY", "pcsk_{A66}"),
    ("PLAID_TOKEN", "access-sandbox-{h8}-{h4}-{h4}-{h4}-{h12}"),
    ("PLANETSCALE_TOKEN", "pscale_tkn_{w43}"),
    ("POSTHOG_KEY", "phx_{A43}"),
    ("POSTMAN_API_KEY", "PMAK-{h24}-{h34}"),
    ("PREFECT_TOKEN", "pnu_{A36}"),
    ("PULUMI_TOKEN", "pul-{h40}"),
    ("PYPI_TOKEN", "pypi-AgEIcHlwaS5vcmc{w150}"),
    ("RAMP_SECRET", "ramp_sec_{A48}"),
    ("README_API_KEY", "rdme_{L70}"),
    ("RENDER_API_KEY", "rnd_{A32}"),
    ("REPLICATE_TOKEN", "r8_{A37}"),
    ("RESEND_API_KEY", "re_{A8}_{A24}"),
    ("ROOTLY_API_KEY", "rootly_{h64}"),
    ("RUBYGEMS_TOKEN", "rubygems_{h48}"),
    ("RUNPOD_API_KEY", "rpa_{U42}"),
    ("SALAD_CLOUD_KEY", "salad_cloud_{A6}_{A40}"),
    ("SALESFORCE_TOKEN", "00D{A12}!{A96}"),
    ("SALESFORCE_TOKEN", "5AEP861{A90}"),
    ("SCALINGO_TOKEN", "tk-us-{w48}"),
    ("SENDGRID_API_KEY", "SG.{w22}.{w43}"),
    ("SENTRY_TOKEN", "sntryu_{h64}"),
    ("SENTRY_TOKEN", "sntrys_eyJ{A150}_{b43}"),
    ("SETTLEMINT_TOKEN", "sm_pat_{A16}"),
    ("SHIPPO_TOKEN", "shippo_live_{h40}"),
    ("SHOPIFY_TOKEN", "shpat_{h32}"),
    ("SLACK_TOKEN", "xoxb-{d12}-{d13}-{A24}"),
    ("SLACK_TOKEN", "xapp-1-{U11}-{d13}-{h64}"),
    ("SLACK_TOKEN", "xoxe.xoxp-1-{U160}"),
    ("SLACK_TOKEN", "xoxd-{A30}%2F{A30}%3D"),
    ("SLACK_WEBHOOK", "hooks.slack.com/services/T{U8}/B{U10}/{A24}"),
    ("SNYK_TOKEN", "snyk_uat.{h8}.{A40}.{A40}"),
    ("SONAR_TOKEN", "sqp_{h40}"),
    ("SONAR_TOKEN", "sqco_{A59}"),
    ("SOURCEGRAPH_TOKEN", "sgp_local_{h40}"),
    ("SQUARE_TOKEN", "sq0atp-{w22}"),
    ("STACKHAWK_KEY", "hawk.{A20}.{A20}"),
    ("STRIPE_KEY", "sk_live_{A24}"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_{A32}"),
    ("SUPABASE_TOKEN", "sbp_{h40}"),
    ("SUPABASE_TOKEN", "sb_secret_{A31}"),
    ("TAILSCALE_KEY", "tskey-auth-{A12}CNTRL-{A32}"),
    ("TAVILY_API_KEY", "tvly-{A32}"),
    (
        "TEAMS_WEBHOOK",
        "webhook.office.com/webhookb2/{u}@{u}/IncomingWebhook/{h32}/{u}".replace(
            "{u}", "{h8}-{h4}-{h4}-{h4}-{h12}"
        ),
    ),
    ("TELEGRAM_BOT_TOKEN", "{d10}:AA{w33}"),
    ("TESTKUBE_TOKEN", "tkcapi_{A32}"),
    ("TOGETHER_API_KEY", "tgp_v1_{w43}"),
    ("TWILIO_API_KEY", "SK{h32}"),
    ("TWITTER_BEARER_TOKEN", "AAAAAAAAAAAAAAAAAAAAAA{A20}%2B{A60}"),
    ("TYPEFORM_TOKEN", "tfp_{w44}"),
    ("VERCEL_TOKEN", "vcp_{A56}"),
    ("VERCEL_TOKEN", "vercel_blob_rw_{A16}_{A30}"),
    ("VOICEFLOW_API_KEY", "VF.DM.{h24}.{A16}"),
    ("VOYAGE_API_KEY", "pa-{w43}"),
    ("WANDB_API_KEY", "wandb_v1_{A77}"),
    ("XAI_API_KEY", "xai-{A80}"),
    ("YANDEX_API_KEY", "AQVN{w35}"),
    ("YANDEX_IAM_TOKEN", "t1.{w60}.{w86}"),
    ("ZAPIER_WEBHOOK", "hooks.zapier.com/hooks/catch/{d7}/{L7}"),
    ("ZOHO_TOKEN", "1000.{h32}.{h32}"),
]


@pytest.mark.parametrize(("kind", "form"), KEYS)
@pytest.mark.parametrize("around", ["use {}, now", '"{}"', "KEY={}\n", r"\n{}\n", "%20{}%20", "{}"])
def test_a_key_is_found_whole_and_alone(kind, form, around, make, values):
    key = make(form)
    found = values(around.format(key))

    assert [(kind, key)] == found


@pytest.mark.parametrize(("kind", "form"), KEYS)
@pytest.mark.parametrize("size", [1, 4, 19])
def test_nothing_of_a_key_leaves_before_it_is_known(kind, form, size, make, detector):
    text = f"use {make(form)}, now"
    scan = detector.open(ScanContext("s", "output", TYPES))
    settled = 0
    for at in range(0, text.index(",") + 1, size):
        found, settled = scan.feed(text[at : at + size])
        if found:
            break
        assert settled <= 4

    assert kind in {one.type for one in [*found, *scan.finish()]}


def test_every_type_of_a_format_has_a_case():
    covered = {kind for kind, _ in KEYS} | {"NPM_TOKEN", "JWT", "PRIVATE_KEY"}

    assert {form.type for form in FORMATS} <= covered
    assert covered <= TYPES
    assert len(TYPES) > 150


def test_a_bots_token_is_found_in_its_address(make, values):
    token = make("{d10}:AA{w33}")

    text = f"https://api.telegram.org/bot{token}/getMe and bot{token}"

    assert [("TELEGRAM_BOT_TOKEN", token), ("TELEGRAM_BOT_TOKEN", f"bot{token}")] == values(text)


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"])
def test_a_check_sum_tells_a_real_token_from_a_likeness(prefix, make, find):
    random = make("{A30}")
    real, likeness = random + base62(zlib.crc32(random.encode())), random + "0Aaaa0"

    assert [1.0] == [one.score for one in find(prefix + real)]
    assert [0.6] == [one.score for one in find(prefix + likeness)]


@pytest.mark.parametrize(
    "token", ["ghp_" + "SPELLEDOFWORDSNOTAREALTOKEN000000000", "xoxb-00000-12345-SPELLEDOFWORDS"]
)
def test_a_token_that_is_spelled_of_words_counts_as_a_likeness(token, find):
    """As documents have them: another service's rules take it for a token."""
    assert [0.6] == [one.score for one in find(token)]


def test_a_tokens_check_sum_in_base_36_or_16_is_checked(find):
    payload = "glpat-" + "aB3xK9mQ7wE2rT5y" * 2 + ".01.0w"
    routable = payload + to_base36(zlib.crc32(payload.encode()))
    service = "glsa_" + "aB3xK9mQ" * 4
    checked = f"{service}_{zlib.crc32(service.encode()).to_bytes(4, 'little').hex()}"

    assert [1.0, 1.0] == [one.score for one in find(f"{routable} {checked}")]
    assert [0.6, 0.6] == [one.score for one in find(f"{payload}1abcdef {service}_01234567")]


def to_base36(number):
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(7, "0")


def test_a_key_must_begin_a_word_and_end_with_one(make, values):
    key = make("AKIA{t16}")

    assert [] == values(f"X{key}")
    assert [] == values(f"{key}Z")
    assert [("AWS_ACCESS_KEY", key)] == values(f"/{key}/")


@pytest.mark.parametrize("size", [20, 600, 1500])
def test_a_token_is_one_detection_up_to_a_length(size, make, values):
    token = make(f"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{{w{size}}}.{{w43}}").rstrip("-_")

    assert [("JWT", token)] == values(f"Bearer <{token}>.")


@pytest.mark.parametrize("size", [5_000, 1_000_000])
def test_a_longer_one_comes_in_pieces_that_leave_nothing_out(size, make, find):
    token = make(f"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.{{w{size}}}.{{w22}}.x").rstrip(
        "-_"
    )
    found = find(f"Bearer <{token}>.")

    assert {"JWT"} == {one.type for one in found}
    assert (8, 8 + len(token)) == (found[0].start, found[-1].end)
    assert all(one.end == two.start for one, two in itertools.pairwise(found))
    assert [0, 1, 2] == [one.evidence.get("part", 0) for one in found[:3]]


def test_only_the_types_that_are_asked_for_are_found(make, values):
    text = f"{make('AKIA{t16}')} {make('hf_{a34}')} password='Tr0ub4dor&3!'"

    assert ["HUGGING_FACE_TOKEN"] == [k for k, _ in values(text, types={"HUGGING_FACE_TOKEN"})]
    assert ["SECRET_ASSIGNMENT"] == [k for k, _ in values(text, types={"SECRET_ASSIGNMENT"})]
    assert [] == values(text, types={"STRIPE_KEY", "TELEGRAM_BOT_TOKEN"})


def test_the_width_of_each_format_is_known():
    import re._parser as parser

    for form in FORMATS:
        least, most = parser.parse(form.pattern).getwidth()
        assert least >= SHORTEST or form.run or form.type == "SLACK_TOKEN", form.type
        assert least >= SHORTEST_HEAD or form.run or not form.hint, form.type
        assert (longest(form.pattern) >= ENDLESS) == (most > 1 << 30), form.type
        assert form.run or longest(form.pattern) == most < LOOK, form.type


def test_prefixes_marks_and_hints_are_what_the_search_expects():
    for form in FORMATS:
        characters = set("".join(form.prefixes))
        assert characters <= set(CHARACTERS), form.type
        assert bool(form.prefixes) + bool(form.mark) + bool(form.hint) == 1, form.type
        assert form.mark[:1] not in CHARACTERS or not form.mark, form.type
        assert not form.head or longest(form.head) < HEAD_REACH - 4, form.type
        assert re.compile(form.head).fullmatch("1" * form.size) or form.begin or not form.head


def test_a_run_may_hold_its_own_prefix_letters_and_digits():
    for form in FORMATS:
        for word in (*form.prefixes, *CHARACTERS[:62]) if form.run else ():
            assert re.fullmatch(f"(?:{form.run})*", word), form.type


def test_characters_of_a_run_never_end_what_is_looked_at():
    """A run is judged by its head, which must be known by the time the look ends."""
    for form in FORMATS:
        for character in map(chr, range(128)):
            if form.run and re.fullmatch(form.run, character):
                assert re.fullmatch(rf"[{CLOSING}]", character), form.type
