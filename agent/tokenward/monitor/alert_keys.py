"""The key ``alerts`` of a monitor's file.

For example::

    alerts:
      log: true
      file: alerts.jsonl
      webhook: {url: "https://alerts.example/hook", secret_file: /run/secrets/hook, timeout: 5s}
      command: [/usr/local/bin/page, --quietly]

A webhook may also be its URL alone. ``url_file``, ``url_env``, ``secret_file`` and ``secret_env``
say where a URL or a secret stands, so that it need not stand in the file; ``format`` is ``json``,
``slack`` or ``markdown``. With a secret each alert is signed; see ``ways.signature``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tokenward.errors import UsageError
from tokenward.monitor.ways import (
    COMMAND_SECONDS,
    TIMEOUT_SECONDS,
    AlertSettings,
    Command,
    Secret,
    Webhook,
    check_url,
)
from tokenward.monitor.wording import FORMATS
from tokenward.policy.document import Node

ALERT_KEYS = ("log", "file", "webhook", "command")
WEBHOOK_KEYS = (
    "url", "url_file", "url_env", "secret_file", "secret_env", "format", "timeout",
)  # fmt: skip
COMMAND_KEYS = ("run", "timeout")
LONGEST = 300.0
SECONDS = re.compile(r"([0-9]{1,3})s")


def alert_settings(node: Node) -> AlertSettings:
    """Returns where alerts go."""
    keys = node.mapping(ALERT_KEYS)
    return AlertSettings(
        log=keys["log"].truth("log") if "log" in keys else True,
        file=Path(keys["file"].text("a file")) if "file" in keys else None,
        webhook=webhook(keys["webhook"]) if "webhook" in keys else None,
        command=command(keys["command"]) if "command" in keys else None,
    )


def webhook(node: Node) -> Webhook:
    """Returns a webhook."""
    if not node.is_mapping:
        return Webhook(url(node))
    keys = node.mapping(WEBHOOK_KEYS)
    places = [key for key in ("url", "url_file", "url_env") if key in keys]
    if len(places) != 1:
        node.fail("a webhook needs one of: url, url_file, url_env")
    form = keys["format"].word("format", FORMATS) if "format" in keys else "json"
    return Webhook(
        url=url(keys["url"]) if "url" in keys else secret(keys, "url") or "",
        secret=secret(keys, "secret"),
        format=next(one for one in FORMATS if one == form),
        timeout=seconds(keys["timeout"]) if "timeout" in keys else TIMEOUT_SECONDS,
    )


def url(node: Node) -> str:
    """Returns a URL; a mistake is told with its place, and without the URL."""
    text = node.text("a URL")
    try:
        return check_url(text)
    except UsageError as error:
        node.fail(str(error))


def secret(keys: Mapping[str, Node], name: str) -> Secret | None:
    """Returns where a secret stands: in a file, or in an environment variable."""
    file, variable = keys.get(f"{name}_file"), keys.get(f"{name}_env")
    if file is not None and variable is not None:
        variable.fail(f"the secret stands in {name}_file already; leave one of them out")
    if variable is not None:
        return Secret(variable=variable.text("a variable's name"))
    return None if file is None else Secret(file=Path(file.text("a file")))


def command(node: Node) -> Command:
    """Returns a command: its words in a list, or a mapping with ``run`` and ``timeout``."""
    keys = node.mapping(COMMAND_KEYS, required=("run",)) if node.is_mapping else {"run": node}
    words = tuple(one.text("a word of it") for one in keys["run"].sequence("a list of words"))
    if not words:
        keys["run"].fail("a command needs its program; write [PROGRAM, ARGUMENT, ...]")
    limit = seconds(keys["timeout"]) if "timeout" in keys else COMMAND_SECONDS
    return Command(words, limit)


def seconds(node: Node) -> float:
    """Returns a number of seconds, also written such as 5s."""
    found = SECONDS.fullmatch(str(node.plain())) if not node.is_mapping else None
    number = float(found[1]) if found else node.number("a number of seconds", 0.1, LONGEST)
    if not 0 < number <= LONGEST:
        node.fail(f"the timeout is {number:g} seconds; it must be above 0, and at most {LONGEST:g}")
    return number
