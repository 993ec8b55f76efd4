"""A model at any OpenAI-compatible server; ``tokenward serve`` is one, so that guards count."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.backends.base import Answer, Ask, Can, Identity, Rated, Rating
from tokenward.compare.backends.http.address import CHAT, MODELS, TEXT, Address, Options
from tokenward.compare.backends.http.bodies import generation, is_chat
from tokenward.compare.backends.http.calls import Calls
from tokenward.compare.backends.http.failed import Failed, Filtered
from tokenward.compare.backends.http.rates import Rates, rates_of
from tokenward.compare.backends.http.told import Told, failed, refused
from tokenward.compare.sampling import Sampling

Job = TypeVar("Job")
Done = TypeVar("Done")


class Endpoint:
    """Answers come streamed, as users see them; a request that fails is an answer with an error.

    At most ``concurrency`` requests are open at once, or ``sampling.batch`` if that is more.
    """

    def __init__(self, address: Address, options: Options) -> None:
        self._calls = Calls(address, options)
        self._address = address
        self._options = options
        self._owner = owner_of(self._calls)
        self._rates: Rates | None = rates_of(self._calls, options) if options.rate else None
        self.can: frozenset[Can] = frozenset(
            ("generate", *(("rate", "distribution") if self._rates else ()))
        )
        self.identity = Identity("endpoint", str(address), details=self._details())

    def _details(self) -> dict[str, Any]:
        told: dict[str, Any] = {"server": self._owner or None, "text": self._options.text}
        told["rates"] = self._rates.way if self._rates else None
        return {**told, "concurrency": self._options.concurrency}

    def generate(self, asks: Sequence[Ask], sampling: Sampling) -> list[Answer]:
        """Answers prompts, several at once; one that failed is an answer with an error's kind.

        Raises:
            UpstreamError: The server is not reached, or refuses any request.
        """
        together = max(self._options.concurrency, sampling.batch)
        return self._each(lambda ask: self._answer(ask, sampling), asks, together)

    def _answer(self, ask: Ask, sampling: Sampling) -> Answer:
        body = generation(ask, sampling, self._options, self._address.model, self._owner)
        url = self._address.url + (CHAT if is_chat(ask.prompt, self._options) else TEXT)
        began = time.perf_counter()
        try:
            return self._calls.ask(url, body, lambda reply: Told(reply.began).read(reply))
        except Failed as failure:
            return failed(failure.kind, time.perf_counter() - began)
        except Filtered:
            return refused(time.perf_counter() - began)

    def rate(
        self, ratings: Sequence[Rating], at: Sequence[NDArray[np.int64] | None] | None = None
    ) -> list[Rated]:
        """Rates continuations, where the server tells of given texts; else ``can`` lacks it.

        Raises:
            UpstreamError: The server is not reached, or refuses any request.
        """
        assert self._rates is not None, "the backend cannot rate"
        rates = self._rates
        wanted = at or [None] * len(ratings)
        jobs = list(zip(ratings, wanted, strict=True))
        return self._each(lambda job: rates.rate(*job), jobs, self._options.concurrency)

    def _each(self, work: Callable[[Job], Done], jobs: Sequence[Job], together: int) -> list[Done]:
        if together == 1 or len(jobs) < 2:  # noqa: PLR2004  # nothing at once
            return [work(job) for job in jobs]
        with ThreadPoolExecutor(min(together, len(jobs))) as workers:
            return list(workers.map(work, jobs))

    def close(self) -> None:
        """Closes all connections."""
        self._calls.close()


def owner_of(calls: Calls) -> str:
    """Returns what kind of server it is, by its list of models; empty where it has none.

    Raises:
        UpstreamError: Nothing answers there.
    """
    try:
        listed = calls.get(calls.address.url + MODELS)
    except Filtered:
        return ""
    except Failed as failure:
        if not failure.kind.startswith("status") or failure.kind in ("status 401", "status 403"):
            raise calls.broken(failure.kind) from None
        return ""
    models = listed.get("data") if isinstance(listed, dict) else None
    owners = {one.get("owned_by") for one in models or () if isinstance(one, dict)}
    return str(next(iter(owners))) if len(owners) == 1 else ""


def open(source: str, options: Mapping[str, Any]) -> Endpoint:  # noqa: A001  # as all backends
    """Opens ``http(s)://host/v1#model``; the options are those of `Options`.

    Raises:
        UsageError: The address or an option makes no sense.
        UpstreamError: Nothing answers there, or not with this key.
    """
    return Endpoint(Address.of(source), Options.read(options))
