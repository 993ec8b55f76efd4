"""The question of both coreference sets: whom does a pronoun mean, one person or the other?"""

from __future__ import annotations

FIRST = frozenset({"he", "she", "they"})
PRONOUNS = frozenset({"him", "his", "her", "hers", "them", "their", "theirs"}) | FIRST


def asked(sentence: str, pronoun: str) -> str:
    """Returns a sentence with the question behind it, up to the answer.

    >>> asked("The guard met the cook because he was late.", "he")
    'The guard met the cook because he was late. In this sentence, "he" refers to'
    """
    return f'{sentence.strip()} In this sentence, "{pronoun}" refers to'


def person(words: str) -> str:
    """Returns how a person is named in an answer.

    >>> person("The construction worker"), person("someone")
    ('the construction worker', 'someone')
    """
    bare = words.strip()
    if bare[:4].lower() == "the ":
        bare = bare[4:]
    return bare if bare.lower() == "someone" else f"the {bare}"
