"""What the examples for operations say, read as those read it who run them."""

from __future__ import annotations

import re
from pathlib import Path

import helm_python
import yaml
from tests.agent.sidecar.process import ServeProcess

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CHART = EXAMPLES / "helm" / "tokenward"
TOKEN = "the-token-of-the-admin-port"
IN_CONTAINERS = {
    "/etc/tokenward": "etc",
    "/run/secrets/tokenward": "secrets",
    "/run/secrets": "secrets",
    "/var/lib/tokenward": "records",
}
"""Paths of containers, and the folders that stand for them here."""


def documents(*paths):
    """The documents of YAML files, in their order."""
    return [one for path in paths for one in yaml.safe_load_all(path.read_text()) if one]


def kubernetes():
    """The manifests that ``kubectl apply -k`` would apply."""
    folder = EXAMPLES / "kubernetes"
    (kustomization,) = documents(folder / "kustomization.yaml")
    return documents(*(folder / name for name in kustomization["resources"]))


def chart(values=None):
    """The manifests of the chart, as Helm itself makes them, and its notes."""
    with helm_python.Chart.load(str(CHART)) as loaded:
        made = loaded.render(values or {}, name="demo", namespace="prod")
    notes = next(text for name, text in made.items() if name.endswith("NOTES.txt"))
    texts = [text for name, text in sorted(made.items()) if name.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one], notes


def of_kind(manifests, kind):
    return [one for one in manifests if one["kind"] == kind]


def pod(manifests):
    (deployment,) = of_kind(manifests, "Deployment")
    return deployment["spec"]["template"]["spec"]


def guard_of(manifests):
    (container,) = pod(manifests)["containers"]
    return container


def files_of(manifests):
    """The files of the config maps, by name of the file."""
    return {
        name: text for one in of_kind(manifests, "ConfigMap") for name, text in one["data"].items()
    }


def image_environment():
    """What the image says by itself: ``ENV`` of the Dockerfile's last stage."""
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    block = re.search(r"^ENV ((?:.*\\\n)*.*)", last, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in block[1].replace("\\\n", " ").split())


def placed(text, folder):
    """A text in which paths of a container are those of folders here."""
    for there, here in IN_CONTAINERS.items():
        text = text.replace(there, str(folder / here))
    return text


def started(folder, arguments, files, upstream, environment=None):
    """Starts ``tokenward serve`` as the container would, on free ports, before another upstream."""
    for name in {*IN_CONTAINERS.values(), "etc/policies"}:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("token", "admin-token"):
        (folder / "secrets" / name).write_text(f"{TOKEN}\n")
    for name, text in files.items():
        place = (
            folder / "etc" / name if name == "serve.yaml" else folder / "etc" / "policies" / name
        )
        if not place.is_symlink():
            place.write_text(placed(text, folder))
    settings = yaml.safe_load((folder / "etc" / "serve.yaml").read_text())
    settings |= {"upstream": upstream, "port": 0, "admin_port": 0, "host": "127.0.0.1"}
    (folder / "etc" / "serve.yaml").write_text(yaml.safe_dump(settings))
    given = {**image_environment(), **(environment or {}), "TOKENWARD_HOST": "127.0.0.1"}
    given = {name: placed(value, folder) for name, value in given.items() if "PATH" not in name}
    given |= {"TOKENWARD_PORT": "0"}
    return ServeProcess(folder, *(placed(one, folder) for one in arguments), **given)
