"""A tagger that asks a service with the interface of FMS detectors (TrustyAI has it too)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenward.types import Tag, UnitKind, Unjudged
from tokenward_plugins.endpoint.client import Endpoint
from tokenward_plugins.endpoint.failures import ServiceError
from tokenward_plugins.remote.findings import tags_of, wrong
from tokenward_plugins.remote.settings import WHO, RemoteSettings

PATH = "/api/v1/text/contents"

Row = list[Tag] | ServiceError


class RemoteTagger:
    """Gives the service all texts of a batch at once, and one by one where it refuses them."""

    inline = False

    def __init__(self, endpoint: Endpoint, settings: RemoteSettings) -> None:
        self.types = settings.types
        self.unit: UnitKind = settings.unit
        self._endpoint = endpoint
        self._settings = settings

    @classmethod
    def load(cls, settings: RemoteSettings) -> RemoteTagger:
        """Returns the detector of the settings; the service is not asked yet."""
        path = "" if settings.url.rstrip("/").endswith(PATH) else PATH
        return cls(Endpoint(settings.reach, path, WHO), settings)

    def tag(self, texts: Sequence[str]) -> Sequence[Any]:
        """Returns what the service finds in each text, or why it failed on it (``Unjudged``)."""
        rows: Sequence[Row] = []
        if texts:
            (asked,) = self._endpoint.each(self._rows, [texts])
            rows = self._apart(texts, asked) if isinstance(asked, ServiceError) else asked
        return [Unjudged(row.reason) if isinstance(row, ServiceError) else row for row in rows]

    def _apart(self, texts: Sequence[str], error: ServiceError) -> Sequence[Row]:
        """One text that the service does not take must not fail those of others."""
        if error.reason != "refused" or len(texts) == 1:
            return [error for _ in texts]
        found = self._endpoint.each(lambda text: self._rows([text])[0], texts)
        return list(found)

    def _rows(self, texts: Sequence[str]) -> list[Row]:
        """Returns the tags of each text, or what is wrong with the answer for it."""
        texts = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        body: dict[str, object] = {"contents": texts}
        if self._settings.params:
            body["detector_params"] = self._settings.params
        answer = self._endpoint.post(body, {"detector-id": self._settings.detector_id})
        if not isinstance(answer, list) or len(answer) != len(texts):
            raise wrong(f"no list of {len(texts)} rows")
        return [self._row(row, text) for row, text in zip(answer, texts, strict=True)]

    def _row(self, row: object, text: str) -> Row:
        try:
            return tags_of(row, text, self._settings)
        except ServiceError as error:
            return error
