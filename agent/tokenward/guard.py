"""The front door for applications: one policy, and every way to put text through it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tokenward.decisions.labels import check_name
from tokenward.engine.compile import compile_policy
from tokenward.engine.driving import adecide, areleased, decide, released
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.engine.keeping import Keeper
from tokenward.engine.text import TextStream
from tokenward.errors import Blocked, LimitExceeded, MissingExtra, UsageError
from tokenward.inprocess.journal import Journal, open_journal
from tokenward.online.reading import read_given
from tokenward.redact.vault import Clock
from tokenward.registry import Registry
from tokenward.session import Session
from tokenward.stream.given import ContextLike, given_of
from tokenward.types import Decision

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from tokenward.inprocess.output import GuardedOutput
    from tokenward.wire.on_block import OnBlock

Client = TypeVar("Client")


class Guard:
    """A loaded policy with its detectors; safe to share between threads and requests."""

    def __init__(self, engine: Engine, journal: Journal | None = None) -> None:
        self.engine = engine
        self._journal = journal

    @classmethod
    def load(
        cls,
        policy: str | Path | Mapping[str, Any],
        *,
        registry: Registry | None = None,
        store: str | Path | None = None,
        model_label: str | None = None,
        drift: bool | Mapping[str, Any] = True,
        labels: Mapping[str, str] | None = None,
    ) -> Guard:
        """Loads a policy: the name of an installed one, a path, or a mapping of the same shape.

        With a ``store`` (a SQLite URL or path) every guarded text leaves a record there, without
        the text, under the ``model_label`` and ``labels`` of your own; ``close()`` writes what
        still waits. The records are watched for ``drift``: ``False``, or a mapping as in the file
        of ``tokenward serve``.
        """
        registry = registry or Registry.load()
        engine = Engine(compile_policy(find_policy(policy, registry), registry))
        journal = None
        if store:
            features = registry.features()
            watched = read_given(drift)
            own = {check_name(name): value for name, value in (labels or {}).items()}
            journal = open_journal(str(store), features, model_label, engine.compiled, watched, own)
        return cls(engine, journal)

    def check(
        self,
        text: str,
        *,
        stage: str | None = "output",
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Decision:
        """Decides about a whole text; with ``stage=None`` the rules of every stage apply.

        ``context`` is what the request held that the text answers: a list of documents, or a
        ``RequestContext``. Only detectors that judge answers by it look at it.
        """
        stream = self.stream(stage=stage, raise_on_block=raise_on_block, context=context)
        return decide(stream, text)

    async def acheck(
        self,
        text: str,
        *,
        stage: str | None = "output",
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Decision:
        """Decides about a whole text without blocking the event loop."""
        stream = self.stream(stage=stage, raise_on_block=raise_on_block, context=context)
        return await adecide(stream, text)

    def stream(
        self,
        *,
        stage: str | None = "output",
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> TextStream:
        """Opens the guard of one text that comes in chunks."""
        return TextStream(
            self.engine,
            stage,
            raise_on_block=raise_on_block,
            ended=self._journal.text if self._journal else None,
            given=given_of(context),
        )

    def session(
        self,
        *,
        ttl: float = 3600.0,
        limit: int = 1000,
        clock: Clock = time.monotonic,
        key: bytes | None = None,
    ) -> Session:
        """Opens a conversation: what is taken out of its prompts comes back in its answers.

        That is what rules with ``restore: true`` ask for. A value is known for ``ttl`` seconds of
        the ``clock`` after it was last met; at most ``limit`` of them are. With the same ``key``
        the same values are given the same pseudonyms; without one it is random.
        """
        ended = self._journal.text if self._journal else None
        return Session(self.engine, ttl=ttl, limit=limit, clock=clock, key=key, ended=ended)

    def iter(
        self,
        pieces: Iterable[str],
        *,
        stage: str = "output",
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> Iterator[str]:
        """Yields what may leave of an iterator of text; stops reading it after a block."""
        stream = self.stream(stage=stage, raise_on_block=raise_on_block, context=context)
        return released(stream, pieces)

    def aiter(
        self,
        pieces: AsyncIterable[str],
        *,
        stage: str = "output",
        raise_on_block: bool = False,
        context: ContextLike = None,
    ) -> AsyncIterator[str]:
        """Yields what may leave of an async iterator of text; stops reading it after a block."""
        stream = self.stream(stage=stage, raise_on_block=raise_on_block, context=context)
        return areleased(stream, pieces)

    def generate(
        self,
        model: Any,
        tokenizer: Any,
        prompt: Any,
        *,
        session: Session | None = None,
        **kwargs: Any,
    ) -> GuardedOutput | list[GuardedOutput]:
        """Generates with a model of transformers, ONNX Runtime GenAI or llama.cpp, token by token.

        See ``tokenward.inprocess.generate.generate`` for the keyword arguments.

        What rules with ``restore: true`` take out of a prompt comes back in its answer; with a
        ``session`` also in those of later calls.
        """
        from tokenward.inprocess.generate import generate  # noqa: PLC0415  # imports torch

        began = time.perf_counter()
        try:
            vault = session.vault if session is not None else None
            outputs = generate(self.engine, model, tokenizer, prompt, vault=vault, **kwargs)
        except Blocked as blocked:
            if self._journal is not None:
                self._journal.decided(blocked.decision, began)
            raise
        except LimitExceeded:
            if self._journal is not None:
                self._journal.refused(self.engine.plan(None).policy, kwargs, began)
            raise
        if self._journal is not None:
            seconds = time.perf_counter() - began
            for output in outputs if isinstance(outputs, list) else [outputs]:
                self._journal.generated(output, kwargs, seconds)
        return outputs

    def explain(self, output: GuardedOutput) -> dict[str, Any]:
        """Says why a generated answer became what it is: what was taken back, edited or stopped.

        With its texts, in the shape of the part ``explain`` of ``tokenward generate --json
        --explain``: rules, detectors, scores, thresholds, tokens with their probabilities, and
        the words that carried a classifier's score. It scores units again, word by word.
        """
        from tokenward.inprocess.explain import explain_answer  # noqa: PLC0415  # for few

        return explain_answer(self.engine, output)

    def wrap(
        self, client: Client, *, session: Session | None = None, on_block: OnBlock = "filter"
    ) -> Client:
        """Returns a guarded copy of an OpenAI or Anthropic client, sync or async.

        Prompts and answers of its calls are guarded, whole and streamed; calls that no rule can
        look at raise a ``UsageError``. The client that is given stays as it is; both use the same
        connections, so that closing one closes the other. ``on_block`` says how the application is
        told of a block: in the API's own form (``"filter"``), by a refusal (``"refusal"``), or by
        an error (``"error"``). Values that rules with ``restore: true`` take out of a prompt come
        back in its answer, with a ``session`` also in those of later calls. Async clients run on
        asyncio.
        """
        try:
            from tokenward.client.wrap import wrap  # noqa: PLC0415  # needs an extra
        except ModuleNotFoundError as error:
            raise MissingExtra("guard.wrap()", "client", error.name or "orjson") from None
        vault = session.vault if session is not None else None
        journal = self._journal
        guarded: Client = wrap(
            client,
            self.engine,
            on_block=on_block,
            vault=vault,
            record=journal.called if journal is not None else None,
            keeper=journal.keeper if journal is not None else Keeper(),
        )
        return guarded

    def feedback(self, decision_id: str, value: str | float, name: str = "rating") -> None:
        """Keeps what somebody says of a decision later: ``"good"``, ``"bad"`` or a number.

        Of a name the last one counts; reports have it as column ``feedback.NAME``. Raises a
        ``UsageError`` where the guard has no store, or the store no record of the decision.
        """
        if self._journal is None:
            raise UsageError("this guard keeps no records; load it with store=")
        self._journal.feedback(decision_id, value, name)

    def close(self) -> None:
        """Ends the worker threads of model-backed detectors, and writes the last records."""
        self.engine.close()
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
