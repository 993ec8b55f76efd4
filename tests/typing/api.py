"""The public API as users write it; never run, it must type-check under ``mypy --strict``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from tokenward import Blocked, Decision, Detection, Guard, TokenwardError
from tokenward.inprocess.output import GuardedOutput


def whole(guard: Guard) -> str | None:
    decision: Decision = guard.check("text", stage="input")
    found: tuple[Detection, ...] = decision.detections
    scores = {name: score + 0.0 for name, score in decision.scores.items()}
    return decision.text if not found and scores else None


def streamed(pieces: Iterator[str]) -> str:
    with Guard.load("default") as guard:
        stream = guard.stream(stage="output")
        released: str = stream.feed("chunk")
        released += stream.finish()
        return released + "".join(guard.iter(pieces))


async def asynchronous(guard: Guard, pieces: AsyncIterator[str]) -> list[str]:
    decision: Decision = await guard.acheck("text")
    return [decision.action, *[piece async for piece in guard.aiter(pieces)]]


def conversation(guard: Guard, answer: Iterator[str]) -> str:
    with guard.session(ttl=600, limit=100) as session:
        asked: str | None = session.check("text", stage="input").text
        call: str | None = session.check("{}", stage="tool_call", json=True).text
        restored: str = session.restore(asked or "", json=False)
        return restored + (call or "") + "".join(session.iter(answer)) + str(session.refused)


class Client:
    """Stands for an OpenAI or Anthropic client: what comes out is what went in."""


def wrapped(guard: Guard, client: Client) -> Client:
    with guard.session() as session:
        again: Client = guard.wrap(client, session=session, on_block="error")
    return again


def why(guard: Guard, answer: GuardedOutput) -> list[str]:
    taken_back: list[str] = [one.text for one in answer.rewound]
    likely: tuple[float, ...] = answer.probabilities
    first = answer.places[0]
    likely[first.start : first.end]
    return [*taken_back, str(guard.explain(answer)["rules"]), str(answer.margin or 0.0)]


def strict(guard: Guard) -> str:
    try:
        guard.check("text", raise_on_block=True)
    except Blocked as error:
        return error.decision.decision_id
    except TokenwardError as error:
        return str(error.exit_code)
    return ""
