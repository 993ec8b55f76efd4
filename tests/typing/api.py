"""The public API as users write it; never run, it must type-check under ``mypy --strict``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from tokenward import Blocked, Decision, Detection, Guard, TokenwardError


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


def strict(guard: Guard) -> str:
    try:
        guard.check("text", raise_on_block=True)
    except Blocked as error:
        return error.decision.decision_id
    except TokenwardError as error:
        return str(error.exit_code)
    return ""
