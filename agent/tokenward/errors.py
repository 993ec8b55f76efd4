"""Every exception of Tokenward: one base, one class per kind of mistake.

Messages are lower case without a full stop and say where, what, the allowed words and the remedy.
They never hold text of users: only lengths, spans and names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenward.types import Decision


class TokenwardError(Exception):
    """The base of all; ``exit_code`` is what the command line ends with."""

    exit_code = 2


class UsageError(TokenwardError):
    """A value, a name or a file that the user gave cannot be used."""


class PolicyError(UsageError):
    """A policy or a case file is wrong; the message starts with file:line:column."""


class PluginError(UsageError):
    """A plugin cannot be loaded, or breaks the contract."""


class MissingExtra(UsageError):
    """A part of Tokenward needs packages that are not installed.

    >>> str(MissingExtra("the sidecar", "sidecar", "uvloop"))
    "the sidecar needs 'uvloop', which is not installed; pip install 'tokenward[sidecar]'"
    """

    def __init__(self, what: str, extra: str, module: str) -> None:
        super().__init__(
            f"{what} needs {module!r}, which is not installed; pip install 'tokenward[{extra}]'"
        )


class LimitExceeded(TokenwardError):
    """A parameter is beyond a limit of the policy, which refuses such a request."""

    exit_code = 1


class ModelMissing(UsageError):
    """A detector's model files are not where the policy says."""


class NotAvailable(UsageError):
    """A documented part that this version does not bring yet."""


class UpstreamError(TokenwardError):
    """The model server behind the sidecar failed."""

    exit_code = 3


class StoreError(TokenwardError):
    """The store of records cannot be read or written."""

    exit_code = 3


class DetectorError(TokenwardError):
    """A detector raised, was late or was overloaded; its rule's ``on_error`` decides."""

    exit_code = 3


class Blocked(TokenwardError):
    """A text was blocked, and the caller asked for an exception."""

    exit_code = 1

    def __init__(self, decision: Decision) -> None:
        rules = ", ".join(rule.id for rule in decision.rules if rule.action == "block")
        super().__init__(f"blocked by {rules or 'a failed detector'} ({decision.decision_id})")
        self.decision = decision


def one_of(words: Iterable[str]) -> str:
    """Returns the allowed words for the end of a message.

    >>> one_of(["flag", "block"])
    'use one of: flag, block'
    """
    return "use one of: " + ", ".join(words)
