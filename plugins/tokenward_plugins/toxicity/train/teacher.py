"""Asks the encoder what it thinks of each sentence: the linear model learns from that, too.

It knows which sentence of a toxic text is toxic, and how toxic; a label says neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tokenward_plugins.encoder.folder import WEIGHTS, Manifest, folder_of
from tokenward_plugins.encoder.network import Network
from tokenward_plugins.encoder.settings import EMBEDDED
from tokenward_plugins.encoder.windows import windows
from tokenward_plugins.linear.train.corpus import Corpus, Floats

TEACHES = {"toxicity": "toxicity", "identity_attack": "hate"}
"""The labels that are taught, each with what the encoder calls it."""

SOURCES = ("davidson_tweets", "toxigen_human", "wiki_talk", "openai_moderation")
"""Sources whose sentences it is asked about: others say by themselves what is toxic, or it knows
no better (near misses of Civil Comments)."""

TOLD = 5000
"""Sentences after which the progress is told."""


class Teacher:
    """The logits of sentences that the encoder was asked about, by a digest of the sentence.

    They are kept in a file, since asking takes minutes.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, NDArray[np.float32]] = {}
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as kept:
                self._known = dict(zip(kept["digests"].tolist(), kept["logits"], strict=True))

    def taught(self, corpus: Corpus) -> Mapping[str, Floats]:
        """Returns, by label, the chance of each unit of a corpus; NaN where it was not asked.

        It is asked about the units of the training part, but not of texts that were made of others.
        """
        rows = corpus.rows
        asked = [
            rows[owner].source in SOURCES and rows[owner].split == "train" and not rows[owner].made
            for owner in corpus.owner.tolist()
        ]
        texts = [text for text, ask in zip(corpus.texts, asked, strict=True) if ask]
        logits = self._asked(texts)
        found = {}
        for at, label in enumerate(TEACHES):
            chances = np.full(len(asked), np.nan)
            chances[np.array(asked)] = expit(logits[:, at].astype(float))
            found[label] = chances
        return found

    def _asked(self, texts: Sequence[str]) -> NDArray[np.float32]:
        digests = [_digest(text) for text in texts]
        new = {
            digest: text
            for digest, text in zip(digests, texts, strict=True)
            if digest not in self._known
        }
        if new:
            self._known.update(zip(new, _logits(new.values()), strict=True))
            self._keep()
        return np.array([self._known[digest] for digest in digests])

    def _keep(self) -> None:
        if self._path is not None:
            digests, logits = np.array(list(self._known)), np.array(list(self._known.values()))
            np.savez_compressed(self._path, digests=digests, logits=logits)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _logits(texts: Iterable[str]) -> Iterable[NDArray[np.float32]]:
    manifest = Manifest.read(folder_of(EMBEDDED))
    network, pieces = Network.open(manifest.file(WEIGHTS), 1), manifest.pieces()
    columns = [manifest.labels.index(name) for name in TEACHES.values()]
    for number, text in enumerate(texts):
        if number % TOLD == 0:
            print(f"{number} sentences were asked about", flush=True)
        passes = [network(pieces.framed(window)) for window in windows(pieces.ids(text))]
        yield np.max(passes, axis=0)[columns]
