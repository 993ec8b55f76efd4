"""Reads policies: from YAML text, from a path, or from a mapping of the same shape."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml

from tokenward.errors import PolicyError, one_of
from tokenward.policy.document import Node, parse
from tokenward.policy.objects import put_back, set_aside
from tokenward.policy.schema import (
    ALL_TYPES,
    BEYOND,
    DEFAULT_DEADLINE_MS,
    KEEP_SUBJECT,
    KEEP_TEXT,
    MODES,
    ON_ERROR,
    Action,
    Beyond,
    DetectorConfig,
    Escalation,
    KeepSubject,
    KeepText,
    Limit,
    Mode,
    OnError,
    Policy,
    Recording,
    Rule,
    When,
)
from tokenward.redact.styles import REDACT_STYLES, RESTORABLE, RedactStyle
from tokenward.types import ACTIONS, STAGES, ActionKind, Stage

POLICY_KEYS = ("name", "description", "match", "limits", "detectors", "record", "rules")
RULE_KEYS = (
    "id",
    "stage",
    "detect",
    "when",
    "action",
    "message",
    "on_error",
    "mode",
    "deadline_ms",
)
MATCH_KEYS = ("model", "route", "label")
LIMIT_KEYS = ("temperature", "top_p", "top_k", "max_tokens", "n", "stop")
RECORD_KEYS = ("text", "sample", "subject", "text_days", "counterfactuals")
LEAST_SHARE = 0.0001
MOST_DAYS = 3650
REDACT_KEYS = ("style", "restore", "strict", "key_env")
ISSUING_STAGES: tuple[Stage, ...] = ("input", "tool_result")
"""What is put into these stages can be restored in the answer."""
FALLBACKS: tuple[ActionKind, ...] = ("block", "redact", "replace", "flag")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WHEN = re.compile(r"score\s*(>=|>)\s*([0-9.]+)")


def load_file(path: Path) -> Policy:
    """Reads a policy from a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from None
    return load_text(text, str(path))


def load_mapping(policy: Mapping[str, Any], source: str = "<mapping>") -> Policy:
    """Reads a policy given as Python data; errors point into its YAML form.

    Settings of detectors may hold objects, which a file cannot.
    """
    plain, objects = set_aside(policy)
    try:
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    except yaml.YAMLError:
        raise PolicyError(
            f"{source}: holds a value that is no text, number, truth value, list or mapping"
        ) from None
    loaded = load_text(text, source)
    if not objects:
        return loaded
    detectors = {
        name: replace(config, settings=put_back(config.settings, objects))
        for name, config in loaded.detectors.items()
    }
    return replace(loaded, detectors=detectors)


def load_text(text: str, source: str) -> Policy:
    r"""Reads a policy from YAML; every fault is a ``PolicyError`` that says where and what.

    >>> load_text("name: a\nrules: []", "a.yaml").name
    'a'
    """
    values = parse(text, source).mapping(POLICY_KEYS, required=("name", "rules"))
    detectors = _detectors(values.get("detectors"))
    rules = tuple(_rule(node, detectors) for node in values["rules"].sequence("a list of rules"))
    _unique(rules)
    limits, stop = _limits(values.get("limits"))
    return Policy(
        name=_name(values["name"], "a policy's name"),
        description=values["description"].text("a description") if "description" in values else "",
        revision=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        rules=rules,
        detectors=detectors,
        match=_match(values.get("match")),
        limits=limits,
        stop=stop,
        source=source,
        record=_record(values.get("record")),
    )


def _name(node: Node, what: str) -> str:
    name = node.text(what)
    if not NAME.fullmatch(name):
        node.fail(f"{what} is {name!r}; begin with a letter, then letters, digits, '_', '.', '-'")
    return name


def _unique(rules: tuple[Rule, ...]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            raise PolicyError(
                f"{rule.where}: rule id {rule.id!r} comes twice; "
                f"the first is at {seen[rule.id].where}"
            )
        seen[rule.id] = rule


def _detectors(node: Node | None) -> dict[str, DetectorConfig]:
    configs: dict[str, DetectorConfig] = {}
    for name, value in node.items() if node else ():
        values = dict(value.items())
        if "plugin" not in values:
            value.fail(f"detector {name!r} has no 'plugin'; say which plugin it is")
        escalate = values.pop("escalate", None)
        plugin = values.pop("plugin").text("a plugin's name")
        configs[name] = DetectorConfig(
            name=name,
            plugin=plugin,
            settings={key: item.plain() for key, item in values.items()},
            escalate=_escalation(escalate) if escalate else None,
            where=value.where,
        )
    return configs


def _escalation(node: Node) -> Escalation:
    values = node.mapping(("to", "between"), required=("to", "between"))
    bounds = values["between"].sequence("two scores")
    if len(bounds) != 2:  # noqa: PLR2004
        values["between"].fail(f"expected two scores, found {len(bounds)}")
    low, high = (bound.number("a score", 0, 1) for bound in bounds)
    if low > high:
        values["between"].fail(f"the first score {low} is above the second {high}")
    return Escalation(values["to"].text("a detector's name"), low, high)


def _rule(node: Node, detectors: dict[str, DetectorConfig]) -> Rule:
    values = node.mapping(RULE_KEYS, required=("id", "stage", "detect", "action"))
    mode = cast("Mode", values["mode"].word("mode", MODES)) if "mode" in values else "enforce"
    action, stages = _action(values["action"]), _stages(values["stage"])
    if action.restore and not set(stages) & set(ISSUING_STAGES):
        values["action"].fail(
            f"'restore' brings back what was in a prompt; add a stage, {one_of(ISSUING_STAGES)}"
        )
    weak = mode == "monitor" or action.kind in ("allow", "flag")
    default: OnError = "allow" if weak else "block"
    return Rule(
        id=_name(values["id"], "a rule's id"),
        stages=stages,
        detect=_detect(values["detect"], detectors),
        when=_when(values["when"]) if "when" in values else When(0.5),
        action=action,
        on_error=(
            cast("OnError", values["on_error"].word("on_error", ON_ERROR))
            if "on_error" in values
            else default
        ),
        mode=mode,
        message=values["message"].text("a message") if "message" in values else None,
        deadline_ms=(
            values["deadline_ms"].integer("deadline_ms", 1, 600_000)
            if "deadline_ms" in values
            else DEFAULT_DEADLINE_MS
        ),
        where=node.where,
    )


def _stages(node: Node) -> tuple[Stage, ...]:
    names = node.texts("a stage")
    for name in names:
        if name not in STAGES:
            node.fail(f"unknown stage {name!r}; {one_of(STAGES)}")
    if not names:
        node.fail(f"no stage; {one_of(STAGES)}")
    return cast("tuple[Stage, ...]", tuple(dict.fromkeys(names)))


def _detect(node: Node, detectors: dict[str, DetectorConfig]) -> dict[str, tuple[str, ...]]:
    detect: dict[str, tuple[str, ...]] = {}
    for name, value in node.items():
        types = value.texts("a type")
        if not types:
            value.fail(f"no types; list some, or write {ALL_TYPES!r}")
        # a detector without settings need not be declared: its name is its plugin's
        detectors.setdefault(name, DetectorConfig(name=name, plugin=name, where=value.where))
        detect[name] = types
    if not detect:
        node.fail("nothing to detect; name a detector and its types")
    return detect


def _when(node: Node) -> When:
    match = WHEN.fullmatch(node.text("a condition").strip())
    try:
        threshold = float(match[2]) if match else -1.0
    except ValueError:
        threshold = -1.0
    if match is None or not 0 <= threshold <= 1:
        node.fail("cannot read this condition; write 'score >= X' or 'score > X' with X in [0, 1]")
    return When(threshold, strict=match[1] == ">")


def _action(node: Node) -> Action:
    if not node.is_mapping:
        kind = cast("ActionKind", node.word("action", ACTIONS))
        if kind == "replace":
            node.fail("action 'replace' needs its text; write {replace: \"some words\"}")
        return Action(kind)
    pairs = list(node.items())
    if len(pairs) != 1:
        node.fail(f"an action is one word with its detail, found {len(pairs)} keys")
    name, detail = pairs[0]
    if name == "redact":
        return _redact(detail)
    if name == "replace":
        return Action("replace", text=detail.text("a replacement"))
    if name == "rewind":
        return _rewind(detail)
    if name in ACTIONS:
        node.fail(f"action {name!r} takes no detail; write 'action: {name}'")
    return node.fail(f"unknown action {name!r}; {one_of(ACTIONS)}")


def _redact(node: Node) -> Action:
    if not node.is_mapping:
        return Action("redact", style=cast("RedactStyle", node.word("style", REDACT_STYLES)))
    values = node.mapping(REDACT_KEYS, required=("style",))
    style = cast("RedactStyle", values["style"].word("style", REDACT_STYLES))
    restore = "restore" in values and values["restore"].truth("restore")
    strict = "strict" in values and values["strict"].truth("strict")
    key_env = values["key_env"].text("a variable's name") if "key_env" in values else None
    if restore and style not in RESTORABLE:
        values["restore"].fail(f"style {style!r} cannot be restored; {one_of(RESTORABLE)}")
    if strict and not restore:
        values["strict"].fail("'strict' is about what is restored; add 'restore: true'")
    if key_env is not None and style != "hash":
        values["key_env"].fail(f"style {style!r} takes no key; only 'hash' does")
    if key_env is not None and not VARIABLE.fullmatch(key_env):
        values["key_env"].fail(f"{key_env!r} is no name of an environment variable")
    return Action("redact", style=style, restore=restore, strict=strict, key_env=key_env)


def _rewind(node: Node) -> Action:
    values = node.mapping(("attempts", "otherwise"))
    otherwise = _action(values["otherwise"]) if "otherwise" in values else Action("block")
    if otherwise.kind not in FALLBACKS:
        values["otherwise"].fail(f"cannot fall back to {otherwise.kind!r}; {one_of(FALLBACKS)}")
    if otherwise.restore:
        values["otherwise"].fail("a fallback takes no 'restore'; give it a rule of its own")
    attempts = values["attempts"].integer("attempts", 1, 100) if "attempts" in values else 2
    return Action(
        "rewind",
        style=otherwise.style,
        key_env=otherwise.key_env,
        text=otherwise.text,
        attempts=attempts,
        otherwise=otherwise.kind,
    )


def _match(node: Node | None) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    return {key: value.texts("a pattern") for key, value in node.mapping(MATCH_KEYS).items()}


def _record(node: Node | None) -> Recording:
    if node is None:
        return Recording()
    values = node.mapping(RECORD_KEYS)
    told: dict[str, Any] = {}
    if "text" in values:
        told["text"] = cast("KeepText", values["text"].word("text", KEEP_TEXT))
    if "sample" in values:
        told["sample"] = values["sample"].number("sample", LEAST_SHARE, 1)
    if "subject" in values:
        told["subject"] = cast("KeepSubject", values["subject"].word("subject", KEEP_SUBJECT))
    if "text_days" in values:
        told["text_days"] = values["text_days"].integer("text_days", 1, MOST_DAYS)
        if told.get("text", "none") == "none":
            values["text_days"].fail("'text_days' is about kept texts; add 'text: masked'")
    if "counterfactuals" in values:
        told["counterfactuals"] = values["counterfactuals"].number("counterfactuals", 0, 1)
    return Recording(**told)


class Limits(NamedTuple):
    """The bounds of parameters, and the stop strings."""

    limits: dict[str, Limit]
    stop: tuple[str, ...]


def _limits(node: Node | None) -> Limits:
    if node is None:
        return Limits({}, ())
    values = node.mapping(LIMIT_KEYS)
    stop = values.pop("stop", None)
    limits = {key: _limit(key, value) for key, value in values.items()}
    return Limits(limits, stop.texts("a stop string") if stop else ())


def _limit(name: str, node: Node) -> Limit:
    values = node.mapping(("min", "max", "default", "otherwise"))
    beyond = values.pop("otherwise", None)
    bounds = {key: value.number(f"{name}.{key}", 0) for key, value in values.items()}
    otherwise = cast("Beyond", beyond.word("otherwise", BEYOND)) if beyond else "clamp"
    if beyond and otherwise == "refuse" and not bounds.keys() & {"min", "max"}:
        beyond.fail(f"{name} has no bound to refuse for; add 'min' or 'max'")
    return Limit(bounds.get("min"), bounds.get("max"), bounds.get("default"), otherwise)
