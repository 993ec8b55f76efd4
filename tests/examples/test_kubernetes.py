"""The manifests and the chart: valid, hardened, with no way round the guard, and true."""

from __future__ import annotations

import signal

import helm_python
import kubernetes_validate
import pytest
import yaml
from tests.agent.sidecar.process import until
from tests.examples.operations import (
    CHART,
    EXAMPLES,
    ROOT,
    TOKEN,
    chart,
    files_of,
    guard_of,
    image_environment,
    kubernetes,
    of_kind,
    pod,
    started,
)

from tokenward.testing.echo import EchoUpstream

ELSEWHERE = {"model": {"enabled": False}, "upstream": "http://vllm.models:8000"}
SETS = {
    "manifests": kubernetes,
    "chart": lambda: chart()[0],
    "chart, model elsewhere": lambda: chart(ELSEWHERE)[0],
    "chart, one pod with a claim": lambda: chart(
        {"replicaCount": 1, "records": {"kind": "claim", "claim": "records"},
         "admin": {"existingSecret": "mine"}, "model": {"claim": "", "env": [{"name": "A", "value": "b"}]}}
    )[0],
    "chart, no records": lambda: chart(
        {"records": {"kind": "none"}, "policies": {"a": "name: a\nmatch: {model: x}\nrules: []\n", "b": "name: b\nmatch: {model: y}\nrules: []\n"},
         "builtinPolicies": ["default"], "podLabels": {"team": "a"}, "podAnnotations": {"note": "b"},
         "env": [{"name": "OTEL_SERVICE_NAME", "value": "x"}], "networkPolicy": {"enabled": False},
         "tolerations": [{"operator": "Exists"}], "nodeSelector": {"a": "b"},
         "image": {"repository": "r/t", "tag": "1", "pullSecrets": [{"name": "x"}]}}
    )[0],
}  # fmt: skip


@pytest.fixture(params=SETS)
def manifests(request):
    return SETS[request.param]()


def containers(manifests):
    spec = pod(manifests)
    return [*spec.get("initContainers", ()), *spec["containers"]]


# -- valid ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.30", "1.33", "1.37"])
def test_they_are_what_kubernetes_knows(manifests, version):
    for one in manifests:
        kubernetes_validate.validate(one, version, strict=True)


def test_helm_finds_no_fault():
    found = helm_python.lint(str(CHART), strict=True)

    assert 1 == found["total_charts_linted"]
    assert [] == found["errors"]
    assert [] == [one for one in found["messages"] if one["severity"] > 1]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"replicas": 2}, "replicas"),
        ({"replicaCount": 0}, "replicaCount"),
        ({"config": {"upstream": "http://x"}}, "upstream"),
        ({"model": {"port": 8080}}, "port"),
        ({"records": {"kind": "disk"}}, "kind"),
        ({"upstream": "vllm:8000"}, "upstream"),
        ({"policies": {"../x": "y"}}, "invalid propertyName"),
    ],
)
def test_wrong_values_are_refused_by_the_schema(values, word):
    with (
        helm_python.Chart.load(str(CHART)) as loaded,
        pytest.raises(helm_python.HelmError) as error,
    ):
        loaded.render(values, name="demo", namespace="prod")

    assert word in str(error.value)


def test_a_chart_without_a_model_server_says_what_is_missing():
    with pytest.raises(helm_python.HelmError, match="say where the model server is"):
        chart({"model": {"enabled": False}})


def test_a_service_monitor_asks_with_the_token():
    manifests, _ = chart({"serviceMonitor": {"enabled": True, "labels": {"release": "p"}}})
    (monitor,) = of_kind(manifests, "ServiceMonitor")
    service = next(
        one for one in of_kind(manifests, "Service") if "admin" in one["metadata"]["name"]
    )
    (secret,) = of_kind(manifests, "Secret")

    (endpoint,) = monitor["spec"]["endpoints"]
    assert secret["metadata"]["name"] == endpoint["authorization"]["credentials"]["name"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert (
        monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    )
    assert "tokenward" == service["metadata"]["labels"][monitor["spec"]["jobLabel"]]


def test_the_chart_makes_what_the_manifests_show():
    """But for names, and what can be chosen."""
    ours, theirs = pod(kubernetes()), pod(chart()[0])
    for one in (ours, theirs):
        one.pop("topologySpreadConstraints")
        for volume in one["volumes"]:
            volume.get("configMap", volume.get("secret", {})).clear()
    for one in [*ours["initContainers"], *ours["containers"]]:
        one.setdefault("imagePullPolicy", "IfNotPresent")
    theirs["initContainers"][0].setdefault("imagePullPolicy", "IfNotPresent")

    assert ours == theirs
    files = files_of(kubernetes()), files_of(chart()[0])
    assert yaml.safe_load(files[0]["serve.yaml"]) == yaml.safe_load(files[1]["serve.yaml"])
    assert files[0]["assistant.yaml"] == files[1]["assistant.yaml"]


def test_settings_roll_the_pods_and_policies_do_not():
    def annotations(**values):
        (deployment,) = of_kind(chart(values)[0], "Deployment")
        return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/serve"]

    assert annotations() == annotations()
    assert annotations() != annotations(config={"max_streams": 7})
    assert annotations() == annotations(policies={"assistant": "name: other\nrules: []\n"})
    assert annotations() != annotations(policies={"another": "name: other\nrules: []\n"})


def test_the_notes_name_what_is_there():
    manifests, notes = chart({"builtinPolicies": ["default"]})
    (service,) = of_kind(manifests, "Service")
    (secret,) = of_kind(manifests, "Secret")

    assert f"http://{service['metadata']['name']}.prod/v1" in notes
    assert f"secret {secret['metadata']['name']} " in notes
    assert "Policies: assistant, default." in notes


# -- hardened, and no way round ------------------------------------------------------------------


def test_pods_fit_the_restricted_standard(manifests):
    spec = pod(manifests)

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
    assert spec["automountServiceAccountToken"] is False
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(spec)
    assert {"configMap", "secret", "emptyDir", "persistentVolumeClaim"} >= {
        key for volume in spec["volumes"] for key in volume if key != "name"
    }
    for one in containers(manifests):
        context = one["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert {"drop": ["ALL"]} == context["capabilities"]
        assert one["resources"]["requests"]["memory"]
        assert one["resources"]["limits"]["memory"]
        assert {"/tmp"} <= {mount["mountPath"] for mount in one["volumeMounts"]}


def test_user_and_command_are_those_of_the_image(manifests):
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    said = dict(line.split(maxsplit=1) for line in lines if line.startswith(("USER ", "ENTRYPOINT ", "EXPOSE ")))  # fmt: skip
    guard, context = guard_of(manifests), pod(manifests)["securityContext"]

    assert int(said["USER"]) == context["runAsUser"] == context["fsGroup"]
    assert '["tokenward", "serve"]' == said["ENTRYPOINT"]
    assert "command" not in guard
    assert int(said["EXPOSE"]) in {port["containerPort"] for port in guard["ports"]}


def test_the_service_leads_to_the_guard_only(manifests):
    (deployment,) = of_kind(manifests, "Deployment")
    (service,) = of_kind(manifests, "Service")
    labels = deployment["spec"]["template"]["metadata"]["labels"]

    assert service["spec"]["selector"].items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert ["http"] == [port["targetPort"] for port in service["spec"]["ports"]]
    assert {"http": 8080, "admin": 8081} == {
        port["name"]: port["containerPort"] for port in guard_of(manifests)["ports"]
    }


def test_the_model_server_cannot_be_reached_from_outside_of_its_pod(manifests):
    models = pod(manifests).get("initContainers", [])
    for model in models:
        assert "ports" not in model
        assert "Always" == model["restartPolicy"]
        assert "127.0.0.1" == model["args"][model["args"].index("--host") + 1]
        port = model["args"][model["args"].index("--port") + 1]
        upstream = yaml.safe_load(files_of(manifests)["serve.yaml"])["upstream"]
        assert f"http://127.0.0.1:{port}" == upstream
        assert model["startupProbe"]["exec"]["command"][-1].startswith(upstream)
    for policy in of_kind(manifests, "NetworkPolicy"):
        assert ["Ingress", "Egress"] == policy["spec"]["policyTypes"]
        ports = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
        assert ports <= {"http", "admin"}
        assert all(rule["from"] for rule in policy["spec"]["ingress"])


def test_what_it_needs_to_write_is_mounted(manifests):
    written = {
        mount["mountPath"]
        for mount in guard_of(manifests)["volumeMounts"]
        if not mount.get("readOnly")
    }
    volumes = {volume["name"] for volume in pod(manifests)["volumes"]}

    assert {"/tmp", "/var/lib/tokenward"} == written
    assert {
        mount["name"] for one in containers(manifests) for mount in one["volumeMounts"]
    } <= volumes


# -- true: the process does what the manifests say ------------------------------------------------


def test_there_is_time_to_drain(manifests):
    settings = yaml.safe_load(files_of(manifests)["serve.yaml"])
    guard, spec = guard_of(manifests), pod(manifests)
    waits = guard["lifecycle"]["preStop"]["sleep"]["seconds"] + settings["drain_timeout"]

    assert waits < spec["terminationGracePeriodSeconds"]


def test_the_image_says_nothing_else_than_the_file(manifests):
    """Its environment goes before the file."""
    settings = yaml.safe_load(files_of(manifests)["serve.yaml"])
    environment = image_environment() | {
        one["name"]: one["value"] for one in guard_of(manifests).get("env", ())
    }

    for name, value in environment.items():
        if name.startswith("TOKENWARD_"):
            assert value == str(settings.get(name.removeprefix("TOKENWARD_").lower(), "")), name


def test_the_process_of_the_container_answers_its_probes(manifests, tmp_path):
    guard = guard_of(manifests)
    environment = {one["name"]: one["value"] for one in guard.get("env", ())}
    with EchoUpstream() as upstream:
        process = started(
            tmp_path, guard["args"], files_of(manifests), upstream.url, environment
        ).ready()
        try:
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = guard[kind]["httpGet"]
                assert "admin" == probe["port"]
                assert 200 == process.get(probe["path"]).status
            assert 401 == process.get("/metrics").status
            assert 200 == process.get("/metrics", authorization=f"Bearer {TOKEN}").status
            assert "card <CREDIT_CARD>" in process.ask("card 4111 1111 1111 1111").text
            assert 0 == process.end(signal.SIGTERM)
        finally:
            process.kill()


def test_a_changed_config_map_of_policies_is_loaded_in_place(tmp_path):
    """The kubelet swaps a link to a folder; what is mounted are links through it."""
    manifests = kubernetes()
    policies = tmp_path / "etc" / "policies"
    policies.mkdir(parents=True)

    def publish(number, text):
        (policies / f"..{number}").mkdir()
        (policies / f"..{number}" / "assistant.yaml").write_text(text)
        (policies / "..new").symlink_to(f"..{number}")
        (policies / "..new").replace(policies / "..data")

    files = files_of(manifests)
    publish(1, files["assistant.yaml"])
    (policies / "assistant.yaml").symlink_to("..data/assistant.yaml")
    with EchoUpstream() as upstream:
        process = started(tmp_path, guard_of(manifests)["args"], files, upstream.url).ready()
        try:
            assert "card <CREDIT_CARD>" in process.ask("card 4111 1111 1111 1111").text
            publish(2, files["assistant.yaml"].replace("action: redact", "action: {redact: mask}"))
            until(lambda: "<CREDIT_CARD>" not in process.ask("card 4111 1111 1111 1111").text)
            publish(3, "name: broken\nrules: [{}]\n")
            process.heard("assistant.yaml:2")
            assert "<CREDIT_CARD>" not in process.ask("card 4111 1111 1111 1111").text
            assert "4111 1111" not in process.ask("card 4111 1111 1111 1111").text
        finally:
            process.kill()


def test_a_claim_or_a_secret_is_nowhere_written_out():
    """The manifests name the secret; only the chart makes one, of random characters."""
    assert [] == of_kind(kubernetes(), "Secret")
    first, second = (of_kind(chart()[0], "Secret")[0]["data"]["token"] for _ in range(2))
    assert first != second
    assert (EXAMPLES / "kubernetes" / "README.md").read_text().count("openssl rand") == 1
