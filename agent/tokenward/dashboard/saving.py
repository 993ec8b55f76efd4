"""A tried text as a case of its policy: to look at, to download, or into the file itself."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tokenward.dashboard.messages import Fault
from tokenward.dashboard.playground import Trying
from tokenward.engine.find import CASES_SUFFIX
from tokenward.errors import PolicyError, StoreError
from tokenward.policy.cases import Case, add_case, case_line
from tokenward.types import Decision, Stage

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """A case on its way: ``file`` is the name of the file that it belongs in."""

    case: Case
    file: str

    @property
    def line(self) -> str:
        """The case as a line of the file."""
        return case_line(self.case)

    @property
    def yaml(self) -> str:
        """The case as a file of its own."""
        return add_case("", self.case, self.file)


def saved(name: str, trying: Trying, decision: Decision) -> Saved:
    """Returns the case that holds a decision fast; what is blocked has no released text."""
    title = " ".join(name.split())[:LONGEST_NAME] or "from the playground"
    rules = tuple(rule.id for rule in decision.rules)
    stage = cast("Stage", decision.stage)
    case = Case(
        title,
        stage,
        trying.text,
        decision.action,
        rules,
        decision.text,
        documents=trying.documents,
        question=trying.question,
    )
    return Saved(case, f"{decision.policy.name}{CASES_SUFFIX}")


def write(one: Saved, folder: Path) -> Path:
    """Puts a case at the end of its file in a folder; makes the file where there is none.

    The file is replaced as a whole, so that who reads it never sees half of it.
    """
    if not NAME.fullmatch(one.file):
        raise Fault(400, "the policy's name is no name of a file; download the case instead")
    path = folder / one.file
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        after = add_case(before, one.case, one.file)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.write_text(after, "utf-8")
        os.replace(draft, path)  # noqa: PTH105  # the name of the call that is one step
    except PolicyError as error:
        raise Fault(409, str(error)) from None
    except UnicodeDecodeError:
        raise Fault(409, f"{one.file}: not UTF-8; convert it to UTF-8") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot write the case: {error.strerror}") from None
    return path
