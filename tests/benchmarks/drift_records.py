"""Stores of millions of records, made as sealed hours are: for the benchmarks of reports."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from tokenward.decisions.buckets import LARGEST, OFFSET, SCALE, SMALLEST
from tokenward.decisions.columns import ALONE, GROUPS, MILLION
from tokenward.decisions.record import SCHEMA_VERSION
from tokenward.store import schema
from tokenward.store.dictionary import ZERO, Dictionary
from tokenward.store.sealed import parquet
from tokenward.store.store import Store

HOUR = 3600
PART = 20_000
CATEGORIES = {
    "action": (["allow", "redact", "block"], [0.9, 0.08, 0.02]),
    "prompt.language": (["en", "de", "fr", "es", "zh"], [0.4, 0.2, 0.2, 0.1, 0.1]),
    "prompt.script": ([f"script-{n}" for n in range(20)], [0.05] * 20),
}
RATES = {"degraded": 0.01, "rule.no-pii": 0.05}


def numbers(chance: np.random.Generator, count: int, shift: float) -> dict[str, np.ndarray]:
    """Returns numeric columns as production has them: skewed, discrete, mostly 0."""
    return {
        "timing.total": chance.lognormal(1 + shift, 0.5, count),
        "timing.ttft": chance.lognormal(-1, 0.4, count),
        "completion_tokens": chance.poisson(300, count).astype(float),
        "score.toxicity": chance.beta(1, 20, count),
        "score.injection": chance.beta(1, 30, count),
        "detections": chance.poisson(0.1, count).astype(float),
        "answer.characters": chance.gamma(2, 400, count).round(),
    }


def buckets(values: np.ndarray) -> np.ndarray:
    """Returns the buckets of many numbers that are not negative."""
    values = np.asarray(values)
    size = np.clip(values, SMALLEST, LARGEST)
    return np.where(values < SMALLEST, 0, np.rint(np.log(size) * SCALE) + OFFSET).astype(np.int64)


def cells(
    chance: np.random.Generator, dictionary: Dictionary, count: int, shift: float, rate: float
) -> pa.ListArray:
    """Returns the cells of rows of twelve columns, as the recorder packs them."""
    columns = [
        np.int64(dictionary.column("number", name)) + ZERO + buckets(values)
        for name, values in numbers(chance, count, shift).items()
    ]
    for name, (values, shares) in CATEGORIES.items():
        ids = np.array([dictionary.category(name, value) for value in values])
        columns.append(ids[chance.choice(len(ids), count, p=shares)])
    for name, share in RATES.items():
        ones = chance.random(count) < share + (rate if name == "rule.no-pii" else 0.0)
        columns.append(np.int64(dictionary.column("rate", name)) + ZERO + buckets(ones * 1.0))
    flat = np.stack(columns, axis=1)
    ends = np.arange(0, flat.size + 1, flat.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(flat.reshape(-1)))


def tables(
    chance: np.random.Generator, dictionary: Dictionary, first: int, hour: int, count: int,
    shift: float, rate: float,
) -> Iterator[pa.Table]:  # fmt: skip
    """Yields the records of an hour."""
    whole = parquet.schema()
    for begin in range(0, count, PART):
        size = min(PART, count - begin)
        seq = np.arange(first + begin, first + begin + size)
        told = {
            "seq": seq,
            "decision_id": [f"0199{n:08x}-0000-7000-8000-{n * 2654435761 % 2**48:012x}" for n in seq],
            "schema_version": np.full(size, SCHEMA_VERSION),
            "time": hour + HOUR * (np.arange(begin, begin + size) + 0.5) / count,
            "source": ["sidecar"] * size,
            "route": np.array(["chat", "search", "mail"])[chance.integers(0, 3, size)],
            "model": ["support-7b"] * size,
            "model_label": np.array(["fp16", "int8"])[chance.integers(0, 2, size)],
            "policy": ["default"] * size,
            "revision": ["r1"] * size,
            "action": ["allow"] * size,
            "language": ["en"] * size,
            "prompt_tokens": chance.integers(10, 300, size),
            "completion_tokens": chance.poisson(300, size),
            "hold_back": np.zeros(size, int), "rewinds": np.zeros(size, int),
            "is_degraded": np.zeros(size, bool), "sample_weight": np.ones(size),
            "decisions": ["[]"] * size, "parameters": ["{}"] * size, "timings": ["{}"] * size,
            "features": ["{}"] * size, "degraded": ["[]"] * size, "labels": ["{}"] * size,
            "cells": cells(chance, dictionary, size, shift, rate),
            "grp": chance.integers(ALONE, GROUPS, size),
            "weight_millionths": np.full(size, MILLION),
        }  # fmt: skip
        yield pa.table(
            [
                told[name] if name == "cells" else pa.array(told.get(name, [None] * size), kind)
                for name, kind in zip(whole.names, whole.types, strict=True)
            ],
            whole,
        )


def fill(
    store: Store, count: int, start: int, hours: int, *, shift: float = 0.0, rate: float = 0.0,
    seed: int = 1,
) -> None:  # fmt: skip
    """Puts records into a store as sealed hours; ``start`` is the beginning of an hour."""
    chance = np.random.default_rng(seed)
    dictionary = Dictionary()
    shard = store._shard
    first = start
    for number in range(hours):
        size = (
            math.ceil(count / hours)
            if number < hours - 1
            else count - number * math.ceil(count / hours)
        )
        hour = start + number * HOUR
        segment = parquet.write(
            shard.path, "bench", hour, tables(chance, dictionary, first, hour, size, shift, rate)
        )
        first += size
        with shard.writing() as connection:
            connection.execute(insert(schema.segments).values(segment.values()))
            dictionary.write(connection)
