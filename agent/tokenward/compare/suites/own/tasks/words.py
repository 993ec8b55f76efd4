"""Tasks with words and lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from tokenward.compare.suites.own.tasks.drawn import (
    Drawn,
    Generator,
    exact,
    joined,
    listed,
    lists,
    some,
)

LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"


def copy(random: Random, step: int) -> Drawn:
    """Words to repeat, more with each step."""
    words = " ".join(some(random, "words", 3 + 2 * step))
    return exact(words, words=words)


def code(random: Random, _: int) -> Drawn:
    """A code to repeat."""
    letters = "".join(random.sample(LETTERS, 3))
    text = f"{letters}-{random.randrange(100, 1000)}-{random.choice(LETTERS)}{random.randrange(10)}"
    return Drawn({"code": text}, {"exact": text, "cased": True})


def reverse_list(random: Random, _: int) -> Drawn:
    """A list from its end."""
    words = some(random, "words", 4)
    return exact(joined(words[::-1]), words=joined(words))


def sort_numbers(random: Random, step: int) -> Drawn:
    """Numbers to sort, more with each step."""
    numbers = random.sample(range(1, 100), 4 + step)
    return exact(joined(sorted(numbers)), numbers=joined(numbers))


def falling(random: Random, step: int) -> Drawn:
    """Numbers to sort the other way round."""
    numbers = random.sample(range(1, 100), 3 + step)
    return exact(joined(sorted(numbers, reverse=True)), numbers=joined(numbers))


def sort_words(random: Random, step: int) -> Drawn:
    """Words to sort."""
    words = some(random, "words", 3 + step)
    return exact(joined(sorted(words)), words=joined(words))


def upper(random: Random, _: int) -> Drawn:
    """A word in capitals: letter case is what is asked for."""
    word = random.choice(listed("words"))
    return Drawn({"word": word}, {"exact": word.upper(), "cased": True})


def initials(random: Random, step: int) -> Drawn:
    """First letters."""
    words = some(random, "words", 3 + step)
    return exact("".join(word[0] for word in words), words=joined(words))


def last(random: Random, _: int) -> Drawn:
    """The last word."""
    words = some(random, "words", 5)
    return exact(words[-1], words=joined(words))


def nth(random: Random, step: int) -> Drawn:
    """A word by its place."""
    words = some(random, "words", 5)
    return exact(
        words[step + 1], words=joined(words), place=("second", "third", "fourth")[step % 3]
    )


def longest(random: Random, _: int) -> Drawn:
    """The only word of more than six letters among shorter ones."""
    short = [word for word in listed("words") if len(word) <= 6]  # noqa: PLR2004 - a length
    long = [word for word in listed("words") if len(word) > 6]  # noqa: PLR2004 - a length
    longer = random.choice(long)
    words = [*random.sample(short, 3), longer]
    random.shuffle(words)
    return exact(longer, words=joined(words))


def without(random: Random, step: int) -> Drawn:
    """A list that one word is taken from."""
    words = some(random, "words", 4 + step)
    word = random.choice(words)
    return exact(joined([one for one in words if one != word]), words=joined(words), word=word)


def replace(random: Random, step: int) -> Drawn:
    """A sentence with another word."""
    sentences = lists()["sentences"]
    sentence, old = sentences[step % len(sentences)]
    new = random.choice(listed("words"))
    return exact(sentence.replace(old, new), sentence=sentence, old=old, new=new)


def count_words(random: Random, step: int) -> Drawn:
    """How many words a list has."""
    count = random.randrange(4, 7) + step
    return exact(count, words=joined(some(random, "words", count)))


def count_of(random: Random, step: int) -> Drawn:
    """How often a word occurs."""
    word, *others = some(random, "words", 5)
    words = [word] * (step + 2) + others
    random.shuffle(words)
    return exact(step + 2, words=joined(words), word=word)


def backwards(random: Random, _: int) -> Drawn:
    """A word from its end."""
    word = random.choice(listed("words"))
    return exact(word[::-1], word=word)


GENERATORS: Mapping[str, Generator] = {
    one.__name__: one
    for one in (
        copy, code, reverse_list, sort_numbers, falling, sort_words, upper, initials, last, nth,
        longest, without, replace, count_words, count_of, backwards,
    )
}  # fmt: skip
