"""What must be known of a policy to judge by its records later: kept with them, by revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tokenward.policy.schema import Action, DetectorConfig, Policy, Rule

DIGEST_BYTES = 12


def facts_of(policy: Policy) -> dict[str, Any]:
    """Returns the facts as JSON data: its rules, and a digest of each detector's settings.

    Words, patterns and replacements of the policy are not in it.
    """
    return {
        "name": policy.name,
        "revision": policy.revision,
        "detectors": {
            name: digest_of(config, policy.detectors) for name, config in policy.detectors.items()
        },
        "rules": {rule.id: rule_facts(rule) for rule in policy.rules},
    }


def rule_facts(rule: Rule) -> dict[str, Any]:
    """Returns what a rule looks for, and what it does."""
    return {
        "stages": list(rule.stages),
        "detect": {name: list(types) for name, types in rule.detect.items()},
        "when": str(rule.when),
        "action": rule.action.kind,
        "detail": detail_of(rule.action),
        "mode": rule.mode,
        "on_error": rule.on_error,
    }


def detail_of(action: Action) -> str:
    """Returns a digest of how an action is done; it tells two of a kind apart."""
    told = [
        action.style, action.restore, action.strict, action.key_env, action.text, action.attempts,
        action.otherwise,
    ]  # fmt: skip
    return digest(told)


def digest_of(config: DetectorConfig, configs: Mapping[str, DetectorConfig]) -> str:
    """Returns a digest of a detector's settings, with those of the one that it escalates to.

    >>> one = DetectorConfig("pii", "pii")
    >>> digest_of(one, {}) == digest_of(DetectorConfig("mine", "pii"), {})
    True
    """
    told: list[Any] = [config.plugin, config.settings]
    if config.escalate is not None:
        second = configs.get(config.escalate.to)
        target = [second.plugin, second.settings] if second else [config.escalate.to, {}]
        told += [config.escalate.low, config.escalate.high, *target]
    return digest(told)


def digest(value: Any) -> str:
    """Returns a digest of JSON data; objects count by their type."""
    told = json.dumps(value, sort_keys=True, default=_type_name)
    return hashlib.blake2b(told.encode(), digest_size=DIGEST_BYTES).hexdigest()


def _type_name(value: Any) -> str:
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"
