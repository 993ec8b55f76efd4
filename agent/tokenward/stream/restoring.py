"""The guard of an answer in which a session's placeholders and pseudonyms become values again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tokenward.redact.issued import Issued
from tokenward.redact.restorer import Restored, Restorer
from tokenward.redact.styles import Form
from tokenward.redact.vault import Vault
from tokenward.stream.edits import Edit
from tokenward.stream.given import Given
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import CompiledRule, Routes, StagePlan
from tokenward.stream.record import Record
from tokenward.types import Detection

SESSION = "session"
"""What detections of made-up placeholders name as their detector."""
MADE_UP = "PLACEHOLDER"
LOOKS_BACK = 65_536
"""Characters behind the text's end in which detections are compared with what was issued."""
MANY = 256
"""Issued stretches beyond which those further back are forgotten."""


class RestoringStream(GuardedStream):
    """Detectors see the text with what was issued filled over, so that no rule acts on it.

    What was issued leaves as what comes back for it; what a detector finds in nothing but that (a
    secret behind ``password:``, say) is let be; everything else is decided as in any stream.
    A detection that covers more than an issued token wins over it. What was issued when the
    stream was opened counts to its end.
    """

    __slots__ = ("_given", "_issued", "_restorer", "_until")

    def __init__(
        self,
        plan: StagePlan,
        issued: Issued,
        *,
        rewind: bool = False,
        record: Record | None = None,
        vault: Vault | None = None,
        given: Given | None = None,
    ) -> None:
        super().__init__(plan, rewind=rewind, record=record, vault=vault, given=given)
        self._given: list[int] = []  # where what was issued begins, and where it ends
        self._until: list[int] = []
        self._issued = issued
        self._restorer = Restorer(issued, strict=plan.strict is not None)

    def feed(self, text: str) -> None:
        """Takes the next characters of the answer."""
        self._put(self._restorer.feed(text))

    def pass_on(self, text: str) -> str:
        """Takes the next characters, and returns what may leave now: never round the restorer."""
        self.feed(text)
        return self.release()

    @property
    def calm_word(self) -> str | None:
        """``None``: a calm word may be a pseudonym, for which something comes back."""
        return None

    def finish(self) -> None:
        """Ends the answer."""
        self._put(self._restorer.finish())
        super().finish()

    def _put(self, text: str) -> None:
        for found in self._restorer.take():
            self._note(found)
        super().feed(text)
        if len(self._given) > MANY:
            past = bisect_left(self._until, self.length - LOOKS_BACK)
            del self._given[:past], self._until[:past]

    def _found(self, detections: Sequence[Detection], routes: Routes) -> None:
        if detections and self._given:
            detections = [one for one in detections if not self._is_given(one)]
        super()._found(detections, routes)

    def _is_given(self, found: Detection) -> bool:
        at = bisect_right(self._given, found.start) - 1
        return at >= 0 and found.end <= self._until[at]

    def _note(self, found: Restored) -> None:
        token, strict = found.token, self.plan.strict
        if token is not None:
            self._given.append(found.start)
            self._until.append(found.end)
            detection = Detection(SESSION, token.type, found.start, found.end, 0.0)
            comes_back = CompiledRule("", "allow", 0.0, text=token.value)
            self._edits.add(
                Edit(found.start, found.end, comes_back.id, comes_back, detection, comes_back.kind)
            )
        elif strict is not None:
            self._fire(strict, Detection(SESSION, MADE_UP, found.start, found.end, 1.0))

    @property
    def held(self) -> int:
        """How many characters wait."""
        return super().held + self._restorer.waiting

    def release(self) -> str:
        """Returns the text that may leave now, with the values in their places."""
        released = super().release()
        if self._restorer.waiting and not self.blocked:
            self.longest_held = max(self.longest_held, self.held)
        return released

    def rewound(self, *, able: bool = True) -> GuardedStream:
        """Returns the stream to go on with after a rewind."""
        return RestoringStream(
            self.plan,
            self._issued,
            rewind=able and self._can_rewind,
            record=self._successor(able=able),
            vault=self._vault,
            given=self._asked,
        )


def open_stream(
    plan: StagePlan,
    vault: Vault | None,
    *,
    rewind: bool = False,
    form: Form = "text",
    record: Record | None = None,
    given: Given | None = None,
) -> GuardedStream:
    """Opens the guard of one text of a session.

    ``form`` says what comes back in an answer; in a prompt what was issued is left as it is, so
    that a prompt can be looked at twice. ``given`` is what the request of an answer held.
    """
    if vault is not None and (plan.restores or plan.issues):
        issued = vault.issued(restores=plan.restores)
        if issued or plan.strict is not None:
            issued = issued.returned(form if plan.restores else "token")
            return RestoringStream(
                plan, issued, rewind=rewind, record=record, vault=vault, given=given
            )
    return GuardedStream(plan, rewind=rewind, record=record, vault=vault, given=given)
