"""What the model was given in the request that texts answer, for detectors that ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tokenward.errors import UsageError
from tokenward.types import ContextDetector, Detector, RequestContext

D = TypeVar("D", bound=Detector)

ContextLike = RequestContext | str | Sequence[str] | None
"""What a caller may give as the context of a text: documents alone are a text, or a list."""


class Given:
    """The context of one request, and each detector that asks for it as it was told.

    It lives as long as the request and is shared by its texts, which one thread feeds.

    >>> given = Given(RequestContext(question="When?"))
    >>> given.context.question
    'When?'
    """

    __slots__ = ("_told", "context")

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self._told: dict[int, Detector] = {}  # by the address of a detector that the plan keeps

    def tell(self, detector: D) -> D:
        """Returns the detector for the texts of this request; raises what the detector raises."""
        if not isinstance(detector, ContextDetector):
            return detector
        told = self._told.get(id(detector))
        if told is None:
            told = self._told[id(detector)] = detector.for_request(self.context)
        return told


def given_of(context: ContextLike) -> Given | None:
    """Returns what a caller gave for the texts of one request.

    >>> given_of(["Opened in 1889."]).context.documents, given_of(None)
    (('Opened in 1889.',), None)
    """
    if context is None:
        return None
    if isinstance(context, RequestContext):
        return Given(context)
    documents = (context,) if isinstance(context, str) else tuple(context)
    if not all(isinstance(one, str) for one in documents):
        raise UsageError("context is no list of texts; give texts, or a RequestContext")
    return Given(RequestContext(documents=documents))
