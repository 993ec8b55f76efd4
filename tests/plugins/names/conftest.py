"""Small models that the tests make: two spaCy pipelines and a token classifier, all in seconds."""

from __future__ import annotations

import random
import socket
import warnings

import pytest
from tests.plugins.names.models import labelled, save_base, sentences


@pytest.fixture(scope="module", autouse=True)
def offline():
    """No test of this folder may look up a host."""

    def refuse(*arguments, **_):
        raise AssertionError(f"the network was used: {arguments[0]!r}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="session")
def ruler(tmp_path_factory):
    """A pipeline that finds what its rules name."""
    import spacy

    pipeline = spacy.blank("en")
    rules = pipeline.add_pipe("entity_ruler")
    rules.add_patterns(
        [
            {"label": "PERSON", "pattern": "Anna Weber"},
            {"label": "PERSON", "pattern": [{"LOWER": "mr"}, {"IS_TITLE": True}]},
            {"label": "GPE", "pattern": "Lisbon"},
            {"label": "LOC", "pattern": "東京"},
            {"label": "ORG", "pattern": "Nordwind"},
            {"label": "DATE", "pattern": "Monday"},
        ]
    )
    folder = tmp_path_factory.mktemp("ruler") / "model"
    pipeline.to_disk(folder)
    return str(folder)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A pipeline whose network was trained on some sentences."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(1)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    examples = [
        Example.from_dict(pipeline.make_doc(text), {"entities": spans})
        for text, spans in sentences(120)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = pipeline.initialize(lambda: examples)
        for _ in range(6):
            random.Random(1).shuffle(examples)
            for at in range(0, len(examples), 20):
                pipeline.update(examples[at : at + 20], sgd=optimizer)
    folder = tmp_path_factory.mktemp("trained") / "model"
    pipeline.to_disk(folder)
    return str(folder)


@pytest.fixture(scope="session")
def classifier(tmp_path_factory):
    """A token classifier whose words fall into single characters; trained on some sentences."""
    import torch
    import transformers

    folder = tmp_path_factory.mktemp("classifier") / "model"
    model = save_base(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = [labelled(tokenizer, text, spans) for text, spans in sentences(400)]
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row, _ in rows])
    labels = torch.tensor([row + [-100] * (longest - len(row)) for _, row in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for step in range(150):
        at = step * 32 % 384
        batch = ids[at : at + 32]
        loss = model(
            input_ids=batch, attention_mask=(batch > 0).long(), labels=labels[at : at + 32]
        ).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    model.save_pretrained(folder)
    return str(folder)
