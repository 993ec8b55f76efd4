"""Names by a GLiNER model, which is told in words what to look for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tokenward.errors import PluginError, UsageError
from tokenward.types import Tag, UnitKind
from tokenward_plugins.names.labels import prompts_of
from tokenward_plugins.names.pieces import encodable, rounded, trimmed, united
from tokenward_plugins.names.settings import NamesSettings

OVERLAP = 12
"""Words that neighbouring windows of a long sentence share: as long as a name may be."""

MANY = 384
"""Words that a model sees at once where its configuration does not say."""

BOUNDLESS = 100_000
"""A tokenizer that says more than this says that it has no limit."""

Words = Sequence[tuple[int, int]]


class PromptedNames:
    """A tagger over a GLiNER model."""

    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, model: Any, settings: NamesSettings) -> None:
        self._model = model
        self._settings = settings
        self._kinds = prompts_of(settings.labels)
        self.types = frozenset(self._kinds.values())
        self._most_words, self._most_bytes = _limits(model, settings, list(self._kinds))

    @classmethod
    def load(cls, folder: Path, settings: NamesSettings) -> PromptedNames:
        """Returns the tagger of the model in a folder; its encoder must lie there too."""
        try:
            from gliner import GLiNER  # noqa: PLC0415  (heavy, and not ours to install)
        except ImportError:
            raise UsageError(
                f"names: the model {settings.model!r} needs 'gliner', which is not installed; pip "
                "install gliner (0.2 asks for an older transformers than 'tokenward[models]': give "
                "it an environment of its own, or install it with --no-deps)"
            ) from None
        from tokenward_plugins.models.torch_network import device_of  # noqa: PLC0415  (torch)

        device_of(settings.device, "names")
        try:
            model = GLiNER.from_pretrained(
                str(folder), local_files_only=True, map_location=settings.device
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise PluginError(
                f"names: {str(folder)!r}: the GLiNER model does not load: {first}; it must hold "
                "gliner_config.json with 'encoder_config', the weights and the tokenizer"
            ) from None
        return cls(model, settings)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns the names in each text."""
        import torch  # noqa: PLC0415  (heavy)

        texts = [encodable(text) for text in texts]
        windows = [
            (number, start, text[start:end])
            for number, text in enumerate(texts)
            for start, end in self._windows(text)
        ]
        windows.sort(key=lambda window: len(window[2]))  # like lengths together: less padding
        found: list[list[Tag]] = [[] for _ in texts]
        before = torch.get_num_threads()
        torch.set_num_threads(self._settings.threads)
        try:
            rows = self._predict([text for _, _, text in windows])
        finally:
            torch.set_num_threads(before)
        for (number, start, _), entities in zip(windows, rows, strict=True):
            found[number] += self._tags(texts[number], start, entities)
        return [united(tags) for tags in found]

    def _predict(self, texts: Sequence[str]) -> Sequence[Sequence[dict[str, Any]]]:
        if not texts:
            return []
        # the name that older versions have for it warns in newer ones
        predict = getattr(self._model, "inference", None) or self._model.batch_predict_entities
        rows: Sequence[Sequence[dict[str, Any]]] = predict(
            list(texts),
            list(self._kinds),
            flat_ner=True,
            threshold=self._settings.min_score,
            multi_label=False,
            batch_size=self._settings.batch_size,
        )
        return rows

    def _tags(self, text: str, offset: int, entities: Sequence[dict[str, Any]]) -> Iterator[Tag]:
        for entity in entities:
            start, end = trimmed(text, offset + entity["start"], offset + entity["end"])
            if start < end:
                label = str(entity["label"])
                score = rounded(float(entity["score"]))
                yield Tag(self._kinds[label], start, end, score, {"label": label})

    def _windows(self, text: str) -> Iterator[tuple[int, int]]:
        """Yields the stretches that the model can see as a whole: it drops what is beyond them."""
        splitter = self._model.data_processor.words_splitter
        some = [
            part
            for _, start, end in splitter(text)
            for part in _parts(start, end, self._most_bytes)
        ]
        yield from windows(text, some, self._most_words, self._most_bytes)


def windows(text: str, some: Words, most_words: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Yields stretches of at most so many words and bytes, each with the end of the one before.

    A token of a model stands for at least one byte, so bytes bound tokens.

    >>> list(windows("a b c", [(0, 1), (2, 3), (4, 5)], 2, 100))
    [(0, 3), (2, 5)]
    """
    sizes = [len(text[start:end].encode()) + 1 for start, end in some]
    first = 0
    while first < len(some):
        last, room = first, most_bytes
        while last < len(some) and last - first < most_words and sizes[last] <= room:
            room -= sizes[last]
            last += 1
        last = max(last, first + 1)
        yield some[first][0], some[last - 1][1]
        if last == len(some):
            return
        first = max(first + 1, last - min(OVERLAP, (last - first) // 2))


def _parts(start: int, end: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Cuts a word that no window can hold; a character has at most four bytes."""
    size = max(1, most_bytes // 8)
    if end - start <= size:
        yield start, end
        return
    for at in range(start, end, size):
        yield at, min(at + size, end)


def _limits(model: Any, settings: NamesSettings, prompts: Sequence[str]) -> tuple[int, int]:
    """Returns how many words, and how many bytes of them, the model surely sees at once."""
    words = int(getattr(model.config, "max_len", None) or MANY)
    if settings.max_tokens > words:
        raise UsageError(
            f"names: max_tokens is {settings.max_tokens}; the model sees {words} words at once"
        )
    tokens = getattr(model.data_processor.transformer_tokenizer, "model_max_length", BOUNDLESS)
    if tokens >= BOUNDLESS:
        return settings.max_tokens or words, 4 * BOUNDLESS
    room = tokens - sum(len(prompt.encode()) + 2 for prompt in prompts) - 3
    if room < len(prompts):
        raise UsageError(
            f"names: labels are too long: the model sees {tokens} tokens at once, prompts included"
        )
    return settings.max_tokens or words, room
