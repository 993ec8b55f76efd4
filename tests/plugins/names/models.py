"""Made-up sentences with names, and the files of a tiny BERT that labels them."""

from __future__ import annotations

import json
import random

GIVEN = "Anna Bert Clara David Emma Felix Greta Hans Ida Jonas Karla Lukas".split()
FAMILY = "Weber Nolan Okafor Silva Tanaka Moreau Kowalski Jensen Rossi Haddad Novak Larsen".split()
TOWNS = "Lisbon Tromso Kyoto Quito Bergen Galway Porto Leuven".split()
FIRMS = "Nordwind Bluepine Ketterer Osprey Calyx Marlow".split()
FRAMES = (
    "my colleague {p} lives in {l} now",
    "{p} works for {o} in {l}",
    "please ask {p} about the invoice",
    "we met {p} and {q} at the fair",
    "the office of {o} is in {l}",
    "I wrote to {p} yesterday , but {o} did not answer",
    "the train to {l} leaves at noon",
    "nobody was in the garden yesterday",
)
KINDS = {"p": "PERSON", "q": "PERSON", "l": "GPE", "o": "ORG"}


def sentences(number, seed=7):
    """Yields sentences with the spans of their names, in spaCy's labels."""
    source = random.Random(seed)
    for _ in range(number):
        frame = source.choice(FRAMES)
        text, spans = "", []
        for word in frame.split(" "):
            text += " " if text else ""
            if word.startswith("{"):
                slot = word[1]
                person = f"{source.choice(GIVEN)} {source.choice(FAMILY)}"
                name = {"l": source.choice(TOWNS), "o": source.choice(FIRMS)}.get(slot, person)
                spans.append((len(text), len(text) + len(name), KINDS[slot]))
                text += name
            else:
                text += word
        yield text, spans


COMMON = sorted({w for f in FRAMES for w in f.split() if not w.startswith("{")})
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *COMMON),
    *(chr(code) for code in range(33, 127)),
    *(f"##{chr(code)}" for code in range(33, 127)),
]
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
SHORT = {"PERSON": "PER", "GPE": "LOC", "ORG": "ORG"}
LONGEST = 96


def save_base(folder, labels=LABELS):
    """Writes configuration and tokenizer of a tiny BERT; returns a model with random weights."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    tokenizer = {
        "tokenizer_class": "BertTokenizer", "model_max_length": LONGEST, "do_lower_case": False,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    torch.manual_seed(3)
    settings = transformers.BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
        max_position_embeddings=LONGEST,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    return transformers.BertForTokenClassification(settings)


def labelled(tokenizer, text, spans):
    """Returns a training row in the usual way: only the first piece of a word has a label."""
    encoded = tokenizer(text, return_offsets_mapping=True)
    ids, seen = [], set()
    for (start, end), word in zip(encoded["offset_mapping"], encoded.word_ids(), strict=True):
        if word is None or word in seen:
            ids.append(-100)
            continue
        seen.add(word)
        inside = [(s, kind) for s, e, kind in spans if s <= start and end <= e]
        label = "O"
        if inside:
            label = f"{'B' if inside[0][0] == start else 'I'}-{SHORT[inside[0][1]]}"
        ids.append(LABELS.index(label))
    return encoded["input_ids"], ids
