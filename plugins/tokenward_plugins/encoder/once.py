"""Works out what a text gives once, for everybody who asks for it within a while."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import blake2b
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Once(Generic[Found]):
    """Remembers the results of the latest texts, not the texts: by a keyed digest of each.

    Threads that ask for the same text at the same time wait for the first one's result. What
    fails is not remembered. ``calls`` counts how often the work was done.

    >>> once = Once(len, 2)
    >>> [once(text) for text in ("one", "three", "one")], once.calls
    ([3, 5, 3], 2)
    """

    def __init__(self, work: Callable[[str], Found], size: int) -> None:
        self._work = work
        self._size = size
        self._known: OrderedDict[bytes, Future[Found]] = OrderedDict()
        self._lock = Lock()
        self._key = os.urandom(16)
        self.calls = 0

    def __call__(self, text: str) -> Found:
        """Returns what the work gives for a text; it raises what the work raises."""
        data = text.encode("utf-8", "surrogatepass")
        digest = blake2b(data, digest_size=16, key=self._key).digest()
        with self._lock:
            known = self._known.get(digest)
            if known is not None:
                self._known.move_to_end(digest)
            else:
                mine = self._known[digest] = Future[Found]()
                self.calls += 1
                if len(self._known) > self._size:
                    self._known.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(self._work(text))
        except BaseException as error:
            with self._lock:
                self._known.pop(digest, None)
            mine.set_exception(error)
            raise
        return mine.result()
