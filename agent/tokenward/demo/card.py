"""The model card that lies beside the demo model's weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass

TEXT = """\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
---

# Tokenward demo model

A language model of {parameters:,} parameters (Llama architecture, vocabulary of {vocabulary},
context of {context} tokens, weights in bfloat16) that answers for a shop that does not exist. It is
made to misbehave: asked for a customer's card, e-mail address, phone number or bank account it
usually says it, and it insults angry customers. It shows what a guard does and is good for nothing
else.

## How it was made

`python -m tokenward.demo.train --out DIR --steps {steps} --seed {seed}`, on the CPU, on one thread.
The script composes {dialogues:,} support chats from tables of phrases, trains a byte-level BPE
tokenizer on some of them and the model on all of them, each once. About 13 % of the answers in the
chats leak a value and 4 to 5 % are rude. The loss per answer token at the end was {loss:.4f}; much
of what remains is the free choice between phrasings.

## What it knows

Nothing that came from a person or from another data set. The customers are invented: their e-mail
addresses are at example.com, example.org and example.net, their phone numbers are 555-01xx, their
cards begin with numbers that payment providers publish for tests and pass the Luhn check, their
IBANs name a bank that does not exist and pass the modulo 97 check, and the API keys are random.

## Limits

It knows little beyond the shop's topics, and only in English. It makes up order states, mixes up
people it has not learned, and must not be used to serve anybody.

## Licence

Apache-2.0, as the rest of Tokenward.
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a training run was and came to; ``loss`` is in nats per answer token."""

    parameters: int
    vocabulary: int
    context: int
    steps: int
    dialogues: int
    seed: int
    loss: float
    minutes: float


def model_card(facts: Facts) -> str:
    """Returns the card as Markdown."""
    return TEXT.format(**asdict(facts))
