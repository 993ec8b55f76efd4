"""Trains a small spaCy pipeline that finds names, in seconds: ``python make_model.py model``.

It stands for one of yours. It has learned a few sentences about parcels, and knows nothing else.
"""

import random
import sys

import spacy
from spacy.training import Example

GIVEN = "Anna Bert Clara David Emma Felix Greta Hans Ida Jonas Karla Lukas Mira Nils".split()
FAMILY = "Weber Nolan Okafor Silva Tanaka Moreau Kowalski Jensen Rossi Haddad Novak".split()
TOWNS = "Lisbon Tromso Kyoto Quito Bergen Galway Porto Leuven Dakar Lima".split()
FIRMS = "Nordwind Bluepine Ketterer Osprey Calyx Marlow Sundholm".split()
SENTENCES = (
    "The parcel for {PERSON} is in {GPE}.",
    "{PERSON} of {ORG} called about the parcel.",
    "Please ask {PERSON} to sign for it.",
    "Dear {PERSON}, your parcel left {GPE} on Monday.",
    "It was sent by {ORG} from {GPE}.",
    "The parcel is late, and nobody knows why.",
    "When will it be here?",
)


def sentence(source: random.Random) -> tuple[str, list[tuple[int, int, str]]]:
    """Returns a sentence with its names."""
    text, spans = "", []
    for part in source.choice(SENTENCES).replace("{", "|").replace("}", "|").split("|"):
        words = {
            "PERSON": f"{source.choice(GIVEN)} {source.choice(FAMILY)}",
            "GPE": source.choice(TOWNS),
            "ORG": source.choice(FIRMS),
        }
        if part in words:
            spans.append((len(text), len(text) + len(words[part]), part))
        text += words.get(part, part)
    return text, spans


def main() -> None:
    source = random.Random(4)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    examples = []
    for _ in range(200):
        text, spans = sentence(source)
        examples.append(Example.from_dict(pipeline.make_doc(text), {"entities": spans}))
    optimizer = pipeline.initialize(lambda: examples)
    for _ in range(6):
        source.shuffle(examples)
        for at in range(0, len(examples), 24):
            pipeline.update(examples[at : at + 24], sgd=optimizer, drop=0.2)
    pipeline.to_disk(sys.argv[1])
    print(f"{sys.argv[1]}: {', '.join(pipeline.get_pipe('ner').labels)}")


if __name__ == "__main__":
    main()
