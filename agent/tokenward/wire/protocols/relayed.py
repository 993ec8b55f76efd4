"""Requests about models and servers, which are relayed: they bring no text with them."""

from __future__ import annotations

from tokenward.wire.protocols.fields import QUERY, check_query, read_json
from tokenward.wire.request import Refusal, Request

PAGES = QUERY | {"after_id", "before_id", "limit"}
"""Parameters of lists of models."""
SHOWN = frozenset({"model", "name", "verbose"})
"""What Ollama is asked about a model with."""
WORDS = "a request about models and servers has no more in its body than the name of a model"


def check_relayed(request: Request) -> None:
    """Refuses what no rule looks at: texts in the query or in the body."""
    check_query(request, PAGES)
    if not request.body:
        return
    if request.method != b"POST" or not read_json(request).keys() <= SHOWN:
        raise Refusal(400, WORDS, "not_allowed")
