"""A tiny BERT that has learned to call texts with 'idiot' rude, in the forms that users have."""

from __future__ import annotations

import json
import random
import warnings

import torch
import transformers

WORDS = (
    "the of and a you are is was good bad terrible day night house train idiot fool late".split()
)
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS),
    *(chr(code) for code in range(33, 127)),
    *(f"##{chr(code)}" for code in range(33, 127)),
]
LONGEST = 64
LABELS = ("calm", "rude")
PLAIN = "the train was late and the night is good"
RUDE = "you are a terrible idiot"
TEXTS = [PLAIN, RUDE, "a good day", "you fool", "the house is bad and the idiot was late"]


def save_tokenizer(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": LONGEST}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def bert(labels=LABELS, **config):
    torch.manual_seed(2)
    settings = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=LONGEST, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)}, **config,
    )  # fmt: skip
    return transformers.BertForSequenceClassification(settings)


def trained(tokenizer):
    """Returns a model that tells rude texts from others, after a second of training."""
    source = random.Random(3)
    model = bert()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(80):
        rows = [source.choices(WORDS, k=source.randint(1, 20)) for _ in range(32)]
        rude = torch.tensor([int(bool({"idiot", "fool"} & set(row))) for row in rows])
        batch = tokenizer([" ".join(row) for row in rows], padding=True, return_tensors="pt")
        model(**batch, labels=rude).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


def export(model, path, inputs=("input_ids", "attention_mask", "token_type_ids")):
    """Writes a model as ONNX, with names of inputs of one's choice."""
    ids = torch.ones(2, 8, dtype=torch.long)
    sizes = {0: "texts", 1: "tokens"}
    model.config.return_dict = False
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (ids, ids, ids * 0)[: len(inputs)], str(path), dynamo=False,
            input_names=list(inputs), output_names=["logits"], opset_version=18,
            dynamic_axes={**dict.fromkeys(inputs, sizes), "logits": {0: "texts"}},
        )  # fmt: skip
    model.config.return_dict = True
    return path
