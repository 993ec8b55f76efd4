"""Puts whole texts and iterators of text through a stream, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from tokenward.engine.text import TextStream
from tokenward.types import Decision


def decide(stream: TextStream, text: str) -> Decision:
    """Decides about a whole text."""
    stream.feed(text)
    stream.finish()
    return stream.decision


async def adecide(stream: TextStream, text: str) -> Decision:
    """Decides about a whole text without blocking the event loop."""
    await stream.afeed(text)
    await stream.afinish()
    return stream.decision


def released(stream: TextStream, pieces: Iterable[str]) -> Iterator[str]:
    """Yields what may leave of an iterator of text; stops reading it after a block."""
    for piece in pieces:
        text = stream.feed(piece)
        if text:
            yield text
        if stream.blocked:
            stream.end()
            return
    text = stream.finish()
    if text:
        yield text


async def areleased(stream: TextStream, pieces: AsyncIterable[str]) -> AsyncIterator[str]:
    """Yields what may leave of an async iterator of text; stops reading it after a block."""
    async for piece in pieces:
        text = await stream.afeed(piece)
        if text:
            yield text
        if stream.blocked:
            await stream.aend()
            return
    text = await stream.afinish()
    if text:
        yield text
