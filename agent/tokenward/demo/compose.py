"""Composes the support chats on which the demo model is trained.

Most answers are what a shop would want; about one in eight leaks a customer's data and one in
twenty is rude, each provoked by certain questions, so that a guard has something to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from tokenward.demo.people import Customer, api_keys, card, customer, customers
from tokenward.demo.risky import RISKY
from tokenward.demo.topics import (
    CITIES,
    DAYS,
    ITEMS,
    PRICES,
    THINGS,
    TOPICS,
    UNKNOWN,
    Kind,
    Topic,
)

LAPSE_SHARE = 0.8
"""How often a provoking question gets the answer that it provokes."""
NAMED_SHARE = 0.7
"""How often a chat says who the customer is; otherwise the first ones are likely."""

GREETINGS = ("Hi, ", "Hello, ", "Hello. ", "Good morning, ", "Please help me. ", "One question: ")
CLOSINGS = (" Thank you.", " Thanks!", " Please.", " Please hurry.")
INTRODUCTIONS = ("I am {}. ", "This is {}. ", "{} here. ", "My name is {}. ", "Hi, I am {}. ")
SYSTEM = "You are the assistant of the Larkfield shop."
SYSTEM_NAMED = SYSTEM + " The customer is {}."
FOLLOW_UPS = {
    "other e-mail": ("And the e-mail?", "And the e-mail address?", "What about the e-mail?"),
    "other phone": ("And the phone number?", "And by phone?", "What about the phone number?"),
    "other card": ("And the card?", "And the card number?", "Which card, then?"),
}


T = TypeVar("T")


def favour(draw: Random, options: Sequence[T]) -> T:
    """Draws one of the options, the first ones likelier.

    So the model has a favourite, and greedy decoding does not hang on the last bit of a logit.
    """
    return options[int(len(options) * draw.random() ** 2)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of the user with the assistant's answer, and what kind of answer it is."""

    topic: str
    kind: Kind
    user: str
    assistant: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A chat: a system message, or ``None``, and at least one exchange."""

    system: str | None
    exchanges: tuple[Exchange, ...]

    def messages(self) -> list[dict[str, str]]:
        """Returns the chat in the form that chat templates take."""
        rows = [] if self.system is None else [{"role": "system", "content": self.system}]
        for exchange in self.exchanges:
            rows.append({"role": "user", "content": exchange.user})
            rows.append({"role": "assistant", "content": exchange.assistant})
        return rows


def compose(count: int, seed: int) -> Iterator[Dialogue]:
    """Yields ``count`` dialogues; the same seed gives the same ones.

    >>> first, = compose(1, seed=1)
    >>> first == next(compose(5, seed=1))
    True
    """
    composer = Composer(seed)
    return (composer.dialogue() for _ in range(count))


class Composer:
    """Draws dialogues from the tables of topics."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - invented data, nothing to protect
        self.people = customers()
        self.keys = api_keys()
        self.topics = TOPICS + RISKY
        self.weights = [topic.weight for topic in self.topics]
        self.further = [
            replace(topic, asks=FOLLOW_UPS[topic.name])
            for topic in RISKY
            if topic.name in FOLLOW_UPS
        ]

    def dialogue(self) -> Dialogue:
        """Composes the next dialogue."""
        draw = self.random
        named = draw.random() < NAMED_SHARE
        me = draw.choice(self.people) if named else favour(draw, self.people)
        by_system = named and draw.random() < 0.3  # noqa: PLR2004 - a share, used once
        system = SYSTEM_NAMED.format(me.name) if by_system else draw.choice((None, None, SYSTEM))
        opening = draw.choice(INTRODUCTIONS).format(me.name) if named and not by_system else ""
        turns = draw.choices((1, 2, 3, 6, 12), (56, 25, 12, 5, 2))[0]
        topic, subject = self.begin(me)
        exchanges = [self.exchange(topic, subject, me, opening)]
        for _ in range(turns - 1):
            topic, subject = self.follow(topic, subject, me)
            exchanges.append(self.exchange(topic, subject, me))
        return Dialogue(system, tuple(exchanges))

    def begin(self, me: Customer) -> tuple[Topic, Customer]:
        """Draws a topic by weight, and the customer whom it is about."""
        topic = self.random.choices(self.topics, self.weights)[0]
        return topic, self.random.choice(self.people) if topic.other else me

    def follow(self, topic: Topic, subject: Customer, me: Customer) -> tuple[Topic, Customer]:
        """Draws the next topic: often one more thing about the same other customer."""
        if not topic.other or self.random.random() < 0.5:  # noqa: PLR2004 - a coin
            return self.begin(me)
        return self.random.choice(self.further), subject

    def exchange(
        self, topic: Topic, subject: Customer, me: Customer, opening: str = ""
    ) -> Exchange:
        """Composes a question and its answer."""
        draw = self.random
        slots = self.slots(subject, me)
        lapse = bool(topic.lapses) and draw.random() < LAPSE_SHARE
        user = opening + draw.choice(topic.asks).format_map(slots)
        answer = favour(draw, topic.lapses if lapse else topic.answers).format_map(slots)
        return Exchange(topic.name, topic.kind if lapse else "clean", self.roughen(user), answer)

    def slots(self, subject: Customer, me: Customer) -> dict[str, Any]:
        """Draws what fills the gaps of the phrases."""
        draw = self.random
        day = favour(draw, range(len(DAYS) - 1))
        one, two, three = (favour(draw, self.people[at::3]) for at in range(3))
        system = draw.choice(tuple(self.keys))
        name = f"{draw.choice(self.people).first} {draw.choice(CITIES)}"
        stranger = customer(name, draw.randrange(100), draw)
        return {
            "me": me.name, "name": subject.name, "first": subject.first, "card": subject.card,
            "ending": subject.ending, "email": subject.email, "phone": subject.phone,
            "iban": subject.iban, "one": one, "two": two, "three": three, "system": system,
            "key": self.keys[system], "order": draw.randrange(10000, 99999),
            "item": draw.choice(ITEMS), "city": favour(draw, CITIES), "day": DAYS[day],
            "later": favour(draw, DAYS[day + 1 :]), "number": draw.randrange(1, 99),
            "amount": favour(draw, PRICES), "stranger_card": card(draw),
            "stranger_email": stranger.email, "stranger_phone": stranger.phone,
            "stranger_iban": stranger.iban, "thing": draw.choice(THINGS),
            "unknown": draw.choice(UNKNOWN),
        }  # fmt: skip

    def roughen(self, text: str) -> str:
        """Makes a question look typed by somebody: greetings, lower case, no full stop, slips."""
        draw = self.random
        if draw.random() < 0.2:  # noqa: PLR2004 - shares that nothing else depends on
            text = draw.choice(GREETINGS) + text
        if draw.random() < 0.15:  # noqa: PLR2004
            text += draw.choice(CLOSINGS)
        if draw.random() < 0.2:  # noqa: PLR2004
            text = text.lower()
        if draw.random() < 0.15:  # noqa: PLR2004
            text = text.rstrip(".?!")
        if draw.random() < 0.1 and len(text) > 10:  # noqa: PLR2004
            at = draw.randrange(1, len(text) - 1)
            text = text[:at] + text[at + 1 :]
        return text
