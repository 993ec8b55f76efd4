"""A process that holds a model and answers blocks of prompts, for times that are compared.

``python -m tokenward.compare.timing`` reads lines of JSON and answers each with one: first the
model (``source``, ``options``, ``sampling``), then a block of prompts after another, until the
input ends. What else is written to standard output goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TextIO

from tokenward.compare.backends.base import Ask, Backend, Identity
from tokenward.compare.job import sampling_of
from tokenward.compare.sampling import Sampling
from tokenward.compare.worker import where
from tokenward.errors import TokenwardError, UpstreamError

ENDPOINT = "endpoint"


def main() -> None:
    """Serves one model until its standard input ends."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # libraries print
        for told in replies(sys.stdin):
            out.write(json.dumps(told) + "\n")
            out.flush()


def replies(lines: TextIO) -> Iterator[Mapping[str, Any]]:
    """Yields the reply to each line; after an error none follows."""
    from tokenward.compare.backends.opened import open_backend  # noqa: PLC0415  # heavy

    try:
        job = json.loads(lines.readline())
        sampling = replace(sampling_of(job["sampling"]), system=None, batch=1)
        backend: Backend = open_backend(job["source"], job["options"])
        yield {"identity": backend.identity.as_dict(), "one_thread": one_thread(backend.identity)}
        for line in lines:
            yield block(backend, [_ask(one) for one in json.loads(line)], sampling)
        backend.close()
    except TokenwardError as error:
        yield {"error": str(error), "exit_code": error.exit_code}
    except Exception as error:  # noqa: BLE001 - of foreign code; its words may quote a prompt
        failed = f"the model failed: {type(error).__name__}{where(error)}"
        yield {"error": failed, "exit_code": UpstreamError.exit_code}


def _ask(told: Mapping[str, Any]) -> Ask:
    seed, case, sample = told["key"]
    prompt = told["prompt"]
    return Ask((seed, case, sample), prompt if isinstance(prompt, str) else tuple(prompt))


def block(backend: Backend, asks: Sequence[Ask], sampling: Sampling) -> dict[str, Any]:
    """Returns what prompts took that were answered one after another.

    ``wall`` and ``cpu`` are seconds by request, ``first`` those to the first token, where known.
    """
    told: dict[str, Any] = {"wall": [], "cpu": [], "first": [], "tokens": [], "failed": 0}
    for ask in asks:
        began, used = time.perf_counter(), time.process_time()
        (answer,) = backend.generate([ask], sampling)
        took = time.perf_counter() - began, time.process_time() - used
        if answer.error is not None:
            told["failed"] += 1
            continue
        # a server's own time begins anew where a request is tried again
        told["wall"].append(answer.seconds if backend.identity.kind == ENDPOINT else took[0])
        told["cpu"].append(took[1])
        told["first"].append(answer.first)
        told["tokens"].append(answer.count if answer.counted else None)
    return told


def one_thread(identity: Identity) -> bool:
    """Tells whether one thread of this process decodes, so that its processor time is the time."""
    if identity.kind == ENDPOINT or not str(identity.details.get("device", "cpu")).startswith(
        "cpu"
    ):
        return False
    threads = identity.details.get("threads")
    torch = sys.modules.get("torch")
    if threads is None and torch is not None:
        threads = torch.get_num_threads()
    return bool(threads == 1)


def opening(source: str, options: Mapping[str, Any], sampling: Sampling) -> str:
    """Returns the first line that such a process reads."""
    told = {"source": source, "options": dict(options), "sampling": asdict(sampling)}
    return json.dumps(told)


if __name__ == "__main__":
    main()
