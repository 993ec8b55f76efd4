"""What every engine must count: varied records, and the same counted one by one in plain Python."""

from __future__ import annotations

import random
from dataclasses import replace

from tokenward.decisions.columns import group_of, row_of, weight_of
from tokenward.meters.price import Price
from tokenward.monitor.expression import Slicing
from tokenward.monitor.profile import Profile
from tokenward.monitor.ranges import Period
from tokenward.monitor.stated import Stated
from tokenward.store.dictionary import Meaning

PERIOD = Period(100.0, 900.0, ((100.0, 400.0), (500.0, 900.0)))
PRICES = {"support": Price(0.5, 1.5), "*": Price(2.0, 4.0)}
JOULES = {"support": 250.0}
STATED = Stated(PRICES, JOULES)
LABELS = ({"team": "a"}, {"team": 'b"\\ ü', "x": "1"}, {"y": '","team":"no"'}, {})
SLICES = ("route", "model_label", "language", "label.team", "prompt.language")


def records(make_traffic, count=400):
    """Records with all that can differ: weights, sessions, labels, what is missing, stages."""
    chance = random.Random(11)
    found = []
    for made in make_traffic(count, 0.0, 1000.0, seed=5, pii=0.2):
        features = dict(made.features)
        if chance.random() < 0.3:
            del features["prompt.language"]
        one = replace(
            made,
            session=chance.choice([None, *"abcdefgh"]),
            sample_weight=chance.choice([1.0, 1.0, 1 / 0.3, 20.0]),
            route=chance.choice([None, "chat", "it's % :x"]),
            model=chance.choice([None, "support", "other"]),
            model_label=chance.choice([None, "fp16", "int8"]),
            labels=chance.choice(LABELS),
            features=features,
            prompt_tokens=chance.choice([None, 0, made.prompt_tokens]),
            completion_tokens=chance.choice([None, 7, 250]),
            decisions=made.decisions[: chance.choice([1, 2, 2])],
        )
        found.append(one)
    return found


def told(profile):
    """Returns a profile as plain data."""
    columns = {**{("base", name): one for name, one in profile.bases.items()}, **profile.columns}
    return {
        name: (one.kind, one.base, cleaned(one.groups), one.rows, one.weight, one.squares)
        for name, one in columns.items()
    }


def cleaned(groups):
    return {
        group: dict(sorted(counts.items(), key=str)) for group, counts in sorted(groups.items())
    }


def within(one, period=PERIOD):
    return any(start <= one.time < end for start, end in period.parts) and (
        period.label is None or one.model_label == period.label
    ) and (period.without is None or one.model_label != period.without)  # fmt: skip


def value_of(one, name):
    if name.startswith("label."):
        return one.labels.get(name.removeprefix("label."))
    if name.startswith("prompt."):
        return one.features.get(name)
    return getattr(one, name)


def cost_of(one):
    """Returns what the tokens of a record cost."""
    if one.prompt_tokens is None and one.completion_tokens is None:
        return None
    price = PRICES.get(one.model, PRICES["*"])
    tokens = (one.prompt_tokens or 0) * price.prompt + (
        one.completion_tokens or 0
    ) * price.completion
    return tokens / 1e6


def plainly(rows):
    """Counts records one by one."""
    from tokenward.decisions.buckets import bucket

    profile = Profile()
    for one in rows:
        group, weight = group_of(one), weight_of(one)
        profile.add(row_of(one), group, weight)
        cost = cost_of(one)
        if cost is not None:
            said = Meaning("number", "cost"), bucket(cost)
            profile.count(said, group, 1, weight, weight * weight)
        joules = JOULES.get(one.model)
        if cost is not None and joules is not None:
            said = Meaning("number", "energy"), bucket((one.completion_tokens or 0) * joules / 1000)
            profile.count(said, group, 1, weight, weight * weight)
    return profile


def check(traffic, rows, period=PERIOD):
    """Checks all that an engine counts of records against the plain way."""
    chosen = [one for one in rows if within(one, period)]
    whole = traffic.profile(period)
    assert told(plainly(chosen)) == told(whole)
    for name in SLICES:
        slicing = traffic.slicing(name, [whole], 20)
        values = {value_of(one, name) for one in chosen} - {None}
        counts = traffic.values(period, slicing)
        shown = {unescaped(slicing, key): key for key in counts}
        assert values == set(shown)
        found = traffic.profiles(period, slicing, list(counts))
        for value, key in shown.items():
            mine = [one for one in chosen if value_of(one, name) == value]
            assert len(mine) == counts[key]
            assert told(plainly(mine)) == told(found[key])
    served = traffic.served(period)
    assert sum(served[0].values()) == len(chosen)
    steps = traffic.steps(Period(0.0, 1000.0), 250.0, [(-(1 << 63), (1 << 63) - 1)])
    for step in range(4):
        mine = [one for one in rows if 250 * step <= one.time < 250 * (step + 1)]
        theirs = steps[step]
        assert theirs.rows == len(mine)
        expected = plainly(mine).columns["action", "category"].totals()
        assert expected == theirs.columns["action", "category"].totals()


def unescaped(slicing: Slicing, key: str) -> str:
    from tokenward.monitor.traffic import shown

    return shown(slicing.name, key)
