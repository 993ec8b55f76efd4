"""What the benchmark of the generate hook runs on: models, a vocabulary, scripts and policies."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, LogitsProcessor, PreTrainedTokenizerFast

from tokenward import Guard

BYTES = 259
"""The first ids: three special tokens and the bytes."""
SENTENCE = 12
"""Every so manieth word of the made-up vocabulary ends a sentence."""

SCRIPT = "Q!x"
"""What a script writes: its text is of the first letter and ends with the second."""

Shape = Mapping[str, int]
SHAPES: Mapping[str, Shape] = {
    "1B": {"vocab_size": 128_000, "hidden_size": 2048, "layers": 16, "heads": 32},
    "56M": {"vocab_size": 32_000, "hidden_size": 512, "layers": 8, "heads": 8},
    "0.8M": {"vocab_size": 600, "hidden_size": 128, "layers": 4, "heads": 4},
    "tiny": {"vocab_size": 400, "hidden_size": 32, "layers": 1, "heads": 2},
}


def others(tokenizer: Any) -> list[int]:
    """Returns the bytes that no script writes: they would be noise in the prose."""
    own = tokenizer.convert_tokens_to_ids([*SCRIPT])
    return [token for token in range(BYTES) if token not in own]


def llama(vocab_size: int, hidden_size: int, layers: int, heads: int, device: str = "cpu") -> Any:
    """Returns a Llama of a shape, with random weights, on a device."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        intermediate_size=hidden_size * 11 // 4,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    with torch.device(device):
        return LlamaForCausalLM(config).eval()


def vocabulary(size: int) -> PreTrainedTokenizerFast:
    """Returns a byte-level tokenizer that has a made-up word for each token behind the bytes.

    So what a model with random weights writes looks like prose to a detector.
    """
    names = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    syllables = ["".join(pair) for pair in itertools.product("bdfgklmnprst", "aeiou")]
    words = (
        "Ġ" + "".join(parts) for n in (1, 2, 3) for parts in itertools.product(syllables, repeat=n)
    )
    for place, word in enumerate(itertools.islice(words, size - len(names))):
        names.append(word if place % SENTENCE else f"{word}.")
    backend = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        padding_side="left",
    )


# -- a generation that goes back when it should --------------------------------------------------


class Script(LogitsProcessor):
    """Has some rows write, from given places on, a text that a rule takes back.

    Once its first token is banned at a place another letter comes there, so the rest is let by.
    With no rows the others write what they would, and these the text without its first letter: the
    same number of tokens, and nothing to take back.
    """

    def __init__(self, tokenizer: Any, prompt: int, places: Sequence[int], length: int) -> None:
        first, last, other = tokenizer.convert_tokens_to_ids([*SCRIPT])
        self.prompt, self.other = prompt, other
        self.own = [first, last, other]
        self.plan = {
            place + step: last if step == length - 1 else first
            for place in places
            for step in range(length)
        }
        self.starts = frozenset(places)
        self.rows: Sequence[int] = ()

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        place = input_ids.shape[1] - self.prompt
        wanted = self.plan.get(place)
        if wanted is None:
            scores[:, self.own] = -torch.inf
            return scores
        starts = place in self.starts
        chosen = torch.full((len(scores),), self.other if starts else wanted, device=scores.device)
        for row in self.rows if starts else ():
            if scores[row, wanted] > -torch.inf:
                chosen[row] = wanted
        forced = torch.full_like(scores, -torch.inf)
        forced.scatter_(1, chosen[:, None], 0.0)
        return forced


def taking_back(length: int) -> Guard:
    """Returns the policy ``rewind`` with one more rule, against the text of a script."""
    found = {"plugin": "regex", "patterns": {"script": f"Q{{{length - 1}}}!"}}
    rule = {
        "id": "script", "stage": "output", "detect": {"scripted": ["script"]},
        "action": {"rewind": {"attempts": 100}},
    }  # fmt: skip
    return Guard.load(
        {"name": "b", "detectors": {"scripted": found}, "rules": [*rules("rewind"), rule]}
    )


# -- policies with one action ----------------------------------------------------------------------

PII = ["CREDIT_CARD", "IBAN_CODE", "US_SSN", "EMAIL_ADDRESS", "PHONE_NUMBER"]
ACTIONS: Mapping[str, Any] = {
    "flag": "flag",
    "redact": {"redact": "tag"},
    "mask": {"redact": "mask"},
    "replace": {"replace": "[...]"},
    "block": "block",
    "rewind, else block": {"rewind": {"attempts": 4, "otherwise": "block"}},
    "rewind, else redact": {"rewind": {"attempts": 2, "otherwise": {"redact": "tag"}}},
}


def rules(action: Any) -> list[dict[str, Any]]:
    """Returns the rules against PII, secrets and rudeness that take one action.

    ``"rewind"`` stands for what the policy of that name does.
    """
    back = {"rewind": {"attempts": 4, "otherwise": "block"}}
    pii = {"rewind": {"attempts": 2, "otherwise": {"redact": "tag"}}}
    civil, pii, secrets = (
        (back, pii, {"redact": "tag"}) if action == "rewind" else (action, action, action)
    )
    some = [
        {"id": "civil", "detect": {"toxicity": "all"}, "when": "score >= 0.8", "action": civil},
        {"id": "no-pii", "detect": {"pii": PII}, "when": "score >= 0.4", "action": pii},
        {"id": "no-secrets", "detect": {"secrets": "all"}, "when": "score >= 0.5",
         "action": secrets},
    ]  # fmt: skip
    return [{**rule, "stage": "output", "message": "Stopped."} for rule in some]


def guard_of(action: Any) -> Guard:
    """Returns a guard whose rules take one action."""
    return Guard.load({"name": "bench", "rules": rules(action)})
